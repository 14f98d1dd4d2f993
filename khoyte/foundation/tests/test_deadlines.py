from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.calendar import TZ, is_working_day
from khoyte.foundation.deadlines import (
    UNITS,
    WARNING_SHARES,
    Deadline,
    add_working_time,
    earliest,
    office_hours,
    working_time_between,
)

FIRST = datetime(2024, 1, 1, tzinfo=TZ)
INSTANTS = st.integers(0, 6 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
DEADLINES = st.builds(Deadline, st.integers(0, 40), st.sampled_from(sorted(UNITS)), st.just("x"))


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=TZ)


@pytest.mark.parametrize(
    ("amount", "unit", "event", "due"),
    [
        (72, "hours", "2026-11-20T10:00", "2026-11-23T10:00"),
        (4, "working_hours", "2026-11-20T10:00", "2026-11-20T15:00"),
        (4, "working_hours", "2026-11-20T16:00", "2026-11-23T11:00"),
        (4, "working_hours", "2026-11-21T09:00", "2026-11-23T12:00"),
        (8, "working_hours", "2026-11-23T08:00", "2026-11-23T17:00"),
        (0, "working_hours", "2026-11-21T09:00", "2026-11-23T08:00"),
    ],
)
def test_terms_in_hours_end_to_the_minute(amount, unit, event, due):
    assert Deadline(amount, unit, "x").due(at(event)) == at(due)


@pytest.mark.parametrize(
    ("amount", "unit", "event", "last_day"),
    [
        (5, "working_days", "2026-11-20T10:00", "2026-11-30"),
        (3, "working_days", "2026-11-16T00:00", "2026-11-19"),
        (10, "days", "2026-11-16T23:59", "2026-11-26"),
        (5, "days", "2026-11-16T10:00", "2026-11-23"),
        (1, "days", "2026-11-23T10:00", "2026-11-25"),
        (2, "working_days", "2026-02-12T10:00", "2026-02-23"),
    ],
)
def test_terms_in_days_end_with_their_last_day(amount, unit, event, last_day):
    due = Deadline(amount, unit, "x").due(at(event))
    assert due == datetime.combine(date.fromisoformat(last_day), time.max, TZ)


@given(DEADLINES, INSTANTS)
def test_a_term_in_days_ends_on_a_working_day_and_never_before_its_event(deadline, event):
    due = deadline.due(event)
    assert due >= event
    if deadline.unit != "hours" and deadline.amount:
        assert is_working_day(due.date())


@given(DEADLINES, INSTANTS)
def test_warnings_come_in_order_between_event_and_end(deadline, event):
    half, most, whole = (deadline.reached(event, share) for share in WARNING_SHARES)
    assert event <= half <= most <= whole == deadline.due(event)


def test_warnings_of_working_terms_fall_in_office_time():
    deadline = Deadline(10, "working_days", "x")
    half = deadline.reached(at("2026-02-10T09:00"), 0.5)
    assert half == at("2026-02-24T13:30")


@pytest.mark.parametrize(
    ("moment", "used", "overdue"),
    [
        ("2026-11-20T10:00", 0.0, False),
        ("2026-11-21T22:00", 0.5, False),
        ("2026-11-22T19:36", 0.8, False),
        ("2026-11-23T10:00", 1.0, False),
        ("2026-11-23T10:01", 1.0, True),
    ],
)
def test_tells_how_much_of_a_term_is_used(moment, used, overdue):
    deadline, event = Deadline(72, "hours", "Luật 91/2025/QH15, Điều 23"), at("2026-11-20T10:00")
    assert deadline.used(event, at(moment)) == used
    assert deadline.is_overdue(event, at(moment)) is overdue


def test_where_body_and_annex_differ_the_earlier_binds():
    body, annex = Deadline(5, "working_days", "Điều 4"), Deadline(5, "days", "Phụ lục")
    assert earliest([body, annex], at("2026-11-18T10:00")) is annex


@given(INSTANTS, st.integers(0, 100 * 60))
def test_working_time_adds_and_measures_alike(start, minutes):
    amount = timedelta(minutes=minutes)
    assert working_time_between(start, add_working_time(start, amount)) == amount


def test_an_office_may_keep_other_hours():
    early = ((time(7), time(11)),)
    assert Deadline(4, "working_hours", "x").due(at("2026-11-20T10:00"), early) == at("2026-11-23T10:00")


def test_no_office_time_passes_backwards():
    assert working_time_between(at("2026-11-20T10:00"), at("2026-11-19T10:00")) == timedelta()


def test_usual_office_days_have_eight_hours():
    spans = office_hours(date(2026, 11, 20))
    assert sum(end.hour - start.hour for start, end in spans) == 8


def test_terms_are_labelled_in_both_languages():
    label = Deadline(5, "working_days", "x").label
    assert (label.vi, label.en) == ("05 ngày làm việc", "5 working days")


@pytest.mark.parametrize(("amount", "unit"), [(-1, "days"), (1, "weeks")])
def test_refuses_what_is_no_term(amount, unit):
    with pytest.raises(ValueError, match="deadline"):
        Deadline(amount, unit, "x")
