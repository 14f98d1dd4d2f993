"""Registrations of practice (đăng ký hành nghề): who works where, when, as what.

Law 15/2023/QH15, Art. 36 to 38; Decree 96/2023/NĐ-CP, Art. 27 and 29. Hours of one person may not overlap
within a facility (refused by the database); across facilities they are found and told (queries).
"""

from dataclasses import replace

import polars as pl

from khoyte.foundation.language import Text
from khoyte.practice.hours import unreadable, week_of
from khoyte.practice.registers.groups import HOURS_EXAMPLE, HOURS_FIX, HOURS_HELP, WORK, about_person
from khoyte.registers.declaration import (
    FACILITY_LEVEL,
    PROVINCE_LEVEL,
    Declaration,
    Field,
    ReviewLevel,
    Rule,
)

PRACTITIONER_LEVEL = ReviewLevel(
    "practitioner",
    Text(vi="Người hành nghề xác nhận", en="The practitioner confirms"),
    roles=("practitioner",),
    working_days=5,
    legal="Luật 15/2023/QH15, Điều 36, 37",
    is_side=True,
    # That somebody has left is the facility's duty to say, whatever the person says of it.
    not_for=("valid_to", "reference"),
)
LEGAL = "Luật 15/2023/QH15, Điều 36-38; Nghị định 96/2023/NĐ-CP, Điều 27, 29"
OVERLAP = Text(
    vi="Người này đã đăng ký hành nghề tại cơ sở trong khoảng thời gian và giờ làm việc trùng nhau. "
       "Sửa thời hạn hoặc giờ của một trong hai đăng ký.",
    en="This person is registered at the facility for overlapping days and hours. Change one of the two.",
)  # fmt: skip
ONE_FACILITY = Text(
    vi="Người này đang là người chịu trách nhiệm chuyên môn kỹ thuật của một cơ sở khác trong thời gian đó. "
       "Mỗi người chỉ chịu trách nhiệm chuyên môn kỹ thuật của một cơ sở.",
    en="This person is head of professional work of another facility then; nobody is of two.",
)  # fmt: skip
ONE_HEAD = Text(
    vi="Cơ sở đã có người chịu trách nhiệm chuyên môn kỹ thuật trong thời gian đó. "
       "Ghi ngày kết thúc của người trước rồi ghi người sau.",
    en="The facility has a head of professional work for those days. End the former first.",
)  # fmt: skip
UNREAD_HOURS = Text(
    vi="Không đọc được giờ, chưa kiểm tra được trùng giờ.",
    en="The hours cannot be read, so nobody can tell whether they overlap others.",
)
PERIOD = Text(vi="Ngày kết thúc trước ngày bắt đầu.", en="The last day lies before the first.")
PERIOD_FIX = Text(vi="Kiểm tra lại hai ngày.", en="Check both days.")


