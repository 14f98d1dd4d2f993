"""A valid dossier to lay examples over, a small catalogue of diseases, and judging by both engines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from khoyte.rules import Rule, referee
from khoyte.rules.book import RuleBook
from khoyte.submissions.rulebook.diseases import EXAMPLE_DISEASES
from khoyte.submissions.rulebook.requirements import name_requirement
from khoyte.terminology.pack import Pack
from khoyte.terminology.release_files import StoredRelease, make_header

DAY = date(2026, 8, 15)
Row = dict[str, str | None]
Dossier = dict[str, list[Row]]

LINE = {
    "SO_LUONG": "2",
    "PHAM_VI": "1",
    "TYLE_TT_BH": "100",
    "MUC_HUONG": "80",
    "THANH_TIEN_BV": "1200",
    "THANH_TIEN_BH": "1000",
    "T_NGUONKHAC_NSNN": "0",
    "T_NGUONKHAC_VTNN": "0",
    "T_NGUONKHAC_VTTN": "0",
    "T_NGUONKHAC_CL": "0",
    "T_NGUONKHAC": "0",
    "T_BHTT": "800",
    "T_BNCCT": "200",
    "T_BNTT": "200",
    "MA_KHOA": "K03",
    "MA_PTTT": "1",
    "NGAY_YL": "202608100900",
}

VALID: Dossier = {
    "XML1": [
        {
            "MA_LK": "LK-1",
            "MA_BN": "BN1",
            "HO_TEN": "Nguyễn Văn Thử",
            "GIOI_TINH": "1",
            "NGAY_SINH": "198001010000",
            "MA_THE_BHYT": "DN4999912345678",
            "MA_BENH_CHINH": "J18.9",
            "MA_BENH_KT": "I10;E11",
            "MA_DOITUONG_KCB": "1.1",
            "NGAY_VAO": "202608100800",
            "NGAY_VAO_NOI_TRU": "202608100900",
            "NGAY_RA": "202608141000",
            "SO_NGAY_DTRI": "5",
            "MA_LOAI_KCB": "03",
            "MA_LOAI_RV": "1",
            "KET_QUA_DTRI": "1",
            "MA_KHOA": "K01;K03",
            "MA_CSKCB": "99001",
            "CAN_NANG": "60.5",
            "NAM_QT": "2026",
            "THANG_QT": "8",
            "T_THUOC": "1200",
            "T_VTYT": "0",
            "T_TONGCHI_BV": "2400",
            "T_TONGCHI_BH": "2000",
            "T_BNTT": "400",
            "T_BNCCT": "400",
            "T_BHTT": "1600",
            "T_NGUONKHAC": "0",
            "T_BHTT_GDV": "1600",
        }
    ],
    "XML2": [
        LINE
        | {
            "MA_NHOM": "4",
            "MA_THUOC": "40.30",
            "DON_GIA": "600",
            "TYLE_TT_BH": "100",
            "THANH_TIEN_BH": "1200",
            "T_BHTT": "960",
            "T_BNCCT": "240",
            "T_BNTT": "0",
        }
    ],
    "XML3": [
        LINE
        | {
            "MA_NHOM": "13",
            "MA_DICH_VU": "02.1896",
            "DON_GIA_BV": "600",
            "DON_GIA_BH": "400",
            "TYLE_TT_DV": "100",
            "THANH_TIEN_BH": "800",
            "T_BHTT": "640",
            "T_BNCCT": "160",
            "T_BNTT": "400",
            "NGUOI_THUC_HIEN": "000123/KH-GPHN",
            "NGAY_TH_YL": "202608100930",
        }
    ],
    "XML5": [{"DIEN_BIEN_LS": "Ổn định", "THOI_DIEM_DBLS": "202608110800"}],
    "XML7": [{"MA_YTE": "BN1", "NGAY_VAO": "202608100800", "NGAY_RA": "202608141000"}],
}


@dataclass
class Columns:
    """Rows of one table of one dossier, in the form the reader delivers."""

    dossier: list[int] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    layout: list[int] = field(default_factory=list)
    layouts: list[tuple[str, ...]] = field(default_factory=list)
    columns: dict[str, list[str | None]] = field(default_factory=dict)


def overlaid(overlay: Mapping[str, Sequence[Mapping[str, str | None]]]) -> Dossier:
    """The valid dossier with the rows of the overlay: these tables have as many rows as the overlay says."""
    dossier = dict(VALID)
    for table, rows in overlay.items():
        base = VALID.get(table, [{}])
        dossier[table] = [base[min(place, len(base) - 1)] | row for place, row in enumerate(rows)]
    return dossier


_ICD10 = make_header("icd10", EXAMPLE_DISEASES, valid_from=date(2020, 1, 1))
PACK = Pack([StoredRelease(_ICD10, lambda: EXAMPLE_DISEASES)])


def fails_by_hand(
    rule: Rule, dossier: Dossier, day: date = DAY, facts: Mapping[str, Any] | None = None
) -> int:
    """Number of rows on which the referee finds the rule broken."""
    found = 0
    for place in range(len(dossier.get(rule.table, ()))):
        scope = referee.Scope(dossier, rule.table, place, PACK.on(day), facts or {})
        found += referee.holds(rule.when, scope) and referee.evaluate(rule.check, scope) is False
    return found


def columns_of(dossier: Dossier) -> dict[str, Columns]:
    tables = {}
    for name, rows in dossier.items():
        tags = tuple(dict.fromkeys(tag for row in rows for tag in row))
        tables[name] = Columns(
            [0] * len(rows),
            list(range(1, len(rows) + 1)),
            [0] * len(rows),
            [tags],
            {tag: [row.get(tag) for row in rows] for tag in tags},
        )
    return tables


def findings_of(
    dossier: Dossier, rules: Sequence[Rule], day: date = DAY, facts: Mapping[str, Any] | None = None
) -> list[tuple[str, str, str, int, str]]:
    """What the compiled rules find: rule, part, table, row, field."""
    judged = _book(tuple(rules)).judge(columns_of(dossier), [day], PACK, facts or {})
    return [(one.rule, one.part, one.table, one.row, one.field) for one in judged.findings]


@cache
def _book(rules: tuple[Rule, ...]) -> RuleBook:
    return RuleBook(rules, lambda standard: [], name_requirement)
