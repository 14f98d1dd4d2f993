from django.apps import AppConfig

from khoyte.foundation.language import Text


class SubmissionsConfig(AppConfig):
    name = "khoyte.submissions"

    def ready(self) -> None:
        from khoyte.units.reorganising import follow  # models exist only once Django is ready

        follow("submission", Text(vi="gói hồ sơ đã gửi", en="submissions"))
        follow("visit", Text(vi="lượt khám, điều trị", en="visits"))
