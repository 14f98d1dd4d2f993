"""Sections of the forms and fields that several registers have."""

from khoyte.foundation.language import Text
from khoyte.registers.declaration import Field
from khoyte.units.queries import areas_of

IDENTITY = Text(vi="Thông tin định danh", en="Identity")
LICENCE = Text(vi="Giấy phép", en="Licence")
PLACE = Text(vi="Địa chỉ, liên hệ", en="Address and contact")
WORK = Text(vi="Hoạt động", en="Activity")
TRAINING = Text(vi="Đào tạo, phạm vi hành nghề", en="Training and scope")

PROVINCE = Field(
    "province",
    Text(vi="Tỉnh, thành phố", en="Province"),
    required=True,
    headings=("mã tỉnh, thành phố", "mã tỉnh", "province code"),
    help=Text(vi="Ghi mã, không ghi tên.", en="Its code, not its name."),
    names=areas_of,
    # Facilities of a sector belong to its health office, whose code is made of letters.
    pattern=r"\d{2}|[A-Z][A-Z0-9]{1,9}",
    digits=2,
    longest=10,
    pattern_words=Text(
        vi="2 chữ số theo mã đơn vị hành chính, hoặc mã cơ quan y tế của bộ, ngành",
        en="2 digits, the administrative code, or the code of a sector's health office",
    ),
    example="97",
    public=True,
    filtered=True,
    group=PLACE,
    legal="Nghị quyết 202/2025/QH15",
)
COMMUNE = Field(
    "commune",
    Text(vi="Xã, phường, đặc khu", en="Commune"),
    public=True,
    searched=True,
    listed=True,
    group=PLACE,
    legal="Nghị quyết 202/2025/QH15",
)
ADDRESS = Field(
    "address",
    Text(vi="Số nhà, đường, thôn", en="Street address"),
    public=True,
    searched=True,
    group=PLACE,
    headings=("dia chi", "địa chỉ"),
)
PHONE = Field("phone", Text(vi="Điện thoại", en="Telephone"), "phone", longest=20, group=PLACE)
HOURS_HELP = Text(
    vi="Ghi theo thứ trong tuần; nghỉ trưa cách bằng dấu phẩy, các nhóm ngày cách bằng dấu chấm phẩy.",
    en="By days of the week; a break by comma, groups of days by semicolon.",
)
HOURS_EXAMPLE = "T2-T6 7:00-11:30, 13:00-16:30; T7 7:00-11:00"
HOURS_FIX = Text(
    vi=f"Ghi thứ (T2 đến T7, CN) rồi đến giờ (0:00 đến 24:00), ví dụ {HOURS_EXAMPLE}; cả tuần thì ghi 24/7.",
    en=f"Write days (T2 Monday to T7 Saturday, CN Sunday), then times (0:00 to 24:00): {HOURS_EXAMPLE}; "
       "24/7 for always.",
)  # fmt: skip


def about_person(number: str | None) -> str:
    """What is published of one person is found by; its keyed hash only is kept."""
    return f"person {number}" if number else ""
