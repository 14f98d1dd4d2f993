"""V-025 to V-037, and V-012 for the future: the order of times within a dossier."""
import datetime
from collections.abc import Mapping
from typing import Any

import polars as pl

from khoyte.foundation.language import Text
from khoyte.rules import Example, Expression, F, H, choose, custom, days_between, rule
from khoyte.submissions.rulebook.generated import REFUSED
from khoyte.submissions.rulebook.levels import PORTAL, REFUSED_BY_INSURER, UNCONFIRMED, WARNED, annex

_STAY = {"admitted": H.NGAY_VAO, "discharged": H.NGAY_RA}
_CHECK_TIMES = Text("Đối chiếu với hồ sơ bệnh án, sửa thời điểm chưa đúng trên phần mềm (tiếp đón, y lệnh, "
                    "trả kết "
                    "quả hoặc ra viện), xuất lại hồ sơ rồi gửi.",
                    "Compare with the medical record, correct the time in the software (reception, orders, "
                    "results or discharge), export the dossier again and send it.")
_MINUTES_OF_DAY = 1440
_EPOCH_ORDINAL = 719_163  # ordinal of 1970-01-01


def _last_minute(facts: Mapping[str, Any]) -> int | None:
    """Last minute that may stand in a record received on that day: the end of the next day."""
    received = facts.get("received_on")
    return None if received is None else (received.toordinal() - _EPOCH_ORDINAL + 2) * _MINUTES_OF_DAY - 1


def _not_future_column(inputs: pl.DataFrame, dossier: pl.Series, facts: Mapping[str, Any]) -> pl.Series:
    last = _last_minute(facts)
    if last is None:
        return pl.repeat(None, len(dossier), dtype=pl.Boolean, eager=True)
    return inputs["0"] <= last


def _not_future_row(inputs: list[Any], facts: Mapping[str, Any]) -> bool | None:
    last = _last_minute(facts)
    return None if last is None or inputs[0] is None else inputs[0] <= last


def _future(table: str, field: str) -> list:
    return rule(
        "V-012", part="future", table=table, field=field, level=WARNED, quality="live",
        label=Text("Thời điểm không được ở tương lai", "No time in the future"),
        check=custom(F[field].minute, whole=_not_future_column, row=_not_future_row),
        message=Text("{where}: {value} là thời điểm sau ngày tiếp nhận hồ sơ.",
                     "{where}: {value} lies after the day the record was received."),
        hint=_CHECK_TIMES, legal="Suy ra từ ngày tiếp nhận hồ sơ",
        examples=[Example(facts={"received_on": datetime.date(2026, 8, 15)},
                          fails={table: [{field: "202708151000"}]},
                          passes={table: [{field: "202608160800"}]})],
    )


def _within_stay(id: str, table: str, field: str, legal: str) -> list:
    return rule(
        id, table=table, field=field, level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Thời điểm phải nằm trong đợt điều trị", "The time lies within the stay"),
        # Either side alone already proves the fault, so an unknown end does not hide it.
        check=(F[field].minute >= H.NGAY_VAO.minute) & (F[field].minute <= H.NGAY_RA.minute), show=_STAY,
        message=Text("{where}: {value} nằm ngoài đợt điều trị (từ {admitted} đến {discharged}).",
                     "{where}: {value} lies outside the stay ({admitted} to {discharged})."),
        hint=_CHECK_TIMES, legal=legal,
        examples=[Example(fails={table: [{field: "202608141000"}]},
                          passes={table: [{field: "202608150900"}]})],
    )


def _not_before(id: str, table: str, field: str, earlier: str, legal: str, part: str = "") -> list:
    return rule(
        id, part=part, table=table, field=field, level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Các thời điểm phải đúng thứ tự", "Times are in order"),
        check=F[field].minute >= F[earlier].minute, show={"earlier": F[earlier]},
        message=Text(f"{{where}}: {{value}} trước {earlier} ({{earlier}}).",
                     f"{{where}}: {{value}} is before {earlier} ({{earlier}})."),
        hint=_CHECK_TIMES, legal=legal,
        examples=[Example(fails={table: [{earlier: "202608150930", field: "202608150915"}]},
                          passes={table: [{earlier: "202608150915", field: "202608150930"}]})],
    )


