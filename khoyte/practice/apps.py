from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "khoyte.practice"

    def ready(self) -> None:
        from khoyte.practice import models  # models exist only once Django is ready
        from khoyte.practice.registers import REGISTERS
        from khoyte.registers.carrying import announce_carriers
        from khoyte.registers.known import announce

        for declaration in REGISTERS:
            announce(declaration, models.MODELS[declaration.name])
        announce_carriers()
