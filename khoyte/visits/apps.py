from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "khoyte.visits"

    def ready(self) -> None:
        from khoyte.visits.feeds import announce_feeds  # models exist only once Django is ready

        announce_feeds()
