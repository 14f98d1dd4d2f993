from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "khoyte.monitor"

    def ready(self) -> None:
        from khoyte.monitor import models  # models exist only once Django is ready
        from khoyte.monitor.inventory import DATABASES
        from khoyte.registers.known import announce

        announce(DATABASES, models.Database)
