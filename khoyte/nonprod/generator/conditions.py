"""What people come with: diagnosis, season, ages, drugs, tests, and the forms of care it leads to.

Codes are ICD-10 (WHO 2019) codes without a more specific child, allowed as main disease both in the list of
Decision 4469/QĐ-BYT and under Circular 06/2026/TT-BYT.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from khoyte.nonprod.generator.tables import read_table

# Relative frequency by month, January first.
SEASONS = {
    "all_year": (1,) * 12,
    "flu": (3, 3, 2, 1, 1, 1, 1, 1, 1, 2, 3, 3),
    "dengue": (1, 1, 1, 1, 2, 4, 6, 8, 8, 7, 4, 2),
    "hand_foot_mouth": (1, 1, 3, 4, 4, 2, 1, 1, 4, 4, 3, 1),
    "summer": (1, 1, 1, 2, 3, 3, 3, 3, 2, 1, 1, 1),
}

# Which sizes of condition a kind of facility sees.
_SIZES = {
    "station": ("small",),
    "clinic": ("small",),
    "centre": ("small", "medium"),
    "private": ("small", "medium"),
    "hospital": ("small", "medium", "large"),
    "central": ("medium", "large"),
}


@dataclass(frozen=True)
class Dose:
    """`amount` units, `times` a day, for `days` (None: for as long as the care lasts)."""

    drug: str
    amount: int
    times: int
    days: int | None


@dataclass(frozen=True)
class Condition:
    """A diagnosis and what usually follows from it."""

    code: str
    name: str
    complaint: str
    care: tuple[str, ...]
    size: str
    department: str
    ages: tuple[int, int]
    sex: int  # 0 both, 1 male, 2 female
    weight: float
    season: str
    stay: tuple[int, int]  # days as inpatient
    drugs: tuple[Dose, ...]
    tests: tuple[str, ...]
    treatment: tuple[str, ...]  # procedures and operations
    also: tuple[str, ...]  # codes of accompanying diseases
    accident: str  # MA_TAI_NAN
    special: str  # birth, newborn, hiv or nothing


def _dose(text: str) -> Dose:
    """Read "drug amount times days"; days "-" means as long as the care lasts."""
    drug, amount, times, days = text.split()
    return Dose(drug, int(amount), int(times), None if days == "-" else int(days))


def _condition(row: dict[str, str]) -> Condition:
    return Condition(
        code=row["code"],
        name=row["name"],
        complaint=row["complaint"],
        care=tuple(row["care"].split()),
        size=row["size"],
        department=row["department"],
        ages=(int(row["age_from"]), int(row["age_to"])),
        sex=int(row["sex"]),
        weight=float(row["weight"]),
        season=row["season"],
        stay=(int(row["stay_from"]), int(row["stay_to"])),
        drugs=tuple(_dose(part) for part in row["drugs"].split(";") if part),
        tests=tuple(row["tests"].split()),
        treatment=tuple(row["treatment"].split()),
        also=tuple(row["also"].split()),
        accident=row["accident"],
        special=row["special"],
    )


CONDITIONS = tuple(_condition(row) for row in read_table("conditions.csv"))


@cache
def choices(profile_name: str, care: str, month: int) -> tuple[list[Condition], list[float]]:
    """Conditions that a kind of facility meets in one form of care in a month, with cumulative weights."""
    sizes = _SIZES[profile_name]
    met = [c for c in CONDITIONS if care in c.care and c.size in sizes]
    weights = [c.weight * SEASONS[c.season][month - 1] for c in met]
    return met, list(accumulate(weights))
