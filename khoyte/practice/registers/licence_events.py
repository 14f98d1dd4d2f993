"""Acts on a practising licence (Law 15/2023/QH15, Art. 26 to 35): issued, adjusted, suspended, revoked ...

What a licence is worth on a day is worked out from these acts, never stored. Two suspensions of one licence
may not overlap: refused by the database. A suspension lies within `valid_from` and `valid_to`, both included.
"""

import polars as pl

from khoyte.foundation.language import Text
from khoyte.registers.content import key_text
from khoyte.registers.declaration import PROVINCE_LEVEL, Code, Declaration, Field, Follows, Rule

KINDS = (
    Code("issue", Text(vi="Cấp mới", en="Issued"), ("cấp", "issued")),
    Code("reissue", Text(vi="Cấp lại", en="Issued again"), ("re-issue", "reissued")),
    Code("renew", Text(vi="Gia hạn", en="Renewed"), ("renewal", "renewed")),
    Code("adjust", Text(vi="Điều chỉnh", en="Adjusted"), ("adjustment", "adjusted")),
    Code("suspend", Text(vi="Đình chỉ hành nghề", en="Suspended"), ("đình chỉ", "suspension", "suspended")),
    Code("lift", Text(vi="Chấm dứt đình chỉ", en="Suspension lifted"), ("hủy đình chỉ", "lift_suspension")),
    Code("revoke", Text(vi="Thu hồi", en="Revoked"), ("revocation", "revoked")),
    Code("supersede", Text(vi="Thay thế", en="Superseded"), ("superseded",)),
    Code("discipline", Text(vi="Kỷ luật", en="Discipline"), ("kỷ luật", "xử phạt")),
)
OVERLAP = Text(
    vi="Giấy phép này đã bị đình chỉ trong khoảng thời gian trùng với quyết định này. "
       "Kết thúc đình chỉ trước rồi ghi quyết định mới.",
    en="This licence is suspended already for overlapping days. End that suspension first.",
)  # fmt: skip
PERIOD = Text(vi="Ngày kết thúc trước ngày bắt đầu.", en="The last day lies before the first.")


def about_licence(number: str | None) -> str:
    """What is published of the acts on one licence is found by."""
    return f"licence {key_text([number])}" if number else ""


LICENCE_EVENTS = Declaration(
    name="licence_events",
    label=Text(vi="Quyết định về giấy phép hành nghề", en="Acts on practising licences"),
    one=Text(vi="quyết định về giấy phép hành nghề", en="act on a licence"),
    steward=Text(vi="Cơ quan cấp giấy phép", en="Licensing authority"),
    legal=("Luật 15/2023/QH15, Điều 26-35",),
    key=("licence_number", "kind", "valid_from"),
    title=("licence_number", "kind", "valid_from"),
    follows=Follows("practitioners", "licence_number", "licence_number"),
    # Law 15/2023/QH15, Art. 28: the authority that grants a licence suspends and revokes it. A facility
    # reports to it; it files no decision of somebody else's.
    written_by=("province", "department", "ministry"),
    valid_time=("valid_from", "valid_to"),
    # Whoever checks a licence must hear of its suspension; the reason is nobody else's.
    is_public=True,
    looked_up=False,
    published_about=lambda content: about_licence(content.get("licence_number")),
    ladder=(PROVINCE_LEVEL,),
    fields=(
        Field("licence_number", Text(vi="Số giấy phép hành nghề", en="Licence number"), "identifier",
              required=True, longest=60, searched=True, listed=True, references="practitioners",
              headings=("số GPHN", "số giấy phép", "số CCHN"), public=True),
        Field("kind", Text(vi="Loại quyết định", en="Kind"), "code", codes=KINDS, required=True,
              filtered=True,
              listed=True, legal="Luật 15/2023/QH15, Điều 26", public=True),
        Field("valid_from", Text(vi="Hiệu lực từ ngày", en="Valid from"), "date", required=True, listed=True,
              headings=("từ ngày",), public=True),
        Field("valid_to", Text(vi="Hiệu lực đến ngày", en="Valid to"), "date", listed=True,
              headings=("đến ngày",), help=Text(vi="Để trống khi không có thời hạn.", en="Empty: no end."),
              public=True),
        Field("decision", Text(vi="Số quyết định", en="Decision"), "identifier", required=True, longest=100,
              searched=True, listed=True, headings=("số quyết định, ngày", "quyết định"), public=True),
        Field("decision_date", Text(vi="Ngày quyết định", en="Decision date"), "date"),
        Field("issuer", Text(vi="Cơ quan quyết định", en="Authority")),
        Field("signer", Text(vi="Người ký", en="Signer"), longest=120),
        Field("scope", Text(vi="Phần phạm vi hành nghề bị ảnh hưởng", en="Part of the scope"), longest=500,
              help=Text(vi="Để trống khi áp dụng cho toàn bộ phạm vi.", en="Empty: the whole scope.")),
        Field("reason", Text(vi="Lý do", en="Reason"), "long_text"),
    ),
    rules=(
        Rule("period_in_order", "valid_to", message=PERIOD,
             fix=Text(vi="Kiểm tra lại hai ngày.", en="Check both days."),
             breaks=lambda: pl.col("valid_to") < pl.col("valid_from")),
        Rule("suspension_has_end", "valid_to", level="W", quality="complete",
             message=Text(vi="Quyết định đình chỉ chưa ghi ngày kết thúc.",
             en="A suspension without an end."),
             fix=Text(vi="Bổ sung thời hạn đình chỉ trong quyết định.", en="Add its end."),
             breaks=lambda: (pl.col("kind") == "suspend") & pl.col("valid_to").is_null()),
    ),
    sentences={"valid_from__suspensions_overlap": OVERLAP, "valid_to__after_start_event": PERIOD},
    computed={"licence_key": lambda content: key_text([content.get("licence_number")])},
)  # fmt: skip
