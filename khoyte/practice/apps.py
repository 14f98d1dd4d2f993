from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "khoyte.practice"

    def ready(self) -> None:
        from khoyte.practice import models  # models exist only once Django is ready
        from khoyte.practice.feeds import announce_feeds  # as above
        from khoyte.practice.identity_asking import announce_asking  # as above
        from khoyte.practice.registers import REGISTERS
        from khoyte.registers.known import announce

        for declaration in REGISTERS:
            announce(declaration, models.MODELS[declaration.name])
        announce_feeds()
        announce_asking()
