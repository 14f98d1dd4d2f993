"""How a task stands, from what units say, what data say and the calendar. Pure; no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from statistics import median

from khoyte.foundation.calendar import working_days_between
from khoyte.foundation.language import Text

SOON = 10
"""Working days before the last one in which an unfinished task is warned of."""


class State(StrEnum):
    DISPUTED = "disputed"
    LATE = "late"
    AT_RISK = "at_risk"
    SOON = "soon"
    WORKING = "working"
    OPEN = "open"
    RUNNING = "running"
    UNDATED = "undated"
    UNSEEN = "unseen"
    DONE = "done"


@dataclass(frozen=True)
class Measured:
    """What a query counted: `done` of `total` (None: nobody knows of how many)."""

    done: int
    total: int | None

    @property
    def share(self) -> float | None:
        return None if not self.total else min(1.0, self.done / self.total)

    def reaches(self, target: int) -> bool | None:
        """Whether the share is there; None where it cannot be said."""
        return None if self.share is None else self.done * 100 >= target * (self.total or 0)


@dataclass(frozen=True)
class Forecast:
    """When the target is reached at the observed rate; `eta` None: never at this rate.

    `slack` is the working days between `eta` and the last day (negative: late). `first` and `last` are the
    days at the fastest and slowest of the last weeks. `tried` predictions one week ahead missed by `missed`
    on the median (a share of the count), which is how far the forecast may be believed.
    """

    rate: float
    eta: date | None
    slack: int | None
    first: date | None
    last: date | None
    tried: int
    missed: float | None


def standing(
    *, due_on: date | None, recurs: bool, said: Sequence[str], measured: Measured | None, target: int,
    forecast: Forecast | None, today: date,
) -> State:  # fmt: skip
    """The state to show. `said` are the states of the leading units that the reader may see."""
    reached = measured.reaches(target) if measured else None
    all_done = bool(said) and all(one == "done" for one in said)
    if all_done:
        return State.DISPUTED if reached is False else State.DONE
    if reached:
        return State.DONE
    if not said and measured is None:
        return State.UNSEEN
    if recurs:
        return State.RUNNING
    if due_on is None:
        return State.UNDATED
    begun = any(one == "working" for one in said) or bool(measured and measured.done)
    return _by_calendar(due_on, begun, forecast, today)


def _by_calendar(due_on: date, working: bool, forecast: Forecast | None, today: date) -> State:
    if due_on < today:
        return State.LATE
    if forecast is not None and (forecast.slack is None or forecast.slack < 0):
        return State.AT_RISK
    # The longest holiday is shorter than the rest of the days: what lies further is not counted day by day.
    if (due_on - today).days <= 4 * SOON and working_days_between(today, due_on) <= SOON:
        return State.SOON
    return State.WORKING if working else State.OPEN


WEEK = 7
WEEKS_OBSERVED = 4


def forecast(
    days: Sequence[tuple[date, int]], *, total: int | None, target: int, due_on: date | None, today: date
) -> Forecast | None:
    """From the cumulative counts by day (any order, days without change left out). None: nothing to say."""
    if not total or not days:
        return None
    course = sorted(days)
    rates = [_rate(course, today - timedelta(days=WEEK * n)) for n in range(WEEKS_OBSERVED)]
    rate = sum(rates) / len(rates)
    left = ceil(total * target / 100) - _at(course, today)
    eta = _reached(left, rate, today)
    slack = working_days_between(eta, due_on) if eta and due_on else None
    tried = [_miss(course, today - timedelta(days=WEEK * n)) for n in range(1, 9)]
    misses = [one for one in tried if one is not None]
    return Forecast(
        rate=rate,
        eta=eta,
        slack=slack,
        first=_reached(left, max(rates), today),
        last=_reached(left, min(rates), today),
        tried=len(misses),
        missed=median(misses) if misses else None,
    )


def _at(course: Sequence[tuple[date, int]], day: date) -> int:
    return next((count for on, count in reversed(course) if on <= day), 0)


def _rate(course: Sequence[tuple[date, int]], until: date) -> float:
    return (_at(course, until) - _at(course, until - timedelta(days=WEEK))) / WEEK


def _reached(left: int, rate: float, today: date) -> date | None:
    if left <= 0:
        return today
    days = left / rate if rate > 0 else 0
    return today + timedelta(days=ceil(days)) if 0 < days < 3650 else None


def _miss(course: Sequence[tuple[date, int]], week_end: date) -> float | None:
    """How far the count of `week_end` was from what the week before foretold, as a share of it."""
    start = week_end - timedelta(days=WEEK)
    if course[0][0] >= start - timedelta(days=WEEK):
        return None
    actual = _at(course, week_end)
    foretold = _at(course, start) + _rate(course, start) * WEEK
    return abs(foretold - actual) / actual if actual else None


@dataclass(frozen=True)
class Clear:
    """One of the six clear things, and what stands for it."""

    name: str
    label: Text
    met: bool


def six_clear(
    *, person: str, name: str, due_kind: str, product: str, criterion: str, lead: str, authority: str
) -> tuple[Clear, ...]:
    """Rõ người, rõ việc, rõ thời gian, rõ kết quả, rõ trách nhiệm, rõ thẩm quyền (plan of 2025, III.1)."""
    return (
        Clear("person", Text("Rõ người", "Person"), bool(person)),
        Clear("task", Text("Rõ việc", "Task"), bool(name)),
        Clear("time", Text("Rõ thời gian", "Time"), due_kind not in ("none", "unread", "relative")),
        Clear("result", Text("Rõ kết quả", "Result"), bool(product or criterion)),
        Clear("responsibility", Text("Rõ trách nhiệm", "Responsibility"), bool(lead)),
        Clear("authority", Text("Rõ thẩm quyền", "Authority"), bool(authority)),
    )


def next_of(recurs: str, today: date) -> date | None:
    """The next day of a recurrence that has one: "month:15" is the 15th, or the last day of a short month."""
    if not recurs.startswith("month:"):
        return None
    day = int(recurs.partition(":")[2])
    for months in range(3):
        month = today.month - 1 + months
        year, month = today.year + month // 12, month % 12 + 1
        end = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
        on = date(year, month, min(day, end))
        if on >= today:
            return on
    return None
