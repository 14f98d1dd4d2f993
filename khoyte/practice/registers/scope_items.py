"""Scope of practice by items (phạm vi hành nghề) and techniques delegated beyond it, each with its decision.

What Circular 38/2024/TT-BYT, Art. 9 has stored of a person beside the licence: the scope by the lists of
Circular 32/2023/TT-BYT, its adjustments, and techniques that a facility has delegated (kỹ thuật được giao).
A delegated technique is worth something only at the facility that delegated it. Two periods of one item of
one person at one place never overlap: refused by the database. What is in force on a day is worked out
(`practice.scope`); it is told and refuses nothing at the licence gate, since techniques ordered are not known
by these codes.
"""

import polars as pl

from khoyte.foundation.language import Text
from khoyte.registers.content import key_text
from khoyte.registers.declaration import (
    FACILITY_LEVEL,
    PROVINCE_LEVEL,
    ByPerson,
    Code,
    Declaration,
    Field,
    Follows,
    Rule,
)

DELEGATED = "delegated"
SOURCES = (
    Code("licence", Text(vi="Theo giấy phép hành nghề", en="By the licence"), ("giấy phép", "GPHN")),
    Code("adjustment", Text(vi="Điều chỉnh, bổ sung phạm vi", en="Adjustment"), ("điều chỉnh", "bổ sung")),
    Code(DELEGATED, Text(vi="Kỹ thuật được giao ngoài phạm vi", en="Delegated technique"),
         ("được giao", "kỹ thuật được giao")),
)  # fmt: skip
PERIOD = Text(vi="Ngày kết thúc trước ngày bắt đầu.", en="The last day lies before the first.")
OVERLAP = Text(
    vi="Nội dung này của người này đã có hiệu lực trong khoảng thời gian trùng. Kết thúc hồ sơ cũ trước "
       "(ghi ngày hết hiệu lực), rồi kê khai hồ sơ mới.",
    en="This item of this person is in force already for overlapping days. End the older one first.",
)  # fmt: skip
NO_PLACE = Text(
    vi="Kỹ thuật được giao chỉ có giá trị tại cơ sở giao nhưng chưa ghi cơ sở.",
    en="A delegated technique counts at the facility that delegated it, which is not said.",
)
SAY_PLACE = Text(vi="Ghi mã cơ sở đã giao kỹ thuật.", en="Enter the code of that facility.")
BY_FACILITY = Text(
    vi="Kỹ thuật được giao ngoài phạm vi do cơ sở nhập: người chịu trách nhiệm chuyên môn kỹ thuật của cơ sở "
       "quyết định giao bằng văn bản, và kỹ thuật chỉ có giá trị tại cơ sở đó (Thông tư 32/2023/TT-BYT). "
       "Ông/bà kê khai chứng chỉ đào tạo kỹ thuật ở mục Văn bằng, chứng chỉ và đề nghị cơ sở xem xét.",
    en="A technique delegated beyond the scope is entered by the facility: its head of professional work "
       "decides it in writing, and it counts there alone (Circular 32/2023/TT-BYT). Declare the certificate "
       "of the technique among your diplomas and ask the facility.",
)  # fmt: skip

