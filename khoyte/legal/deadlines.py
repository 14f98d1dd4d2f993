"""Deadlines the law sets, as dated data: no deadline is a constant in code.

`confidence` "secondary" marks a term taken from secondary notes and still to be held against the text.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from khoyte.foundation.calendar import TZ
from khoyte.foundation.deadlines import Deadline

ADMINISTRATOR_PASSWORD = "administrator_password"  # noqa: S105 - the name of a term
"""From an administrator's choosing of a password to choosing another."""
SEND_RECORDS = "send_records"
"""From the end of a visit to the record being sent."""


@dataclass(frozen=True)
class LegalDeadline:
    """One term by its name, from a day on."""

    name: str
    valid_from: date
    deadline: Deadline
    confidence: str


@cache
def _terms() -> tuple[LegalDeadline, ...]:
    with (Path(__file__).parent / "data" / "deadlines.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            LegalDeadline(
                row["name"],
                date.fromisoformat(row["valid_from"]),
                Deadline(int(row["amount"]), row["unit"], row["legal"]),
                row["confidence"],
            )
            for row in csv.DictReader(file)
        )


def deadline_on(name: str, day: date) -> LegalDeadline:
    """The term in force on a day; before the first one, the first. KeyError for a name that is not known."""
    terms = sorted((term for term in _terms() if term.name == name), key=lambda term: term.valid_from)
    if not terms:
        raise KeyError(name)
    return [term for term in terms if term.valid_from <= day or term is terms[0]][-1]


def first_day_on_time(name: str, done: date) -> date:
    """The earliest day an event may have had for an act on the day `done` to be in time.

    Whoever acts on `done` for an event of that day or later is on time; for an earlier event, late.
    """
    first = done
    while last_day(name, first - timedelta(days=1)) >= done:
        first -= timedelta(days=1)
    return first


def last_day(name: str, event: date) -> date:
    """The last day on which an act for an event of that day is in time."""
    return deadline_on(name, event).deadline.due(datetime.combine(event, time(), TZ)).date()
