from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "khoyte.notices"

    def ready(self) -> None:
        from khoyte.notices.codes import send_code  # models exist only once Django is ready
        from khoyte.units import letting_in

        letting_in.carry_codes_by(send_code)
