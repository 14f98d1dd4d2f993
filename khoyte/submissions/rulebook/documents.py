"""V-053, V-075 to V-088: which tables a dossier holds, what they repeat, and what lies outside one file.

A visit without insurance may be XML1 and XML8 alone, so a table is expected only of patients with a card.
What single papers say (V-081 to V-087) stands in `slips`, who holds a bed (V-089) in `beds`. Rules that need
the store of the facility name it; `khoyte check`, which has none, answers "not judged".
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from khoyte.foundation.language import Text
from khoyte.rules import Example, F, T, custom, minutes_between, rule
from khoyte.submissions.rulebook import beds, slips
from khoyte.submissions.rulebook.levels import PORTAL, REFUSED_BY_INSURER, UNCONFIRMED, WARNED, annex

INFERRED = "; suy ra từ nội dung bảng"
CHECK_INS = "store:checkins"
"""Fact: the pairs (facility, MA_LK) for which a check-in has been received."""

INPATIENT = ("03", "04", "09")
EMERGENCY = "2"
_insured = F.MA_THE_BHYT.filled
_paraclinical = F.MA_NHOM.is_in("1", "2", "3")
_bed_line = F.MA_NHOM.is_in(*beds.BED_GROUPS)
_stay_minutes = minutes_between(F.NGAY_VAO, F.NGAY_RA)
_bed_days = T.XML3.sum(F.SO_LUONG.number, where=_bed_line)
# A second visit fee of one episode is paid at a lower rate; only full fees count.
_full_visit_fees = T.XML3.count((F.MA_NHOM == "13") & (F.TYLE_TT_DV.number == 100))


def _checked_in(values: Sequence[Any], facts: Mapping[str, Any]) -> bool | None:
    return None if None in values else tuple(values) in facts[CHECK_INS]


def _all_checked_in(inputs: pl.DataFrame, _dossier: pl.Series, facts: Mapping[str, Any]) -> pl.Series:
    return pl.Series([_checked_in(values, facts) for values in inputs.iter_rows()], dtype=pl.Boolean)


_CARD = {"MA_THE_BHYT": "DN4999912345678"}
_INPATIENT = _CARD | {"MA_CSKCB": "99001", "MA_LOAI_KCB": "03", "MA_DOITUONG_KCB": "1.1"}

CHECK_IN = [
    *rule(
        "V-053", table="XML1", field="MA_LK", level=WARNED, quality="complete", needs="store",
        requires=(CHECK_INS,),
        label=Text("Phải gửi chỉ tiêu trạng thái khám bệnh, chữa bệnh của đợt điều trị",
                   "The episode was checked in"),
        when=_insured & (F.MA_DOITUONG_KCB != EMERGENCY)
        & (T.XML3.exists(F.MA_NHOM == "13") | F.MA_LOAI_KCB.is_in(*INPATIENT)),
        check=custom(F.MA_CSKCB, F.MA_LK, whole=_all_checked_in, row=_checked_in),
        message=Text("{where}: chưa nhận được chỉ tiêu trạng thái khám bệnh, chữa bệnh của đợt điều trị "
                     "{value}.",
                     "{where}: no check-in has been received for the episode {value}."),
        hint=Text("Gửi chỉ tiêu trạng thái ngay khi tiếp đón người bệnh; dùng cùng một MA_LK với hồ sơ của "
                  "đợt.",
                  "Send the check-in when the patient is received, with the same MA_LK as the dossier."),
        legal=f"Công văn 1245/BHXH-CNTT; hướng dẫn theo {UNCONFIRMED}",
        examples=[Example(
            facts={CHECK_INS: frozenset({("99001", "LK-2")})},
            fails={"XML1": [_INPATIENT | {"MA_LK": "LK-1"}]},
            passes={"XML1": [_INPATIENT | {"MA_LK": "LK-2"}]})],
    ),
]

TABLES = [
    *rule(
        "V-075", part="lines", table="XML1", field="", level=REFUSED_BY_INSURER, quality="unified",
        label=Text("Có kết quả cận lâm sàng thì phải có dịch vụ cận lâm sàng",
                   "Results come with their services"),
        when=T.XML4.exists() & T.XML3.exists(), check=T.XML3.exists(_paraclinical),
        message=Text("{where}: có XML4 (cận lâm sàng) nhưng XML3 không có dòng xét nghiệm, chẩn đoán hình "
                     "ảnh "
                     "hoặc thăm dò chức năng.",
                     "{where}: there are results (XML4) but no test, imaging or functional test in XML3."),
        hint=Text("Bổ sung chỉ định vào XML3, hoặc bỏ XML4 nếu người bệnh không làm cận lâm sàng.",
                  "Add the services to XML3, or drop XML4 if nothing was done."),
        legal=annex(4, "toàn bảng"),
        examples=[Example(fails={"XML3": [{"MA_NHOM": "13"}], "XML4": [{"MA_DICH_VU": "23.0075.1494"}]},
                          passes={"XML3": [{"MA_NHOM": "1"}], "XML4": [{"MA_DICH_VU": "23.0075.1494"}]})],
    ),
    *rule(
        "V-075", part="link", table="XML4", field="MA_DICH_VU", level=WARNED, quality="unified",
        cause="value",
        label=Text("Dịch vụ ở XML4 phải có trong XML3", "The service of a result stands in XML3"),
        when=T.XML3.exists(), check=F.MA_DICH_VU.among(T.XML3.MA_DICH_VU),
        message=Text("{where}: dịch vụ {value} có kết quả nhưng không có trong XML3.",
                     "{where}: the service {value} of the result is not in XML3."),
        hint=Text("Ghi cùng một mã dịch vụ ở phần chỉ định (XML3) và phần trả kết quả (XML4).",
                  "Use the same service code in the order (XML3) and the result (XML4)."),
        legal=annex(4, "MA_DICH_VU") + INFERRED,
        examples=[Example(
            fails={"XML3": [{"MA_DICH_VU": "22.0120.1370"}], "XML4": [{"MA_DICH_VU": "23.0075.1494"}]},
            passes={"XML3": [{"MA_DICH_VU": "23.0075.1494"}], "XML4": [{"MA_DICH_VU": "23.0075.1494"}]})],
    ),
    *rule(
        "V-076", table="XML1", field="MA_LOAI_KCB", level=WARNED, quality="complete",
        label=Text("Đợt điều trị phải có diễn biến lâm sàng", "A course of care has clinical notes"),
        when=_insured & F.MA_LOAI_KCB.is_in("02", "03", "04", "05", "06", "08", "09"), check=T.XML5.exists(),
        message=Text("{where}: mã hình thức {value} nhưng không có diễn biến lâm sàng (XML5).",
                     "{where}: form of care {value} without clinical notes (XML5)."),
        hint=Text("Xuất bổ sung XML5 từ tờ điều trị, hồ sơ bệnh án rồi gửi lại.",
                  "Export XML5 from the medical record."),
        legal=annex(5, "toàn bảng"),
        examples=[Example(fails={"XML1": [_CARD | {"MA_LOAI_KCB": "03"}], "XML5": []},
                          passes={"XML1": [{"MA_THE_BHYT": "", "MA_LOAI_KCB": "03"}], "XML5": []})],
    ),
    *rule(
        "V-077", table="XML1", field="MA_LOAI_KCB", level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Điều trị nội trú phải có giấy ra viện", "An inpatient stay has a discharge paper"),
        when=_insured & F.MA_LOAI_KCB.is_in(*INPATIENT) & (F.MA_LOAI_RV != "3"), check=T.XML7.exists(),
        message=Text("{where}: mã hình thức {value} nhưng không có giấy ra viện (XML7).",
                     "{where}: form of care {value} without a discharge paper (XML7)."),
        hint=Text("Lập giấy ra viện và gửi kèm XML7, trừ trường hợp trốn viện (MA_LOAI_RV = 3).",
                  "Send XML7 too, unless the patient left without notice (MA_LOAI_RV = 3)."),
        legal=annex(7, "toàn bảng"),
        examples=[Example(fails={"XML1": [_CARD | {"MA_LOAI_KCB": "03", "MA_LOAI_RV": "1"}], "XML7": []},
                          passes={"XML1": [_CARD | {"MA_LOAI_KCB": "03", "MA_LOAI_RV": "3"}], "XML7": []})],
    ),
    # Without insurance XML8 is the summary the health book is made of, whatever the form of care.
    *rule(
        "V-078", table="XML1", field="MA_LOAI_KCB", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Tóm tắt hồ sơ bệnh án chỉ được gửi kèm hồ sơ điều trị nội trú, điều trị lưu",
                   "The record summary goes with inpatient stays"),
        when=_insured & T.XML8.exists(), check=F.MA_LOAI_KCB.is_in("03", "04", "06"),
        message=Text("{where}: mã hình thức {value} nhưng có tóm tắt hồ sơ bệnh án (XML8).",
                     "{where}: form of care {value} with a record summary (XML8)."),
        hint=Text("Khi gửi cơ quan BHXH, chỉ kèm XML8 với mã hình thức 03, 04, 06.",
                  "When sending to Social Security, add XML8 to forms 03, 04 and 06 only."),
        legal=PORTAL,
        examples=[Example(fails={"XML1": [_CARD | {"MA_LOAI_KCB": "01"}], "XML8": [{"MA_LOAI_KCB": "01"}]},
                          passes={"XML1": [{"MA_THE_BHYT": "", "MA_LOAI_KCB": "01"}],
                                  "XML8": [{"MA_LOAI_KCB": "01"}]})],
    ),
    *rule(
        "V-079", part="only", table="XML1", field="MA_LOAI_RV", level=WARNED, quality="unified",
        label=Text("Phiếu chuyển cơ sở khám bệnh, chữa bệnh chỉ được gửi kèm hồ sơ của người bệnh chuyển đi",
                   "A referral slip goes with a referral"),
        when=T.XML13.exists(), check=F.MA_LOAI_RV.is_in("2", "5"),
        message=Text("{where}: có phiếu chuyển cơ sở khám bệnh, chữa bệnh (XML13) nhưng mã loại ra viện là "
                     "{value}.",
                     "{where}: there is a referral slip (XML13) but the type of discharge is {value}."),
        hint=Text("Ở phần ra viện, chọn loại 2 hoặc 5 nếu chuyển người bệnh; nếu không thì bỏ XML13.",
                  "At discharge choose type 2 or 5 if the patient was referred; if not, drop XML13."),
        legal=annex(13, "toàn bảng"),
        examples=[Example(fails={"XML1": [{"MA_LOAI_RV": "1"}], "XML13": [{"MA_LYDO_CT": "1"}]},
                          passes={"XML1": [{"MA_LOAI_RV": "2"}], "XML13": [{"MA_LYDO_CT": "1"}]})],
    ),
    *rule(
        "V-079", part="expected", table="XML1", field="MA_LOAI_RV", level=WARNED, quality="complete",
        label=Text("Người bệnh chuyển đi phải có phiếu chuyển cơ sở khám bệnh, chữa bệnh",
                   "A referral has its slip"),
        when=_insured & F.MA_LOAI_RV.is_in("2", "5"), check=T.XML13.exists(),
        message=Text("{where}: người bệnh được chuyển đi (loại ra viện {value}) nhưng không có phiếu chuyển "
                     "(XML13).",
                     "{where}: the patient was referred (type of discharge {value}) without XML13."),
        hint=Text("Lập phiếu chuyển cơ sở khám bệnh, chữa bệnh và gửi kèm XML13.",
                  "Make the referral slip and send XML13 too."),
        legal=annex(13, "toàn bảng") + INFERRED,
        examples=[Example(fails={"XML1": [_CARD | {"MA_LOAI_RV": "2"}], "XML13": []},
                          passes={"XML1": [_CARD | {"MA_LOAI_RV": "1"}], "XML13": []})],
    ),
    *rule(
        "V-080", table="XML1", field="NGAY_TAI_KHAM", level=WARNED, quality="complete",
        label=Text("Có ngày hẹn khám lại thì phải có phiếu hẹn khám lại", "An appointment has its slip"),
        when=_insured & F.NGAY_TAI_KHAM.filled, check=T.XML14.exists(),
        message=Text("{where}: hẹn khám lại ngày {value} nhưng không có phiếu hẹn khám lại (XML14).",
                     "{where}: re-examination on {value} without a slip (XML14)."),
        hint=Text("Lập phiếu hẹn khám lại và gửi kèm XML14, hoặc bỏ NGAY_TAI_KHAM nếu không hẹn.",
                  "Send XML14, or empty NGAY_TAI_KHAM if there is no appointment."),
        legal=annex(14, "toàn bảng") + INFERRED,
        examples=[Example(fails={"XML1": [_CARD | {"NGAY_TAI_KHAM": "20260901"}], "XML14": []},
                          passes={"XML1": [_CARD | {"NGAY_TAI_KHAM": ""}], "XML14": []})],
    ),
]


def _bed_lines(days: str) -> list[dict[str, str]]:
    return [{"MA_NHOM": "15", "SO_LUONG": days}]


def _stay(until: str, days: str = "1", form: str = "03") -> list[dict[str, str]]:
    return [{"MA_LOAI_KCB": form, "NGAY_VAO": "202608100800", "NGAY_RA": until, "SO_NGAY_DTRI": days}]


_FULL_VISIT = {"MA_NHOM": "13", "TYLE_TT_DV": "100"}

BEDS = [
    *rule(
        "V-088", part="no bed", table="XML1", field="MA_LOAI_KCB", level=WARNED, quality="correct",
        label=Text("Điều trị dưới 4 giờ không được tính ngày giường", "No bed line in a stay under 4 hours"),
        when=_stay_minutes.between(0, 239), check=~T.XML3.exists(_bed_line),
        message=Text("{where}: thời gian điều trị dưới 4 giờ nhưng có dòng ngày giường.",
                     "{where}: the stay is under 4 hours but has bed lines."),
        hint=Text("Bỏ dòng ngày giường ở phần viện phí, hoặc sửa thời điểm vào, ra.",
                  "Drop the bed line or correct the times."),
        legal=f"Hướng dẫn thanh toán ngày giường ({UNCONFIRMED})",
        examples=[Example(fails={"XML1": _stay("202608101130", form="09"), "XML3": _bed_lines("1")},
                          passes={"XML1": _stay("202608101200"), "XML3": _bed_lines("1")})],
    ),
    *rule(
        "V-088", part="one day", table="XML1", field="SO_NGAY_DTRI", level=WARNED, quality="correct",
        label=Text("Điều trị từ 4 giờ đến 24 giờ phải tính dưới 2 ngày giường",
                   "Under 2 bed days in 4 to 24 hours"),
        when=_stay_minutes.between(240, 1440), check=_bed_days < 2, show={"beds": _bed_days},
        message=Text("{where}: thời gian điều trị không quá 24 giờ nhưng tính {beds} ngày giường.",
                     "{where}: the stay is at most 24 hours but has {beds} bed days."),
        hint=Text("Sửa số lượng ngày giường ở phần viện phí: điều trị không quá 24 giờ tính một ngày giường.",
                  "Correct the bed days: a stay of at most 24 hours has one."),
        legal=f"Hướng dẫn thanh toán ngày giường ({UNCONFIRMED})",
        examples=[Example(fails={"XML1": _stay("202608110700", "2"), "XML3": _bed_lines("2")},
                          passes={"XML1": _stay("202608110700", "2"), "XML3": _bed_lines("1.5")})],
    ),
    *rule(
        "V-088", part="bed days", table="XML1", field="SO_NGAY_DTRI", level=WARNED, quality="correct",
        label=Text("Số ngày giường không được quá số ngày điều trị",
                   "No more bed days than days of treatment"),
        when=F.MA_LOAI_KCB.is_in("03", "04", "06"), check=_bed_days <= F.SO_NGAY_DTRI.number,
        show={"beds": _bed_days},
        message=Text("{where}: tính {beds} ngày giường, số ngày điều trị là {value}.",
                     "{where}: {beds} bed days in {value} days of treatment."),
        hint=Text("Kiểm tra số lượng của các dòng ngày giường (MA_NHOM 14, 15, 16) ở phần viện phí.",
                  "Check the quantity of the bed lines (MA_NHOM 14, 15, 16)."),
        legal=f"Hướng dẫn thanh toán ngày giường ({UNCONFIRMED})",
        examples=[Example(fails={"XML1": _stay("202608140800", "5"), "XML3": _bed_lines("6")},
                          passes={"XML1": _stay("202608140800", "5"), "XML3": _bed_lines("4")})],
    ),
    *rule(
        "V-088", part="visit fee", table="XML1", field="MA_LOAI_KCB", level=WARNED, quality="correct",
        label=Text("Đợt điều trị nội trú chỉ được tính 100% tiền khám một lần",
                   "At most one visit fee in an inpatient episode"),
        when=F.MA_LOAI_KCB.is_in(*INPATIENT), check=_full_visit_fees <= 1, show={"fees": _full_visit_fees},
        message=Text("{where}: đợt điều trị nội trú có {fees} lần tiền khám tính 100%.",
                     "{where}: {fees} full visit fees in an inpatient episode."),
        hint=Text("Giữ một lần tiền khám tính 100%; sửa TYLE_TT_DV của các lần khám sau theo tỷ lệ quy định.",
                  "Keep one full visit fee; set TYLE_TT_DV of further visits to their rate."),
        legal=f"Hướng dẫn thanh toán tiền khám ({UNCONFIRMED})",
        examples=[Example(
            fails={"XML1": _stay("202608140800", "5"), "XML3": [_FULL_VISIT, _FULL_VISIT]},
            passes={"XML1": _stay("202608140800", "5"),
                    "XML3": [_FULL_VISIT, _FULL_VISIT | {"TYLE_TT_DV": "30"}]})],
    ),
]

RULES = [*CHECK_IN, *TABLES, *slips.RULES, *BEDS, *beds.RULES]
