"""Every indicator against the same figure counted by hand over the same visits, and within its scope."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from khoyte.units.tenancy import working
from khoyte.visits import versions
from khoyte.visits.tests.stores import store
from khoyte.warehouse.answering import Answer, Scope, answer
from khoyte.warehouse.filling import fill, state
from khoyte.warehouse.indicators import INDICATORS
from khoyte.warehouse.indicators.declaration import DIMENSIONS

EVERYTHING = Scope()
_HEADS = ("facility", "month", "kind", "days", "cost", "disease", "drugs")
VISITS: list[dict[str, Any]] = [
    dict(zip(_HEADS, values, strict=True))
    for values in (
        ("97001", "08", "03", "4", "1000", "J06.9", 2),
        ("97001", "08", "03", "7", "3000", "J06.0", 0),
        ("97001", "09", "01", "", "500", "j06", 1),
        ("98001", "09", "01", "", "", "J06", 3),
        ("98001", "09", "03", "1", "700", "J06", 0),
        ("98001", "09", "01", "", "700", "K29.1", 0),
        ("98001", "09", "01", "", "700", "", 0),
    )
]


def put(number: int, visit: dict[str, Any], **head: Any) -> int:
    summary = {
        "NGAY_VAO": f"2026{visit['month']}010800",
        "NGAY_RA": f"2026{visit['month']}101000",
        "MA_LOAI_KCB": visit["kind"],
        "SO_NGAY_DTRI": visit["days"],
        "T_TONGCHI_BV": visit["cost"],
        "T_THUOC": "100",
        "T_VTYT": "",
        "T_BHTT": "400",
        "MA_BENH_CHINH": visit["disease"],
    }
    tables: dict[str, list[dict[str, str]]] = {"XML1": [summary]}
    tables |= {"XML2": [{"MA_THUOC": "40.1"}] * visit["drugs"]} if visit["drugs"] else {}
    tables |= {"XML13": []} if number == 0 else {}
    tables |= {"XML14": []} if number in (0, 1, 2) else {}
    return store(tables, ma_lk=f"A{number}", facility=visit["facility"], **head)


@pytest.fixture
def filled(lake: Any) -> None:
    for number, visit in enumerate(VISITS):
        put(number, visit)
    fill()


def asked(code: str, scope: Scope = EVERYTHING) -> list[tuple[Any, ...]]:
    found = answer(INDICATORS[code], scope)
    (dimension,) = found.indicator.dimensions
    return [(row[dimension], pytest.approx(row["value"]), row["visits"]) for row in found.rows]


EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "luot-kham-theo-thang": [("2026-08", 2, 2), ("2026-09", 5, 5)],
    "luot-kham-theo-co-so": [("98001", 4, 4), ("97001", 3, 3)],
    "ngay-dieu-tri-noi-tru": [("2026-08", 5.5, 2), ("2026-09", 1, 1)],
    "benh-chinh-thuong-gap": [("J06", 5, 5)],
    "ty-le-chuyen-tuyen": [("97001", 1 / 3, 3), ("98001", 0, 4)],
    "ty-le-hen-kham-lai": [("2026-08", 1, 2), ("2026-09", 1 / 5, 5)],
    "chi-phi-binh-quan": [("2026-08", 2000, 2), ("2026-09", 650, 4)],
    "co-cau-chi-phi": [("thuoc", 600, 6), ("vat_tu", 0, 6), ("dich_vu", 6000, 6)],
    "ty-le-bhyt-chi-tra": [("2026-08", 800 / 4000, 2), ("2026-09", 2000 / 2600, 4)],
    "so-thuoc-moi-luot": [("98001", 3, 1), ("97001", 1.5, 2)],
}


@pytest.mark.usefixtures("filled")
def test_every_indicator_gives_what_is_counted_by_hand() -> None:
    assert EXPECTED.keys() == INDICATORS.keys()
    assert {code: sorted(asked(code), key=str) for code in INDICATORS} == {
        code: sorted(rows, key=str) for code, rows in EXPECTED.items()
    }
    assert asked("luot-kham-theo-co-so") == EXPECTED["luot-kham-theo-co-so"], "the largest first"


@pytest.mark.usefixtures("filled")
def test_nobody_is_told_more_than_his_scope() -> None:
    assert asked("luot-kham-theo-co-so", Scope(facility="97001")) == [("97001", 3, 3)]
    assert asked("luot-kham-theo-co-so", Scope(province="98")) == [("98001", 4, 4)]
    assert asked("so-thuoc-moi-luot", Scope(province="97")) == [("97001", 1.5, 2)]
    assert answer(INDICATORS["luot-kham-theo-thang"], Scope(facility="99999")).rows == []


@pytest.mark.usefixtures("filled")
def test_an_answer_says_what_it_stands_on() -> None:
    found = answer(INDICATORS["ngay-dieu-tri-noi-tru"], EVERYTHING)
    assert (found.rows_in, found.missing) == (3, 0)
    found = answer(INDICATORS["chi-phi-binh-quan"], EVERYTHING)
    assert (found.rows_in, found.missing) == (7, pytest.approx(1 / 7))
    assert found.as_of == state().as_of


@pytest.mark.usefixtures("filled")
def test_a_version_that_is_superseded_counts_no_longer() -> None:
    with working():
        versions.supersede([("97001", "A0")])
        put(0, {**VISITS[0], "month": "10"}, version=2)
    assert asked("luot-kham-theo-thang") == EXPECTED["luot-kham-theo-thang"], "as of the watermark"
    fill()
    assert asked("luot-kham-theo-thang") == [("2026-08", 1, 1), ("2026-09", 5, 5), ("2026-10", 1, 1)]


@pytest.mark.usefixtures("lake")
def test_an_empty_lake_answers_nothing_known() -> None:
    for indicator in INDICATORS.values():
        assert answer(indicator, EVERYTHING) == Answer(indicator, [], 0, None, None)
    put(3, {**VISITS[6], "drugs": 0})
    fill()
    assert asked("so-thuoc-moi-luot") == []
    assert answer(INDICATORS["so-thuoc-moi-luot"], EVERYTHING).as_of <= datetime.now(UTC)


@pytest.mark.parametrize("code", INDICATORS)
def test_declarations_are_complete(code: str) -> None:
    indicator = INDICATORS[code]
    assert re.fullmatch(r"[a-z0-9-]{5,40}", code)
    assert indicator.version.isdigit()
    assert set(indicator.dimensions) <= DIMENSIONS.keys()
    for words in (indicator.name, indicator.definition, indicator.unit):
        assert words.vi
        assert words.en
    assert "4750" in indicator.source
