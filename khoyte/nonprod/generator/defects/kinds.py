"""What a kind of defect is: a rule it breaks, and a change to a dossier that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from khoyte.nonprod.generator.dossier import Dossier
from khoyte.nonprod.generator.papers import Row

Where = Callable[[Row], bool]
When = Callable[[Dossier], bool]


@dataclass(frozen=True)
class Spot:
    """Where the finding stands, as a verdict says it; `text` is set when the layout itself was spoiled."""

    table: str
    row: int
    field: str
    text: str | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of defect. `spoil` answers None, and changes nothing, where the dossier has no place for it."""

    rule: str
    spoil: Callable[[Dossier], Spot | None]
    also: tuple[str, ...] = ()


def any_row(row: Row) -> bool:
    return True


def any_dossier(dossier: Dossier) -> bool:
    return True


def find_row(dossier: Dossier, table: str, where: Where = any_row) -> int | None:
    """0-based place of the first row of the table that fits."""
    rows = dossier.tables.get(table, [])
    return next((place for place, row in enumerate(rows) if where(row)), None)


def wrong_value(
    rule: str,
    table: str,
    name: str,
    value: str | Callable[[Row], str],
    where: Where = any_row,
    when: When = any_dossier,
    also: tuple[str, ...] = (),
    at: str = "",
) -> Kind:
    """A kind that writes a wrong value into one field of the first row that fits.

    `at` names the field of the row at which the finding stands, when it is another one.
    """

    def spoil(dossier: Dossier) -> Spot | None:
        place = find_row(dossier, table, where)
        if place is None or not when(dossier):
            return None
        row = dossier.tables[table][place]
        row[name] = value if isinstance(value, str) else value(row)
        return Spot(table, place + 1, at or name)

    return Kind(rule, spoil, also)


def lacks(*tables: str) -> When:
    """Dossiers without any of the tables (which would repeat the spoiled field)."""
    return lambda dossier: not any(table in dossier.tables for table in tables)


def care_is(*forms: str) -> When:
    return lambda dossier: dossier.tables["XML1"][0]["MA_LOAI_KCB"] in forms


def all_of(*conditions: When) -> When:
    return lambda dossier: all(condition(dossier) for condition in conditions)


def filled(name: str) -> Where:
    return lambda row: bool(row.get(name))


def equals(name: str, value: str) -> Where:
    return lambda row: row.get(name) == value


def shifted(stamp: str, days: int) -> str:
    """The same date or time some days later or earlier."""
    return (date.fromisoformat(stamp[:8]) + timedelta(days=days)).strftime("%Y%m%d") + stamp[8:]
