"""Continuing medical education (cập nhật kiến thức y khoa liên tục) as records: what was attended, how long.

Duty of Law 15/2023/QH15, Art. 22; data set of Circular 38/2024/TT-BYT, Art. 9. How many hours are asked in
which time is dated data (`legal.education`); what a person has of them is worked out, never stored
(`practice.education`). Hours count on the last day of the activity. Nothing of it is public.
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

ACTIVITIES = (
    Code("course", Text(vi="Khóa đào tạo, bồi dưỡng", en="Course"), ("đào tạo", "khóa học", "bồi dưỡng")),
    Code("conference", Text(vi="Hội thảo, hội nghị", en="Conference"), ("hội nghị", "hội thảo")),
    Code("teaching", Text(vi="Giảng dạy, hướng dẫn", en="Teaching"), ("giảng dạy",)),
    Code("research", Text(vi="Nghiên cứu khoa học", en="Research"), ("nghiên cứu", "đề tài")),
    Code("publication", Text(vi="Bài báo, sách chuyên môn", en="Publication"), ("bài báo", "viết sách")),
    Code("self_study", Text(vi="Tự cập nhật", en="Self-study"), ("tự học",)),
    Code("other", Text(vi="Hình thức khác", en="Other"), ("khác",)),
)  # fmt: skip
MOST_HOURS = 1_000
PERIOD = Text(vi="Ngày kết thúc trước ngày bắt đầu.", en="The last day lies before the first.")
IN_FUTURE = Text(vi="Ngày kết thúc ở sau hôm nay.", en="The last day lies in the future.")
ONLY_DONE = Text(
    vi="Chỉ kê khai nội dung đã hoàn thành; kiểm tra ngày trên chứng nhận.",
    en="Declare what has ended; compare the day with the certificate.",
)
HOURS = Text(
    vi=f"Số giờ tín chỉ phải từ 1 đến {MOST_HOURS}.", en=f"Credit hours are between 1 and {MOST_HOURS}."
)
AS_CERTIFIED = Text(vi="Ghi số giờ như trên chứng nhận.", en="Enter the hours of the certificate.")
CERTIFICATE_TAKEN = Text(
    vi="Chứng nhận số này của đơn vị tổ chức này đã có trong một hồ sơ khác. Kiểm tra lại số chứng nhận.",
    en="Another record has this certificate of this organiser. Compare the number.",
)

CME_RECORDS = Declaration(
    name="cme_records",
    label=Text(vi="Cập nhật kiến thức y khoa liên tục", en="Continuing medical education"),
    one=Text(vi="nội dung cập nhật kiến thức", en="activity of continuing education"),
    steward=Text(vi="Cục Khoa học công nghệ và Đào tạo", en="Administration of Science and Training"),
    legal=("Luật 15/2023/QH15, Điều 22", "Thông tư 32/2023/TT-BYT", "Thông tư 38/2024/TT-BYT, Điều 9"),
    key=("personal_number", "title", "ended_on"),
    title=("title", "organiser"),
    named_by="personal_number",
    follows=Follows("practitioners", "personal_number", "personal_number"),
    own_page="/hanh-nghe/cap-nhat-kien-thuc/{id}",
    by_person=ByPerson(
        path="cap-nhat-kien-thuc",
        mine=Text(vi="Các khóa đào tạo, hội thảo của tôi", en="My activities"),
        add=Text(vi="Thêm giờ cập nhật kiến thức", en="Add hours of continuing education"),
        shown=("ended_on", "hours"),
        proof="document",
    ),
    ladder=(FACILITY_LEVEL, PROVINCE_LEVEL),
    fields=(
        Field("personal_number", Text(vi="Số định danh cá nhân", en="Personal number"), "personal_number",
              required=True, sensitivity="identifying", references="practitioners",
              headings=("số CCCD", "CCCD", "số căn cước")),
        Field("activity", Text(vi="Hình thức", en="Activity"), "code", codes=ACTIVITIES, required=True,
              filtered=True, listed=True, headings=("hình thức cập nhật", "loại hình")),
        Field("title", Text(vi="Nội dung", en="Subject"), required=True, searched=True, listed=True,
              headings=("tên khóa học", "tên khóa đào tạo", "chuyên đề"), example="Cấp cứu nhi khoa"),
        Field("organiser", Text(vi="Đơn vị tổ chức", en="Organiser"), required=True, searched=True,
              listed=True, headings=("cơ sở đào tạo", "nơi cấp")),
        Field("certificate", Text(vi="Số chứng nhận", en="Certificate"), "identifier", longest=60,
              sensitivity="personal", headings=("số giấy chứng nhận", "số chứng chỉ")),
        Field("begun_on", Text(vi="Từ ngày", en="From"), "date", headings=("ngày bắt đầu",)),
        Field("ended_on", Text(vi="Đến ngày", en="To"), "date", required=True, listed=True,
              headings=("ngày kết thúc", "ngày hoàn thành", "ngày cấp")),
        Field("hours", Text(vi="Số giờ tín chỉ", en="Credit hours"), "integer", required=True, listed=True,
              measure=Text(vi="giờ tín chỉ", en="credit hours"),
              headings=("số giờ", "số tiết", "giờ tín chỉ"), legal="Thông tư 32/2023/TT-BYT"),
        Field("specialty", Text(vi="Chuyên khoa", en="Specialty"), searched=True,
              headings=("chuyên ngành",)),
        Field("document", Text(vi="Ảnh hoặc bản quét chứng nhận", en="Photo or scan"), "document",
              sensitivity="personal"),
    ),
    unique=(Unique("certificate", ("organiser", "certificate"), CERTIFICATE_TAKEN),),
    key_sentence=Text(
        vi="Nội dung này, cùng ngày kết thúc, của người này đã có trong sổ. Sửa hồ sơ đã có.",
        en="This activity of this person, ended on that day, is in the register. Correct that record.",
    ),
    rules=(
        Rule("period_in_order", "ended_on", message=PERIOD, counted=False,
             fix=Text(vi="Kiểm tra lại hai ngày.", en="Check both days."),
             breaks=lambda: pl.col("ended_on") < pl.col("begun_on")),
        Rule("ended_in_past", "ended_on", message=IN_FUTURE, fix=ONLY_DONE, counted=False,
             breaks=lambda: pl.col("ended_on") > today().isoformat()),
        Rule("hours_possible", "hours", message=HOURS, fix=AS_CERTIFIED, counted=False,
             breaks=lambda: ~pl.col("hours").is_between(1, MOST_HOURS)),
        Rule("certificate_is_said", "certificate", level="W", quality="complete", counted=False,
             message=Text(vi="Khóa đào tạo, hội thảo chưa ghi số chứng nhận.",
                          en="A course or conference without a certificate."),
             fix=Text(vi="Bổ sung số chứng nhận; không có thì nêu đơn vị xác nhận.",
                      en="Add its number; without one say who confirms it."),
             breaks=lambda: pl.col("activity").is_in(["course", "conference"])
             & pl.col("certificate").is_null()),
    ),
    sentences={
        "ended_on__after_begun": PERIOD,
        "ended_on__in_past": Text(vi=f"{IN_FUTURE.vi} {ONLY_DONE.vi}", en=f"{IN_FUTURE.en} {ONLY_DONE.en}"),
        "hours__possible": Text(vi=f"{HOURS.vi} {AS_CERTIFIED.vi}", en=f"{HOURS.en} {AS_CERTIFIED.en}"),
    },
)  # fmt: skip
