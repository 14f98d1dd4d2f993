"""Defects of single values: length, dates, numbers, required fields, code lists, formats (V-011 to V-024)."""

from __future__ import annotations

from khoyte.nonprod.generator.defects.kinds import Kind, care_is, equals, filled, lacks, wrong_value
from khoyte.nonprod.generator.dossier import Dossier
from khoyte.nonprod.generator.papers import Row

# Tables that repeat what XML1 says of the person.
PAPERS = ("XML6", "XML7", "XML8", "XML9", "XML11", "XML13", "XML14", "XML15")


def _is_test(row: Row) -> bool:
    return row["MA_NHOM"] == "1"


def _is_oral(row: Row) -> bool:
    return row["DUONG_DUNG"] == "1.01"


def _next_year(row: Row) -> str:
    return f"{int(row['GT_THE_DEN'][:4]) + 1}0101"


def _signs_by_number(dossier: Dossier) -> bool:
    return not dossier.forms.signs_by_licence("XML1")


# The same wrong entry of a facility's catalogue in many dossiers: one cause to find.
SHARED: tuple[Kind, ...] = (
    wrong_value("V-018", "XML2", "MA_NHOM", "77", _is_oral),
    wrong_value("V-023", "XML2", "TT_THAU", "412/QĐ-SYT;1;2;26", _is_oral),
    wrong_value("V-024", "XML3", "MA_MAY", "HH-MAY-01", _is_test),
)

KINDS: tuple[Kind, ...] = (
    wrong_value(
        "V-011", "XML2", "DON_VI_TINH", "Viên nén bao phim tan trong ruột, vỉ mười viên, hộp mười vỉ"
    ),
    wrong_value("V-011", "XML1", "DIEN_THOAI", "0900123456 hoặc 0900654321"),
    wrong_value(
        "V-012", "XML2", "NGAY_TH_YL", lambda row: row["NGAY_TH_YL"][:4] + "13" + row["NGAY_TH_YL"][6:]
    ),
    wrong_value("V-012", "XML1", "NGAY_TTOAN", lambda row: row["NGAY_TTOAN"][:8] + "2561"),
    wrong_value("V-013", "XML2", "SO_LUONG", lambda row: row["SO_LUONG"] + ",5"),
    wrong_value("V-013", "XML3", "DON_GIA_BV", "36.500.000"),
    wrong_value("V-014", "XML1", "LY_DO_VV", ""),
    wrong_value("V-014", "XML2", "HAM_LUONG", ""),
    wrong_value("V-014", "XML3", "MA_BENH", ""),
    wrong_value("V-015", "XML1", "SO_CCCD", "99912345", when=lacks("XML6", "XML9", "XML15")),
    wrong_value(
        "V-016",
        "XML1",
        "MA_THE_BHYT",
        lambda row: row["MA_THE_BHYT"][:14],
        filled("MA_THE_BHYT"),
        lacks(*PAPERS),
    ),
    wrong_value(
        "V-017",
        "XML1",
        "GT_THE_TU",
        _next_year,
        filled("GT_THE_DEN"),
        at="GT_THE_DEN",
    ),
    wrong_value("V-018", "XML1", "KET_QUA_DTRI", "0", when=lacks("XML8")),
    wrong_value("V-018", "XML1", "GIOI_TINH", "5", when=lacks(*PAPERS)),
    wrong_value("V-018", "XML3", "MA_PTTT", "8", equals("MA_PTTT", "2"), care_is("05")),
    wrong_value("V-019", "XML1", "MA_TTDV", "97000", when=_signs_by_number),
    wrong_value("V-020", "XML1", "NGAY_MIEN_CCT", "2026"),
    wrong_value("V-021", "XML3", "MA_GIUONG", "12A", filled("MA_GIUONG")),
    wrong_value("V-022", "XML3", "GOI_VTYT", "VT1", filled("MA_VAT_TU")),
    wrong_value("V-023", "XML3", "TT_THAU", "", filled("MA_VAT_TU")),
    wrong_value("V-024", "XML3", "MA_MAY", "", equals("MA_NHOM", "2")),
)