SCOPE_ITEMS = Declaration(
    name="scope_items",
    label=Text(vi="Phạm vi hành nghề, kỹ thuật được giao", en="Scope of practice, delegated techniques"),
    one=Text(vi="nội dung phạm vi hành nghề", en="item of scope"),
    steward=Text(vi="Cục Quản lý Khám, chữa bệnh", en="Medical Services Administration"),
    legal=("Thông tư 32/2023/TT-BYT, Điều 11", "Thông tư 38/2024/TT-BYT, Điều 9"),
    key=("personal_number", "name", "place", "valid_from"),
    title=("source", "name", "place"),
    named_by="personal_number",
    follows=Follows("practitioners", "personal_number", "personal_number"),
    valid_time=("valid_from", "valid_to"),
    own_page="/hanh-nghe/pham-vi/{id}",
    # Licence and decision of adjustment are the person's own papers; what is delegated the facility decides.
    by_person=ByPerson(
        path="pham-vi",
        mine=Text(vi="Phạm vi hành nghề, kỹ thuật được giao của tôi", en="My scope and delegated techniques"),
        add=Text(vi="Kê khai phạm vi theo giấy phép, quyết định", en="Declare scope by licence or decision"),
        shown=("valid_from", "valid_to"),
        proof="document",
        only={"source": ("licence", "adjustment")},
        others=BY_FACILITY,
        not_asked=("place",),
    ),
    ladder=(FACILITY_LEVEL, PROVINCE_LEVEL),
    fields=(
        Field("personal_number", Text(vi="Số định danh cá nhân", en="Personal number"), "personal_number",
              required=True, sensitivity="identifying", references="practitioners",
              headings=("số CCCD", "CCCD", "số căn cước")),
        Field("source", Text(vi="Căn cứ", en="By"), "code", codes=SOURCES, required=True, filtered=True,
              listed=True, headings=("loại", "nguồn")),
        Field("name", Text(vi="Phạm vi hoặc kỹ thuật", en="Scope or technique"), required=True, longest=500,
              searched=True, listed=True, headings=("tên kỹ thuật", "phạm vi hành nghề", "phạm vi"),
              example="Khám bệnh, chữa bệnh chuyên khoa nhi"),
        Field("code", Text(vi="Mã trong danh mục phạm vi hành nghề", en="Code of the list"), "identifier",
              longest=50, searched=True, headings=("mã kỹ thuật",), legal="Thông tư 32/2023/TT-BYT"),
        Field("place", Text(vi="Mã cơ sở giao kỹ thuật", en="Facility that delegates"), "facility_code",
              longest=5, listed=True, references="facilities",
              help=Text(vi="Chỉ ghi với kỹ thuật được giao.", en="Of delegated techniques only.")),
        Field("decision", Text(vi="Số quyết định", en="Decision"), "identifier", required=True, longest=100,
              searched=True, headings=("quyết định",)),
        Field("decision_date", Text(vi="Ngày quyết định", en="Decision date"), "date"),
        Field("valid_from", Text(vi="Hiệu lực từ ngày", en="Valid from"), "date", required=True, listed=True,
              headings=("từ ngày",)),
        Field("valid_to", Text(vi="Hiệu lực đến ngày", en="Valid to"), "date", listed=True,
              headings=("đến ngày",), help=Text(vi="Để trống khi không có thời hạn.", en="Empty: no end.")),
        Field("document", Text(vi="Ảnh hoặc bản quét quyết định", en="Photo or scan"), "document",
              sensitivity="personal"),
    ),
    rules=(
        Rule("period_in_order", "valid_to", message=PERIOD, counted=False,
             fix=Text(vi="Kiểm tra lại hai ngày.", en="Check both days."),
             breaks=lambda: pl.col("valid_to") < pl.col("valid_from")),
        Rule("delegated_somewhere", "place", message=NO_PLACE, fix=SAY_PLACE, counted=False,
             breaks=lambda: (pl.col("source") == DELEGATED) & pl.col("place").is_null()),
        Rule("decided_before", "decision_date", level="W", counted=False,
             message=Text(vi="Quyết định ký sau ngày bắt đầu có hiệu lực.",
                          en="The decision is dated after its first day."),
             fix=Text(vi="Kiểm tra ngày ký và ngày hiệu lực.", en="Compare both days."),
             breaks=lambda: pl.col("decision_date") > pl.col("valid_from")),
    ),
    sentences={
        "valid_from__scope_items_overlap": OVERLAP,
        "valid_to__after_start_scope_item": PERIOD,
        "place__of_delegated": Text(vi=f"{NO_PLACE.vi} {SAY_PLACE.vi}", en=f"{NO_PLACE.en} {SAY_PLACE.en}"),
    },
    computed={"item_key": lambda content: key_text([content.get("name")])},
)  # fmt: skip
