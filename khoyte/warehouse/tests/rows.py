"""Visits for the lake, and what stands in it afterwards."""

from typing import Any

import polars as pl

from khoyte.visits.tests.stores import store
from khoyte.warehouse.columns import columns_of
from khoyte.warehouse.filling import state
from khoyte.warehouse.tables import Lake, read_file

SUMMARY = {
    "MA_BN": "BN0001",
    "HO_TEN": "Nguyễn Thị Thử",
    "SO_CCCD": "999185000001",
    "MA_THE_BHYT": "DN4999012345678",
    "NGAY_SINH": "198503120000",
    "DIA_CHI": "Số 1 phố Thử",
    "DIEN_THOAI": "0999000111",
    "MA_HSBA": "HS123",
    "GIOI_TINH": "2",
    "MA_BENH_CHINH": "J06.9",
    "MATINH_CU_TRU": "97",
    "NGAY_VAO": "202608100800",
    "NGAY_RA": "202608141000",
    "CHAN_DOAN_RV": "Viêm họng cấp",
    "T_TONGCHI_BV": "1250000.5",
    "MA_LOAI_KCB": "03",
}
DRUGS = [{"MA_THUOC": "40.154", "TEN_THUOC": "Paracetamol", "SO_LUONG": "10", "MA_BAC_SI": "000123/HNO-CCHN"}]
RESULTS = [
    {"MA_CHI_SO": "22.1", "GIA_TRI": "4.5", "DON_VI_DO": "10^9/L"},
    {"MA_CHI_SO": "22.2", "GIA_TRI": "Âm tính", "MO_TA": "mẫu của chị Thử"},
]
NOTES = [{"DIEN_BIEN_LS": "Chị Thử đỡ sốt", "THOI_DIEM_DBLS": "202608110900"}]


def store_visit(ma_lk: str = "A1", **changed: Any) -> int:
    summary = {**SUMMARY, **changed.pop("summary", {})}
    tables = {"XML1": [summary], "XML2": DRUGS, "XML4": RESULTS, "XML5": NOTES}
    return store(tables, ma_lk=ma_lk, **changed)


def in_lake(table: str) -> list[dict[str, Any]]:
    """Rows of a table at the watermark, in order of visit and row."""
    found = state()
    names = [column.name for column in columns_of(table)]
    with Lake(found.generation) as lake:
        files = lake.files(table, found.snapshots.get(table))
        frames = [frame for file in files for frame in read_file(file, names)]
    if not frames:
        return []
    return pl.concat(frames).sort(["visit_id", *(["row"] if "row" in names else [])]).to_dicts()
