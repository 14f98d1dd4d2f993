"""Hours of continuing medical education the law asks of practitioners, as dated data.

`titles` are codes of professional titles, "*" all of them. `confidence` "memory" marks what is still to be
held against the text.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class EducationRule:
    """`hours` credit hours within `window_months`; at least `yearly_hours` a year, 0 where none is said."""

    titles: frozenset[str]
    valid_from: date
    hours: int
    window_months: int
    yearly_hours: int
    legal: str
    confidence: str


@cache
def _all() -> tuple[EducationRule, ...]:
    with (Path(__file__).parent / "data" / "education.csv").open(encoding="utf-8", newline="") as file:
        rules = [
            EducationRule(
                frozenset(row["titles"].split()),
                date.fromisoformat(row["valid_from"]),
                int(row["hours"]),
                int(row["window_months"]),
                int(row["yearly_hours"]),
                row["legal"],
                row["confidence"],
            )
            for row in csv.DictReader(file)
        ]
    return tuple(sorted(rules, key=lambda rule: rule.valid_from))


def education_rule(title: str, day: date) -> EducationRule | None:
    """The newest rule in force for a title on a day; None before the first."""
    found = [rule for rule in _all() if rule.valid_from <= day and rule.titles & {title, "*"}]
    return found[-1] if found else None
