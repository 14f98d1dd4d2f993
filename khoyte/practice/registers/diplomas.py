"""Diplomas and professional certificates (văn bằng, chứng chỉ chuyên môn), with the paper itself.

What a licence rests on (Law 15/2023/QH15, Art. 26, 30). Declared by the person or by a facility where the
person works, confirmed by the ladder. A diploma of a foreign school names the decision that recognised it
(Circular 13/2021/TT-BGDĐT). Nothing of it is public.
"""

import polars as pl

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.registers.declaration import (
    FACILITY_LEVEL,
    PROVINCE_LEVEL,
    ByPerson,
    Code,
    Declaration,
    Field,
    Follows,
    Rule,
    Unique,
)

KINDS = (
    Code("TC", Text(vi="Bằng trung cấp", en="Intermediate diploma"), ("trung cấp",)),
    Code("CD", Text(vi="Bằng cao đẳng", en="College diploma"), ("cao đẳng",)),
    Code("DH", Text(vi="Bằng đại học", en="University degree"), ("đại học",)),
    Code("BSNT", Text(vi="Bằng bác sỹ nội trú", en="Resident doctor"), ("bac si noi tru", "nội trú")),
    Code("CK1", Text(vi="Bằng chuyên khoa cấp I", en="Specialist, level I"), ("CKI", "chuyên khoa 1")),
    Code("CK2", Text(vi="Bằng chuyên khoa cấp II", en="Specialist, level II"), ("CKII", "chuyên khoa 2")),
    Code("THS", Text(vi="Bằng thạc sỹ", en="Master"), ("thạc sĩ",)),
    Code("TS", Text(vi="Bằng tiến sỹ", en="Doctorate"), ("tiến sĩ",)),
    Code("CCCK", Text(vi="Chứng chỉ chuyên khoa cơ bản", en="Basic specialist certificate"),
         ("chứng chỉ định hướng chuyên khoa", "định hướng chuyên khoa")),
    Code("CCKT", Text(vi="Chứng chỉ đào tạo kỹ thuật chuyên môn", en="Certificate of a technique"),
         ("chứng chỉ đào tạo", "chứng chỉ kỹ thuật")),
    Code("CC", Text(vi="Chứng chỉ chuyên môn khác", en="Other professional certificate"), ("chứng chỉ",)),
)  # fmt: skip
IN_FUTURE = Text(vi="Ngày cấp ở sau hôm nay.", en="The day of issue lies in the future.")
AS_ON_PAPER = Text(vi="Ghi ngày cấp như trên văn bằng.", en="Enter the day that stands on the paper.")
TOO_EARLY = Text(
    vi="Quyết định công nhận có trước ngày cấp văn bằng.", en="It was recognised before it was issued."
)
BOTH_DAYS = Text(
    vi="Kiểm tra ngày cấp và ngày quyết định trên giấy tờ.", en="Compare both days with the papers."
)
NUMBER_TAKEN = Text(
    vi="Số hiệu này của nơi cấp này đã có trong một hồ sơ khác. Kiểm tra lại số trên giấy tờ; nếu đúng, sửa "
       "hồ sơ đã có hoặc báo Sở Y tế để đối chiếu.",
    en="Another record has this number of this issuer. Compare it with the paper; if it is right, correct "
       "that record or tell the health department.",
)  # fmt: skip
_PAPER = Text(vi="Giấy tờ", en="The paper")
_FOREIGN = Text(vi="Văn bằng nước ngoài", en="Foreign diploma")

