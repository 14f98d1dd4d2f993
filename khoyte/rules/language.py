"""The words rules are written with.

    F.NGAY_RA            a field of the row          H.NGAY_RA    the field of the dossier's XML1
    T.XML2.sum(...)      figures over another table  position     place of the row in its list

`Expression` wraps a node (see `nodes`) so that rules read as formulas. Conditions are joined by & | ~ ;
`implies(a, b)` is ~a | b. What is unknown makes a condition unknown, and an unknown `when` or `check` gives
no finding: `.or_false`, `.or_true` and `.or_zero` say what unknown shall count as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

from khoyte.rules import nodes
from khoyte.rules.nodes import DeclarationError, Node, expect, portable_pattern

Operand: TypeAlias = "Expression | str | int | float"


class Expression:
    """One node with operators. Build them from F, H, T and the functions below."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, node: Node) -> None:
        self.node = node

    def __repr__(self) -> str:
        return f"Expression({self.node})"

    def __bool__(self) -> bool:
        raise DeclarationError("write & | ~ between conditions: 'and', 'or', 'not' cannot be compiled")

    # presence and readings of a text

    @property
    def filled(self) -> Expression:
        """Whether the value is known; never unknown itself."""
        return Expression(nodes.Filled(self.node))

    @property
    def empty(self) -> Expression:
        return ~self.filled

    @property
    def number(self) -> Expression:
        return Expression(nodes.Number(expect(self.node, "text")))

    @property
    def minute(self) -> Expression:
        """12-digit time or 8-digit date as a comparable minute."""
        return Expression(nodes.Minute(expect(self.node, "text")))

    @property
    def birth(self) -> Expression:
        """Like minute, for dates of birth whose month and day may be 00: the earliest minute meant."""
        return Expression(nodes.BirthMinute(expect(self.node, "text")))

    @property
    def day(self) -> Expression:
        """The calendar day of a text that holds a time, or of a minute."""
        moment = nodes.Minute(self.node) if self.node.kind == "text" else expect(self.node, "minute")
        return Expression(nodes.Day(moment))

    @property
    def length(self) -> Expression:
        return Expression(nodes.Length(expect(self.node, "text")))

    def left(self, length: int) -> Expression:
        return Expression(nodes.Slice(expect(self.node, "text"), 0, length))

    def slice(self, start: int, length: int) -> Expression:
        return Expression(nodes.Slice(expect(self.node, "text"), start, length))

    @property
    def parts(self) -> Parts:
        """The ;-separated parts."""
        return Parts(expect(self.node, "text"))

    # tests of a text

    def matches(self, pattern: str) -> Expression:
        """The whole text matches; write [0-9], not \\d."""
        return Expression(nodes.Matches(expect(self.node, "text"), portable_pattern(pattern)))

    def is_date(self, *forms: str) -> Expression:
        """A real calendar date in one of the forms date8, date12, birth12."""
        return Expression(nodes.IsDate(expect(self.node, "text"), frozenset(forms)))

    def is_in(self, *codes: str) -> Expression:
        return Expression(nodes.Member(expect(self.node, "text"), nodes.Literals(_codes(codes))))

    def in_list(self, name: str) -> Expression:
        """A code of that list of the standard in force; unknown when we do not hold the list."""
        return Expression(nodes.Member(expect(self.node, "text"), nodes.CodeList(name)))

    def in_catalogue(self, name: str, attribute: str | None = None) -> Expression:
        """A code of the catalogue in force (bearing the attribute); unknown when the pack lacks it."""
        return Expression(nodes.Member(expect(self.node, "text"), nodes.Catalogue(name, attribute)))

    def among(self, column: Expression, where: Expression | None = None) -> Expression:
        """The text stands in that column of another table of the dossier: F.A.among(T.XML3.A)."""
        if not isinstance(column, TableColumn):
            raise DeclarationError("among needs a column of a table: T.XML3.MA_DICH_VU")
        text = expect(self.node, "text")
        return Expression(nodes.Among(text, column.table, column.node, _condition(where)))

    # unknown counted as something

    @property
    def or_zero(self) -> Expression:
        return Expression(nodes.Default(expect(self.node, "number"), 0.0))

    @property
    def or_false(self) -> Expression:
        return Expression(nodes.Default(expect(self.node, "flag"), False))

    @property
    def or_true(self) -> Expression:
        return Expression(nodes.Default(expect(self.node, "flag"), True))

    # arithmetic

    def __add__(self, other: Operand) -> Expression:
        return _arithmetic("+", self, other)

    def __sub__(self, other: Operand) -> Expression:
        return _arithmetic("-", self, other)

    def __mul__(self, other: Operand) -> Expression:
        return _arithmetic("*", self, other)

    def __truediv__(self, other: Operand) -> Expression:
        return _arithmetic("/", self, other)

    def __radd__(self, other: Operand) -> Expression:
        return _arithmetic("+", other, self)

    def __rsub__(self, other: Operand) -> Expression:
        return _arithmetic("-", other, self)

    def __rmul__(self, other: Operand) -> Expression:
        return _arithmetic("*", other, self)

    @property
    def rounded(self) -> Expression:
        """Rounded half up to 2 decimals; compare with close_to, binary fractions are never quite equal."""
        return Expression(nodes.Rounded(expect(self.node, "number")))

    def close_to(self, other: Operand, tolerance: float = 0.01) -> Expression:
        """Equal within the tolerance, for sums of money."""
        right = expect(node_of(other), "number")
        return Expression(nodes.Close(expect(self.node, "number"), right, tolerance))

    # comparisons

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return _compare("==", self, other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return _compare("!=", self, other)

    def __lt__(self, other: Operand) -> Expression:
        return _compare("<", self, other)

    def __le__(self, other: Operand) -> Expression:
        return _compare("<=", self, other)

    def __gt__(self, other: Operand) -> Expression:
        return _compare(">", self, other)

    def __ge__(self, other: Operand) -> Expression:
        return _compare(">=", self, other)

    def between(self, low: Operand, high: Operand) -> Expression:
        """From low to high, both included."""
        return (self >= low) & (self <= high)

    def __and__(self, other: Expression) -> Expression:
        return Expression(nodes.And(expect(self.node, "flag"), expect(node_of(other), "flag")))

    def __or__(self, other: Expression) -> Expression:
        return Expression(nodes.Or(expect(self.node, "flag"), expect(node_of(other), "flag")))

    def __invert__(self) -> Expression:
        return Expression(nodes.Not(expect(self.node, "flag")))

    @property
    def repeated(self) -> Expression:
        """An earlier row of the same table and dossier has the same known value."""
        return Expression(nodes.Repeated(expect(self.node, "text", "number")))


class Parts:
    """The parts of a ;-separated text."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @property
    def count(self) -> Expression:
        return Expression(nodes.PartCount(self._node))

    def __getitem__(self, index: int) -> Expression:
        """The part at a 0-based place; unknown when absent or empty."""
        return Expression(nodes.Part(self._node, index))

    def each_matches(self, pattern: str) -> Expression:
        return Expression(nodes.Matches(self._node, portable_pattern(pattern), parts=True))

    def each_is_date(self, *forms: str) -> Expression:
        return Expression(nodes.IsDate(self._node, frozenset(forms), parts=True))

    def each_in(self, *codes: str) -> Expression:
        return Expression(nodes.Member(self._node, nodes.Literals(_codes(codes)), "every"))

    def any_in(self, *codes: str) -> Expression:
        return Expression(nodes.Member(self._node, nodes.Literals(_codes(codes)), "any"))

    def each_in_list(self, name: str) -> Expression:
        return Expression(nodes.Member(self._node, nodes.CodeList(name), "every"))

    def each_in_catalogue(self, name: str, attribute: str | None = None) -> Expression:
        return Expression(nodes.Member(self._node, nodes.Catalogue(name, attribute), "every"))

    def any_in_catalogue(self, name: str, attribute: str | None = None) -> Expression:
        return Expression(nodes.Member(self._node, nodes.Catalogue(name, attribute), "any"))

    @property
    def distinct(self) -> Expression:
        """No part stands twice."""
        return Expression(nodes.PartsDistinct(self._node))

    def contain(self, part: Operand) -> Expression:
        return Expression(nodes.PartsContain(self._node, expect(node_of(part), "text")))


class Fields:
    """F.NAME: a field of the row at hand."""

    def __getattr__(self, name: str) -> Expression:
        return Expression(nodes.Column(_field_name(name)))

    __getitem__ = __getattr__


class HeadFields:
    """H.NAME: a field of XML1 of the same dossier."""

    def __getattr__(self, name: str) -> Expression:
        return Expression(nodes.Head(nodes.Column(_field_name(name))))

    __getitem__ = __getattr__


class TableColumn(Expression):
    """T.XML3.NAME: the column of another table of the same dossier, for `among`."""

    def __init__(self, table: str, node: Node) -> None:
        super().__init__(node)
        self.table = table


class Table:
    """Another table of the same dossier. Inside its calls F means a row of that table."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, field: str) -> TableColumn:
        return TableColumn(self._name, nodes.Column(_field_name(field)))

    def sum(self, value: Expression, where: Expression | None = None) -> Expression:
        """0 without rows; unknown when a counted value is unknown."""
        return self._figure("sum", expect(value.node, "number"), where)

    def count(self, where: Expression | None = None) -> Expression:
        return self._figure("count", None, where)

    def exists(self, where: Expression | None = None) -> Expression:
        """Whether the dossier has a row there (for which the condition is true)."""
        return self._figure("exists", None, where)

    def max(self, value: Expression, where: Expression | None = None) -> Expression:
        return self._figure("max", expect(value.node, "number", "minute", "day"), where)

    def min(self, value: Expression, where: Expression | None = None) -> Expression:
        return self._figure("min", expect(value.node, "number", "minute", "day"), where)

    def _figure(self, operation: Any, value: Node | None, where: Expression | None) -> Expression:
        return Expression(nodes.Aggregate(self._name, operation, value, _condition(where)))


class Tables:
    """T.XML2: a table of the same dossier."""

    def __getattr__(self, name: str) -> Table:
        return Table(_field_name(name))

    __getitem__ = __getattr__


F = Fields()
H = HeadFields()
T = Tables()
position = Expression(nodes.Position())


def implies(condition: Expression, then: Expression) -> Expression:
    """Where the condition is true, the other must be."""
    return ~condition | then


def head(expression: Expression) -> Expression:
    """A whole expression computed on the XML1 row of the dossier."""
    return Expression(nodes.Head(expression.node))


def choose(condition: Expression, then: Operand, otherwise: Operand) -> Expression:
    """`then` where the condition is true, else (also when unknown) `otherwise`."""
    yes, no = node_of(then), node_of(otherwise)
    expect(no, yes.kind)
    return Expression(nodes.Choose(expect(condition.node, "flag"), yes, no))


def minutes_between(earlier: Expression, later: Expression) -> Expression:
    """Minutes from one field's time to another's; negative when reversed."""
    return Expression(nodes.Arithmetic("-", _moment(later), _moment(earlier)))


def days_between(earlier: Expression, later: Expression) -> Expression:
    """Calendar days from one field's day to another's, the first day not counted."""
    return Expression(nodes.Arithmetic("-", later.day.node, earlier.day.node))


def constant(value: str | float | bool) -> Expression:
    """A literal, for instance a limit shown in a message."""
    return Expression(nodes.Constant(value))


def custom(
    *inputs: Expression,
    whole: Callable[..., Any],
    row: Callable[..., bool | str | None],
    yields: Literal["flag", "text"] = "flag",
) -> Expression:
    """A condition, or a text, written by hand for whole columns and for one row (see nodes.Custom)."""
    return Expression(nodes.Custom(tuple(item.node for item in inputs), whole, row, yields))


def node_of(operand: object) -> Node:
    """The node of an expression, or a constant."""
    if isinstance(operand, Expression):
        return operand.node
    if isinstance(operand, str | int | float):
        return nodes.Constant(operand)
    raise DeclarationError(f"cannot be part of a rule: {operand!r}")


def _moment(expression: Expression) -> Node:
    return expression.node if expression.node.kind == "minute" else expression.minute.node


def _condition(where: Expression | None) -> Node | None:
    return None if where is None else expect(where.node, "flag")


def _arithmetic(operator: Any, left: object, right: object) -> Expression:
    sides = [expect(node_of(side), "number", "minute", "day") for side in (left, right)]
    if operator == "/" and sides[1] in (nodes.Constant(0), nodes.Constant(0.0)):
        raise DeclarationError("division by zero")
    return Expression(nodes.Arithmetic(operator, *sides))


def _compare(operator: Any, left: object, right: object) -> Expression:
    one, other = node_of(left), node_of(right)
    if one.kind != other.kind and not any(isinstance(side, nodes.Arithmetic) for side in (one, other)):
        raise DeclarationError(f"{one} is a {one.kind}, {other} a {other.kind}: they cannot be compared")
    if one.kind == "text" and operator not in ("==", "!="):
        raise DeclarationError("texts have no order: compare .number, .minute or .day")
    return Expression(nodes.Compare(operator, one, other))


def _codes(codes: Iterable[str]) -> frozenset[str]:
    found = frozenset(codes)
    if not found or not all(isinstance(code, str) for code in found):
        raise DeclarationError("codes are texts, at least one: is_in('1', '2')")
    return found


def _field_name(name: str) -> str:
    if name.startswith("_"):
        raise AttributeError(name)
    return name
