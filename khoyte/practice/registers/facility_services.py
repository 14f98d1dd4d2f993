"""Techniques a facility is approved to perform (danh mục kỹ thuật được phê duyệt; Law 15/2023/QH15, Art. 60).

One record for each technique of a facility, so that a decision that adds a hundred touches a hundred. Codes
are those of the dated catalogue of services (Circular 23/2024/TT-BYT) as of the day of approval.
"""

from datetime import date

import polars as pl

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.registers.declaration import PROVINCE_LEVEL, Declaration, Field, Rule
from khoyte.terminology.pack_files import load_pack

CATALOGUE = "services"


def _unknown_codes() -> pl.Expr:
    """True where the catalogue of the day of approval lacks the code; without a catalogue nothing is said."""

    def judged(rows: pl.Series) -> pl.Series:
        frame = rows.struct.unnest()
        answers = {pair: _is_unknown(*pair) for pair in frame.unique().iter_rows()}
        return pl.Series([answers[pair] for pair in frame.iter_rows()], dtype=pl.Boolean)

    day = pl.coalesce("decision_date", "valid_from")
    return pl.struct(pl.col("code"), day.alias("day")).map_batches(judged, return_dtype=pl.Boolean)


def _is_unknown(code: str | None, day: str | None) -> bool:
    if not code:
        return False
    release = load_pack().on(_day(day)).catalogue(CATALOGUE)
    return release is not None and not release.has(code)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:  # refused by the field itself
        return today()


FACILITY_SERVICES = Declaration(
    name="facility_services",
    label=Text(vi="Danh mục kỹ thuật được phê duyệt", en="Approved techniques"),
    one=Text(vi="kỹ thuật được phê duyệt", en="approved technique"),
    steward=Text(vi="Sở Y tế", en="Provincial health department"),
    legal=("Luật 15/2023/QH15, Điều 60", "Thông tư 23/2024/TT-BYT", "Thông tư 38/2024/TT-BYT, Điều 10"),
    key=("facility", "code", "valid_from"),
    title=("name", "code"),
    facility_from="facility",
    valid_time=("valid_from", "valid_to"),
    is_public=True,
    looked_up_alone=True,
    ladder=(PROVINCE_LEVEL,),
    fields=(
        Field("facility", Text(vi="Mã cơ sở", en="Facility"), "facility_code", required=True, longest=5,
              filtered=True, searched=True, listed=True, references="facilities", headings=("MA_CSKCB",),
              public=True),
        Field("code", Text(vi="Mã dịch vụ kỹ thuật", en="Service code"), "identifier", required=True,
              longest=50, searched=True, listed=True, public=True,
              headings=("MA_DICH_VU", "mã tương đương", "mã kỹ thuật"), legal="Thông tư 23/2024/TT-BYT"),
        Field("name", Text(vi="Tên kỹ thuật", en="Name"), required=True, longest=500, searched=True,
              listed=True, public=True, headings=("tên dịch vụ", "TEN_DICH_VU")),
        Field("decision", Text(vi="Số quyết định phê duyệt", en="Decision"), "identifier", required=True,
              longest=100, listed=True, public=True, headings=("số quyết định", "quyết định")),
        Field("decision_date", Text(vi="Ngày quyết định", en="Decision date"), "date", public=True),
        Field("valid_from", Text(vi="Thực hiện từ ngày", en="Valid from"), "date", required=True,
              public=True, headings=("từ ngày",)),
        Field("valid_to", Text(vi="Thực hiện đến ngày", en="Valid to"), "date", public=True,
              headings=("đến ngày",), help=Text(vi="Để trống khi không có thời hạn.", en="Empty: no end.")),
    ),
    rules=(
        Rule("period_in_order", "valid_to", counted=False,
             message=Text(vi="Ngày kết thúc trước ngày bắt đầu.", en="The last day lies before the first."),
             fix=Text(vi="Kiểm tra lại hai ngày.", en="Check both days."),
             breaks=lambda: pl.col("valid_to") < pl.col("valid_from")),
        Rule("code_in_catalogue", "code", level="W", quality="unified", counted=False,
             message=Text(vi="Mã dịch vụ kỹ thuật không có trong danh mục vào ngày phê duyệt.",
                          en="The catalogue of the day of approval has no such code."),
             fix=Text(vi="Đối chiếu mã với danh mục dịch vụ kỹ thuật có hiệu lực vào ngày quyết định.",
                      en="Compare the code with the catalogue in force on the day of the decision."),
             legal="Thông tư 23/2024/TT-BYT", breaks=_unknown_codes),
    ),
)  # fmt: skip
