"""The forecast says when, or that it cannot say."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.campaigns.forecast import ENOUGH, ENOUGH_DAYS, forecast
from khoyte.campaigns.plans import campaigns

TODAY = date(2026, 11, 27)


def test_the_rate_of_twenty_working_days_is_carried_on() -> None:
    found = forecast(total=100, done=90, recent=40, recent_days=10, today=TODAY)
    assert (found.left, found.rate, found.done_on) == (10, 2.0, date(2026, 12, 4))
    assert found.is_late(date(2026, 12, 4), TODAY) is False
    assert found.is_late(date(2026, 12, 3), TODAY) is True


def test_too_little_data_forecasts_nothing() -> None:
    for recent, days in ((ENOUGH - 1, 9), (50, ENOUGH_DAYS - 1), (0, 0)):
        found = forecast(100, 50, recent, days, TODAY)
        assert (found.rate, found.done_on) == (None, None)
        assert found.is_late(TODAY + timedelta(days=9), TODAY) is None
        assert found.is_late(TODAY - timedelta(days=1), TODAY) is True


@given(st.integers(0, 60_000), st.integers(0, 60_000), st.integers(0, 5_000), st.integers(0, 28))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_more_speed_never_ends_later(total: int, done: int, recent: int, days: int) -> None:
    slow, quick = (forecast(total, done, n, days, TODAY) for n in (recent, recent * 2 + 1))
    assert slow.left == max(0, total - done)
    if slow.done_on:
        assert quick.done_on is not None
        assert TODAY <= quick.done_on <= slow.done_on


def test_the_plan_has_the_days_of_its_text() -> None:
    steps = {step.number: step for step in campaigns()["practice"].steps}
    assert steps["I.3"].due == date(2025, 12, 10)
    assert steps["I.6"].due == date(2025, 12, 25)
    assert steps["II.3"].due == date(2026, 12, 31)