EPISODE = [
    *_future("XML1", "NGAY_VAO"), *_future("XML1", "NGAY_RA"), *_future("CHECKIN", "NGAY_VAO"),
    *rule(
        "V-025", table="XML1", field="NGAY_RA", level=REFUSED, quality="correct",
        label=Text("Ngày vào không được sau ngày ra", "Admission is not after discharge"),
        check=F.NGAY_VAO.minute <= F.NGAY_RA.minute, show={"admitted": F.NGAY_VAO},
        message=Text("{where}: ngày ra {value} trước ngày vào {admitted}.",
                     "{where}: discharge {value} is before admission {admitted}."),
        hint=Text("Đối chiếu với hồ sơ bệnh án; sửa NGAY_VAO ở phần tiếp đón hoặc NGAY_RA ở phần ra viện, "
                  "xuất "
                  "lại hồ sơ rồi gửi.",
                  "Compare with the medical record; correct NGAY_VAO at reception or NGAY_RA at discharge, "
                  "export the dossier again and send it."),
        legal=annex(1, "NGAY_VAO, NGAY_RA"),
        examples=[Example(fails={"XML1": [{"NGAY_VAO": "202608151000", "NGAY_RA": "202608150930"}]})],
    ),
    *rule(
        "V-026", table="XML1", field="NGAY_VAO_NOI_TRU", level=REFUSED, quality="correct",
        label=Text("Ngày vào nội trú phải nằm trong đợt điều trị",
                   "Inpatient admission lies within the stay"),
        check=F.NGAY_VAO_NOI_TRU.minute.between(F.NGAY_VAO.minute, F.NGAY_RA.minute),
        show={"admitted": F.NGAY_VAO, "discharged": F.NGAY_RA},
        message=Text("{where}: {value} nằm ngoài khoảng từ ngày vào {admitted} đến ngày ra {discharged}.",
                     "{where}: {value} is not between arrival {admitted} and discharge {discharged}."),
        hint=_CHECK_TIMES, legal=f"{PORTAL}; cận trên suy ra từ NGAY_RA",
        examples=[Example(fails={"XML1": [{"NGAY_VAO_NOI_TRU": "202608140800"}]},
                          passes={"XML1": [{"NGAY_VAO_NOI_TRU": "202608150900"}]})],
    ),
    *(declared for table in ("XML1", "CHECKIN") for declared in rule(
        "V-027", table=table, field="NGAY_SINH", level=WARNED, quality="correct",
        label=Text("Ngày sinh không được sau ngày vào", "Birth is not after admission"),
        check=F.NGAY_SINH.birth <= F.NGAY_VAO.minute, show={"admitted": F.NGAY_VAO},
        message=Text("{where}: ngày sinh {value} sau ngày vào {admitted}.",
                     "{where}: birth {value} is after admission {admitted}."),
        hint=Text("Đối chiếu với giấy tờ của người bệnh, sửa ngày sinh ở phần tiếp đón rồi xuất và gửi lại.",
                  "Compare with the patient's papers, correct the birth at reception, export and send "
                  "again."),
        legal="Suy ra từ NGAY_SINH và NGAY_VAO",
        examples=[Example(fails={table: [{"NGAY_SINH": "202609010000"}]},
                          passes={table: [{"NGAY_SINH": "202600000000"}]})],
    )),
    *rule(
        "V-033", table="XML1", field="NGAY_RA", level=WARNED, quality="unified",
        label=Text("Đợt ngoại trú phải kết thúc lúc 23 giờ 59 phút", "An outpatient course ends at 23:59"),
        when=F.MA_LOAI_KCB.is_in("02", "05", "07"), check=F.NGAY_RA.matches("[0-9]{8}2359"),
        show={"form": F.MA_LOAI_KCB},
        message=Text("{where}: với mã hình thức {form}, NGAY_RA là 23 giờ 59 phút ngày cuối đợt; đang ghi "
                     "{value}.",
                     "{where}: form of care {form} ends at 23:59 of the last day, here {value}."),
        hint=Text("Khi kết thúc đợt ngoại trú, ghi 4 chữ số cuối của NGAY_RA là 2359 rồi xuất và gửi lại.",
                  "Write 2359 as the last 4 digits of NGAY_RA when the course ends; export and send again."),
        legal=annex(1, "NGAY_RA"),
        examples=[Example(fails={"XML1": [{"MA_LOAI_KCB": "05", "NGAY_RA": "202608151100"}]},
                          passes={"XML1": [{"MA_LOAI_KCB": "05", "NGAY_RA": "202608152359"}]})],
    ),
    *rule(
        "V-037", table="XML1", field="NGAY_TTOAN", level=WARNED, quality="correct",
        label=Text("Thời điểm thanh toán không được trước ngày vào", "Settlement is not before admission"),
        check=F.NGAY_TTOAN.minute >= F.NGAY_VAO.minute, show={"admitted": F.NGAY_VAO},
        message=Text("{where}: thời điểm thanh toán {value} trước ngày vào {admitted}.",
                     "{where}: settled {value}, before admission {admitted}."),
        hint=Text("Sửa NGAY_TTOAN ở phần viện phí; nếu chưa thanh toán thì để trống, gửi lại sau khi thanh "
                  "toán.",
                  "Correct NGAY_TTOAN; leave it empty if not settled, and send again afterwards."),
        legal=f"{annex(1, 'NGAY_TTOAN')}; thứ tự thời điểm được suy ra",
        examples=[Example(fails={"XML1": [{"NGAY_TTOAN": "202608101000"}]},
                          passes={"XML1": [{"NGAY_TTOAN": ""}]})],
    ),
]