DIPLOMAS = Declaration(
    name="diplomas",
    label=Text(vi="Văn bằng, chứng chỉ chuyên môn", en="Diplomas and certificates"),
    one=Text(vi="văn bằng, chứng chỉ", en="diploma or certificate"),
    steward=Text(vi="Cục Quản lý Khám, chữa bệnh", en="Medical Services Administration"),
    legal=("Luật 15/2023/QH15, Điều 26, 30", "Thông tư 38/2024/TT-BYT, Điều 9",
           "Thông tư 13/2021/TT-BGDĐT"),
    key=("issuer", "number"),
    title=("kind", "specialty", "issuer"),
    named_by="personal_number",
    follows=Follows("practitioners", "personal_number", "personal_number"),
    own_page="/hanh-nghe/van-bang/{id}",
    by_person=ByPerson(
        path="van-bang",
        mine=Text(vi="Văn bằng, chứng chỉ của tôi", en="My diplomas and certificates"),
        add=Text(vi="Thêm văn bằng, chứng chỉ", en="Add a diploma or certificate"),
        shown=("issued_on",),
        proof="document",
    ),
    ladder=(FACILITY_LEVEL, PROVINCE_LEVEL),
    fields=(
        Field("personal_number", Text(vi="Số định danh cá nhân", en="Personal number"), "personal_number",
              required=True, sensitivity="identifying", references="practitioners",
              headings=("số CCCD", "CCCD", "số căn cước")),
        Field("kind", Text(vi="Loại văn bằng, chứng chỉ", en="Kind"), "code", codes=KINDS, required=True,
              filtered=True, listed=True, searched=True, headings=("trình độ", "loại văn bằng")),
        Field("specialty", Text(vi="Ngành, chuyên ngành", en="Specialty"), required=True, searched=True,
              listed=True, headings=("chuyên khoa", "chuyên ngành", "ngành đào tạo"),
              example="Nhi khoa"),
        Field("number", Text(vi="Số hiệu", en="Number"), "identifier", required=True, longest=60,
              sensitivity="personal", headings=("số văn bằng", "số chứng chỉ", "số hiệu văn bằng"),
              help=Text(vi="Ghi như in trên giấy, kể cả phần chữ.", en="As printed, letters included.")),
        Field("issuer", Text(vi="Nơi cấp", en="Issuer"), required=True, searched=True, listed=True,
              headings=("cơ sở đào tạo", "trường cấp", "nơi cấp văn bằng"),
              help=Text(vi="Tên trường, cơ sở đào tạo trên văn bằng.", en="The school on the paper.")),
        Field("issued_on", Text(vi="Ngày cấp", en="Issued on"), "partial_date", required=True, listed=True,
              headings=("năm tốt nghiệp", "năm cấp"),
              help=Text(vi="Giấy tờ chỉ có năm thì ghi năm.", en="When the paper says only the year, that.")),
        Field("document", Text(vi="Ảnh hoặc bản quét", en="Photo or scan"), "document",
              sensitivity="personal", group=_PAPER,
              help=Text(vi="Đặt giấy tờ nơi đủ sáng, chụp thẳng, thấy đủ bốn góc.",
                        en="In good light, straight from above, all four corners.")),
        Field("country", Text(vi="Nước cấp", en="Country"), longest=60, group=_FOREIGN,
              help=Text(vi="Để trống khi cấp tại Việt Nam.", en="Empty when issued in Vietnam.")),
        Field("recognition", Text(vi="Quyết định công nhận tại Việt Nam", en="Decision that recognised it"),
              "identifier", longest=100, group=_FOREIGN, legal="Thông tư 13/2021/TT-BGDĐT"),
        Field("recognised_on", Text(vi="Ngày quyết định công nhận", en="Day of that decision"), "date",
              group=_FOREIGN),
    ),
    unique=(Unique("number", ("issuer", "number"), NUMBER_TAKEN),),
    rules=(
        Rule("issued_in_past", "issued_on", message=IN_FUTURE, fix=AS_ON_PAPER,
             breaks=lambda: pl.col("issued_on") > today().isoformat()),
        Rule("recognised_after_issue", "recognised_on", message=TOO_EARLY, fix=BOTH_DAYS,
             breaks=lambda: pl.col("recognised_on").str.slice(0, pl.col("issued_on").str.len_chars())
             < pl.col("issued_on")),
        Rule("recognised_in_past", "recognised_on",
             message=Text(vi="Ngày quyết định công nhận ở sau hôm nay.",
                          en="The decision is dated in the future."),
             fix=Text(vi="Ghi ngày như trên quyết định.", en="Enter the day of the decision."),
             breaks=lambda: pl.col("recognised_on") > today().isoformat()),
        Rule("foreign_is_recognised", "recognition", level="W", quality="complete",
             message=Text(vi="Văn bằng do nước ngoài cấp chưa có quyết định công nhận.",
                          en="A foreign diploma without the decision that recognised it."),
             fix=Text(vi="Bổ sung số quyết định công nhận văn bằng.", en="Add that decision."),
             legal="Thông tư 13/2021/TT-BGDĐT",
             breaks=lambda: pl.col("country").is_not_null() & pl.col("recognition").is_null()),
        Rule("paper_is_there", "document", level="W", quality="complete",
             message=Text(vi="Chưa có ảnh hoặc bản quét của văn bằng, chứng chỉ.",
                          en="There is no photo or scan of the paper."),
             fix=Text(vi="Chụp giấy tờ rồi thêm vào hồ sơ.", en="Take a photo and add it."),
             breaks=lambda: pl.col("document").is_null()),
    ),
    sentences={
        "issued_on__in_past": Text(vi=f"{IN_FUTURE.vi} {AS_ON_PAPER.vi}",
                                   en=f"{IN_FUTURE.en} {AS_ON_PAPER.en}"),
        "recognised_on__after_issued": Text(vi=f"{TOO_EARLY.vi} {BOTH_DAYS.vi}",
                                            en=f"{TOO_EARLY.en} {BOTH_DAYS.en}"),
    },
)  # fmt: skip
