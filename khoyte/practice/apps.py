from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "khoyte.practice"

    def ready(self) -> None:
        from khoyte.practice import models  # models exist only once Django is ready
        from khoyte.practice.papers import PAPERS
        from khoyte.practice.registers import REGISTERS
        from khoyte.registers.known import announce
        from khoyte.registers.papers import announce_paper

        for declaration in REGISTERS:
            announce(declaration, models.MODELS[declaration.name])
        for paper in PAPERS:
            announce_paper(paper)
