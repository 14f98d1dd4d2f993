from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "khoyte.registers"
