"""What judging a batch yields: findings by columns, and what could not be judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from khoyte.foundation.language import Text
from khoyte.rules.declaration import Level, Rule

Params = Mapping[str, str | float | bool | None]
# Longer values are cut: a finding shows what is wrong, it does not carry the record.
SHOWN_CHARACTERS = 80
CAUSES_BY_VALUE = frozenset({"value", "person", "machine"})


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One fault in one row. Words are made of it late, by `render` of the rulebook.

    dossier: 0-based place in the batch; row: 1-based; value and params: as sent, without identifying fields;
    levels: profile -> level on the date of the record; cause: findings of one rule and field with the same
    text here have one cause (the wrong code, the person, the machine; "" where it is the field itself).
    """

    dossier: int
    rule: str
    version: str
    part: str
    table: str
    row: int
    field: str
    value: str | None
    params: Params
    levels: Mapping[str, Level]
    cause: str = ""


@dataclasses.dataclass(frozen=True)
class NotJudged:
    """A rule that lacked reference data, and the dossiers (places in the batch) it would have looked at."""

    rule: str
    reason: Text
    places: frozenset[int]

    @property
    def dossiers(self) -> int:
        return len(self.places)


@dataclasses.dataclass
class Findings:
    """Findings of a batch, one list per property; iterate for `Finding` objects."""

    dossier: list[int] = dataclasses.field(default_factory=list)
    rule: list[Rule] = dataclasses.field(default_factory=list)
    row: list[int] = dataclasses.field(default_factory=list)
    field: list[str] = dataclasses.field(default_factory=list)
    value: list[str | None] = dataclasses.field(default_factory=list)
    params: list[Params] = dataclasses.field(default_factory=list)
    levels: list[Mapping[str, Level]] = dataclasses.field(default_factory=list)
    # Rule id -> reason, dossiers with rows that could not be judged by it (`Rule.unjudged`).
    gaps: dict[str, tuple[Text, set[int]]] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.dossier)

    def __iter__(self) -> Iterator[Finding]:
        columns = (self.dossier, self.rule, self.row, self.field, self.value, self.params, self.levels)
        for dossier, rule, row, name, value, params, levels in zip(*columns, strict=True):
            # A field may name several people (A;B): the cause is the one the finding speaks of.
            told = params.get("who") or value if rule.cause == "person" else value
            cause = str(told or "") if rule.cause in CAUSES_BY_VALUE else ""
            yield Finding(
                dossier, rule.id, rule.version, rule.part, rule.table, row, name, value, params, levels, cause
            )
