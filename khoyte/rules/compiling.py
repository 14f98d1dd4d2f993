"""From nodes to column operations.

`Compiler.expression(table, node)` gives a polars expression over the table's frame. What cannot be said as an
expression on one frame (values of XML1, figures over other tables, look-ups, large code sets) and what many
rules share (numbers, times) becomes a `Step`: a column computed beforehand under a name of its own. Steps
have a stage: those of one stage need only columns of earlier stages, so each runs as a few wide operations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod

import polars as pl

from khoyte.rules import moments, nodes
from khoyte.rules.frames import ROW
from khoyte.rules.nodes import Node
from khoyte.rules.reference import Reference
from khoyte.rules.sources import contains

# Below this many codes an inline comparison is cheaper than looking at the distinct values of the column.
SMALL_SET = 64

_COMPARE: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "==": pl.Expr.eq,
    "!=": pl.Expr.ne,
    "<": pl.Expr.lt,
    "<=": pl.Expr.le,
    ">": pl.Expr.gt,
    ">=": pl.Expr.ge,
}
TYPES = {"text": pl.String, "number": pl.Float64, "minute": pl.Int64, "day": pl.Int64, "flag": pl.Boolean}


@dataclass(frozen=True)
class Step:
    """A column to compute before the rules run: `node` on the rows of `table`, stored as `name`.

    `inputs` are the expressions the step needs (which ones is the business of its kind, see `steps`); `needs`
    are the names of all steps it rests on, itself included.
    """

    stage: int
    table: str
    name: str
    node: Node
    inputs: tuple[pl.Expr, ...]
    needs: frozenset[str]


def _needs(used: Mapping[str, Step]) -> frozenset[str]:
    return frozenset().union(*(step.needs for step in used.values()))


class Compiler:
    """Compiles nodes for one state of reference data and collects the steps they need."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.steps: list[Step] = []
        self.columns: dict[str, set[str]] = {}
        # Per table: field -> name of the column that says the text is a plain number (spares a second look).
        self.plain: dict[tuple[str, str], str] = {}
        self._known: dict[tuple[str, Node], Step] = {}
        self._used: dict[str, Step] = {}  # steps that what is being compiled rests on

    def expression(self, table: str, node: Node) -> pl.Expr:
        """The node as an expression over the frame of the table."""
        return self._expression(node, table)

    def expression_and_needs(self, table: str, node: Node) -> tuple[pl.Expr, frozenset[str]]:
        """The expression and the names of all steps that must have run before it."""
        self._used = {}
        expression = self.expression(table, node)
        return expression, _needs(self._used)

    def _step(self, table: str, node: Node, *inputs: tuple[str, Node]) -> pl.Expr:
        """Column of a step; each input is (table, node)."""
        step = self._known.get((table, node))
        if step is None:
            outer, self._used = self._used, {}
            compiled = tuple(self.expression(*item) for item in inputs)
            stage = 1 + max((used.stage for used in self._used.values()), default=0)
            name = f"#{len(self.steps)}"
            step = Step(stage, table, name, node, compiled, _needs(self._used) | {name})
            self._used = outer
            self.steps.append(step)
            self._known[table, node] = step
        self._used[step.name] = step
        return pl.col(step.name)

    @singledispatchmethod
    def _expression(self, node: Node, table: str) -> pl.Expr:
        raise nodes.DeclarationError(f"cannot compile {node}")

    @_expression.register
    def _(self, node: nodes.Column, table: str) -> pl.Expr:
        self.columns.setdefault(table, set()).add(node.name)
        return pl.col(node.name)

    @_expression.register
    def _(self, node: nodes.Head, table: str) -> pl.Expr:
        if table == "XML1":
            return self.expression(table, node.inner)
        return self._step(table, node, ("XML1", node.inner))

    @_expression.register
    def _(self, node: nodes.Constant, table: str) -> pl.Expr:
        return pl.lit(node.value)

    @_expression.register
    def _(self, node: nodes.Position, table: str) -> pl.Expr:
        return pl.col(ROW)

    @_expression.register
    def _(self, node: nodes.Number, table: str) -> pl.Expr:
        return self._reading(node, table)

    @_expression.register
    def _(self, node: nodes.Minute, table: str) -> pl.Expr:
        return self._reading(node, table)

    @_expression.register
    def _(self, node: nodes.BirthMinute, table: str) -> pl.Expr:
        return self._reading(node, table)

    def _reading(self, node: nodes.Number | nodes.Minute | nodes.BirthMinute, table: str) -> pl.Expr:
        # A reading of XML1's field is computed there once and then spread over the rows of the other table.
        if isinstance(node.of, nodes.Head):
            return self.expression(table, nodes.Head(type(node)(node.of.inner)))
        return self._step(table, node, (table, node.of))

    @_expression.register
    def _(self, node: nodes.Day, table: str) -> pl.Expr:
        return self.expression(table, node.of) // 1440

    @_expression.register
    def _(self, node: nodes.Length, table: str) -> pl.Expr:
        return self.expression(table, node.of).str.len_chars().cast(pl.Int64)

    @_expression.register
    def _(self, node: nodes.Slice, table: str) -> pl.Expr:
        return self.expression(table, node.of).str.slice(node.start, node.length)

    @_expression.register
    def _(self, node: nodes.Part, table: str) -> pl.Expr:
        part = self.expression(table, node.of).str.split(";").list.get(node.index, null_on_oob=True)
        return pl.when(part != "").then(part)

    @_expression.register
    def _(self, node: nodes.PartCount, table: str) -> pl.Expr:
        marks = self.expression(table, node.of).str.count_matches(";", literal=True)
        return marks.cast(pl.Int64) + 1

    @_expression.register
    def _(self, node: nodes.Arithmetic, table: str) -> pl.Expr:
        left, right = self.expression(table, node.left), self.expression(table, node.right)
        if node.operator == "/" and isinstance(node.right, nodes.Constant):
            # A division by a literal is done as this product anyway, so it is written as one.
            return left * (1 / float(node.right.value))
        if node.operator == "/":
            return pl.when(right != 0).then(left / right)
        return {"+": left + right, "-": left - right, "*": left * right}[node.operator]

    @_expression.register
    def _(self, node: nodes.Rounded, table: str) -> pl.Expr:
        return (self.expression(table, node.of) * 100 + 0.5 + 1e-6).floor() * 0.01

    @_expression.register
    def _(self, node: nodes.Choose, table: str) -> pl.Expr:
        condition = self.expression(table, node.condition)
        chosen = pl.when(condition).then(self.expression(table, node.then))
        return chosen.otherwise(self.expression(table, node.otherwise))

    @_expression.register
    def _(self, node: nodes.Default, table: str) -> pl.Expr:
        return self.expression(table, node.of).fill_null(node.default)

    @_expression.register
    def _(self, node: nodes.Filled, table: str) -> pl.Expr:
        return self.expression(table, node.of).is_not_null()

    @_expression.register
    def _(self, node: nodes.Compare, table: str) -> pl.Expr:
        left, right = self.expression(table, node.left), self.expression(table, node.right)
        return _COMPARE[node.operator](left, right)

    @_expression.register
    def _(self, node: nodes.Close, table: str) -> pl.Expr:
        distance = (self.expression(table, node.left) - self.expression(table, node.right)).abs()
        return distance <= node.tolerance + 0.0005

    @_expression.register
    def _(self, node: nodes.And, table: str) -> pl.Expr:
        return self.expression(table, node.left) & self.expression(table, node.right)

    @_expression.register
    def _(self, node: nodes.Or, table: str) -> pl.Expr:
        return self.expression(table, node.left) | self.expression(table, node.right)

    @_expression.register
    def _(self, node: nodes.Not, table: str) -> pl.Expr:
        return ~self.expression(table, node.of)

    @_expression.register
    def _(self, node: nodes.Matches, table: str) -> pl.Expr:
        pattern = f"(?:{node.pattern})"
        if node.parts:
            pattern += f"(?:;{pattern})*"
        matched = self.expression(table, node.of).str.contains(f"^{pattern}$")
        if not isinstance(node.of, nodes.Column) or node.pattern not in PLAIN_NUMBERS or node.parts:
            return matched
        column = self._step(table, node, (table, node.of))
        self.plain[table, node.of.name] = self._known[table, node].name
        return column

    @_expression.register
    def _(self, node: nodes.IsDate, table: str) -> pl.Expr:
        if node.parts:
            return self._step(table, node, (table, node.of))
        size = self.expression(table, node.of).str.len_bytes()
        found = []
        for form in sorted(node.forms):
            reading = (nodes.BirthMinute if form == "birth12" else nodes.Minute)(node.of)
            found.append((size == moments.FORM_DIGITS[form]) & self.expression(table, reading).is_not_null())
        # A reading is null both for no text and for a wrong one; only the latter is an answer.
        return pl.when(size.is_not_null()).then(pl.any_horizontal(found))

    @_expression.register
    def _(self, node: nodes.Member, table: str) -> pl.Expr:
        if contains(node.source, self.reference) is None:
            return pl.lit(None, pl.Boolean)
        small = self._small_set(node)
        if small is not None:
            return self.expression(table, node.of).is_in(small)
        return self._step(table, node, (table, node.of))

    def _small_set(self, node: nodes.Member) -> list[str] | None:
        """The codes when they are few and the text is compared as a whole."""
        if node.mode != "whole":
            return None
        source, codes = node.source, None
        if isinstance(source, nodes.Literals):
            codes = source.values
        elif isinstance(source, nodes.CodeList):
            codes = self.reference.codes(source.name)
        return sorted(codes) if codes is not None and 0 < len(codes) <= SMALL_SET else None

    @_expression.register
    def _(self, node: nodes.PartsDistinct, table: str) -> pl.Expr:
        parts = self.expression(table, node.of).str.split(";")
        return parts.list.n_unique() == parts.list.len()

    @_expression.register
    def _(self, node: nodes.PartsContain, table: str) -> pl.Expr:
        part = self.expression(table, node.part)
        parts = self.expression(table, node.of).str.split(";")
        return pl.when(part.is_not_null()).then(parts.list.contains(part))

    @_expression.register
    def _(self, node: nodes.Repeated, table: str) -> pl.Expr:
        return self._step(table, node, (table, node.of))

    @_expression.register
    def _(self, node: nodes.Among, table: str) -> pl.Expr:
        where = nodes.Constant(True) if node.where is None else node.where
        return self._step(table, node, (table, node.of), (node.table, node.column), (node.table, where))

    @_expression.register
    def _(self, node: nodes.Aggregate, table: str) -> pl.Expr:
        where = nodes.Constant(True) if node.where is None else node.where
        value = nodes.Position() if node.value is None else node.value
        return self._step(table, node, (node.table, value), (node.table, where))

    @_expression.register
    def _(self, node: nodes.Custom, table: str) -> pl.Expr:
        return self._step(table, node, *((table, item) for item in node.inputs))


PLAIN_NUMBERS = frozenset(moments.plain_number_pattern(decimals) for decimals in (None, 0, 1, 2, 3))
