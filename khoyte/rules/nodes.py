"""The tree of the rule language: an abstract tree of frozen values.

Every node has a `kind`: what it yields for a row. Evaluation is three-valued: a value that is absent, empty
or unreadable is unknown (`None`), and whatever is computed from it is unknown too, except where a node says
otherwise. Nodes do nothing themselves: `compiling` turns them into column operations, `referee` into plain
Python. Rules are written with the shorter words of `language`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

Kind = Literal["text", "number", "minute", "day", "flag"]

_UNPORTABLE = re.compile(r"\\[dwsbDWSB]|\(\?")


class DeclarationError(ValueError):
    """A rule is written wrongly; raised while rules are declared, never while files are judged."""


@dataclass(frozen=True)
class Node:
    """Base of all nodes. Two nodes that are equal mean the same and are computed once."""

    @property
    def kind(self) -> Kind:
        raise NotImplementedError

    def children(self) -> Iterator[Node]:
        """The nodes this one is computed from, on the same row or on rows of another table."""
        for item in fields(self):
            value = getattr(self, item.name)
            for candidate in value if isinstance(value, tuple) else (value,):
                if isinstance(candidate, Node):
                    yield candidate


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in node.children():
        yield from walk(child)


def expect(node: Node, *kinds: Kind) -> Node:
    """The node itself; raises DeclarationError when it yields another kind."""
    if node.kind not in kinds:
        raise DeclarationError(f"{node} is a {node.kind}, needed: {' or '.join(kinds)}")
    return node


def portable_pattern(pattern: str) -> str:
    """The pattern, if both regular-expression engines read it alike; else DeclarationError.

    `\\d`, `\\w`, `\\s` and inline flags differ between the two (other scripts' digits), so they are refused.
    """
    if _UNPORTABLE.search(pattern.replace("(?:", "(")):
        raise DeclarationError(f"pattern {pattern!r}: write [0-9] and the like, without \\d \\w \\s or (?")
    re.compile(pattern)
    return pattern


# --- values of a row -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column(Node):
    """Text of one field of the row; unknown when the tag is absent or empty."""

    name: str

    @property
    def kind(self) -> Kind:
        return "text"


@dataclass(frozen=True)
class Head(Node):
    """A value computed on the XML1 row of the same dossier; unknown without XML1."""

    inner: Node

    @property
    def kind(self) -> Kind:
        return self.inner.kind


@dataclass(frozen=True)
class Constant(Node):
    """A literal: str is text, int and float are numbers, bool is a flag."""

    value: str | float | bool

    @property
    def kind(self) -> Kind:
        if isinstance(self.value, bool):
            return "flag"
        return "text" if isinstance(self.value, str) else "number"


@dataclass(frozen=True)
class Position(Node):
    """1-based place of the row in its list."""

    @property
    def kind(self) -> Kind:
        return "number"


@dataclass(frozen=True)
class Number(Node):
    """Text as a number: digits with an optional dot and leading minus; else unknown."""

    of: Node

    @property
    def kind(self) -> Kind:
        return "number"


@dataclass(frozen=True)
class Minute(Node):
    """Text yyyymmddHHMM, or yyyymmdd (then 00:00), as minutes since 1970-01-01; else unknown."""

    of: Node

    @property
    def kind(self) -> Kind:
        return "minute"


@dataclass(frozen=True)
class BirthMinute(Node):
    """Like Minute, but month and day may be 00 (unknown): then the earliest minute it can mean."""

    of: Node

    @property
    def kind(self) -> Kind:
        return "minute"


@dataclass(frozen=True)
class Day(Node):
    """The calendar day of a minute, as days since 1970-01-01."""

    of: Node

    @property
    def kind(self) -> Kind:
        return "day"


@dataclass(frozen=True)
class Length(Node):
    """Number of characters of a text."""

    of: Node

    @property
    def kind(self) -> Kind:
        return "number"


@dataclass(frozen=True)
class Slice(Node):
    """Characters of a text from `start` (0-based), at most `length`."""

    of: Node
    start: int
    length: int

    @property
    def kind(self) -> Kind:
        return "text"


@dataclass(frozen=True)
class Part(Node):
    """The part of a ;-separated text at `index` (0-based); unknown when there is none or it is empty."""

    of: Node
    index: int

    @property
    def kind(self) -> Kind:
        return "text"


@dataclass(frozen=True)
class PartCount(Node):
    """Number of ;-separated parts (1 for a text without semicolon)."""

    of: Node

    @property
    def kind(self) -> Kind:
        return "number"


# --- arithmetic ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arithmetic(Node):
    """left + - * / right. Division by zero is unknown; by a literal zero it is refused."""

    operator: Literal["+", "-", "*", "/"]
    left: Node
    right: Node

    @property
    def kind(self) -> Kind:
        return "number"


@dataclass(frozen=True)
class Rounded(Node):
    """Rounded half up to 2 decimals, as the money of a line is. Compare it with Close, not with ==."""

    of: Node

    @property
    def kind(self) -> Kind:
        return "number"


@dataclass(frozen=True)
class Choose(Node):
    """`then` where the condition is true, `otherwise` where it is false or unknown."""

    condition: Node
    then: Node
    otherwise: Node

    @property
    def kind(self) -> Kind:
        return self.then.kind


@dataclass(frozen=True)
class Default(Node):
    """The value, or the default where it is unknown."""

    of: Node
    default: float | bool

    @property
    def kind(self) -> Kind:
        return self.of.kind


# --- conditions ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flag(Node):
    """Base of the conditions."""

    @property
    def kind(self) -> Kind:
        return "flag"


@dataclass(frozen=True)
class Filled(Flag):
    """Whether the value is known; itself never unknown."""

    of: Node


@dataclass(frozen=True)
class Compare(Flag):
    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Node
    right: Node


@dataclass(frozen=True)
class Close(Flag):
    """Two amounts differ by at most the tolerance (half a thousandth is added against binary fractions)."""

    left: Node
    right: Node
    tolerance: float


@dataclass(frozen=True)
class And(Flag):
    left: Node
    right: Node


@dataclass(frozen=True)
class Or(Flag):
    left: Node
    right: Node


@dataclass(frozen=True)
class Not(Flag):
    of: Node


@dataclass(frozen=True)
class Matches(Flag):
    """The whole text, or every ;-separated part of it, matches the pattern."""

    of: Node
    pattern: str
    parts: bool = False


@dataclass(frozen=True)
class IsDate(Flag):
    """The text is a real calendar date in one of the forms: date8, date12, birth12 (00 for unknown)."""

    of: Node
    forms: frozenset[str]
    parts: bool = False


@dataclass(frozen=True)
class Literals:
    """A fixed set of codes."""

    values: frozenset[str]


@dataclass(frozen=True)
class CodeList:
    """A code list of the message standard in force on the date of the record."""

    name: str


@dataclass(frozen=True)
class Catalogue:
    """A catalogue release in force on the date of the record; with an attribute, only codes bearing it."""

    name: str
    attribute: str | None = None


Source = Literals | CodeList | Catalogue


@dataclass(frozen=True)
class Member(Flag):
    """The text (mode whole), or every or any of its ;-separated parts, is one of the codes of the source.

    Unknown when the reference data lacks the source.
    """

    of: Node
    source: Source
    mode: Literal["whole", "every", "any"] = "whole"


@dataclass(frozen=True)
class PartsDistinct(Flag):
    """No ;-separated part stands twice."""

    of: Node


@dataclass(frozen=True)
class PartsContain(Flag):
    """One of the ;-separated parts equals the other text."""

    of: Node
    part: Node


@dataclass(frozen=True)
class Repeated(Flag):
    """An earlier row of the same table and dossier has the same known value."""

    of: Node


@dataclass(frozen=True)
class Among(Flag):
    """The text stands in a column of another table of the same dossier (in rows where `where` holds)."""

    of: Node
    table: str
    column: Node
    where: Node | None = None


# --- other tables of the dossier -------------------------------------------------------------------------


@dataclass(frozen=True)
class Aggregate(Node):
    """One figure over the rows of a table of the same dossier where `where` is true.

    sum: 0 without rows, unknown if any counted value is unknown; count: number of rows;
    exists: whether there is a row; min, max: of the known values, unknown without any.
    """

    table: str
    operation: Literal["sum", "count", "exists", "min", "max"]
    value: Node | None = None
    where: Node | None = None

    @property
    def kind(self) -> Kind:
        if self.operation == "exists":
            return "flag"
        return self.value.kind if self.value is not None else "number"


# --- the way out -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Custom(Flag):
    """A condition written by hand twice, for what the language cannot say. Keep them few.

    `inputs` are computed first. `whole(inputs, dossier, facts)` gets a polars frame with one column per
    input (named "0", "1"...) and the series of dossier numbers, and returns a Boolean series of the same
    length; `row(values, facts)` gets the list of one row's input values and returns True, False or None.
    One that `yields` "text" is no condition but a value for others: texts instead of truths.
    """

    inputs: tuple[Node, ...]
    whole: Callable[..., Any]
    row: Callable[[list[Any], Mapping[str, Any]], bool | str | None]
    yields: Literal["flag", "text"] = "flag"

    @property
    def kind(self) -> Kind:
        return self.yields
