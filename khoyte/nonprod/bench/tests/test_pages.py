"""The parts of `khoyte bench pages` that need no system of their own."""

from math import ceil
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from khoyte.nonprod.bench import commands, pages, pages_rows
from khoyte.nonprod.bench.figures import Turn
from khoyte.nonprod.bench.growth import at_scales


def measured(waits: list[float], stored: int = 1000) -> pages.Measured:
    """Two rounds of half the waits each; ten requests cost 0.2 s, of the floor 0.1 s."""
    turns = [Turn(stored, sum(waits) / 1000, {"web": 0.15, "database": 0.05}) for _ in range(2)]
    floor = [Turn(stored, 0.1, {"web": 0.1, "database": 0.0}) for _ in range(2)]
    return pages.Measured(turns, floor, waits, first=100.0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_share_of_the_answers_took_no_longer(values: list[float], share: float) -> None:
    found = pages.share_of(values, share)
    assert found in values
    assert sum(one <= found for one in values) >= ceil(share * len(values)) - 1
    assert sum(one < found for one in values) < max(1, ceil(share * len(values)))


def test_costs_are_those_of_one_page_and_sizes_those_of_the_store() -> None:
    document = pages.document({"files": measured([10.0] * 19 + [60.0])}, 500.0)
    case = document["cases"]["files"]
    assert (case["p50_ms"], case["p95_ms"], case["first_ms"], case["holds"]) == (10.0, 10.0, 100.0, True)
    assert case["ours"]["visits"] == 1000
    assert case["ours"]["cpu_s"] == pytest.approx(0.02)
    assert case["ours"]["per_core_second"] == pytest.approx(50)
    assert case["ratio"]["floor_cpu_median"] == 2.0
    assert document["unit"] == "visits stored"


def test_a_page_over_the_bar_is_said_to_be() -> None:
    document = pages.document({"slow": measured([51.0] * 20), "quick": measured([1.0] * 20)}, 500.0)
    assert document["p95_ms"] == 51.0, "the document's own figures are those of the slowest page"
    assert not document["cases"]["slow"]["holds"]
    text = commands.table_of({"bench": "pages", "scale": 1, **document})
    assert "slow (1000 visits stored)" in text
    assert "p50 51.0 ms, p95 51.0 ms, first 100.0 ms: OVER THE BAR" in text


def test_growth_is_over_visits_stored() -> None:
    def bench(scale: int) -> dict[str, Any]:
        return pages.document({"files": measured([10.0] * 20, 1000 * scale)}, 500.0)

    growth = at_scales(bench, [1, 10])["growth"]["files"]
    assert growth["sizes"] == [1000, 10_000]
    assert growth["exponent"] == pytest.approx(0, abs=0.01)


@pytest.mark.django_db
def test_every_table_copied_has_the_columns_a_copy_gives() -> None:
    with connection.cursor() as cursor:
        cursor.execute(pages_rows.LIST)
        for table, (key, told) in pages_rows.COPIED.items():
            statement = pages_rows.copying(connection.connection, table, key, told)
            assert all(f'"{name}"' in statement for name in told), table
            cursor.execute(statement)
            assert cursor.rowcount == 0, table
