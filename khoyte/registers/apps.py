from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "khoyte.registers"

    def ready(self) -> None:
        # Papers know models, which exist only once Django is ready.
        from khoyte.registers.papers import announce_paper
        from khoyte.registers.return_letter import RETURN_LETTER

        announce_paper(RETURN_LETTER)
