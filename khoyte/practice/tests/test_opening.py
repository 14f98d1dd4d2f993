"""Open now, and when again: hours of the week, holidays by the calendar, and what is not known."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.calendar import TZ
from khoyte.practice.hours import DAY, holiday_spans
from khoyte.practice.opening import opening, words

WEEK = "T2-T6 7:00-11:30, 13:00-16:30; T7 7:00-11:30"
# 30/04 and 01/05 of 2026 are a Thursday and a Friday.
CASES = [
    ("2026-06-01 08:00", "", "Đang mở cửa, đến 11 giờ 30."),
    ("2026-06-01 12:00", "", "Đóng cửa, mở lại lúc 13 giờ 00."),
    ("2026-06-06 12:00", "", "Đóng cửa, mở lại lúc 7 giờ 00 thứ hai, ngày 08/06/2026."),
    ("2026-04-29 20:00", "Nghỉ", "Đóng cửa, mở lại lúc 7 giờ 00 thứ bảy, ngày 02/05/2026."),
    ("2026-04-30 08:00", "Nghỉ", "Đóng cửa, mở lại lúc 7 giờ 00 thứ bảy, ngày 02/05/2026."),
    ("2026-04-30 08:00", "7:00-9:00", "Đang mở cửa, đến 9 giờ 00."),
    ("2026-04-29 20:00", "", "Đóng cửa."),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


@pytest.mark.parametrize(("moment", "holidays", "said"), CASES)
def test_the_page_says_open_or_when_again(moment: str, holidays: str, said: str):
    found = words(opening(WEEK, holidays, at(moment)), at(moment))
    assert found is not None
    assert found.vi == said


def test_of_a_holiday_without_hours_nothing_is_claimed():
    moment = at("2026-04-30 08:00")
    found = opening(WEEK, "", moment)
    assert (found.is_open, found.until) == (None, None)
    told = words(found, moment)
    assert told is not None
    assert "chưa công bố giờ làm việc ngày lễ" in told.vi


def test_around_the_clock_means_holidays_too_unless_said_otherwise():
    moment = at("2026-04-30 08:00")
    assert opening("24/7", "", moment).is_open
    assert opening("24/7", "", moment).until is None
    assert opening("24/7", "Nghỉ", moment).is_open is False


def test_hours_that_nobody_understands_say_nothing():
    assert words(opening("giờ hành chính", "", at("2026-06-01 08:00")), at("2026-06-01 08:00")) is None


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        ("Nghỉ", []),
        ("nghỉ lễ, Tết", []),
        ("24/7", [(0, DAY)]),
        ("7h-11h, 13:00-16:00", [(420, 660), (780, 960)]),
        ("22:00-6:00", [(1320, DAY)]),
        ("", None),
        ("T2 7:00-11:00", None),
        ("7:00-25:00", None),
        ("theo thông báo", None),
    ],
)
def test_hours_of_holidays_are_read(written: str, spans: list[tuple[int, int]] | None):
    assert holiday_spans(written) == spans


@given(st.text(max_size=40))
def test_whatever_is_written_is_read_or_not(written: str):
    for start, end in holiday_spans(written) or []:
        assert 0 <= start < end <= DAY


@given(st.integers(0, 60 * 24 * 40), st.sampled_from(["", "Nghỉ", "7:00-9:00"]))
def test_the_state_holds_until_it_changes(minutes: int, holidays: str):
    moment = at("2026-04-15 00:00") + timedelta(minutes=minutes)
    found = opening(WEEK, holidays, moment)
    if found.until is None:
        return
    before = opening(WEEK, holidays, found.until - timedelta(minutes=1))
    assert moment < found.until
    assert before.is_open in (found.is_open, None)
    assert opening(WEEK, holidays, found.until).is_open is (not found.is_open)
