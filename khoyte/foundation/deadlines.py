"""Deadlines as the law sets them: hours, working hours, days or working days from an event.

Counting follows the Civil Code 2015: a term in days does not count the day it starts on (Art. 147(2)); when
its last day is no working day it ends with the next working day (Art. 148(5)); it ends at midnight of its
last day (Art. 148(6)). Terms in hours run from the event itself. Each office sets its hours of the clock; the
usual ones are dated data in `data/office_hours.csv`, and every function takes others.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

from khoyte.foundation.calendar import TZ, add_working_days, in_vietnam, is_working_day, next_working_day
from khoyte.foundation.language import Text

UNITS = {
    "hours": Text("giờ", "hours"),
    "working_hours": Text("giờ làm việc", "working hours"),
    "days": Text("ngày", "days"),
    "working_days": Text("ngày làm việc", "working days"),
}
WARNING_SHARES = (0.5, 0.8, 1.0)
_LONGEST_SEARCH_DAYS = 50 * 366

Spans = tuple[tuple[time, time], ...]


@dataclass(frozen=True)
class Deadline:
    """A term of `amount` units set by `legal` (instrument and article); `unit` is one of UNITS."""

    amount: int
    unit: str
    legal: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unknown unit of a deadline: {self.unit}")
        if self.amount < 0:
            raise ValueError("a deadline cannot lie before its event")

    @property
    def label(self) -> Text:
        unit = UNITS[self.unit]
        # Numbers below ten carry a zero in Vietnamese official papers: "07 ngày làm việc".
        return Text(vi=f"{self.amount:02d} {unit.vi}", en=f"{self.amount} {unit.en}")

    def due(self, event: datetime, hours: Spans | None = None) -> datetime:
        """The last instant in time, in Vietnamese time; for terms in days the last moment of that day."""
        start = in_vietnam(event)
        if self.unit == "hours":
            return start + timedelta(hours=self.amount)
        if self.unit == "working_hours":
            return add_working_time(start, timedelta(hours=self.amount), hours)
        if self.unit == "days":
            return _end_of(next_working_day(start.date() + timedelta(days=self.amount)))
        return _end_of(next_working_day(add_working_days(start.date(), self.amount)))

    def reached(self, event: datetime, share: float, hours: Spans | None = None) -> datetime:
        """When `share` of the term is used up: of working time for working units, of time otherwise."""
        start, due = in_vietnam(event), self.due(event, hours)
        if share >= 1:
            return due
        if self.unit in ("hours", "days"):
            return start + (due - start) * share
        office_time = working_time_between(start, due, hours)
        return min(add_working_time(start, office_time * share, hours), due)

    def used(self, event: datetime, at: datetime, hours: Spans | None = None) -> float:
        """The highest of WARNING_SHARES reached by the instant `at`; 0.0 before the first of them."""
        shares = [share for share in WARNING_SHARES if self.reached(event, share, hours) <= at]
        return max(shares, default=0.0)

    def is_overdue(self, event: datetime, at: datetime, hours: Spans | None = None) -> bool:
        return at > self.due(event, hours)


def earliest(deadlines: Iterable[Deadline], event: datetime) -> Deadline:
    """The strictest of several terms for one event: where a text and its annex differ, the earlier binds."""
    return min(deadlines, key=lambda deadline: deadline.due(event))


def add_working_time(start: datetime, amount: timedelta, hours: Spans | None = None) -> datetime:
    """The instant when `amount` of office time has passed since `start`."""
    left = amount
    for opens, closes in _office_spans_from(in_vietnam(start), hours):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise ValueError("the term ends beyond fifty years")


def working_time_between(start: datetime, end: datetime, hours: Spans | None = None) -> timedelta:
    """Office time from `start` to `end`; zero when `end` is not later."""
    passed = timedelta()
    for opens, closes in _office_spans_from(in_vietnam(start), hours):
        if opens >= end:
            break
        passed += min(closes, in_vietnam(end)) - opens
    return passed


def office_hours(day: date) -> Spans:
    """The usual spans of office work on a working day."""
    epochs = _office_hour_epochs()
    return epochs[max(start for start in epochs if start <= day)]


def _office_spans_from(start: datetime, hours: Spans | None) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(_LONGEST_SEARCH_DAYS):
        day = start.date() + timedelta(days=ahead)
        if not is_working_day(day):
            continue
        for opens, closes in hours or office_hours(day):
            begin, end = datetime.combine(day, opens, TZ), datetime.combine(day, closes, TZ)
            if end > start:
                yield max(begin, start), end


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, TZ)


@lru_cache(maxsize=1)
def _office_hour_epochs() -> dict[date, Spans]:
    epochs: dict[date, list[tuple[time, time]]] = {}
    with (Path(__file__).parent / "data" / "office_hours.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            span = (time.fromisoformat(row["start"]), time.fromisoformat(row["end"]))
            epochs.setdefault(date.fromisoformat(row["valid_from"]), []).append(span)
    return {start: tuple(spans) for start, spans in epochs.items()}
