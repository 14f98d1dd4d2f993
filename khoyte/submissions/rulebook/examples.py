"""A valid dossier to lay examples over, so that an example states only the few fields that matter.

The dossier is an outpatient visit of an invented person at an invented facility: one medicine, one laboratory
test, one visit fee. `lay(example.fails, day)` gives tables -> rows -> field -> text; `as_tables` makes of
several such dossiers what the rulebook judges.
"""
from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from khoyte.rules.declaration import Overlay
from khoyte.standards.model import FieldSpec, Standard, TableSpec

Row = dict[str, str]
Dossier = dict[str, list[Row]]
EXAMPLE_DAY = datetime.date(2026, 8, 15)

_PERSON = {
    "MA_LK": "99001-2608-000001", "MA_BN": "BN000001", "HO_TEN": "NGUYỄN THỊ VÍ DỤ",
    "SO_CCCD": "999185000123", "NGAY_SINH": "198503120000", "GIOI_TINH": "2",
    "MA_QUOCTICH": "000", "MA_DANTOC": "01",
    "MA_NGHE_NGHIEP": "00000", "DIA_CHI": "Thôn Mẫu, xã Ví Dụ", "MATINH_CU_TRU": "99", "MAXA_CU_TRU": "99001",
    "MA_THE_BHYT": "GD4999912345678", "MA_DKBD": "99001", "GT_THE_TU": "20260101", "GT_THE_DEN": "20261231",
}
_STAY = {
    "NGAY_VAO": "202608150800", "NGAY_RA": "202608151030", "MA_LOAI_KCB": "01", "MA_DOITUONG_KCB": "1.1",
    "MA_CSKCB": "99001", "MA_KHOA": "K01", "MA_BENH_CHINH": "J00", "CHAN_DOAN_RV": "Viêm mũi họng cấp",
    "KET_QUA_DTRI": "2", "MA_LOAI_RV": "1", "MA_TTDV": "000123/VD-GPHN", "MA_BAC_SI": "000456/VD-GPHN",
    "MA_BS": "000456/VD-GPHN", "TEN_BS": "TRẦN VĂN MẪU", "PP_DIEUTRI": "Nội khoa", "NGAY_CT": "20260815",
}
_NO_SUPPORT = dict.fromkeys(
    ("T_NGUONKHAC_NSNN", "T_NGUONKHAC_VTNN", "T_NGUONKHAC_VTTN", "T_NGUONKHAC_CL", "T_NGUONKHAC"), "0.00"
)


def _money(total: str, fund: str, patient: str) -> Row:
    return _NO_SUPPORT | {
        "THANH_TIEN_BV": total, "THANH_TIEN_BH": total, "MUC_HUONG": "80", "T_BNTT": "0.00",
        "T_BNCCT": patient, "T_BHTT": fund, "PHAM_VI": "1", "TYLE_TT_BH": "100", "MA_PTTT": "1",
    }


_ORDERED = {"MA_KHOA": "K01", "MA_BAC_SI": "000456/VD-GPHN", "NGAY_YL": "202608150815"}
_TEST = _ORDERED | _money("40000.00", "32000.00", "8000.00") | {
    "MA_DICH_VU": "23.0075.1494", "TEN_DICH_VU": "Định lượng Glucose", "MA_NHOM": "1", "DON_VI_TINH": "Lần",
    "SO_LUONG": "1", "DON_GIA_BV": "40000", "DON_GIA_BH": "40000", "TYLE_TT_DV": "100", "MA_BENH": "J00",
    "NGUOI_THUC_HIEN": "000789/VD-GPHN", "NGAY_TH_YL": "202608150830", "NGAY_KQ": "202608150930",
    "MA_MAY": "SH.1.99001.AU680",
}
_VISIT = _ORDERED | _money("50600.00", "40480.00", "10120.00") | {
    "MA_DICH_VU": "01.1895", "TEN_DICH_VU": "Khám Nội", "MA_NHOM": "13", "DON_VI_TINH": "Lần",
    "SO_LUONG": "1", "DON_GIA_BV": "50600", "DON_GIA_BH": "50600", "TYLE_TT_DV": "100", "MA_BENH": "J00",
}
_TOTALS = {
    "T_THUOC": "10000.00", "T_VTYT": "0.00", "T_TONGCHI_BV": "100600.00", "T_TONGCHI_BH": "100600.00",
    "T_BNTT": "0.00", "T_BNCCT": "20120.00", "T_BHTT": "80480.00", "T_NGUONKHAC": "0.00",
    "T_BHTT_GDV": "80480.00",
}
_ROWS: dict[str, list[Row]] = {
    "XML1": [_PERSON | _STAY | _TOTALS | {
        "LY_DO_VV": "Đau họng", "CHAN_DOAN_VAO": "Viêm họng", "SO_NGAY_DTRI": "0", "NAM_QT": "2026",
        "THANG_QT": "8", "CAN_NANG": "55.50", "MA_HSBA": "HS000001", "NGAY_TTOAN": "202608151030",
    }],
    "XML2": [_ORDERED | _money("10000.00", "8000.00", "2000.00") | {
        "MA_THUOC": "40.2", "TEN_THUOC": "Paracetamol", "MA_NHOM": "4", "DON_VI_TINH": "Viên",
        "HAM_LUONG": "500mg", "DUONG_DUNG": "1.01", "LIEU_DUNG": "2 viên/ngày", "SO_DANG_KY": "VD-00000-00",
        "TT_THAU": "123/QĐ-SYT;G1;N4;2026", "SO_LUONG": "10", "DON_GIA": "1000", "NGUON_CTRA": "1",
    }],
    "XML3": [_TEST, _VISIT],
    "XML4": [{
        "MA_DICH_VU": "23.0075.1494", "TEN_CHI_SO": "Glucose", "GIA_TRI": "5.1", "DON_VI_DO": "mmol/L",
        "NGAY_KQ": "202608150930", "MA_BS_DOC_KQ": "000789/VD-GPHN",
    }],
    "XML5": [{
        "DIEN_BIEN_LS": "Tỉnh, không sốt", "THOI_DIEM_DBLS": "202608150900",
        "NGUOI_THUC_HIEN": "000456/VD-GPHN",
    }],
    "CHECKIN": [_PERSON | _STAY | {
        "MA_DICH_VU": "01.1895", "TEN_DICH_VU": "Khám Nội", "NGAY_YL": "202608150815",
    }],
}
_VISIT_TABLES = ("XML1", "XML2", "XML3", "XML4")
_FALLBACK = {"number": "1", "date8": "20260815", "date12": "202608150900", "date8|date12": "20260815"}


