"""V-042 to V-045: form of care, days of treatment, referral."""

from khoyte.foundation.language import Text
from khoyte.rules import Example, F, H, choose, days_between, minutes_between, rule
from khoyte.submissions.rulebook.levels import REFUSED_BY_INSURER, UNCONFIRMED, WARNED, annex

CARE_GUIDE = f"Quyết định 824/QĐ-BYT (mã hình thức khám bệnh, chữa bệnh); hướng dẫn theo {UNCONFIRMED}"
FOUR_HOURS = 240

_stay_days = days_between(F.NGAY_VAO, F.NGAY_RA) + 1
_admitted = choose(F.NGAY_VAO_NOI_TRU.filled, F.NGAY_VAO_NOI_TRU.minute, F.NGAY_VAO.minute)

RULES = [
    *rule(
        "V-042", part="none", table="XML1", field="SO_NGAY_DTRI", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Hình thức 01, 07, 09 không được tính ngày điều trị", "A visit has no days of treatment"),
        when=F.MA_LOAI_KCB.is_in("01", "07", "09"), check=F.SO_NGAY_DTRI.number == 0,
        show={"form": F.MA_LOAI_KCB},
        message=Text("{where}: ghi {value} ngày; mã hình thức {form} phải ghi 0.",
                     "{where}: {value} days; form of care {form} has 0."),
        hint=Text("Ghi SO_NGAY_DTRI là 0, hoặc sửa MA_LOAI_KCB nếu người bệnh điều trị nhiều ngày.",
                  "Write 0, or correct MA_LOAI_KCB if the patient was treated over days."),
        legal=annex(1, "SO_NGAY_DTRI"),
        examples=[Example(fails={"XML1": [{"MA_LOAI_KCB": "01", "SO_NGAY_DTRI": "1"}]},
                          passes={"XML1": [{"MA_LOAI_KCB": "01", "SO_NGAY_DTRI": "0"}]})],
    ),
    *rule(
        "V-042", part="stay", table="XML1", field="SO_NGAY_DTRI", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Số ngày điều trị phải khớp ngày vào, ngày ra", "Days of treatment follow from the dates"),
        when=F.MA_LOAI_KCB.is_in("02", "03", "04", "06"), check=F.SO_NGAY_DTRI.number == _stay_days,
        show={"expected": _stay_days},
        message=Text("{where}: ghi {value} ngày, tính theo ngày vào và ngày ra là {expected} ngày.",
                     "{where}: {value} days, the dates give {expected}."),
        hint=Text("Tính lại bằng ngày ra trừ ngày vào cộng 1, hoặc sửa ngày vào, ngày ra.",
                  "Count again: last day minus first day plus 1; or correct the dates."),
        legal=annex(1, "SO_NGAY_DTRI"),
        examples=[Example(
            fails={"XML1": [{"MA_LOAI_KCB": "03", "NGAY_VAO": "202608100800", "NGAY_RA": "202608141000",
                             "SO_NGAY_DTRI": "4"}]},
            passes={"XML1": [{"MA_LOAI_KCB": "03", "NGAY_VAO": "202608100800", "NGAY_RA": "202608141000",
                              "SO_NGAY_DTRI": "5"}]})],
    ),
    # 05 counts days of medicines and 08 days with services: a file shows only that neither can be longer
    # than the episode.
    *rule(
        "V-042", part="course", table="XML1", field="SO_NGAY_DTRI", level=REFUSED_BY_INSURER,
        quality="correct",
        label=Text("Số ngày điều trị không được quá số ngày của đợt",
                   "Days of treatment fit into the episode"),
        when=F.MA_LOAI_KCB.is_in("05", "08"), check=F.SO_NGAY_DTRI.number <= _stay_days,
        show={"most": _stay_days},
        message=Text("{where}: ghi {value} ngày, trong khi đợt điều trị chỉ có {most} ngày.",
                     "{where}: {value} days in an episode of {most}."),
        hint=Text("Với mã hình thức 05, ghi số ngày dùng thuốc; với mã 08, ghi số ngày có dịch vụ; hoặc sửa "
                  "NGAY_RA.",
                  "Count days of medicines (05) or days with services (08), or correct NGAY_RA."),
        legal=annex(1, "SO_NGAY_DTRI"),
        examples=[Example(
            fails={"XML1": [{"MA_LOAI_KCB": "05", "NGAY_VAO": "202608010800", "NGAY_RA": "202608302359",
                             "SO_NGAY_DTRI": "31"}]},
            passes={"XML1": [{"MA_LOAI_KCB": "05", "NGAY_VAO": "202608010800", "NGAY_RA": "202608302359",
                              "SO_NGAY_DTRI": "30"}]})],
    ),
    *rule(
        "V-043", part="short", table="XML1", field="MA_LOAI_KCB", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Mã hình thức 09 chỉ được dùng khi điều trị dưới 4 giờ",
                   "Form 09 is for stays under 4 hours"),
        when=F.MA_LOAI_KCB == "09", check=F.NGAY_RA.minute - _admitted < FOUR_HOURS,
        show={"left": F.NGAY_RA},
        message=Text("{where}: mã hình thức 09 nhưng người bệnh điều trị từ 4 giờ trở lên (ra lúc {left}).",
                     "{where}: form 09, but the stay lasted 4 hours or more (until {left})."),
        hint=Text("Ghi mã 03 nếu điều trị nội trú từ 4 giờ trở lên, hoặc sửa thời điểm vào, ra.",
                  "Use 03 for inpatient stays of 4 hours or more, or correct the times."),
        legal=CARE_GUIDE,
        examples=[Example(
            fails={"XML1": [{"MA_LOAI_KCB": "09", "NGAY_VAO": "202608100800",
                             "NGAY_VAO_NOI_TRU": "202608100830", "NGAY_RA": "202608101400"}]},
            passes={"XML1": [{"MA_LOAI_KCB": "09", "NGAY_VAO": "202608100800",
                              "NGAY_VAO_NOI_TRU": "202608101030", "NGAY_RA": "202608101400"}]})],
    ),
    *rule(
        "V-043", part="inpatient", table="XML1", field="MA_LOAI_KCB", level=REFUSED_BY_INSURER,
        quality="correct",
        label=Text("Điều trị dưới 4 giờ không được ghi mã hình thức 03",
                   "Stays under 4 hours are not form 03"),
        when=F.MA_LOAI_KCB == "03", check=minutes_between(F.NGAY_VAO, F.NGAY_RA) >= FOUR_HOURS,
        show={"came": F.NGAY_VAO, "left": F.NGAY_RA},
        message=Text("{where}: mã hình thức 03 (nội trú) nhưng thời gian từ {came} đến {left} dưới 4 giờ.",
                     "{where}: inpatient (03), but only from {came} to {left}, under 4 hours."),
        hint=Text("Ghi mã 09 khi điều trị nội trú dưới 4 giờ, hoặc sửa thời điểm vào, ra.",
                  "Use 09 for inpatient stays under 4 hours, or correct the times."),
        legal=CARE_GUIDE,
        examples=[Example(
            fails={"XML1": [{"MA_LOAI_KCB": "03", "NGAY_VAO": "202608100800", "NGAY_RA": "202608101100"}]},
            passes={"XML1": [{"MA_LOAI_KCB": "03", "NGAY_VAO": "202608100800",
                              "NGAY_RA": "202608101200"}]})],
    ),
    *rule(
        "V-044", table="XML3", field="MA_DICH_VU", level=WARNED, quality="correct",
        label=Text("Mã hình thức 05 chỉ được gồm khám và lĩnh thuốc",
                   "Form 05 is a visit and medicines only"),
        when=(H.MA_LOAI_KCB == "05") & F.MA_DICH_VU.filled & ~F.MA_NHOM.is_in("10", "11", "12"),
        check=F.MA_NHOM == "13",
        message=Text("{where}: mã hình thức 05 (khám và lĩnh thuốc) nhưng có dịch vụ {value} ngoài tiền "
                     "khám.",
                     "{where}: an episode of form 05 (visit and medicines) has the service {value}."),
        hint=Text("Ghi MA_LOAI_KCB là 08 khi đợt điều trị có dịch vụ kỹ thuật.",
                  "Write 08 into MA_LOAI_KCB when the episode has services."),
        legal=CARE_GUIDE,
        examples=[Example(
            fails={"XML1": [{"MA_LOAI_KCB": "05"}], "XML3": [{"MA_DICH_VU": "23.0075.1494", "MA_NHOM": "1"}]},
            passes={"XML1": [{"MA_LOAI_KCB": "05"}], "XML3": [{"MA_DICH_VU": "02.1896", "MA_NHOM": "13"}]})],
    ),
    *[part for field, vi, en in (
        ("MA_NOI_DI", "mã cơ sở nơi đi", "the facility that referred the patient"),
        ("GIAY_CHUYEN_TUYEN", "số phiếu chuyển", "the number of the referral slip"),
    ) for part in rule(
        "V-045", part=field, table="XML1", field=field, level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Người bệnh có phiếu chuyển phải có đủ thông tin nơi đi",
                   "A referred patient says from where"),
        when=F.MA_DOITUONG_KCB == "1.3", check=F[field].filled,
        message=Text(f"{{where}}: người bệnh có phiếu chuyển (mã đối tượng 1.3) nhưng thiếu {vi}.",
                     f"{{where}}: the patient came by referral (1.3), but {en} is missing."),
        hint=Text("Ở phần tiếp đón, nhập theo phiếu chuyển cơ sở khám bệnh, chữa bệnh, hoặc sửa "
                  "MA_DOITUONG_KCB.",
                  "At reception copy it from the referral slip, or correct MA_DOITUONG_KCB."),
        legal=annex(1, "MA_NOI_DI, GIAY_CHUYEN_TUYEN"),
        examples=[Example(
            fails={"XML1": [{"MA_DOITUONG_KCB": "1.3", field: ""}]},
            passes={"XML1": [{"MA_DOITUONG_KCB": "1.3", "MA_NOI_DI": "99002",
                              "GIAY_CHUYEN_TUYEN": "01/2026"}]})],
    )],
    *rule(
        "V-045", part="MA_NOI_DEN", table="XML1", field="MA_NOI_DEN", level=REFUSED_BY_INSURER,
        quality="complete",
        label=Text("Người bệnh chuyển đi phải có mã cơ sở tiếp nhận",
                   "A patient referred onward says where to"),
        when=F.MA_LOAI_RV.is_in("2", "5"), check=F.MA_NOI_DEN.filled,
        message=Text("{where}: người bệnh được chuyển đi nhưng thiếu mã cơ sở tiếp nhận.",
                     "{where}: the patient was referred onward, but the receiving facility is missing."),
        hint=Text("Ở phần ra viện, nhập mã 5 ký tự của cơ sở tiếp nhận người bệnh.",
                  "At discharge enter the 5-character code of that facility."),
        legal=annex(1, "MA_NOI_DEN"),
        examples=[Example(fails={"XML1": [{"MA_LOAI_RV": "2", "MA_NOI_DEN": ""}]},
                          passes={"XML1": [{"MA_LOAI_RV": "2", "MA_NOI_DEN": "99003"}]})],
    ),
]
