"""Every indicator against the same figure counted by hand over the same visits, and within its scope."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from khoyte.submissions.tests.senders import make_country
from khoyte.units.tenancy import working
from khoyte.visits import versions
from khoyte.warehouse import registers_by_day
from khoyte.warehouse.answering import Answer, Scope, answer
from khoyte.warehouse.filling import fill, state
from khoyte.warehouse.indicators import INDICATORS
from khoyte.warehouse.indicators.declaration import DIMENSIONS, Indicator
from khoyte.warehouse.tests.counted import EXPECTED, VISITS, figures, put, put_registers

EVERYTHING = Scope()


@pytest.fixture
def filled(lake: Any) -> None:
    make_country()
    for number, visit in enumerate(VISITS):
        put(number, visit)
    put_registers()
    fill()
    registers_by_day.take()


def asked(code: str, scope: Scope = EVERYTHING) -> list[tuple[Any, ...]]:
    return told(answer(INDICATORS[code], scope))


def told(found: Answer) -> list[tuple[Any, ...]]:
    (dimension,) = found.indicator.dimensions
    return [(row[dimension], row["value"], row["visits"]) for row in found.rows]


@pytest.mark.usefixtures("filled")
def test_every_indicator_gives_what_is_counted_by_hand() -> None:
    assert EXPECTED.keys() == INDICATORS.keys()
    for code in INDICATORS:
        assert asked(code) == figures(*EXPECTED[code]), code


@pytest.mark.usefixtures("filled")
def test_the_whole_country_is_told_by_province_too() -> None:
    def by_province(code: str, scope: Scope = EVERYTHING) -> dict[str, float]:
        return {row["province"]: row["value"] for row in answer(INDICATORS[code], scope).provinces}

    assert by_province("luot-kham-theo-thang") == {"97": 6, "98": 5}
    assert by_province("ngay-dieu-tri-noi-tru") == {"97": pytest.approx(21 / 5), "98": 1}
    assert by_province("co-cau-chi-phi") == {"97": 7900, "98": 2400}
    assert by_province("cong-suat-giuong") == {"97": pytest.approx(21 / 610)}
    assert by_province("nguoi-hanh-nghe-theo-chuc-danh") == {"97": 2, "98": 1}
    assert by_province("luot-kham-theo-thang", Scope(province="97")) == {}
    for code, expected in EXPECTED.items():
        if INDICATORS[code].dimensions == ("province",):
            assert by_province(code) == {name: pytest.approx(value) for name, value, _ in expected}


@pytest.mark.usefixtures("filled")
def test_nobody_is_told_more_than_his_scope() -> None:
    assert asked("luot-kham-theo-co-so", Scope(facility="97001")) == [("97001", 6, 6)]
    assert asked("luot-kham-theo-co-so", Scope(province="98")) == [("98001", 5, 5)]
    assert asked("so-thuoc-moi-luot", Scope(province="97")) == [("97001", 1.5, 2)]
    assert asked("nguoi-hanh-nghe-theo-chuc-danh", Scope(facility="98001")) == [("BS", 1, 1)]
    assert answer(INDICATORS["luot-kham-theo-thang"], Scope(facility="99999")).rows == []
    for code, expected in EXPECTED.items():
        if INDICATORS[code].dimensions in (("facility",), ("province",)):
            own = [row for row in expected if row[0].startswith("98")]
            assert asked(code, Scope(province="98")) == figures(*own), code


@pytest.mark.usefixtures("filled")
def test_an_answer_says_what_it_stands_on() -> None:
    found = answer(INDICATORS["ngay-dieu-tri-noi-tru"], EVERYTHING)
    assert (found.rows_in, found.missing) == (6, 0)
    found = answer(INDICATORS["chi-phi-binh-quan"], EVERYTHING)
    assert (found.rows_in, found.missing) == (11, pytest.approx(1 / 11))
    assert found.as_of == state().as_of
    found = answer(INDICATORS["giay-phep-sap-het-han"], EVERYTHING)
    assert (found.rows_in, found.missing) == (3, pytest.approx(1 / 3))
    assert found.as_of == registers_by_day.days_of(state())[-1].known_at


@pytest.mark.usefixtures("filled")
def test_a_version_that_is_superseded_counts_no_longer() -> None:
    with working():
        versions.supersede([("97001", "A0")])
        put(0, {**VISITS[0], "month": "10"}, version=2)
    assert asked("luot-kham-theo-thang") == EXPECTED["luot-kham-theo-thang"], "as of the watermark"
    fill()
    assert asked("luot-kham-theo-thang") == [("2026-08", 1, 1), ("2026-09", 9, 9), ("2026-10", 1, 1)]


@pytest.mark.usefixtures("lake")
def test_an_empty_lake_answers_nothing_known() -> None:
    for indicator in INDICATORS.values():
        assert answer(indicator, EVERYTHING) == Answer(indicator, [], 0, None, None)
    put(3, {**VISITS[6], "drugs": ()})
    fill()
    assert asked("so-thuoc-moi-luot") == []
    assert asked("cong-suat-giuong") == [], "no beds are known"
    assert answer(INDICATORS["so-thuoc-moi-luot"], EVERYTHING).as_of <= datetime.now(UTC)


@pytest.mark.parametrize("code", INDICATORS)
def test_declarations_are_complete(code: str) -> None:
    indicator: Indicator = INDICATORS[code]
    assert re.fullmatch(r"[a-z0-9-]{5,40}", code)
    assert indicator.version.isdigit()
    assert len(indicator.dimensions) == 1
    assert set(indicator.dimensions) <= DIMENSIONS.keys()
    for words in (indicator.name, indicator.definition, indicator.unit, indicator.counts):
        assert words.vi
        assert words.en
    assert re.search(r"\d+/(\d{4}/)?(QĐ|QH|TT)", indicator.source)
    assert indicator.of_registers or "4750" in indicator.source
