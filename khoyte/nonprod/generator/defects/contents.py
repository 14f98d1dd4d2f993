"""Defects of content: diseases, form of care, services (V-038 to V-055)."""

from __future__ import annotations

from khoyte.nonprod.generator.defects.kinds import (
    Kind,
    Spot,
    care_is,
    equals,
    filled,
    find_row,
    lacks,
    wrong_value,
)  # fmt: skip
from khoyte.nonprod.generator.dossier import Dossier
from khoyte.nonprod.generator.papers import Row

_NO_SLIPS = lacks("XML13", "XML14")


def _not_hypertension(row: Row) -> bool:
    return row["MA_BENH_CHINH"] != "I10"


def _without_surgery_department(dossier: Dossier) -> bool:
    return "K19" not in dossier.tables["XML1"][0]["MA_KHOA"]


def _second_visit_fee(dossier: Dossier) -> Spot | None:
    """A procedure of an inpatient counted as a second visit; the finding stands at the form of care."""
    place = find_row(dossier, "XML3", equals("MA_NHOM", "18"))
    if place is None or not care_is("03")(dossier) or "XML9" in dossier.tables:
        return None
    dossier.tables["XML3"][place]["MA_NHOM"] = "13"
    return Spot("XML1", 1, "MA_LOAI_KCB")


KINDS: tuple[Kind, ...] = (
    wrong_value("V-038", "XML1", "MA_BENH_CHINH", "F58.2", when=_NO_SLIPS),
    wrong_value("V-039", "XML1", "MA_BENH_KT", "I10;I10", _not_hypertension, _NO_SLIPS),
    wrong_value("V-041", "XML1", "MA_BENH_KT", "U62.392", when=_NO_SLIPS, also=("V-039",)),
    wrong_value("V-042", "XML1", "SO_NGAY_DTRI", "9", equals("MA_LOAI_KCB", "01")),
    wrong_value("V-043", "XML1", "MA_LOAI_KCB", "03", equals("MA_LOAI_KCB", "09"), also=("V-042",)),
    wrong_value("V-044", "XML3", "MA_NHOM", "19", equals("MA_NHOM", "13"), care_is("05"), at="MA_DICH_VU"),
    wrong_value("V-045", "XML1", "MA_NOI_DI", "", equals("MA_DOITUONG_KCB", "1.3"), lacks("XML13")),
    wrong_value("V-046", "XML3", "MA_DICH_VU", "", equals("MA_NHOM", "13")),
    wrong_value("V-046", "XML3", "TEN_VAT_TU", "", filled("MA_VAT_TU")),
    wrong_value("V-047", "XML3", "MA_NHOM", "12", equals("MA_NHOM", "13"), care_is("01"), at="MA_XANG_DAU"),
    wrong_value("V-048", "XML3", "NGUOI_THUC_HIEN", "", equals("MA_NHOM", "1")),
    wrong_value("V-049", "XML3", "PP_VO_CAM", "", equals("MA_NHOM", "8")),
    wrong_value("V-051", "XML2", "MA_KHOA", "K19", when=_without_surgery_department),
    wrong_value("V-054", "XML1", "CAN_NANG", "0"),
    wrong_value("V-055", "XML1", "THANG_QT", "13"),
    Kind("V-088", _second_visit_fee),
)
