from django.apps import AppConfig


class NonprodConfig(AppConfig):
    """Generator, receiver twins, fault drills, demonstration: never loaded in production."""

    name = "khoyte.nonprod"
