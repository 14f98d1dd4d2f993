"""How long a session lasts: dated, in this one place.

TCVN 14423:2026, accounts, level 3, asks for a limit and leaves the numbers to the level file; these are ours.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from khoyte.foundation.calendar import in_vietnam


@dataclass(frozen=True)
class SessionLimits:
    """From a day on: ended after `idle` without a request, and `longest` after it began whatever happens."""

    valid_from: date
    idle: timedelta
    longest: timedelta


LIMITS = (SessionLimits(date(2026, 1, 1), idle=timedelta(minutes=30), longest=timedelta(hours=8)),)
"""In order of `valid_from`."""

NAMELESS = timedelta(minutes=15)
"""A session nobody is signed in with: only the way in uses one."""


def limits_on(day: date) -> SessionLimits:
    """The limits in force on a day; before the first, the first."""
    in_force = [limits for limits in LIMITS if limits.valid_from <= day]
    return in_force[-1] if in_force else LIMITS[0]


def end_of(begun_at: datetime, seen_at: datetime) -> datetime:
    """When a session ends unless it is used again."""
    limits = limits_on(in_vietnam(seen_at).date())
    return min(seen_at + limits.idle, begun_at + limits.longest)