def lay(overlay: Overlay, standard: Standard) -> Dossier:
    """The valid dossier with the example's fields laid over it, with all tags of the standard.

    A table that the example names has as many rows as the example gives; an empty list takes the table away.
    """
    names = ("CHECKIN",) if "CHECKIN" in overlay else _VISIT_TABLES
    dossier = {}
    for name in dict.fromkeys((*names, *overlay)):
        table = standard.tables[name]
        given = overlay[name] if name in overlay else [{}] * len(_ROWS[name])
        rows = [_overlaid(_base_row(table, place), row) for place, row in enumerate(given)]
        if rows:
            dossier[name] = rows
    return dossier


def _overlaid(base: Row, given: Mapping[str, str | None]) -> Row:
    row = {name: text for name, text in base.items() if given.get(name, text) is not None}
    return row | {name: text for name, text in given.items() if text is not None}


def _base_row(table: TableSpec, place: int) -> Row:
    """Row of the valid dossier at that place (0-based); the last known one again beyond them."""
    known = _ROWS.get(table.name)
    texts = known[min(place, len(known) - 1)] if known else _PERSON | _STAY
    row = {spec.name: texts.get(spec.name, "" if known else _fallback(spec)) for spec in table.fields}
    if "MA_LK" in row:
        row["MA_LK"] = _PERSON["MA_LK"]
    if "STT" in row:
        row["STT"] = str(place + 1)
    return row


def _fallback(spec: FieldSpec) -> str:
    """Some value that fits a required field."""
    if spec.required != "yes":
        return ""
    if spec.code_list is not None:
        return "1"
    return _FALLBACK.get(spec.kind, "Ví dụ"[:spec.max_length])


@dataclass
class ExampleRows:
    """Rows of one table over several dossiers by columns, in the shape the reader delivers."""

    dossier: list[int] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    layout: list[int] = field(default_factory=list)
    layouts: list[tuple[str, ...]] = field(default_factory=list)
    columns: dict[str, list[str | None]] = field(default_factory=dict)

    def add(self, dossier: int, place: int, texts: Mapping[str, str]) -> None:
        layout = tuple(texts)
        if layout not in self.layouts:
            self.layouts.append(layout)
        for name in texts.keys() - self.columns.keys():
            self.columns[name] = [None] * len(self.row)
        for name, column in self.columns.items():
            column.append(texts.get(name))
        self.dossier.append(dossier)
        self.row.append(place)
        self.layout.append(self.layouts.index(layout))


def as_tables(dossiers: Iterable[Mapping[str, Sequence[Mapping[str, str]]]]) -> dict[str, ExampleRows]:
    """Dossiers as tables of columns, ready to be judged."""
    tables: dict[str, ExampleRows] = {}
    for number, dossier in enumerate(dossiers):
        for name, rows in dossier.items():
            for place, texts in enumerate(rows):
                tables.setdefault(name, ExampleRows()).add(number, place + 1, texts)
    return tables
