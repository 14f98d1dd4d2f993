"""How many of something the law allows at most, as dated data: no such number is a constant in code.

`confidence` "secondary" marks a number taken from secondary notes and still to be held against the text.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

TRAINEES_OF_SUPERVISOR = "trainees_of_supervisor"
"""Trainees whom one supervisor guides at the same time. The database refuses by the same lines."""


@dataclass(frozen=True)
class Ceiling:
    """At most `most` from a day on."""

    name: str
    valid_from: date
    most: int
    legal: str
    confidence: str


@cache
def _all() -> tuple[Ceiling, ...]:
    with (Path(__file__).parent / "data" / "ceilings.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Ceiling(
                row["name"],
                date.fromisoformat(row["valid_from"]),
                int(row["most"]),
                row["legal"],
                row["confidence"],
            )
            for row in csv.DictReader(file)
        )


def ceilings(name: str) -> list[Ceiling]:
    """All lines of one name in the order of their days. KeyError for a name that is not known."""
    found = sorted((one for one in _all() if one.name == name), key=lambda one: one.valid_from)
    if not found:
        raise KeyError(name)
    return found


def ceiling_on(name: str, day: date) -> Ceiling | None:
    """The one in force on a day; None before the first."""
    begun = [one for one in ceilings(name) if one.valid_from <= day]
    return begun[-1] if begun else None
