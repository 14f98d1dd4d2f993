"""A tiny world for tests of the engine: reference data, rows by columns, and both evaluators side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from khoyte.foundation.language import Text
from khoyte.rules import Expression, Rule, rule
from khoyte.rules.book import Judgement, RuleBook
from khoyte.rules.referee import breaches
from khoyte.standards import Standard, standard_on

DAY = date(2026, 8, 15)
WORDS = Text("{where}: sai {value}", "{where}: wrong {value}")
Dossier = Mapping[str, Sequence[Mapping[str, str | None]]]


@dataclass(frozen=True)
class Release:
    codes: frozenset[str]
    marked: frozenset[str] = frozenset()

    def has(self, code: str) -> bool:
        return code in self.codes

    def with_attribute(self, attribute: str) -> frozenset[str]:
        return self.marked


@dataclass(frozen=True)
class Reference:
    """Reference data with a catalogue of diseases and one code list, alike on all days of a year."""

    day: date

    @property
    def standard(self) -> Standard:
        return standard_on(self.day)

    @property
    def key(self) -> int:
        return self.day.year

    def codes(self, list_name: str) -> frozenset[str] | None:
        return {"SMALL": frozenset({"1", "2"}), "LARGE": frozenset(map(str, range(200)))}.get(list_name)

    def catalogue(self, name: str) -> Release | None:
        return Release(frozenset({"A00", "B01"}), frozenset({"B01"})) if name == "diseases" else None


class Pack:
    digest = "sha256:test"

    def on(self, day: date) -> Reference:
        return Reference(day)


@dataclass
class Rows:
    dossier: list[int] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    layout: list[int] = field(default_factory=list)
    layouts: list[tuple[str, ...]] = field(default_factory=list)
    columns: dict[str, list[str | None]] = field(default_factory=dict)


def tables_of(dossiers: Sequence[Dossier]) -> dict[str, Rows]:
    tables: dict[str, Rows] = {}
    for number, dossier in enumerate(dossiers):
        for name, rows in dossier.items():
            for place, row in enumerate(rows):
                _add(tables.setdefault(name, Rows()), number, place + 1, row)
    return tables


def _add(rows: Rows, dossier: int, place: int, texts: Mapping[str, str | None]) -> None:
    layout = tuple(texts)
    if layout not in rows.layouts:
        rows.layouts.append(layout)
    for name in texts.keys() - rows.columns.keys():
        rows.columns[name] = [None] * len(rows.row)
    for name, column in rows.columns.items():
        column.append(texts.get(name))
    rows.dossier.append(dossier)
    rows.row.append(place)
    rows.layout.append(rows.layouts.index(layout))


def declare(
    check: Expression | None, *, id: str = "T-1", table: str | tuple[str, ...] = "XML2", **given: Any
) -> list[Rule]:
    """A rule of which only the check matters."""
    kept = {
        "field": "MA_THUOC",
        "level": {"precheck": "E", "store": "W"},
        "quality": "correct",
        "label": WORDS,
        "message": WORDS,
        "hint": WORDS,
        "legal": "Thử nghiệm",
    } | given
    return rule(id, table=table, check=check, **kept)


def judge(
    rules: Sequence[Rule],
    dossiers: Sequence[Dossier],
    *,
    days: Sequence[date] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Judgement:
    book = RuleBook(rules, lambda standard: [], lambda name: Text(name, name))
    return book.judge(tables_of(dossiers), days or [DAY] * len(dossiers), Pack(), facts or {})


def compiled_rows(check: Expression, dossiers: Sequence[Dossier], **given: Any) -> list[tuple[int, int]]:
    """(dossier, row) of the findings of the compiled rule."""
    return sorted((found.dossier, found.row) for found in judge(declare(check, **given), dossiers).findings)


def plain_rows(check: Expression, dossiers: Sequence[Dossier], **given: Any) -> list[tuple[int, int]]:
    """(dossier, row) of what the referee finds."""
    (declared,) = declare(check, **given)
    return [
        (number, row)
        for number, dossier in enumerate(dossiers)
        for row in breaches(declared, dossier, Reference(DAY), {})
    ]
