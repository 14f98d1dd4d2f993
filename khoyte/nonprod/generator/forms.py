"""What the standard of a period means for writing: field order of each table, what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from khoyte.standards.model import Standard, TableSpec
from khoyte.standards.resolve import standard_on

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_SHORT_OCCUPATIONS = date(
    2025, 1, 1
)  # from Decision 3176/QĐ-BYT on, the group of two digits is accepted everywhere


@dataclass(frozen=True)
class TableForm:
    """Field names in order, and the text around and inside a row (`%s` for each value)."""

    names: tuple[str, ...]
    before: str
    row: str
    after: str


class Forms:
    """The layout of one period of the standard."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.tables = {name: _table_form(spec) for name, spec in standard.tables.items() if spec.root}
        self.has_districts = standard.tables["XML1"].by_name["MAHUYEN_CU_TRU"].required == "yes"
        self.short_occupations = standard.valid_from >= _SHORT_OCCUPATIONS
        self.appointment_has_time = standard.tables["XML14"].by_name["NGAY_HEN_KL"].max_length != 8
        self._long_signatories = {name for name, spec in standard.tables.items() if _is_long(spec, "MA_TTDV")}

    def signs_by_licence(self, table: str) -> bool:
        """MA_TTDV holds the practice licence (since Decision 3176), not an insurance number of ten digits."""
        return table in self._long_signatories


def _is_long(spec: TableSpec, name: str) -> bool:
    length = spec.by_name[name].max_length if name in spec.by_name else 0
    return length is None or length > 10


def _table_form(spec: TableSpec) -> TableForm:
    names = tuple(field.name for field in spec.fields)
    row = "".join(f"<{name}>%s</{name}>" for name in names)
    before, after = f"{DECLARATION}<{spec.root}>", f"</{spec.root}>"
    if spec.row_element:
        row = f"<{spec.row_element}>{row}</{spec.row_element}>"
    if spec.list_element:
        before, after = f"{before}<{spec.list_element}>", f"</{spec.list_element}>{after}"
    return TableForm(names, before, row, after)


@cache
def _forms_of_period(valid_from: date) -> Forms:
    return Forms(standard_on(valid_from))


@cache
def forms_on(ordinal: int) -> Forms:
    """The forms in force on a day ordinal; the same object for every day of one period."""
    return _forms_of_period(standard_on(date.fromordinal(ordinal)).valid_from)
