"""Practitioners (người hành nghề): the data set of Circular 38/2024/TT-BYT, Art. 9, first part.

Titles are those of Law 15/2023/QH15, Art. 26(1); their codes are ours, as no official list is known. Licence
numbers have no fixed form: they are kept as printed. A person has one record in the country, found by the
personal number; where they practise is said by registrations of practice.
"""

import polars as pl

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.practice.licence_numbers import same_number
from khoyte.practice.registers.groups import IDENTITY, LICENCE, PHONE, TRAINING, WORK, about_person
from khoyte.registers.declaration import (
    FACILITY_LEVEL,
    PROVINCE_LEVEL,
    Code,
    Declaration,
    Field,
    Rule,
    Unique,
)

SEXES = (
    Code("1", Text(vi="Nam", en="Male"), ("male", "M")),
    Code("2", Text(vi="Nữ", en="Female"), ("female", "F")),
    Code("3", Text(vi="Chưa xác định", en="Unknown"), ("unknown", "khác")),
)
TITLES = (
    Code("BS", Text(vi="Bác sỹ", en="Doctor"), ("bac si",)),
    Code("YS", Text(vi="Y sỹ", en="Assistant doctor"), ("y sĩ",)),
    Code("DD", Text(vi="Điều dưỡng", en="Nurse"), ("điều dưỡng viên",)),
    Code("HS", Text(vi="Hộ sinh", en="Midwife"), ("hộ sinh viên",)),
    Code("KTY", Text(vi="Kỹ thuật y", en="Medical technician"), ("kỹ thuật viên", "ki thuat y")),
    Code("DDLS", Text(vi="Dinh dưỡng lâm sàng", en="Clinical nutritionist")),
    Code("CCV", Text(vi="Cấp cứu viên ngoại viện", en="Out-of-hospital responder")),
    Code("TLLS", Text(vi="Tâm lý lâm sàng", en="Clinical psychologist")),
    Code("LY", Text(vi="Lương y", en="Traditional healer")),
    Code("GT", Text(vi="Người có bài thuốc gia truyền hoặc phương pháp chữa bệnh gia truyền",
                    en="Holder of a family remedy"), ("gia truyền",)),
)  # fmt: skip
LICENCE_KINDS = (
    Code("GPHN", Text(vi="Giấy phép hành nghề", en="Practising licence"), ("giấy phép",)),
    Code("CCHN", Text(vi="Chứng chỉ hành nghề (trước 2024)", en="Certificate (before 2024)"),
         ("chung chi hanh nghe", "chung chi")),
)  # fmt: skip
NO_EXPIRY = ("LY", "GT")

