"""How long each kind of data is kept, as dated data; `keep` is empty for what is never removed here."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from khoyte.foundation.language import Text


@dataclass(frozen=True)
class Retention:
    name: str
    valid_from: date
    keep: str
    label: Text
    after: Text
    legal: str
    confidence: str


@cache
def _all() -> tuple[Retention, ...]:
    with (Path(__file__).parent / "data" / "retention.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Retention(
                row["name"],
                date.fromisoformat(row["valid_from"]),
                row["keep"],
                Text(row["label_vi"], row["label_en"]),
                Text(row["after_vi"], row["after_en"]),
                row["legal"],
                row["confidence"],
            )
            for row in csv.DictReader(file)
        )


def kept_on(day: date) -> list[Retention]:
    """What holds on a day; of several lines of one name the one that began last."""
    begun = sorted((one for one in _all() if one.valid_from <= day), key=lambda one: one.valid_from)
    return list({one.name: one for one in begun}.values())
