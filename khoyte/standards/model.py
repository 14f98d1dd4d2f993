"""The shapes in which a message standard is known: fields, tables, code lists, one whole per period.

All of them are plain frozen values without behaviour of a database or of the web, so that `khoyte check`
can use them on a bare machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from khoyte.foundation.language import Text


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of one table in one period.

    `kind` is one of "string", "number", "date8" (yyyymmdd), "date12" (yyyymmddHHMM), "date8|date12" and
    "date8-list". Where `separator` is set the value may hold several parts and `kind` speaks of one part.
    `max_length` counts characters of the whole value, None means free. `decimals` is set for numbers only.
    `code_list` is set only when the whole list in force is held here; `catalogue` names the larger catalogue
    (ICD-10, facilities...) that terminology holds. `identifying` values never reach logs or measurements.
    """

    table: str
    ordinal: int
    name: str
    kind: str
    max_length: int | None
    decimals: int | None
    required: str  # "yes", "conditional", "no"
    condition: Text | None  # when the value is required, or what it must agree with
    code_list: str | None
    separator: str | None
    label: Text
    identifying: bool
    legal: str
    confidence: str  # "source-seen", "secondary"
    catalogue: str | None = None
    note: str = ""


@dataclass(frozen=True)
class TableSpec:
    """One table: its three element names and its fields in the order in which they are sent.

    `root` is empty for XML12, which is typed on the portal and has no published file layout. A table
    without `list_element` holds its fields directly under the root, as one row.
    """

    name: str
    label: Text
    root: str
    list_element: str | None
    row_element: str | None
    fields: tuple[FieldSpec, ...]
    legal: str
    note: str = ""
    by_name: Mapping[str, FieldSpec] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {spec.name: spec for spec in self.fields})


@dataclass(frozen=True)
class CodeList:
    """Codes in force in one period. `complete` is False when codes are known to be missing from it."""

    name: str
    codes: Mapping[str, Text]
    complete: bool = True
    legal: str = ""
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)  # code -> legal instrument

    def __contains__(self, code: object) -> bool:
        return code in self.codes


@dataclass(frozen=True)
class Layer:
    """One legal instrument that makes or changes the standard from a day on."""

    id: str
    valid_from: date
    issued: date
    legal: str
    title: Text
    patch: str | None = None
    incomplete_lists: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One fact that an instrument changed; `table` or `field` is empty when it speaks of all of them."""

    table: str
    field: str
    what: Text
    legal: str
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Standard:
    """Everything the standard says of a day; the same object for every day of one period."""

    id: str  # "bhyt-xml@2026-07-01", the first day of the period
    valid_from: date
    valid_to: date | None  # last day of the period, None while in force
    tables: Mapping[str, TableSpec]
    code_lists: Mapping[str, CodeList]
    legal: str
