"""What the desk's forms hold, and reading them back: values stay as typed, so that nothing is typed twice."""

from collections.abc import Iterable
from datetime import datetime

from khoyte.foundation.calendar import TZ
from khoyte.foundation.language import Text
from khoyte.foundation.look.forms import Field
from khoyte.legal.purposes import purposes_on
from khoyte.protection.enums import Channel, DataKind, Relation, RequestKind
from khoyte.protection.errors import NotPossible
from khoyte.protection.presenters.words import Choice, name_of


def _choices(members: Iterable[Choice]) -> list[tuple[str, Text]]:
    return [(member.value, name_of(member)) for member in members]


_SUBJECT = (
    Field("ho-ten", Text("Họ và tên của chủ thể dữ liệu", "Name of the data subject")),
    Field(
        "so-dinh-danh",
        Text("Số định danh cá nhân", "Personal number"),
        hint=Text("12 chữ số trên thẻ căn cước", "12 digits of the identity card"),
    ),
    Field("quan-he", Text("Người yêu cầu là", "Who speaks"), "choice", _choices(Relation)),
    Field(
        "dai-dien",
        Text("Người đại diện và giấy tờ chứng minh", "Representative and proof of the right to act"),
        required=False,
    ),
)

REQUEST = (
    Field("loai", Text("Yêu cầu", "Request"), "choice", _choices(RequestKind)),
    *_SUBJECT,
    Field("lien-he", Text("Địa chỉ nhận trả lời", "Where to answer")),
    Field("noi-dung", Text("Nội dung yêu cầu", "What is asked"), "long", required=False),
    Field("cach-nhan", Text("Cách tiếp nhận", "How it came"), "choice", _choices(Channel)),
    Field("luc", Text("Tiếp nhận lúc", "Received at"), "moment"),
)

BREACH = (
    Field("luc", Text("Phát hiện lúc", "Discovered at"), "moment"),
    Field(
        "noi-dung",
        Text("Nội dung vi phạm", "What happened"),
        "long",
        hint=Text(
            "Không ghi họ tên hoặc số định danh của người bị ảnh hưởng.",
            "Name no person and no number of one.",
        ),
    ),
    Field("loai", Text("Loại dữ liệu bị ảnh hưởng", "Kinds of data"), "several", _choices(DataKind)),
    Field("so-nguoi", Text("Số người bị ảnh hưởng (ước tính)", "Persons affected (estimate)"), "number"),
)


def consent_form(on: datetime) -> tuple[Field, ...]:
    """The form of a consent; purposes are those in force that rest on one."""
    purposes = [(one.code, one.label) for one in purposes_on(on.date()).values() if one.needs_consent]
    return (
        Field("muc-dich", Text("Mục đích", "Purpose"), "choice", purposes),
        *_SUBJECT,
        Field(
            "tre-dong-y",
            Text("Trẻ từ đủ 7 tuổi đã đồng ý", "The child (7 or older) agrees too"),
            "yes",
            required=False,
        ),
        Field(
            "noi-dung",
            Text("Nội dung đã đồng ý", "The words agreed to"),
            "long",
            hint=Text(
                "Chép đúng nội dung người đó đã đọc và ký.", "Exactly the words that were read and signed."
            ),
        ),
        Field("cach-nhan", Text("Hình thức đồng ý", "How it was given"), "choice", _choices(Channel)),
        Field("luc", Text("Đồng ý lúc", "Given at"), "moment"),
        Field(
            "van-ban",
            Text("Bản chụp văn bản có chữ ký", "Picture of the signed paper"),
            "file",
            hint=Text(
                "Chỉ lưu mã kiểm tra toàn vẹn để đối chiếu; đơn vị giữ bản gốc.",
                "Only its hash is kept; keep the original.",
            ),
            required=False,
        ),
    )


def moment(written: str) -> datetime:
    """A moment as browsers write it (yyyy-mm-ddThh:mm, Vietnamese time). Raises NotPossible."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=TZ)
    except ValueError:
        raise NotPossible(_WRONG_MOMENT, code="wrong-time") from None


def whole_number(written: str) -> int:
    """Raises NotPossible for what is no whole number from 0 on."""
    digits = written.strip().replace(".", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise NotPossible(_WRONG_NUMBER, code="wrong-number")
    return int(digits)


_WRONG_MOMENT = Text(
    "Thời điểm chưa đúng. Nhập ngày, giờ, ví dụ 28/11/2026 09:30.",
    "This is no date and time, as 2026-11-28T09:30.",
)
_WRONG_NUMBER = Text("Nhập một số nguyên không âm.", "Enter a whole number from 0 on.")
