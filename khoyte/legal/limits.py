"""What a granted limit on processing (hạn chế xử lý dữ liệu) stops, and what goes on by law, as dated data.

Law 91/2025/QH15 and Decree 356/2025/NĐ-CP give a person the right to have processing limited; other laws
oblige to some of it all the same. Every purpose has its line in `data/limits.csv`, with the law it rests on.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from khoyte.foundation.language import Text


@dataclass(frozen=True)
class LimitRule:
    """Of one purpose from a day on: does a limit bind it, and by what law it does or does not."""

    purpose: str
    valid_from: date
    binds: bool
    legal: str
    reason: Text
    confidence: str


@cache
def _all() -> tuple[LimitRule, ...]:
    with (Path(__file__).parent / "data" / "limits.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_rule(row) for row in csv.DictReader(file))


def _rule(row: dict[str, str]) -> LimitRule:
    return LimitRule(
        purpose=row["purpose"],
        valid_from=date.fromisoformat(row["valid_from"]),
        binds=row["binds"] == "yes",
        legal=row["legal"],
        reason=Text(row["reason_vi"], row["reason_en"]),
        confidence=row["confidence"],
    )


def limits_on(day: date) -> dict[str, LimitRule]:
    """By purpose the rules in force on a day: of several lines of one purpose the one that began last."""
    begun = sorted((one for one in _all() if one.valid_from <= day), key=lambda one: one.valid_from)
    return {one.purpose: one for one in begun}


def limit_binds(purpose: str, day: date) -> bool:
    """Whether a limit stops this purpose. KeyError for one without a line: nothing goes on by default."""
    return limits_on(day)[purpose].binds
