"""How much one question may read, known from the lake's metadata before anything is read.

A question over the budget is not refused: it is told of the newest months that fit, and the answer says so.
Only where one month alone is too much is it refused, with a sentence.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from khoyte.warehouse import errors
from khoyte.warehouse.tables import DataFile

_ROWS, _BYTES = 500_000_000, 20_000_000_000


@dataclass(frozen=True)
class Budget:
    """Rows and bytes of files that one question may open."""

    rows: int = _ROWS
    bytes: int = _BYTES

    def holds(self, files: Sequence[DataFile]) -> bool:
        return sum(one.rows for one in files) <= self.rows and sum(one.bytes for one in files) <= self.bytes


def budget() -> Budget:
    """KHOYTE_QUESTION_ROWS, KHOYTE_QUESTION_BYTES."""
    return Budget(
        int(os.environ.get("KHOYTE_QUESTION_ROWS") or _ROWS),
        int(os.environ.get("KHOYTE_QUESTION_BYTES") or _BYTES),
    )


def first_month(files: Mapping[str, Sequence[DataFile]], allowed: Budget) -> str:
    """The first of the newest months that fit, "" where everything does. Raises QuestionTooLarge."""
    together = [one for table in files.values() for one in table]
    if allowed.holds(together):
        return ""
    months = sorted({one.month for one in together}, reverse=True)
    fitting = ""
    for month in months:
        chosen = [one for one in together if one.month >= month]
        if not allowed.holds(chosen):
            break
        fitting = month
    if not fitting:
        newest = [one for one in together if one.month == months[0]]
        raise errors.question_too_large(sum(one.rows for one in newest), allowed.rows)
    return fitting
