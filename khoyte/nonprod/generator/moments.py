"""Moments as whole minutes: day ordinal x 1440 + minute of the day, local time of Vietnam.

Plain integers because a visit has some hundred times and most of them are sums of other times.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

DAY = 1440


@lru_cache(maxsize=65536)
def day8(ordinal: int) -> str:
    """yyyymmdd of a day ordinal."""
    return date.fromordinal(ordinal).strftime("%Y%m%d")


def stamp(moment: int) -> str:
    """yyyymmddHHMM."""
    ordinal, minute = divmod(moment, DAY)
    return f"{day8(ordinal)}{minute // 60:02d}{minute % 60:02d}"


def at(ordinal: int, hour: int, minute: int = 0) -> int:
    return ordinal * DAY + hour * 60 + minute


def day_of(moment: int) -> int:
    """The day ordinal of a moment."""
    return moment // DAY


def year_of(moment: int) -> int:
    return int(day8(day_of(moment))[:4])