def _late_result(table: str) -> list:
    return rule(
        "V-030", part="late", table=table, field="NGAY_KQ", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Kết quả phải có trong 60 ngày sau ngày ra", "Results come within 60 days of discharge"),
        check=days_between(H.NGAY_RA, F.NGAY_KQ) <= 60, show={"discharged": H.NGAY_RA},
        message=Text("{where}: thời điểm có kết quả {value} quá 60 ngày sau ngày ra {discharged}.",
                     "{where}: result {value}, more than 60 days after discharge {discharged}."),
        hint=_CHECK_TIMES, legal=annex(int(table[3:]), "NGAY_KQ"),
        examples=[Example(fails={table: [{"NGAY_KQ": "202612010900"}]},
                          passes={table: [{"NGAY_KQ": "202609010900"}]})],
    )


LINES = [
    *_within_stay("V-028", "XML2", "NGAY_YL", f"Quy tắc kiểm tra theo {UNCONFIRMED}"),
    *_within_stay("V-028", "XML3", "NGAY_YL", f"Quy tắc kiểm tra theo {UNCONFIRMED}"),
    *_not_before("V-029", "XML2", "NGAY_TH_YL", "NGAY_YL", PORTAL),
    *_not_before("V-029", "XML3", "NGAY_TH_YL", "NGAY_YL", PORTAL),
    *_not_before("V-030", "XML3", "NGAY_KQ", "NGAY_YL", PORTAL, part="order"),
    *_not_before("V-030", "XML3", "NGAY_KQ", "NGAY_TH_YL", PORTAL, part="performed"),
    *_late_result("XML3"), *_late_result("XML4"),
    *rule(
        "V-031", table="XML4", field="NGAY_KQ", level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Chỉ số đã có giá trị phải có thời điểm có kết quả", "A value has the time of its result"),
        when=F.GIA_TRI.filled, check=F.NGAY_KQ.filled,
        message=Text("{where}: đã có GIA_TRI nhưng chưa ghi thời điểm có kết quả.",
                     "{where}: GIA_TRI is filled, the time of the result is not."),
        hint=Text("Nhập thời điểm có kết quả theo phiếu kết quả ở phần cận lâm sàng rồi xuất và gửi lại.",
                  "Enter the time from the result slip among the test results, export and send again."),
        legal=PORTAL,
        examples=[Example(fails={"XML4": [{"GIA_TRI": "5.1", "NGAY_KQ": ""}]},
                          passes={"XML4": [{"GIA_TRI": "", "NGAY_KQ": ""}]})],
    ),
    *_within_stay("V-032", "XML5", "THOI_DIEM_DBLS", f"Quy tắc kiểm tra theo {UNCONFIRMED}"),
]

APPOINTMENT = [
    *rule(
        "V-034", table="XML14", field="NGAY_HEN_KL", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Ngày hẹn khám lại không được trước ngày ra", "Re-examination is not before discharge"),
        check=F.NGAY_HEN_KL.day >= H.NGAY_RA.day, show={"discharged": H.NGAY_RA},
        message=Text("{where}: ngày hẹn khám lại {value} trước ngày ra {discharged}.",
                     "{where}: appointed {value}, before discharge {discharged}."),
        hint=Text("Sửa ngày hẹn trên phiếu hẹn khám lại rồi xuất và gửi lại.",
                  "Correct the date on the re-examination slip, export and send again."),
        legal=PORTAL,
        examples=[Example(fails={"XML14": [{"NGAY_HEN_KL": "20260810"}]},
                          passes={"XML14": [{"NGAY_HEN_KL": "20260915"}]})],
    ),
    *rule(
        "V-035", table="XML14", field="NGAY_CT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Phiếu hẹn khám lại không được lập trước ngày vào",
                   "The slip is not made before admission"),
        check=F.NGAY_CT.day >= H.NGAY_VAO.day, show={"admitted": H.NGAY_VAO},
        message=Text("{where}: phiếu lập ngày {value}, trước ngày vào {admitted}.",
                     "{where}: made on {value}, before admission {admitted}."),
        hint=_CHECK_TIMES, legal=PORTAL,
        examples=[Example(fails={"XML14": [{"NGAY_CT": "20260814"}]},
                          passes={"XML14": [{"NGAY_CT": "20260815"}]})],
    ),
]


