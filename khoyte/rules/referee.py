"""The slow, obvious meaning of a rule: one row at a time in plain Python.

What column operations answer must be what this answers; the property tests compare the two on dossiers
mutated at random. Read this file to know what a node means.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

from khoyte.rules import moments, nodes
from khoyte.rules.declaration import Rule
from khoyte.rules.reference import Reference
from khoyte.rules.sources import contains, satisfied

Row = Mapping[str, str | None]
# Text, number, whole minutes or days, or flag; None is unknown. Which one, the node's kind says.
Value = Any

_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@dataclass(frozen=True)
class Scope:
    """Where a node is evaluated: one row of one table of one dossier, by one state of reference data."""

    dossier: Mapping[str, list[Row]]
    table: str
    place: int  # 0-based place of the row in its table
    reference: Reference
    facts: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """The field's text; absent and empty are both unknown."""
        return self.dossier[self.table][self.place].get(name) or None

    def rows_of(self, table: str) -> Iterator[Scope]:
        for place in range(len(self.dossier.get(table, ()))):
            yield replace(self, table=table, place=place)


def holds(node: nodes.Node | None, scope: Scope) -> bool:
    """Whether a condition is true here; unknown is not. No condition always holds."""
    return node is None or evaluate(node, scope) is True


@singledispatch
def evaluate(node: nodes.Node, scope: Scope) -> Value:
    """The value of the node in the scope; None when unknown."""
    raise nodes.DeclarationError(f"no meaning for {node}")


@evaluate.register
def _(node: nodes.Column, scope: Scope) -> Value:
    return scope.text(node.name)


@evaluate.register
def _(node: nodes.Head, scope: Scope) -> Value:
    first = next(scope.rows_of("XML1"), None)
    return None if first is None else evaluate(node.inner, first)


@evaluate.register
def _(node: nodes.Constant, scope: Scope) -> Value:
    return node.value


@evaluate.register
def _(node: nodes.Position, scope: Scope) -> Value:
    return scope.place + 1


@evaluate.register
def _(node: nodes.Number, scope: Scope) -> Value:
    return moments.read_number(_text(node.of, scope))


@evaluate.register
def _(node: nodes.Minute, scope: Scope) -> Value:
    return moments.read_minute(_text(node.of, scope))


@evaluate.register
def _(node: nodes.BirthMinute, scope: Scope) -> Value:
    return moments.read_minute(_text(node.of, scope), birth=True)


@evaluate.register
def _(node: nodes.Day, scope: Scope) -> Value:
    minute = evaluate(node.of, scope)
    return None if minute is None else minute // 1440


@evaluate.register
def _(node: nodes.Length, scope: Scope) -> Value:
    text = _text(node.of, scope)
    return None if text is None else len(text)


@evaluate.register
def _(node: nodes.Slice, scope: Scope) -> Value:
    text = _text(node.of, scope)
    return None if text is None else text[node.start : node.start + node.length]


@evaluate.register
def _(node: nodes.Part, scope: Scope) -> Value:
    parts = _parts(node.of, scope) or []
    return parts[node.index] or None if node.index < len(parts) else None


@evaluate.register
def _(node: nodes.PartCount, scope: Scope) -> Value:
    parts = _parts(node.of, scope)
    return None if parts is None else len(parts)


@evaluate.register
def _(node: nodes.Arithmetic, scope: Scope) -> Value:
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    if left is None or right is None:
        return None
    if node.operator == "/" and isinstance(node.right, nodes.Constant):
        return left * (1 / right)  # the last bit as the columns have it
    if node.operator == "/":
        return left / right if right else None
    return _ARITHMETIC[node.operator](left, right)


@evaluate.register
def _(node: nodes.Rounded, scope: Scope) -> Value:
    value = evaluate(node.of, scope)
    # A millionth of a hundredth lifts what binary fractions left just under the half.
    return None if value is None else math.floor(value * 100 + 0.5 + 1e-6) * 0.01


@evaluate.register
def _(node: nodes.Choose, scope: Scope) -> Value:
    return evaluate(node.then if holds(node.condition, scope) else node.otherwise, scope)


@evaluate.register
def _(node: nodes.Default, scope: Scope) -> Value:
    value = evaluate(node.of, scope)
    return node.default if value is None else value


@evaluate.register
def _(node: nodes.Filled, scope: Scope) -> Value:
    return evaluate(node.of, scope) is not None


@evaluate.register
def _(node: nodes.Compare, scope: Scope) -> Value:
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    return None if left is None or right is None else _COMPARE[node.operator](left, right)