# Women have odd digits at the fourth place of the personal number; the next two are the birth year.
_SEX_DIGIT = pl.col("personal_number").str.slice(3, 1).cast(pl.Int64, strict=False)
_SEX_OF_NUMBER = pl.when(_SEX_DIGIT % 2 == 1).then(pl.lit("2")).otherwise(pl.lit("1"))
_YEAR_OF_NUMBER = (
    1900 + 100 * (_SEX_DIGIT // 2) + pl.col("personal_number").str.slice(4, 2).cast(pl.Int64, strict=False)
)
_BIRTH_YEAR = pl.col("birth_date").str.slice(0, 4).cast(pl.Int64, strict=False)

PRACTITIONERS = Declaration(
    name="practitioners",
    label=Text(vi="Người hành nghề", en="Practitioners"),
    one=Text(vi="người hành nghề", en="practitioner"),
    steward=Text(vi="Cục Quản lý Khám, chữa bệnh", en="Medical Services Administration"),
    legal=("Luật 15/2023/QH15, Điều 26, 27", "Thông tư 38/2024/TT-BYT, Điều 9", "Thông tư 32/2023/TT-BYT"),
    key=("personal_number",),
    title=("full_name", "title", "licence_number"),
    sorted_as="person",
    facility_from="facility",
    is_public=True,
    own_page="/hanh-nghe",
    published_about=lambda content: about_person(content.get("personal_number")),
    ladder=(FACILITY_LEVEL, PROVINCE_LEVEL),
    fields=(
        Field("full_name", Text(vi="Họ và tên", en="Full name"), required=True, public=True, searched=True,
              listed=True, sensitivity="personal", group=IDENTITY, headings=("họ tên",),
              example="Nguyễn Thị An"),
        Field("personal_number", Text(vi="Số định danh cá nhân", en="Personal number"), "personal_number",
              required=True, sensitivity="identifying", group=IDENTITY,
              legal="Luật Căn cước 26/2023/QH15, Điều 12",
              headings=("số CCCD", "số căn cước", "CCCD", "số căn cước công dân", "số CCCD/CMND"),
              example="999185012345"),
        Field("birth_date", Text(vi="Ngày sinh", en="Birth date"), "partial_date", required=True,
              sensitivity="personal", group=IDENTITY, headings=("ngày tháng năm sinh", "năm sinh"),
              help=Text(vi="Giấy tờ chỉ có năm sinh thì ghi năm, không tự thêm ngày 01/01.",
                        en="When the paper says only the year, write the year.")),
        Field("sex", Text(vi="Giới tính", en="Sex"), "code", codes=SEXES, required=True,
              sensitivity="personal", group=IDENTITY),
        Field("title", Text(vi="Chức danh chuyên môn", en="Professional title"), "code", codes=TITLES,
              required=True, public=True, searched=True, filtered=True, listed=True, group=IDENTITY,
              headings=("chức danh",), legal="Luật 15/2023/QH15, Điều 26"),
        Field("licence_kind", Text(vi="Loại giấy tờ hành nghề", en="Kind of licence"), "code",
              codes=LICENCE_KINDS, public=True, group=LICENCE),
        Field("licence_number", Text(vi="Số giấy phép hành nghề", en="Licence number"), "identifier",
              required=True, public=True, searched=True, listed=True, filtered=True, longest=60,
              group=LICENCE,
              headings=("số GPHN", "số CCHN", "so chung chi hanh nghe", "số giấy phép",
                        "giấy phép hành nghề số", "chung chi hanh nghe so"),
              help=Text(vi="Ghi như in trên giấy, kể cả phần chữ.", en="As printed, letters included."),
              example="000123/DEMO-GPHN"),
        Field("licence_date", Text(vi="Ngày cấp giấy phép hành nghề", en="Licence date"), "date",
              required=True, public=True, group=LICENCE,
              headings=("ngày cấp", "ngày cấp GPHN", "ngày cấp CCHN", "giấy phép hành nghề ngày cấp")),
        Field("licence_issuer", Text(vi="Nơi cấp giấy phép hành nghề", en="Licence issuer"), required=True,
              public=True, filtered=True, group=LICENCE,
              headings=("nơi cấp", "nơi cấp GPHN", "nơi cấp CCHN", "cơ quan cấp",
                        "giấy phép hành nghề nơi cấp")),
        Field("licence_valid_to", Text(vi="Giấy phép có giá trị đến", en="Licence valid to"), "date",
              public=True, quality="live", group=LICENCE, headings=("ngày hết hạn",),
              help=Text(vi="Để trống với giấy phép không ghi thời hạn.", en="Empty when it has no term."),
              legal="Luật 15/2023/QH15, Điều 27"),
        Field("old_certificate", Text(vi="Số chứng chỉ hành nghề (trước giấy phép)", en="Old certificate"),
              "identifier", longest=60, searched=True, group=LICENCE, legal="Luật 15/2023/QH15, Điều 121"),
        Field("scope", Text(vi="Phạm vi hành nghề", en="Scope of practice"), public=True, longest=500,
              group=TRAINING, legal="Thông tư 32/2023/TT-BYT, Điều 11",
              headings=("phạm vi hoạt động chuyên môn",)),
        Field("qualification", Text(vi="Trình độ chuyên môn", en="Qualification"), group=TRAINING,
              headings=("văn bằng chuyên môn", "văn bằng")),
        Field("diploma", Text(vi="Văn bằng: số, nơi cấp, năm", en="Diploma: number, issuer, year"),
              longest=500, group=TRAINING),
        Field("cme_hours", Text(vi="Số giờ cập nhật kiến thức y khoa liên tục", en="CME hours"), "integer",
              measure=Text(vi="giờ tín chỉ", en="credit hours"), quality="live", group=TRAINING,
              legal="Luật 15/2023/QH15, Điều 22"),
        Field("facility", Text(vi="Mã cơ sở quản lý hồ sơ", en="Managing facility"), "facility_code",
              longest=5, public=True, filtered=True, references="facilities", group=WORK,
              headings=("mã cơ sở", "MA_CSKCB", "ma_cskcb")),
        Field("position", Text(vi="Vị trí chuyên môn", en="Position"), group=WORK),
        PHONE,
        Field("email", Text(vi="Thư điện tử", en="E-mail"), longest=120, pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+",
              pattern_words=Text(vi="dạng ten@donvi.vn", en="like name@unit.vn"), sensitivity="personal",
              group=WORK),
    ),
    key_sentence=Text(
        vi="Người có số định danh này đã có hồ sơ trong sổ; mỗi người chỉ có một hồ sơ. Nếu hồ sơ ở cơ sở "
           "mình, hãy sửa hồ sơ đó. Nếu người này đã kê khai ở cơ sở khác, hãy đăng ký hành nghề tại cơ sở "
           "mình (hai bên cùng xác nhận), không kê khai lại.",
        en="Somebody with this personal number has a record already; a person has only one. If it is yours, "
           "correct it. If the person is declared at another facility, register the practice at yours (both "
           "sides confirm) instead of declaring the person anew.",
    ),
    unique=(
        Unique("licence", ("licence_number", "licence_issuer"),
               Text(vi="Nơi cấp này đã cấp số giấy phép hành nghề đó cho một hồ sơ khác.",
                    en="This issuer gave that licence number to another record.")),
    ),
    rules=(
        Rule("licence_after_birth", "licence_date",
             message=Text(vi="Ngày cấp giấy phép sớm hơn 18 năm sau ngày sinh.",
                          en="The licence is dated less than 18 years after birth."),
             fix=Text(vi="Kiểm tra ngày sinh và ngày cấp trên giấy tờ.", en="Compare both days."),
             breaks=lambda: pl.col("licence_date").str.slice(0, 4).cast(pl.Int64, strict=False)
             < _BIRTH_YEAR + 18),
        Rule("licence_not_in_future", "licence_date",
             message=Text(vi="Ngày cấp giấy phép hành nghề ở sau hôm nay.",
                          en="The licence is dated in the future."),
             fix=Text(vi="Ghi ngày cấp như trên giấy phép.", en="Enter the day that the licence shows."),
             counted=False,
             breaks=lambda: pl.col("licence_date") > today().isoformat()),
        Rule("licence_in_order", "licence_valid_to",
             message=Text(vi="Giấy phép hết hạn trước ngày cấp.", en="The licence ends before its date."),
             fix=Text(vi="Kiểm tra hai ngày trên giấy phép.", en="Compare both days with the licence."),
             breaks=lambda: pl.col("licence_valid_to") < pl.col("licence_date")),
        Rule("number_says_sex", "sex", level="W",
             message=Text(vi="Giới tính khác với số định danh cá nhân.",
                          en="The sex differs from what the personal number says."),
             fix=Text(vi="Đối chiếu thẻ căn cước; số có thể đã được cấp lại.",
                      en="Compare with the card; numbers are sometimes issued again."),
             legal="Nghị định 70/2024/NĐ-CP, Điều 11, 12",
             breaks=lambda: pl.col("sex").is_in(["1", "2"]) & (pl.col("sex") != _SEX_OF_NUMBER)),
        Rule("number_says_year", "birth_date", level="W",
             message=Text(vi="Năm sinh khác với số định danh cá nhân.",
                          en="The birth year differs from what the personal number says."),
             fix=Text(vi="Đối chiếu thẻ căn cước; số có thể đã được cấp lại.",
                      en="Compare with the card; numbers are sometimes issued again."),
             legal="Nghị định 70/2024/NĐ-CP, Điều 11, 12",
             breaks=lambda: _YEAR_OF_NUMBER != _BIRTH_YEAR),
        Rule("term_is_said", "licence_valid_to", level="W", quality="complete",
             message=Text(vi="Giấy phép hành nghề của chức danh này có thời hạn nhưng chưa ghi.",
                          en="A licence of this title has a term, which is missing."),
             fix=Text(vi="Bổ sung ngày hết hạn trên giấy phép.", en="Add the last day."),
             legal="Luật 15/2023/QH15, Điều 27",
             breaks=lambda: (pl.col("licence_kind") == "GPHN") & pl.col("licence_valid_to").is_null()
             & ~pl.col("title").is_in(NO_EXPIRY)),
    ),
    # By these another register finds who is meant, however the number is written there.
    computed={
        "licence_key": lambda content: same_number(content.get("licence_number")),
        "certificate_key": lambda content: same_number(content.get("old_certificate")),
    },
)  # fmt: skip
