"""Acts on an operating licence (giấy phép hoạt động; Law 15/2023/QH15, chapter IV): issued ... revoked.

What a facility may do on a day is worked out from these acts, never stored (`practice.may_operate`). Two
suspensions of one licence may not overlap: refused by the database. A suspension lies within `valid_from` and
`valid_to`, both included; with a `scope` it stops that part alone.
"""

import polars as pl

from khoyte.foundation.language import Text
from khoyte.registers.content import key_text
from khoyte.registers.declaration import PROVINCE_LEVEL, Code, Declaration, Field, Rule

KINDS = (
    Code("issue", Text(vi="Cấp mới", en="Issued"), ("cấp", "issued")),
    Code("reissue", Text(vi="Cấp lại", en="Issued again"), ("re-issue", "reissued")),
    Code("adjust", Text(vi="Điều chỉnh", en="Adjusted"), ("adjustment", "adjusted")),
    Code("suspend", Text(vi="Đình chỉ hoạt động", en="Suspended"),
         ("đình chỉ", "đình chỉ một phần", "đình chỉ toàn bộ", "suspension", "suspended")),
    Code("lift", Text(vi="Chấm dứt đình chỉ", en="Suspension lifted"), ("hủy đình chỉ", "lift_suspension")),
    Code("revoke", Text(vi="Thu hồi", en="Revoked"), ("revocation", "revoked")),
)  # fmt: skip
OVERLAP = Text(
    vi="Giấy phép hoạt động này đã bị đình chỉ trong khoảng thời gian trùng với quyết định này. "
       "Kết thúc đình chỉ trước rồi ghi quyết định mới.",
    en="This operating licence is suspended already for overlapping days. End that suspension first.",
)  # fmt: skip
PERIOD = Text(vi="Ngày kết thúc trước ngày bắt đầu.", en="The last day lies before the first.")


def about_facility(code: str | None) -> str:
    """What is published of one facility is found by."""
    return f"facility {code}" if code else ""


FACILITY_LICENCE_EVENTS = Declaration(
    name="facility_licence_events",
    label=Text(vi="Quyết định về giấy phép hoạt động", en="Acts on operating licences"),
    one=Text(vi="quyết định về giấy phép hoạt động", en="act on an operating licence"),
    steward=Text(vi="Cơ quan cấp giấy phép hoạt động", en="Licensing authority"),
    legal=("Luật 15/2023/QH15, Chương IV", "Nghị định 96/2023/NĐ-CP"),
    # Numbers are those of the authority that issues them: two provinces may have the same.
    key=("facility", "licence_number", "kind", "valid_from"),
    title=("licence_number", "kind", "valid_from"),
    facility_from="facility",
    # The authority that grants a licence suspends and revokes it; a facility files no decision.
    written_by=("province", "department", "ministry"),
    valid_time=("valid_from", "valid_to"),
    # Patients must hear of a suspension; the reason is nobody else's.
    is_public=True,
    looked_up=False,
    published_about=lambda content: about_facility(content.get("facility")),
    ladder=(PROVINCE_LEVEL,),
    fields=(
        Field("facility", Text(vi="Mã cơ sở", en="Facility"), "facility_code", required=True, longest=5,
              listed=True, filtered=True, searched=True, references="facilities", headings=("MA_CSKCB",),
              public=True),
        Field("licence_number", Text(vi="Số giấy phép hoạt động", en="Operating licence"), "identifier",
              required=True, longest=60, searched=True, listed=True, references="facilities",
              headings=("số GPHĐ", "số giấy phép"), public=True),
        Field("kind", Text(vi="Loại quyết định", en="Kind"), "code", codes=KINDS, required=True,
              filtered=True, listed=True, legal="Luật 15/2023/QH15, Chương IV", public=True),
        Field("valid_from", Text(vi="Hiệu lực từ ngày", en="Valid from"), "date", required=True, listed=True,
              headings=("từ ngày",), public=True),
        Field("valid_to", Text(vi="Hiệu lực đến ngày", en="Valid to"), "date", listed=True,
              headings=("đến ngày",), help=Text(vi="Để trống khi không có thời hạn.", en="Empty: no end."),
              public=True),
        Field("decision", Text(vi="Số quyết định", en="Decision"), "identifier", required=True, longest=100,
              searched=True, listed=True, headings=("quyết định",), public=True),
        Field("decision_date", Text(vi="Ngày quyết định", en="Decision date"), "date", public=True),
        Field("issuer", Text(vi="Cơ quan quyết định", en="Authority"), public=True),
        Field("signer", Text(vi="Người ký", en="Signer"), longest=120),
        Field("scope", Text(vi="Phần phạm vi hoạt động bị ảnh hưởng", en="Part of the scope"), longest=500,
              help=Text(vi="Để trống khi áp dụng cho toàn bộ cơ sở.", en="Empty: the whole facility."),
              public=True),
        Field("reason", Text(vi="Lý do", en="Reason"), "long_text"),
    ),
    rules=(
        Rule("period_in_order", "valid_to", message=PERIOD, counted=False,
             fix=Text(vi="Kiểm tra lại hai ngày.", en="Check both days."),
             breaks=lambda: pl.col("valid_to") < pl.col("valid_from")),
        Rule("suspension_has_end", "valid_to", level="W", quality="complete", counted=False,
             message=Text(vi="Quyết định đình chỉ chưa ghi ngày kết thúc.",
                          en="A suspension without an end."),
             fix=Text(vi="Bổ sung thời hạn đình chỉ trong quyết định.", en="Add its end."),
             breaks=lambda: (pl.col("kind") == "suspend") & pl.col("valid_to").is_null()),
    ),
    sentences={
        "valid_from__facility_suspensions_overlap": OVERLAP,
        "valid_to__after_start_facility_event": PERIOD,
    },
    computed={"licence_key": lambda content: key_text([content.get("licence_number")])},
)  # fmt: skip