def _leave_order(table: str, first: str, last: str) -> list:
    return rule(
        "V-036", part="order", table=table, field=last, level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Ngày bắt đầu nghỉ không được sau ngày kết thúc nghỉ", "Leave begins before it ends"),
        check=F[first].day <= F[last].day, show={"begin": F[first]},
        message=Text("{where}: nghỉ đến ngày {value}, trước ngày bắt đầu nghỉ {begin}.",
                     "{where}: leave ends {value}, before it begins {begin}."),
        hint=Text("Sửa ngày bắt đầu, ngày kết thúc nghỉ theo giấy đã cấp rồi xuất và gửi lại.",
                  "Correct the period as on the paper issued, export and send again."),
        legal=annex(int(table[3:]), f"{first}, {last}"),
        examples=[Example(fails={table: [{first: "20260820", last: "20260816"}]},
                          passes={table: [{first: "20260816", last: "20260820"}]})],
    )


_GIVEN = F.SO_NGAY.number
_INTERVAL = days_between(F.TU_NGAY, F.DEN_NGAY)
_TB = H.MA_BENH_CHINH.matches(r"A1[5-9](?:\.?[0-9]+)?")


def _leave_days(part: str, level: Mapping[str, str], check: Expression, wrong: str, right: str) -> list:
    return rule(
        "V-036", part=part, table="XML10", field="SO_NGAY", level=level, quality="correct",
        label=Text("Số ngày nghỉ phải khớp ngày bắt đầu, ngày kết thúc",
                   "Days of leave follow from the dates"),
        when=_INTERVAL >= 0, check=check, show={"expected": _INTERVAL + 1},
        message=Text("{where}: ghi {value} ngày; từ TU_NGAY đến DEN_NGAY có {expected} ngày (tính cả ngày "
                     "đầu).",
                     "{where}: {value} days, the period has {expected} (first day included)."),
        hint=Text("Sửa SO_NGAY hoặc TU_NGAY, DEN_NGAY theo giấy đã cấp rồi xuất và gửi lại.",
                  "Correct SO_NGAY or the dates as on the paper issued, export and send again."),
        legal=annex(10, "SO_NGAY, TU_NGAY, DEN_NGAY"),
        examples=[Example(
            fails={"XML10": [{"TU_NGAY": "20260816", "DEN_NGAY": "20260820", "SO_NGAY": wrong}]},
            passes={"XML10": [{"TU_NGAY": "20260816", "DEN_NGAY": "20260820", "SO_NGAY": right}]})],
    )


_LONGEST = choose((F.MA_DINH_CHI_THAI == "1"), 50, choose(_TB, 180, 30))

LEAVE = [
    *_leave_order("XML10", "TU_NGAY", "DEN_NGAY"),
    *_leave_order("XML11", "TU_NGAY", "DEN_NGAY"),
    *_leave_order("XML7", "NGOAITRU_TUNGAY", "NGOAITRU_DENNGAY"),
    *_leave_days("days", REFUSED_BY_INSURER, _GIVEN.between(_INTERVAL, _INTERVAL + 1), "9", "5"),
    # Some software does not count the first day; that reading is only warned of.
    *_leave_days("counting", WARNED, _GIVEN != _INTERVAL,
                 "4", "5"),
    *rule(
        "V-036", part="longest", table="XML11", field="SO_NGAY_NGHI", level=REFUSED_BY_INSURER,
        quality="correct",
        label=Text("Số ngày nghỉ không được quá giới hạn", "Days of leave within the limit"),
        check=F.SO_NGAY_NGHI.number <= _LONGEST, show={"limit": _LONGEST},
        message=Text("{where}: ghi {value} ngày, mỗi giấy chứng nhận được nghỉ tối đa {limit} ngày.",
                     "{where}: {value} days, one paper gives at most {limit}."),
        hint=Text("Cấp giấy mới cho số ngày vượt, hoặc ghi rõ trường hợp được nghỉ dài hơn.",
                  "Issue a new paper for the rest, or state the case that allows more."),
        legal=f"{annex(11, 'SO_NGAY_NGHI')}; quy định về giấy chứng nhận nghỉ việc ({UNCONFIRMED})",
        examples=[Example(fails={"XML11": [{"SO_NGAY_NGHI": "31"}]},
                          passes={"XML11": [{"SO_NGAY_NGHI": "30"}]})],
    ),
]

RULES = [*EPISODE, *LINES, *APPOINTMENT, *LEAVE]
