"""Is a place open at this moment, and when again? From its hours of the week and those on holidays. Pure.

Holidays and days moved by the government are the calendar's (`foundation.calendar`, dated data). On a holiday
the hours of holidays hold alone; a place that is open around the clock all week stays so unless it says
otherwise, and of any other without hours of holidays nothing is claimed: Law 15/2023/QH15, Art. 60, asks for
hours to be published, not for them to be guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from khoyte.foundation.calendar import format_date, holidays_of, in_vietnam
from khoyte.foundation.language import Text
from khoyte.practice.hours import DAY, WEEK, holiday_spans, spans

LOOKED_AHEAD = 15
"""Days: longer than the longest lunar New Year with the week-ends beside it."""


@dataclass(frozen=True)
class Opening:
    """`is_open` None: not known. `until` ends what is now, None where it has no end or is not known."""

    is_open: bool | None
    until: datetime | None = None
    holiday: Text | None = None


def opening(hours: str | None, holiday_hours: str | None, at: datetime) -> Opening:
    """The state at an instant; its next change in Vietnamese time, within two weeks."""
    moment = in_vietnam(at)
    holiday = holidays_of(moment.year).get(moment.date())
    now = _of_day(hours, holiday_hours, moment.date())
    if now is None:
        return Opening(None, holiday=holiday)
    minute = moment.hour * 60 + moment.minute
    is_open = any(start <= minute < end for start, end in now)
    return Opening(is_open, _change(hours, holiday_hours, moment, is_open), holiday)


def _change(hours: str | None, holiday_hours: str | None, moment: datetime, is_open: bool) -> datetime | None:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    for start, end in _ahead(hours, holiday_hours, moment.date()):
        first, after = midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)
        if is_open and first <= moment < after:
            last = LOOKED_AHEAD * DAY
            return None if end >= last else after
        if not is_open and first > moment:
            return first
    return None


def _ahead(hours: str | None, holiday_hours: str | None, day: date) -> Iterator[tuple[int, int]]:
    """Spans from today's midnight on, those that touch at midnight as one, up to the first unknown day."""
    joined: tuple[int, int] | None = None
    for number in range(LOOKED_AHEAD):
        found = _of_day(hours, holiday_hours, day + timedelta(days=number))
        if found is None:
            break
        for start, end in found:
            span = (number * DAY + start, number * DAY + end)
            if joined and joined[1] == span[0]:
                joined = (joined[0], span[1])
                continue
            if joined:
                yield joined
            joined = span
    if joined:
        yield joined


def _of_day(hours: str | None, holiday_hours: str | None, day: date) -> list[tuple[int, int]] | None:
    """Minutes of that day at which it is open; None: not known."""
    week = spans(hours)
    if day in holidays_of(day.year):
        if week == [(0, WEEK)] and not holiday_hours:
            return [(0, DAY)]
        return holiday_spans(holiday_hours)
    if week is None:
        return None
    first = day.weekday() * DAY
    meeting = ((max(start, first) - first, min(end, first + DAY) - first) for start, end in week)
    return [(start, end) for start, end in meeting if start < end]


def words(state: Opening, at: datetime) -> Text | None:
    """As the public page says it; None where nothing is known and it is no holiday."""
    moment = in_vietnam(at)
    if state.is_open is None:
        return _HOLIDAY_UNKNOWN.fill(holiday=state.holiday) if state.holiday else None
    if state.until is None:
        return _OPEN if state.is_open else _CLOSED
    said = _OPEN_UNTIL if state.is_open else _CLOSED_UNTIL
    return said.fill(when=_when(state.until, moment))


def _when(until: datetime, now: datetime) -> Text:
    hour = _HOUR.fill(hour=until.hour, minute=f"{until.minute:02d}")
    if until.date() == now.date():
        return hour
    return _HOUR_OF_DAY.fill(hour=hour, weekday=_WEEKDAYS[until.weekday()], day=format_date(until))


_HOUR = Text(vi="{hour} giờ {minute}", en="{hour}:{minute}")
_HOUR_OF_DAY = Text(vi="{hour} {weekday}, ngày {day}", en="{hour} on {weekday}, {day}")
_WEEKDAYS = (
    Text(vi="thứ hai", en="Monday"),
    Text(vi="thứ ba", en="Tuesday"),
    Text(vi="thứ tư", en="Wednesday"),
    Text(vi="thứ năm", en="Thursday"),
    Text(vi="thứ sáu", en="Friday"),
    Text(vi="thứ bảy", en="Saturday"),
    Text(vi="chủ nhật", en="Sunday"),
)
_OPEN = Text(vi="Đang mở cửa.", en="Open now.")
_CLOSED = Text(vi="Đóng cửa.", en="Closed.")
_OPEN_UNTIL = Text(vi="Đang mở cửa, đến {when}.", en="Open now, until {when}.")
_CLOSED_UNTIL = Text(vi="Đóng cửa, mở lại lúc {when}.", en="Closed, opens at {when}.")
_HOLIDAY_UNKNOWN = Text(
    vi="Hôm nay là ngày nghỉ lễ ({holiday}); cơ sở chưa công bố giờ làm việc ngày lễ, Tết.",
    en="Today is a holiday ({holiday}); the facility has not published its hours on holidays.",
)
