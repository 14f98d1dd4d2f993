from datetime import UTC, date, datetime, timedelta

import pytest
from holidays import VN
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation import calendar
from khoyte.foundation.calendar import (
    TZ,
    add_working_days,
    as_of_text,
    day_swaps,
    format_date,
    format_instant,
    holidays_of,
    in_vietnam,
    is_working_day,
    next_working_day,
    now,
    today,
    working_days_between,
)
from khoyte.foundation.errors import UnreadableInput

DAYS = st.dates(date(2023, 1, 1), date(2035, 12, 31))


@pytest.fixture
def forget_holidays():
    def forget():
        for cached in (calendar._holidays_of, calendar._moved_to_work, calendar.day_swaps):
            cached.cache_clear()

    forget()
    yield
    forget()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-22", False),
        ("2026-02-16", False),
        ("2026-02-20", False),
        ("2026-02-23", True),
        ("2026-04-27", False),
        ("2026-04-30", False),
        ("2026-05-01", False),
        ("2026-01-02", False),
        ("2026-01-10", True),
        ("2026-08-31", False),
        ("2026-08-22", True),
        ("2025-05-02", False),
        ("2025-04-26", True),
        ("2024-04-29", False),
        ("2024-05-04", True),
        ("2026-11-24", False),
        ("2025-11-24", True),
    ],
)
def test_knows_which_days_offices_work(day, worked):
    assert is_working_day(date.fromisoformat(day)) is worked


def test_holidays_have_names_in_both_languages_and_stand_in_order():
    free = holidays_of(2026)
    assert list(free) == sorted(free)
    assert free[date(2026, 2, 17)].vi == "Tết Nguyên Đán"
    assert free[date(2026, 2, 17)].en == "Lunar New Year"
    assert free[date(2026, 1, 2)].vi == "Ngày nghỉ hoán đổi (làm bù ngày 10/01/2026)"


def test_changing_the_answer_changes_nothing():
    holidays_of(2026).clear()
    assert not is_working_day(date(2026, 9, 2))


def test_our_swaps_hold_all_that_the_package_knows_since_2024():
    package = VN(years=range(2024, 2028))
    moved_to_work = {day for day in package.weekend_workdays if day.year >= 2024}
    assert moved_to_work <= {swap.day for swap in day_swaps() if swap.kind == "work"}


def test_swaps_come_in_pairs_with_their_source():
    pairs = {(swap.day, swap.instead_of) for swap in day_swaps() if swap.kind == "rest"}
    assert {(swap.instead_of, swap.day) for swap in day_swaps() if swap.kind == "work"} == pairs
    assert all(swap.legal for swap in day_swaps())


def test_an_installation_may_add_a_swap(tmp_path, monkeypatch, forget_holidays):
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path))
    (tmp_path / "day_swaps.csv").write_text(
        "date,kind,instead_of,legal\n2027-09-06,rest,2027-09-11,x\n2027-09-11,work,2027-09-06,x\n"
    )
    assert not is_working_day(date(2027, 9, 6))
    assert is_working_day(date(2027, 9, 11))


@pytest.mark.parametrize("line", ["2027-09-06,free,2027-09-11,x", "6/9/2027,rest,2027-09-11,x", "2027-09-06"])
def test_a_broken_swap_file_is_named(tmp_path, monkeypatch, forget_holidays, line):
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path))
    (tmp_path / "day_swaps.csv").write_text(f"date,kind,instead_of,legal\n{line}\n")
    with pytest.raises(UnreadableInput) as refused:
        is_working_day(date(2027, 9, 6))
    assert line.split(",")[0] in refused.value.say("vi")
    assert refused.value.code == "calendar-unreadable"


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-11-23", 1, "2026-11-25"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-11-25", -1, "2026-11-23"),
        ("2026-11-22", 0, "2026-11-22"),
        ("2026-08-21", 1, "2026-08-22"),
    ],
)
def test_adds_working_days(start, count, end):
    assert add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)


@given(DAYS, st.integers(1, 60))
def test_the_day_reached_is_worked_and_lies_as_many_working_days_ahead(day, count):
    reached = add_working_days(day, count)
    assert is_working_day(reached)
    assert working_days_between(day, reached) == count


@given(DAYS, st.integers(1, 60))
def test_going_forth_and_back_returns_to_a_working_day(day, count):
    start = next_working_day(day)
    assert add_working_days(add_working_days(start, count), -count) == start


@given(DAYS, DAYS, DAYS)
def test_counts_of_adjoining_spans_add_up(one, two, three):
    first, second = working_days_between(one, two), working_days_between(two, three)
    assert first + second == working_days_between(one, three)


@given(DAYS)
def test_no_office_is_closed_for_more_than_two_weeks(day):
    assert next_working_day(day) - day <= timedelta(days=14)


def test_days_and_instants_are_written_as_vietnamese_readers_expect():
    instant = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)
    assert format_date(date(2026, 3, 1)) == "01/03/2026"
    assert format_date(datetime(2026, 11, 21, 20, 0, tzinfo=UTC)) == "22/11/2026"
    assert format_instant(instant) == "14:05 21/11/2026"
    assert as_of_text(instant) == "tính đến 14 giờ 05, ngày 21/11/2026"
    assert as_of_text(instant, "en") == "as of 14:05, 21/11/2026"


def test_an_instant_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        in_vietnam(datetime(2026, 11, 21, 7, 5))  # noqa: DTZ001 - the point of the test


def test_now_and_today_are_those_of_vietnam():
    assert now().utcoffset() == timedelta(hours=7)
    assert abs(today() - datetime.now(TZ).date()) <= timedelta(days=1)