def _by_licence(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a list that names people by licence, with their personal numbers.

    Who is not in the register, or not to be seen by the sender, stays without. A scope that is that of the
    licence says nothing of the registration.
    """
    # The tables are made from the declarations of this module.
    from khoyte.practice.queries import persons_by_licence

    for name in ("licence_number", "form_scope", "personal_number", "scope"):
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    known = persons_by_licence(rows["licence_number"].drop_nulls().unique().to_list())
    numbers = {licence: person["personal_number"] for licence, person in known.items()}
    scopes = {licence: person.get("scope") or "" for licence, person in known.items()}
    licence = pl.col("licence_number")
    of_licence = licence.replace_strict(scopes, default="", return_dtype=pl.String)
    return rows.with_columns(
        pl.coalesce(
            "personal_number", licence.replace_strict(numbers, default=None, return_dtype=pl.String)
        ).alias("personal_number"),
        pl.coalesce(
            "scope", pl.when(pl.col("form_scope") != of_licence).then("form_scope").otherwise(None)
        ).alias("scope"),
    ).drop("licence_number", "form_scope")


PRACTICE_REGISTRATIONS = Declaration(
    name="practice_registrations",
    label=Text(vi="Đăng ký hành nghề", en="Registrations of practice"),
    one=Text(vi="đăng ký hành nghề", en="registration of practice"),
    steward=Text(vi="Sở Y tế", en="Provincial health department"),
    legal=(LEGAL, "Mẫu 01 Phụ lục II, Nghị định 96/2023/NĐ-CP"),
    key=("personal_number", "facility", "valid_from", "hours"),
    title=("position", "facility", "valid_from"),
    named_by="personal_number",
    facility_from="facility",
    valid_time=("valid_from", "valid_to"),
    # Law 15/2023/QH15, Art. 38(2)b, 60(3): who practises where at what hours is published.
    is_public=True,
    looked_up=False,
    own_page="/hanh-nghe/dang-ky/{id}",
    published_about=lambda content: about_person(content.get("personal_number")),
    ladder=(
        PRACTITIONER_LEVEL,
        replace(FACILITY_LEVEL, not_for=PRACTITIONER_LEVEL.not_for),
        PROVINCE_LEVEL,
    ),
    fields=(
        Field("personal_number", Text(vi="Số định danh cá nhân", en="Personal number"), "personal_number",
              required=True, sensitivity="identifying", references="practitioners",
              headings=("số CCCD", "CCCD", "số căn cước")),
        Field("facility", Text(vi="Mã cơ sở", en="Facility"), "facility_code", required=True, longest=5,
              listed=True, filtered=True, searched=True, references="facilities", headings=("MA_CSKCB",),
              public=True),
        Field("valid_from", Text(vi="Hành nghề từ ngày", en="Valid from"), "date", required=True, listed=True,
              headings=("từ ngày", "ngày bắt đầu", "thời gian đăng ký hành nghề từ ngày"), public=True),
        Field("valid_to", Text(vi="Hành nghề đến ngày", en="Valid to"), "date", listed=True, quality="live",
              headings=("đến ngày", "ngày kết thúc", "thời gian đăng ký hành nghề đến ngày"),
              help=Text(vi="Để trống khi chưa biết ngày nghỉ.", en="Empty while it goes on."), public=True),
        Field("hours", Text(vi="Thời gian hành nghề trong tuần", en="Weekly hours"), "hours", listed=True,
              longest=500, help=HOURS_HELP, example=HOURS_EXAMPLE, group=WORK,
              headings=("thời gian đăng ký hành nghề", "thời gian làm việc", "giờ hành nghề",
                        "thời gian đăng ký hành nghề giờ trong tuần"),
              legal="Luật 15/2023/QH15, Điều 36", public=True),
        Field("position", Text(vi="Vị trí chuyên môn", en="Position"), searched=True, listed=True,
              group=WORK, public=True),
        Field("department", Text(vi="Khoa, bộ phận chuyên môn", en="Department"), searched=True,
              filtered=True, group=WORK, headings=("khoa, bộ phận",)),
        Field("scope", Text(vi="Phạm vi hành nghề tại cơ sở", en="Scope there"), longest=500, group=WORK),
        Field("main_place", Text(vi="Nơi làm việc chính", en="Main place"), "boolean", filtered=True,
              group=WORK),
        Field("head_of_work", Text(vi="Là người chịu trách nhiệm chuyên môn kỹ thuật",
                                   en="Head of professional work"), "boolean", filtered=True,
              group=WORK, public=True),
        Field("language", Text(vi="Ngôn ngữ khám bệnh, chữa bệnh (nếu không phải tiếng Việt)",
                               en="Language, if not Vietnamese"), longest=60, group=WORK),
        Field("reference", Text(vi="Số tiếp nhận của cơ quan cấp phép", en="Reference of the authority"),
              "identifier", longest=60, group=WORK),
    ),
    rules=(
        Rule("period_in_order", "valid_to", message=PERIOD, fix=PERIOD_FIX,
             breaks=lambda: pl.col("valid_to") < pl.col("valid_from")),
        # Unread hours overlap nothing: the one thing that is refused for them would be switched off.
        Rule("hours_readable", "hours", level="W", refused_where_typed=True, message=UNREAD_HOURS,
             fix=HOURS_FIX, breaks=lambda: unreadable("hours")),
        Rule("head_is_there_full_time", "main_place", level="W",
             message=Text(vi="Người chịu trách nhiệm chuyên môn kỹ thuật phải làm việc toàn thời gian, "
                             "nhưng nơi này không ghi là nơi làm việc chính.",
                          en="The head of professional work works there full time: the main place."),
             fix=Text(vi="Kiểm tra nơi làm việc chính.", en="Check the main place."),
             breaks=lambda: pl.col("head_of_work") & ~pl.col("main_place").fill_null(False)),
    ),
    # Mẫu 01 Phụ lục II names people by their licence.
    beside={
        "licence_number": ("số giấy phép hành nghề", "số GPHN", "số CCHN"),
        "form_scope": ("phạm vi hành nghề",),
    },
    completed=_by_licence,
    sentences={"hours__overlap_at_facility": OVERLAP, "head_of_work__one_facility": ONE_FACILITY,
               "head_of_work__one_head": ONE_HEAD, "valid_to__after_start_registration": PERIOD},
    computed={"week": lambda content: week_of(content.get("hours"))},
)  # fmt: skip
