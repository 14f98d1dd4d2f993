"""Eleven visits and some records of registers, small enough to count by hand, and what is counted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from khoyte.foundation.calendar import TZ, today
from khoyte.registers.tests.offices import PHARMACY, made, person
from khoyte.visits.tests.stores import store

_HEADS = (
    "facility", "month", "kind", "days", "cost", "disease", "drugs", "born", "leaving", "result", "tests",
    "sent",
)  # fmt: skip
VISITS: list[dict[str, Any]] = [
    dict(zip(_HEADS, values, strict=True))
    for values in (
        ("97001", "08", "03", "4", "1000", "J06.9", ("1.01", "2.10"), "1980", "1", "1", 2, 0),
        ("97001", "08", "03", "7", "3000", "J06.0", (), "2026", "1", "2", 0, 1),
        ("97001", "09", "01", "", "500", "j06", ("1.01",), "2022", "1", "1", 1, 2),
        ("98001", "09", "01", "", "", "J06", ("1.01", "1.01", "2.15"), "2020", "1", "1", 3, 0),
        ("98001", "09", "03", "1", "700", "J06", (), "1966", "2", "5", 0, 0),
        ("98001", "09", "01", "", "700", "K29.1", (), "1940", "1", "1", 0, 5),
        ("98001", "09", "01", "", "700", "", (), "", "1", "1", 0, 0),
        ("97001", "09", "03", "3", "2000", "O82.0", (), "1996", "1", "1", 0, 0),
        ("97001", "09", "03", "5", "1000", "O80.0", (), "1996", "1", "1", 0, 0),
        ("97001", "09", "03", "2", "400", "O80.0", (), "1996", "4", "1", 0, 0),
        ("98001", "09", "05", "", "300", "I10", (), "1950", "1", "2", 0, 3),
    )
]
_OTHER: dict[int, dict[str, str]] = {
    3: {"SO_CCCD": "", "MA_NGHE_NGHIEP": ""},
    5: {"T_BHTT": "0"},
    6: {"T_BHTT": ""},
    8: {"MA_PTTT_QT": "03.31;74.1"},
    9: {"MA_PTTT_QT": "74.3"},
}
_PAPERS = {0: ["XML13", "XML14", "XML7"], 1: ["XML14"], 2: ["XML14"], 4: ["XML7"], 7: ["XML7"], 8: ["XML7"]}


def put(number: int, visit: Mapping[str, Any], **head: Any) -> int:
    left = datetime(2026, int(visit["month"]), 10, 10, tzinfo=TZ)
    summary = {
        "NGAY_VAO": f"2026{visit['month']}010800",
        "NGAY_RA": f"{left:%Y%m%d%H%M}",
        "NGAY_SINH": visit["born"] and f"{visit['born']}00000000",
        "GIOI_TINH": "2",
        "MA_NGHE_NGHIEP": "00000",
        "MATINH_CU_TRU": "97",
        "SO_CCCD": "999185000001",
        "MA_LOAI_KCB": visit["kind"],
        "MA_LOAI_RV": visit["leaving"],
        "KET_QUA_DTRI": visit["result"],
        "SO_NGAY_DTRI": visit["days"],
        "T_TONGCHI_BV": visit["cost"],
        "T_THUOC": "100",
        "T_VTYT": "",
        "T_BHTT": "400",
        "T_BNTT": "50",
        "MA_BENH_CHINH": visit["disease"],
        **_OTHER.get(number, {}),
    }
    drugs = [
        {"MA_THUOC": "40.1", "DUONG_DUNG": route, "MA_NHOM": "4", "THANH_TIEN_BV": "50"}
        for route in visit["drugs"]
    ]
    services = [{"MA_DICH_VU": "K1", "MA_NHOM": "13", "SO_LUONG": "1", "THANH_TIEN_BV": "30"}]
    if visit["tests"]:
        cost = str(10 * visit["tests"])
        services.append(
            {"MA_DICH_VU": "X1", "MA_NHOM": "1", "SO_LUONG": str(visit["tests"]), "THANH_TIEN_BV": cost}
        )
    tables: dict[str, list[dict[str, str]]] = {"XML1": [summary], "XML3": services}
    tables |= {"XML2": drugs} if drugs else {}
    tables |= {paper: [] for paper in _PAPERS.get(number, [])}
    received = left + timedelta(days=visit["sent"], hours=2)
    return store(tables, ma_lk=f"A{number}", facility=visit["facility"], received_at=received, **head)


def put_registers() -> None:
    """A facility with beds, three practitioners, three pharmacies; the units are there already."""
    facility = {"code": "97001", "name": "Bệnh viện Thử", "form": "hospital", "province": "97"}
    made(
        "facilities",
        {**facility, "commune": "xã Suối Mơ", "address": "Số 1", "beds_actual": 10},
        confirmed=True,
    )
    soon = (today() + timedelta(days=90)).isoformat()
    made("practitioners", person(1, licence_valid_to=soon), confirmed=True)
    made("practitioners", person(2, title="DD", licence_valid_to="2040-01-01"), confirmed=True)
    made("practitioners", person(3, facility="98001", licence_valid_to=None), confirmed=True)
    made("practitioners", person(4))
    made("pharmacies", {**PHARMACY, "status": "active"}, confirmed=True)
    made(
        "pharmacies",
        {**PHARMACY, "certificate_number": "2", "kind": "quay_thuoc", "status": "closed"},
        confirmed=True,
    )
    made("pharmacies", {**PHARMACY, "certificate_number": "3", "province": "98"}, confirmed=True)


def figures(*rows: tuple[str, float, int]) -> list[tuple[Any, ...]]:
    return [(name, pytest.approx(value, rel=1e-12), counted) for name, value, counted in rows]


EXPECTED: dict[str, list[tuple[str, float, int]]] = {
    "luot-kham-theo-thang": [("2026-08", 2, 2), ("2026-09", 9, 9)],
    "luot-kham-theo-co-so": [("97001", 6, 6), ("98001", 5, 5)],
    "luot-kham-theo-tinh": [("97", 6, 6), ("98", 5, 5)],
    "luot-kham-theo-loai-hinh": [("03", 6, 6), ("01", 4, 4), ("05", 1, 1)],
    "luot-kham-theo-nhom-tuoi": [
        ("00", 1, 1), ("01-04", 1, 1), ("05-14", 1, 1), ("15-59", 4, 4), ("60-79", 2, 2), ("80+", 1, 1),
    ],
    "luot-kham-theo-chuong-benh": [("X", 5, 5), ("XV", 3, 3), ("IX", 1, 1), ("XI", 1, 1)],
    "benh-chinh-thuong-gap": [("J06", 5, 5)],
    "luot-kham-benh-man-tinh": [("tim_mach", 1, 1)],
    "ty-le-noi-tru": [("97", 5 / 6, 6), ("98", 1 / 5, 5)],
    "ngay-dieu-tri-theo-co-so": [("97001", 21, 5), ("98001", 1, 1)],
    "ngay-dieu-tri-noi-tru": [("2026-08", 5.5, 2), ("2026-09", 2.75, 4)],
    "ngay-dieu-tri-theo-chuong-benh": [("X", 4, 3), ("XV", 10 / 3, 3)],
    "cong-suat-giuong": [("2026-08", 11 / 310, 2), ("2026-09", 10 / 300, 3)],
    "noi-tru-theo-loai-ra-vien": [("1", 4, 4), ("2", 1, 1), ("4", 1, 1)],
    "tu-vong-noi-tru": [("2026-08", 0, 2), ("2026-09", 250, 4)],
    # One person, but for one visit without number: in from the 1st to the 10th of August and of September.
    "ty-le-tai-nhap-vien-30-ngay": [("2026-08", 1, 2), ("2026-09", 0, 3)],
    "ty-le-mo-lay-thai": [("97", 2 / 3, 3)],
    "ty-le-chuyen-tuyen": [("97001", 1 / 6, 6), ("98001", 0, 5)],
    "ty-le-hen-kham-lai": [("2026-08", 1, 2), ("2026-09", 1 / 9, 9)],
    "ty-le-giay-ra-vien-dien-tu": [("2026-08", 1 / 2, 2), ("2026-09", 3 / 4, 4)],
    "chi-phi-binh-quan": [("2026-08", 2000, 2), ("2026-09", 787.5, 8)],
    "co-cau-chi-phi": [("dich_vu", 9300, 10), ("thuoc", 1000, 10), ("vat_tu", 0, 10)],
    "chi-phi-theo-nhom": [("13", 330, 11), ("4", 300, 3), ("1", 60, 3)],
    "ty-le-chi-phi-thuoc": [("98001", 400 / 2400, 4), ("97001", 600 / 7900, 6)],
    "ty-le-bhyt-chi-tra": [("2026-08", 800 / 4000, 2), ("2026-09", 2800 / 6300, 8)],
    "ty-le-luot-bhyt": [("97", 1, 6), ("98", 3 / 4, 4)],
    "ty-le-nguoi-benh-chi-tra": [("98", 200 / 2400, 4), ("97", 300 / 7900, 6)],
    "so-thuoc-moi-luot": [("98001", 3, 1), ("97001", 1.5, 2)],
    "ty-le-dung-thuoc-tiem": [("98001", 1, 1), ("97001", 1 / 2, 2)],
    "xet-nghiem-moi-luot": [("98001", 3 / 5, 5), ("97001", 3 / 6, 6)],
    "ty-le-gui-kip-thoi": [("97001", 5 / 6, 6), ("98001", 3 / 5, 5)],
    "ty-le-co-so-dinh-danh": [("97001", 1, 6), ("98001", 4 / 5, 5)],
    "ty-le-ho-so-du-thong-tin": [("97001", 1, 6), ("98001", 3 / 5, 5)],
    "nguoi-hanh-nghe-theo-chuc-danh": [("BS", 2, 2), ("DD", 1, 1)],
    "giay-phep-sap-het-han": [("97", 1 / 2, 2)],
    "co-so-ban-le-thuoc": [("nha_thuoc", 2, 2)],
}  # fmt: skip
