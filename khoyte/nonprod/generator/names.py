"""Vietnamese names as people bear them, and numbers that no person bears.

Family names are skewed as in the country (Nguyễn about three in ten). Personal numbers use the place code
999, which no birth register has (the places are 001 to 096), so that they can never be a real person's.
"""

from __future__ import annotations

from itertools import accumulate
from random import Random

from khoyte.nonprod.generator.tables import read_table


class _Pool:
    """Names of one kind with their cumulative weights."""

    def __init__(self, kind: str) -> None:
        rows = [row for row in read_table("names.csv") if row["kind"] == kind]
        self.names = [row["name"] for row in rows]
        self.weights = list(accumulate(float(row["weight"]) for row in rows))

    def draw(self, rng: Random) -> str:
        return rng.choices(self.names, cum_weights=self.weights)[0]


_FAMILY = _Pool("family")
_MIDDLE = {1: _Pool("middle_1"), 2: _Pool("middle_2")}
_GIVEN = {1: _Pool("given_1"), 2: _Pool("given_2")}


def draw_family_name(rng: Random) -> str:
    return _FAMILY.draw(rng)


def draw_name(rng: Random, sex: int, family: str | None = None) -> str:
    """A full name, family name first; `sex` is 1 male or 2 female (GIOI_TINH)."""
    return f"{family or _FAMILY.draw(rng)} {_MIDDLE[sex].draw(rng)} {_GIVEN[sex].draw(rng)}"


def personal_number(sex: int, birth_year: int, serial: int) -> str:
    """12 digits: place 999, century and sex (even male, odd female), year of birth, serial."""
    century = 2 * (birth_year // 100 - 19) + (0 if sex == 1 else 1)
    return f"999{century}{birth_year % 100:02d}{serial % 1_000_000:06d}"
