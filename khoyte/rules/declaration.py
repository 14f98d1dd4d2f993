"""The declaration of a rule: everything about it said once.

A finding arises for each row of `table` where `when` is true (or not given) and `check` is false.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_default
from typing import Any, Literal

from khoyte.foundation.language import Text
from khoyte.rules import nodes
from khoyte.rules.language import Expression, node_of
from khoyte.rules.nodes import DeclarationError, Node, expect
from khoyte.rules.sources import requirement

Level = Literal["E", "W", "I"]
DatedLevel = tuple[tuple[datetime.date, Level], ...]
PROFILES = ("precheck", "store")
QUALITY = {
    "correct": Text("đúng", "correct"),
    "complete": Text("đủ", "complete"),
    "clean": Text("sạch", "clean"),
    "live": Text("sống", "live"),
    "unified": Text("thống nhất", "unified"),
    "shared": Text("dùng chung", "shared"),
}
NEEDS = ("file", "store", "register")
CAUSES = ("value", "field", "person", "machine", "file")
_BEGINNING = datetime.date(1, 1, 1)

Overlay = Mapping[str, Sequence[Mapping[str, str | None]]]


@dataclass(frozen=True)
class Example:
    """A dossier that fails the rule and one that passes, as the few fields that matter.

    Each is table -> rows of field -> text, laid over a valid dossier of the room that declares the rule;
    None takes the tag away, an empty list of rows takes the table away.
    """

    fails: Overlay
    passes: Overlay = with_default(default_factory=dict)
    on: datetime.date | None = None
    facts: Mapping[str, Any] = with_default(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Rule:
    """One declared check on one table. Rules that share an id differ in table, field or `part`."""

    id: str
    version: str
    part: str
    table: str
    field: str
    level: Mapping[str, DatedLevel]
    quality: str
    label: Text
    message: Text
    hint: Text
    legal: str
    check: Node | None
    when: Node | None = None
    show: Mapping[str, Node] = with_default(default_factory=dict)
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    needs: str = "file"
    requires: frozenset[str] = frozenset()
    cause: str = "field"
    examples: tuple[Example, ...] = ()
    layout: str = ""  # for rules on the order of tags: the fault meant (see layouts)
    unjudged: Text | None = None  # rows that break it are no findings but gaps of ours, for this reason

    def level_on(self, profile: str, day: datetime.date) -> Level:
        """The level of the profile for a record of that date."""
        return [level for start, level in self.level[profile] if start <= day][-1]

    def in_force(self, day: datetime.date) -> bool:
        """Whether records of that date are judged by this rule."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_to is None or day <= self.valid_to)

    def turning_days(self) -> set[datetime.date]:
        """First days on which the rule begins, ends or changes its level."""
        days = {start for dated in self.level.values() for start, _ in dated if start != _BEGINNING}
        days |= {self.valid_from} if self.valid_from else set()
        return days | ({self.valid_to + datetime.timedelta(days=1)} if self.valid_to else set())


def rule(
    id: str,
    *,
    table: str | Iterable[str],
    field: str,
    level: Mapping[str, Any],
    quality: str,
    label: Text,
    message: Text,
    hint: Text,
    legal: str,
    check: Expression | None = None,
    when: Expression | None = None,
    show: Mapping[str, Expression] | None = None,
    version: str = "1",
    part: str = "",
    valid_from: datetime.date | None = None,
    valid_to: datetime.date | None = None,
    needs: str = "file",
    requires: Iterable[str] = (),
    cause: str = "field",
    examples: Iterable[Example] = (),
    layout: str = "",
    unjudged: Text | None = None,
) -> list[Rule]:
    """Declare a rule; one Rule per table. Raises DeclarationError when it is written wrongly.

    level: profile -> "E", "W" or "I", or pairs (from date, level) in order of date, the first from None.
    show: values for the message, {name} in it. check None: found by the reader, only described here.
    requires: what is missing makes the rule "not judged"; catalogues and lists named in the conditions are
    added by themselves. needs store or register: name it in requires as "store:..." or "register:...".
    layout: the fault in the order of tags that the rule speaks of, instead of a check.
    unjudged: what is missing of ours where the check is false; such dossiers count as not judged.
    """
    if quality not in QUALITY or needs not in NEEDS or cause not in CAUSES:
        raise DeclarationError(f"{id}: unknown quality, needs or cause")
    conditions = [node_of(item) for item in (check, when) if item is not None]
    for condition in conditions:
        expect(condition, "flag")
    required = frozenset(requires) | _required_by(conditions)
    if needs != "file" and check is not None and not any(item.startswith(needs) for item in required):
        raise DeclarationError(f"{id}: needs {needs}, so requires must name what of it")
    tables = (table,) if isinstance(table, str) else tuple(table)
    return [
        Rule(
            id=id,
            version=version,
            part=part,
            table=name,
            field=field,
            level=_dated_levels(id, level),
            quality=quality,
            label=label,
            message=message,
            hint=hint,
            legal=legal,
            check=None if check is None else check.node,
            when=None if when is None else when.node,
            show={key: value.node for key, value in (show or {}).items()},
            valid_from=valid_from,
            valid_to=valid_to,
            needs=needs,
            requires=required,
            cause=cause,
            examples=tuple(examples),
            layout=layout,
            unjudged=unjudged,
        )
        for name in tables
    ]


def _dated_levels(id: str, level: Mapping[str, Any]) -> dict[str, DatedLevel]:
    if set(level) != set(PROFILES):
        raise DeclarationError(f"{id}: give a level for each of {PROFILES}")
    dated = {}
    for profile, given in level.items():
        pairs = ((None, given),) if isinstance(given, str) else tuple(given)
        dated[profile] = tuple((start or _BEGINNING, name) for start, name in pairs)
        unknown = {name for _, name in dated[profile]} - {"E", "W", "I"}
        if unknown or dated[profile][0][0] != _BEGINNING:
            raise DeclarationError(f"{id}: the level of {profile} must begin without a date and be E, W or I")
    return dated


def _required_by(conditions: Iterable[Node]) -> frozenset[str]:
    found = {
        requirement(node.source)
        for condition in conditions
        for node in nodes.walk(condition)
        if isinstance(node, nodes.Member)
    }
    return frozenset(item for item in found if item is not None)
