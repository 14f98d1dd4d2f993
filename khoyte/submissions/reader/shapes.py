"""Root, list and row element of each table as the standard gives them, for reading."""

from dataclasses import dataclass
from functools import cache

from khoyte.standards import epochs, standard_on
from khoyte.submissions.reader.envelope import CHECKIN


@dataclass(frozen=True)
class Shape:
    """How one table lies in its document.

    `list_element` and `row_element` are None where the fields stand directly under the root. `fields` are the
    names of all periods of the standard, in order: a batch may hold records of several dates.
    """

    table: str
    root: str
    list_element: str | None
    row_element: str | None
    fields: tuple[str, ...]


@cache
def shapes() -> dict[str, Shape]:
    """The shape of every table that may come in a file. XML12 is typed on the portal and comes in none."""
    fields: dict[str, dict[str, None]] = {}
    made: dict[str, Shape] = {}
    for day in epochs():
        for name, table in standard_on(day).tables.items():
            if not table.root:
                continue
            names = fields.setdefault(name, {})
            names.update(dict.fromkeys(spec.name for spec in table.fields))
            made[name] = Shape(
                name, table.root, table.list_element or None, table.row_element or None, tuple(names)
            )
    # A check-in dossier is one row of its list, cut out of the file.
    row = made[CHECKIN].row_element
    assert row is not None  # noqa: S101 - the standard's own data
    made[CHECKIN] = Shape(CHECKIN, row, None, None, made[CHECKIN].fields)
    return made