@evaluate.register
def _(node: nodes.Close, scope: Scope) -> Value:
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    return None if left is None or right is None else abs(left - right) <= node.tolerance + 0.0005


@evaluate.register
def _(node: nodes.And, scope: Scope) -> Value:
    sides = (evaluate(node.left, scope), evaluate(node.right, scope))
    return False if False in sides else (None if None in sides else True)


@evaluate.register
def _(node: nodes.Or, scope: Scope) -> Value:
    sides = (evaluate(node.left, scope), evaluate(node.right, scope))
    return True if True in sides else (None if None in sides else False)


@evaluate.register
def _(node: nodes.Not, scope: Scope) -> Value:
    value = evaluate(node.of, scope)
    return None if value is None else not value


@evaluate.register
def _(node: nodes.Matches, scope: Scope) -> Value:
    text = _text(node.of, scope)
    if text is None:
        return None
    return all(re.fullmatch(node.pattern, part) for part in (text.split(";") if node.parts else [text]))


@evaluate.register
def _(node: nodes.IsDate, scope: Scope) -> Value:
    text = _text(node.of, scope)
    if text is None:
        return None
    return all(moments.is_date(part, node.forms) for part in (text.split(";") if node.parts else [text]))


@evaluate.register
def _(node: nodes.Member, scope: Scope) -> Value:
    text, known = _text(node.of, scope), contains(node.source, scope.reference)
    if text is None or known is None:
        return None
    if node.mode == "whole":
        return known(text)
    return (all if node.mode == "every" else any)(known(part) for part in text.split(";"))


@evaluate.register
def _(node: nodes.PartsDistinct, scope: Scope) -> Value:
    parts = _parts(node.of, scope)
    return None if parts is None else len(set(parts)) == len(parts)


@evaluate.register
def _(node: nodes.PartsContain, scope: Scope) -> Value:
    parts, part = _parts(node.of, scope), _text(node.part, scope)
    return None if parts is None or part is None else part in parts


@evaluate.register
def _(node: nodes.Repeated, scope: Scope) -> Value:
    value = evaluate(node.of, scope)
    earlier = [row for row in scope.rows_of(scope.table) if row.place < scope.place]
    return value is not None and any(evaluate(node.of, row) == value for row in earlier)


@evaluate.register
def _(node: nodes.Among, scope: Scope) -> Value:
    text = _text(node.of, scope)
    if text is None:
        return None
    rows = (row for row in scope.rows_of(node.table) if holds(node.where, row))
    return any(evaluate(node.column, row) == text for row in rows)


@evaluate.register
def _(node: nodes.Aggregate, scope: Scope) -> Value:
    rows = [row for row in scope.rows_of(node.table) if holds(node.where, row)]
    if node.operation == "count":
        return len(rows)
    if node.operation == "exists":
        return bool(rows)
    assert node.value is not None  # noqa: S101  sum, min and max are declared with one
    values = [evaluate(node.value, row) for row in rows]
    if node.operation == "sum":
        return None if None in values else float(sum(values))
    known = [value for value in values if value is not None]
    return (max if node.operation == "max" else min)(known, default=None)


@evaluate.register
def _(node: nodes.Custom, scope: Scope) -> Value:
    return node.row([evaluate(item, scope) for item in node.inputs], scope.facts)


def _text(node: nodes.Node, scope: Scope) -> str | None:
    value = evaluate(node, scope)
    return value if value is None else str(value)


def _parts(node: nodes.Node, scope: Scope) -> list[str] | None:
    text = _text(node, scope)
    return None if text is None else text.split(";")


def breaches(
    rule: Rule, dossier: Mapping[str, list[Row]], reference: Reference, facts: Mapping[str, Any]
) -> list[int]:
    """1-based rows of the rule's table that break the rule; none when it lacks what it requires."""
    return [] if rule.unjudged is not None else _broken(rule, dossier, reference, facts)


def gaps(
    rule: Rule, dossier: Mapping[str, list[Row]], reference: Reference, facts: Mapping[str, Any]
) -> list[int]:
    """1-based rows that the rule says could not be judged (`Rule.unjudged`)."""
    return [] if rule.unjudged is None else _broken(rule, dossier, reference, facts)


def _broken(
    rule: Rule, dossier: Mapping[str, list[Row]], reference: Reference, facts: Mapping[str, Any]
) -> list[int]:
    if rule.check is None or not all(satisfied(item, reference, facts) for item in rule.requires):
        return []
    rows = Scope(dossier, rule.table, 0, reference, facts).rows_of(rule.table)
    return [row.place + 1 for row in rows if holds(rule.when, row) and evaluate(rule.check, row) is False]
