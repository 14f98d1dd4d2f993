from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "khoyte.practice"

    def ready(self) -> None:
        from khoyte.practice import in_force, models  # models exist only once Django is ready
        from khoyte.practice.registers import REGISTERS
        from khoyte.registers.known import announce

        for declaration in REGISTERS:
            followed = in_force.write if declaration.name in in_force.REGISTERS else None
            announce(declaration, models.MODELS[declaration.name], followed)
