from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "khoyte.foundation.look"
    label = "look"
