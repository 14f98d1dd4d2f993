"""Trainees (người thực hành khám bệnh, chữa bệnh) with those who guide them.

A facility registers its trainees on the system (Law 15/2023/QH15, Art. 23(2)d) and publishes the lists of
those who practise and of those who have finished (Decree 96/2023/NĐ-CP, Art. 7(1)b, 7(6)b). How many one
supervisor guides at once is dated data (`legal.ceilings`; Art. 7(2)b); one more is refused by the database,
also where two are entered at the same moment. A supervisor is the practitioner whom the number leads to, by
licence or old certificate, however it is written; a number that leads to nobody is refused. Nobody practises
as a trainee twice on one day.
"""

import polars as pl

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.legal.ceilings import TRAINEES_OF_SUPERVISOR, ceilings
from khoyte.practice.licence_numbers import same_number
from khoyte.practice.registers.practitioners import TITLES
from khoyte.registers.declaration import FACILITY_LEVEL, PROVINCE_LEVEL, Code, Declaration, Field, Rule

RESULTS = (
    Code("passed", Text(vi="Đạt", en="Passed"), ("hoàn thành",)),
    Code("failed", Text(vi="Không đạt", en="Failed")),
    Code("stopped", Text(vi="Dừng thực hành", en="Stopped"), ("thôi", "dừng")),
)  # fmt: skip
MOST = ceilings(TRAINEES_OF_SUPERVISOR)[-1]
TOO_MANY = Text(
    vi=f"Người hướng dẫn này đã có {MOST.most} người thực hành trong cùng thời gian; mỗi người hướng dẫn "
       f"tối đa {MOST.most} người cùng lúc ({MOST.legal}). Chọn người hướng dẫn khác hoặc ghi ngày kết thúc "
       "của người đã xong.",
    en=f"This supervisor has {MOST.most} trainees in that time already, the most there may be "
       f"({MOST.legal}). Choose another, or enter the last day of those who have finished.",
)  # fmt: skip
UNKNOWN = Text(
    vi="Trong sổ Người hành nghề không có ai mang số giấy phép này. Kiểm tra lại số; nếu người hướng dẫn "
       "chưa có hồ sơ, hãy kê khai người đó vào sổ Người hành nghề trước.",
    en="Nobody in the register of practitioners has this licence number. Compare it with the licence; "
       "declare the supervisor as a practitioner first where there is no record.",
)  # fmt: skip
OF_SEVERAL = Text(
    vi="Trong sổ Người hành nghề có nhiều người mang số này nên chưa xác định được người hướng dẫn. Ghi số "
       "chứng chỉ hành nghề cũ hoặc số giấy phép khác của người đó, hoặc báo Sở Y tế sửa số bị trùng.",
    en="Several practitioners have this number, so that nobody knows who is meant. Enter another number of "
       "the supervisor, or have the province correct the number that is there twice.",
)  # fmt: skip
ONESELF = Text(
    vi="Số giấy phép này là của chính người thực hành. Ghi số giấy phép của người hướng dẫn.",
    en="This is the licence of the trainee. Enter the licence of whoever guides them.",
)
TWICE = Text(
    vi="Người này đã có thời gian thực hành khác (tại cơ sở này hoặc cơ sở khác) trùng với khoảng thời gian "
       "này. Kiểm tra lại hai ngày; nếu đã dừng nơi trước, nơi đó phải ghi ngày dừng trước.",
    en="This person is a trainee, here or elsewhere, on some of these days already. Compare the days; where "
       "they have stopped elsewhere, that facility enters the last day first.",
)  # fmt: skip
PERIOD = Text(vi="Ngày kết thúc trước ngày bắt đầu.", en="The last day lies before the first.")

