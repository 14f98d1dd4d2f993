"""A nation's day in its short form: all that was sent is in the ledger, the lake and the indicators."""

import pytest

from khoyte.nonprod.nation.day import Order, run_nations_day

pytestmark = [pytest.mark.drill, pytest.mark.timeout(600)]


def test_a_small_nations_day_with_kills_is_whole() -> None:
    document = run_nations_day(Order(visits=60, facilities=30, workers=1, kills=1, seed=4))
    assert (document["lost"], document["doubled"], document["ledger_exact"]) == (0, 0, True)
    assert document["wrong"] == []
    assert document["holds"]
    assert document["visits"] == document["judged"] == document["lake_visits"] >= 50
    assert document["facilities"] == 30
    # A file acknowledged by a process that died is sent again and known.
    assert document["answers"].get("202", 0) + document["answers"].get("200", 0) >= 30
