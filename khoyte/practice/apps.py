import uuid

from django.apps import AppConfig

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.practice.public_codes import code_of
from khoyte.registers.known import Links


class PracticeConfig(AppConfig):
    name = "khoyte.practice"

    def ready(self) -> None:
        from khoyte.practice import models  # models exist only once Django is ready
        from khoyte.practice.registers import REGISTERS
        from khoyte.registers.known import announce

        for declaration in REGISTERS:
            links = _OF_PRACTITIONERS if declaration.name == "practitioners" else {}
            announce(declaration, models.MODELS[declaration.name], **links)


def _to_qr(record: uuid.UUID) -> list[Link]:
    return [Link(f"/so-dang-ky/practitioners/{record}/ma-qr", QR)]


def _to_state(record: uuid.UUID) -> list[Link]:
    return [Link(f"/xac-minh/{code_of(record)}", STATE)]


QR = Text(vi="Mã QR của giấy phép hành nghề", en="QR code of the licence")
STATE = Text(
    vi="Xem tình trạng hiện tại của giấy phép và nơi đăng ký hành nghề",
    en="The licence as of now, and where its holder practises",
)
_OF_PRACTITIONERS: dict[str, Links] = {"record_links": _to_qr, "public_links": _to_state}
