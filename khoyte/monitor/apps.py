from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "khoyte.monitor"

    def ready(self) -> None:
        from khoyte.monitor import models  # models exist only once Django is ready
        from khoyte.monitor.inventory import DATABASES
        from khoyte.monitor.platform import beside  # as above
        from khoyte.registers.known import announce
        from khoyte.registers.presenters import announce_beside

        announce(DATABASES, models.Database)
        announce_beside(DATABASES.name, beside)