TRAINEES = Declaration(
    name="trainees",
    label=Text(vi="Người thực hành khám bệnh, chữa bệnh", en="Trainees"),
    one=Text(vi="người thực hành", en="trainee"),
    steward=Text(vi="Cục Quản lý Khám, chữa bệnh", en="Medical Services Administration"),
    legal=("Luật 15/2023/QH15, Điều 23", "Nghị định 96/2023/NĐ-CP, Điều 7"),
    key=("personal_number", "facility", "valid_from"),
    title=("full_name", "facility"),
    sorted_as="person",
    facility_from="facility",
    is_public=True,
    # Everybody at a facility would stand beside the facility itself.
    looked_up_alone=True,
    valid_time=("valid_from", "valid_to"),
    ladder=(FACILITY_LEVEL, PROVINCE_LEVEL),
    fields=(
        Field("full_name", Text(vi="Họ và tên", en="Full name"), required=True, public=True, searched=True,
              listed=True, sensitivity="personal", headings=("họ tên",), example="Nguyễn Thị An"),
        Field("personal_number", Text(vi="Số định danh cá nhân", en="Personal number"), "personal_number",
              required=True, sensitivity="identifying", headings=("số CCCD", "CCCD", "số căn cước"),
              example="999185012345"),
        Field("facility", Text(vi="Mã cơ sở hướng dẫn thực hành", en="Facility"), "facility_code",
              required=True, longest=5, public=True, listed=True, filtered=True, searched=True,
              references="facilities",
              headings=("mã cơ sở", "MA_CSKCB")),
        Field("department", Text(vi="Khoa, phòng thực hành", en="Department"), longest=120, public=True),
        Field("diploma", Text(vi="Văn bằng chuyên môn", en="Diploma"), longest=255,
              headings=("văn bằng", "trình độ")),
        Field("title", Text(vi="Chức danh thực hành", en="Title practised for"), "code", codes=TITLES,
              filtered=True, headings=("chức danh",), legal="Luật 15/2023/QH15, Điều 26",
              help=Text(vi="Chức danh chuyên môn sẽ đề nghị cấp giấy phép; dùng để đối chiếu với người hướng "
                           "dẫn.", en="The title of the licence that will be asked for.")),
        Field("supervisor", Text(vi="Người hướng dẫn", en="Supervisor"), required=True, public=True,
              searched=True, listed=True, sensitivity="personal", headings=("họ tên người hướng dẫn",)),
        Field("supervisor_licence", Text(vi="Số giấy phép hành nghề của người hướng dẫn",
                                         en="Licence of the supervisor"),
              "identifier", required=True, longest=60, searched=True, references="practitioners",
              headings=("số GPHN người hướng dẫn", "số GPHN")),
        Field("contract", Text(vi="Số hợp đồng thực hành", en="Contract"), "identifier", longest=60,
              headings=("hợp đồng",), legal="Nghị định 96/2023/NĐ-CP, Phụ lục I, Mẫu 06"),
        Field("valid_from", Text(vi="Thực hành từ ngày", en="From"), "date", required=True, public=True,
              listed=True, headings=("từ ngày", "ngày bắt đầu")),
        Field("valid_to", Text(vi="Thực hành đến ngày", en="To"), "date", required=True, public=True,
              listed=True, headings=("đến ngày", "ngày kết thúc"),
              help=Text(vi="Ngày kết thúc theo hợp đồng; dừng sớm thì ghi ngày dừng.",
                        en="The last day of the contract, or the day on which it was broken off.")),
        Field("result", Text(vi="Kết quả thực hành", en="Result"), "code", codes=RESULTS, filtered=True,
              listed=True),
        Field("comment", Text(vi="Nhận xét về chuyên môn, đạo đức nghề nghiệp", en="Comment"), "long_text",
              sensitivity="personal"),
    ),
    rules=(
        Rule("period_in_order", "valid_to", message=PERIOD, counted=False,
             fix=Text(vi="Kiểm tra lại hai ngày.", en="Check both days."),
             breaks=lambda: pl.col("valid_to") < pl.col("valid_from")),
        Rule("result_after_end", "result", counted=False,
             message=Text(vi="Chưa hết thời gian thực hành nhưng đã có kết quả.",
                          en="There is a result before the end."),
             fix=Text(vi="Ghi kết quả sau ngày kết thúc, hoặc sửa ngày kết thúc thành ngày thực tế.",
                      en="Enter it after the last day, or enter the day on which it did end."),
             breaks=lambda: pl.col("result").is_not_null() & (pl.col("valid_to") > today().isoformat())),
        Rule("result_is_said", "result", level="W", quality="complete", counted=False,
             message=Text(vi="Đã hết thời gian thực hành nhưng chưa xác nhận kết quả.",
                          en="The time is over and no result is confirmed."),
             fix=Text(vi="Xác nhận kết quả thực hành.", en="Confirm the result."),
             legal="Nghị định 96/2023/NĐ-CP, Điều 7",
             breaks=lambda: pl.col("result").is_null() & (pl.col("valid_to") < today().isoformat())),
    ),
    sentences={
        "supervisor_licence__most_at_once": TOO_MANY,
        "supervisor_licence__unknown": UNKNOWN,
        "supervisor_licence__of_several": OF_SEVERAL,
        "supervisor_licence__own": ONESELF,
        "valid_from__trainees_overlap": TWICE,
        "valid_to__after_start_trainee": PERIOD,
    },
    computed={"supervisor_key": lambda content: same_number(content.get("supervisor_licence"))},
)  # fmt: skip
