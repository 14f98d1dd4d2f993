"""When a province will be done at its present rate.

Method: what was finished in the last `WINDOW_DAYS` days, divided by the working days among them, is the rate;
what is left is divided by it, rounded up, and counted on in working days from today. With fewer than
`ENOUGH` finished in the window, or on fewer than `ENOUGH_DAYS` different days, nothing is forecast: the
figure would say more about chance than about the province.
"""

from dataclasses import dataclass
from datetime import date
from math import ceil

from khoyte.foundation.calendar import add_working_days

WINDOW_DAYS = 28
WORKING_DAYS = 20
ENOUGH, ENOUGH_DAYS = 10, 3
FARTHEST_DAYS = 520  # two years of working days


@dataclass(frozen=True)
class Forecast:
    """`done_on` is None when there is too little to say, or the end lies beyond two years."""

    left: int
    rate: float | None
    done_on: date | None

    def is_late(self, due: date, today: date) -> bool | None:
        """Whether it will be late; None when nobody can say."""
        if not self.left:
            return False
        if due < today:
            return True
        if self.rate is None:
            return None
        return self.done_on is None or self.done_on > due


def forecast(total: int, done: int, recent: int, recent_days: int, today: date) -> Forecast:
    """From so many of `total` done, of which `recent` in the window on `recent_days` different days."""
    left = max(0, total - done)
    if not left:
        return Forecast(0, None, today)
    if recent < ENOUGH or recent_days < ENOUGH_DAYS:
        return Forecast(left, None, None)
    rate = recent / WORKING_DAYS
    days = ceil(left / rate)
    return Forecast(left, rate, add_working_days(today, days) if days <= FARTHEST_DAYS else None)
