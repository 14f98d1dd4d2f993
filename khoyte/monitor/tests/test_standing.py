from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.monitor.standing import Forecast, Measured, State, forecast, next_of, six_clear, standing

QUIETLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
TODAY = date(2026, 11, 27)
LATER = date(2027, 3, 31)


def state(**more: object) -> State:
    given_ = {"due_on": LATER, "recurs": False, "said": ["open"], "measured": None, "target": 100,
              "forecast": None, "today": TODAY} | more  # fmt: skip
    return standing(**given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, State.OPEN),
        ({"said": ["working"]}, State.WORKING),
        # Data that count something say that it has begun, whatever is reported.
        ({"measured": Measured(1, 14)}, State.WORKING),
        ({"measured": Measured(0, 14)}, State.OPEN),
        ({"said": ["done"]}, State.DONE),
        ({"said": ["done", "open"]}, State.OPEN),
        ({"due_on": date(2026, 11, 26)}, State.LATE),
        ({"due_on": TODAY}, State.SOON),
        ({"due_on": None}, State.UNDATED),
        ({"due_on": None, "recurs": True}, State.RUNNING),
        ({"said": []}, State.UNSEEN),
        ({"said": ["done"], "measured": Measured(39, 40)}, State.DISPUTED),
        ({"said": ["done"], "measured": Measured(39, 40), "target": 97}, State.DONE),
        ({"said": ["done"], "measured": Measured(3, None)}, State.DONE),
        ({"measured": Measured(40, 40)}, State.DONE),
        ({"measured": Measured(10, 40), "forecast": Forecast(0.1, None, None, None, None, 0, None)},
         State.AT_RISK),
    ],
)  # fmt: skip
def test_a_task_stands_as_words_and_data_say(more: dict[str, object], expected: State) -> None:
    assert state(**more) is expected


@QUIETLY
@given(st.integers(0, 500), st.integers(1, 500), st.integers(1, 100))
def test_done_by_word_alone_is_disputed_exactly_where_data_fall_short(
    done: int, total: int, target: int
) -> None:
    measured = Measured(min(done, total), total)
    expected = State.DONE if min(done, total) * 100 >= target * total else State.DISPUTED
    assert state(said=["done"], measured=measured, target=target) is expected


def course(a_day: int, days: int = 90) -> list[tuple[date, int]]:
    return [(TODAY - timedelta(days=days - n), a_day * n) for n in range(1, days + 1)]


def test_a_steady_rate_foretells_its_day_without_error() -> None:
    found = forecast(course(2), total=200, target=100, due_on=date(2026, 12, 31), today=TODAY)
    assert found is not None
    assert found.rate == 2
    assert found.eta == found.first == found.last == TODAY + timedelta(days=10)
    assert found.slack == 18  # working days from 07/12 to 31/12
    assert (found.tried, found.missed) == (8, 0)


def test_a_course_that_stands_still_never_arrives() -> None:
    found = forecast([(date(2026, 1, 5), 7)], total=200, target=100, due_on=LATER, today=TODAY)
    assert found is not None
    assert (found.rate, found.eta, found.slack) == (0, None, None)


def test_nothing_is_foretold_of_an_unknown_whole() -> None:
    assert forecast(course(2), total=None, target=100, due_on=LATER, today=TODAY) is None
    assert forecast([], total=9, target=100, due_on=LATER, today=TODAY) is None


@QUIETLY
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 50)), min_size=1), st.integers(1, 4000))
def test_the_fastest_weeks_never_arrive_after_the_mean_nor_before_today(
    steps: list[tuple[int, int]], total: int
) -> None:
    count, days = 0, []
    for ago, more in sorted(steps, reverse=True):
        count += more
        days.append((TODAY - timedelta(days=ago), count))
    found = forecast(days, total=total, target=100, due_on=LATER, today=TODAY)
    assert found is not None
    if found.eta:
        assert found.first is not None
        assert TODAY <= found.first <= found.eta


@QUIETLY
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 31))
def test_the_next_monthly_day_is_within_a_month(today: date, day: int) -> None:
    found = next_of(f"month:{day}", today)
    assert found is not None
    assert 0 <= (found - today).days <= 31
    assert found.day == day or (found + timedelta(days=1)).day == 1


def test_gaps_of_the_six_are_named() -> None:
    found = six_clear(person="", name="Việc", due_kind="relative", product="Báo cáo", criterion="",
                      lead="Vụ", authority="")  # fmt: skip
    assert [one.name for one in found if not one.met] == ["person", "time", "authority"]
