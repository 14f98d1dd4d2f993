from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "khoyte.monitor"

    def ready(self) -> None:
        from khoyte.monitor import models  # models exist only once Django is ready
        from khoyte.monitor.escalation import LEVELS
        from khoyte.monitor.feeds import announce_feeds
        from khoyte.monitor.inventory import DATABASES
        from khoyte.monitor.platform import beside  # as above
        from khoyte.notices.kinds import announce_labels
        from khoyte.registers.known import announce
        from khoyte.registers.presenters import announce_beside

        announce(DATABASES, models.Database)
        announce_labels("plan_level", LEVELS)
        announce_feeds()
        announce_beside(DATABASES.name, beside)
