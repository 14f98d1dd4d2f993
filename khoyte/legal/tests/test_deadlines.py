from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.calendar import TZ
from khoyte.legal.deadlines import SEND_RECORDS, deadline_on, first_day_on_time

DAYS = st.dates(date(2025, 1, 10), date(2026, 12, 20))


def last_day(event):
    return deadline_on(SEND_RECORDS, event).deadline.due(datetime.combine(event, time(), TZ)).date()


def test_records_are_sent_within_seven_working_days():
    term = deadline_on(SEND_RECORDS, date(2026, 11, 20))
    assert (term.deadline.amount, term.deadline.unit) == (7, "working_days")
    assert term.deadline.legal
    assert term.confidence == "secondary"


def test_before_the_first_term_the_first_one_counts():
    assert deadline_on(SEND_RECORDS, date(1999, 1, 1)) == deadline_on(SEND_RECORDS, date(2018, 3, 1))


def test_an_unknown_term_is_an_error():
    with pytest.raises(KeyError):
        deadline_on("no such term", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("done", "first"),
    [
        (date(2026, 11, 20), date(2026, 11, 11)),  # Friday: seven working days back, a weekend between
        (date(2026, 11, 23), date(2026, 11, 12)),  # Monday
    ],
)
def test_earliest_event_still_on_time(done, first):
    assert first_day_on_time(SEND_RECORDS, done) == first


@given(DAYS)
def test_the_border_lies_between_two_days(done):
    first = first_day_on_time(SEND_RECORDS, done)
    assert last_day(first) >= done
    assert last_day(first - timedelta(days=1)) < done
