"""Which rules a batch can break at all, told from which columns are empty or full.

A rule on a field nobody filled cannot be broken, nor can a rule that a field be filled where it always is. So
most rules of a table need not be run on a batch, and a single visit is judged in a fraction of the time. The
answers are safe: a rule is only left out when no row can break it.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

import polars as pl

from khoyte.rules import nodes
from khoyte.rules.nodes import Node

Place = tuple[str, str]  # table, field
_NONE: frozenset[Place] = frozenset()


@dataclass(frozen=True)
class Screen:
    """Columns that must hold some value, and columns that must hold some gap, for a row to break the rule."""

    values: frozenset[Place]
    gaps: frozenset[Place]

    def lets_pass(self, filling: Filling) -> bool:
        """Whether the batch may break the rule."""
        return filling.with_values >= self.values and filling.with_gaps >= self.gaps


@dataclass(frozen=True)
class Filling:
    """Columns of a batch that hold at least one value, and columns that hold at least one gap."""

    with_values: Set[Place]
    with_gaps: Set[Place]


def filling_of(frames: Mapping[str, pl.DataFrame]) -> Filling:
    """Counting gaps costs nothing: columns know how many they have."""
    gaps = {
        (table, series.name): series.null_count()
        for table, frame in frames.items()
        for series in frame.iter_columns()
    }
    return Filling(
        {place for place, count in gaps.items() if count < frames[place[0]].height},
        {place for place, count in gaps.items() if count},
    )


def screen_of(table: str, when: Node | None, check: Node) -> Screen:
    """The screen of a rule: `when` must be true and `check` false on some row."""
    condition = nodes.Constant(True) if when is None else when
    return Screen(
        _for_truth(condition, table) | _for_falsehood(check, table),
        _gaps_for_truth(condition, table) | _gaps_for_falsehood(check, table),
    )


def _for_value(node: Node, table: str) -> frozenset[Place]:
    """Columns that must hold a value for the node to be known."""
    if isinstance(node, nodes.Column):
        return frozenset({(table, node.name)})
    if isinstance(node, nodes.Head):
        return _for_value(node.inner, "XML1")
    if isinstance(node, nodes.Among):
        return _for_value(node.of, table)
    if isinstance(node, _KNOWN_WITHOUT):
        return _NONE
    return _NONE.union(*(_for_value(child, table) for child in node.children()))


# Nodes that may be known although what they are computed from is not.
_KNOWN_WITHOUT = (
    nodes.And,
    nodes.Or,
    nodes.Choose,
    nodes.Default,
    nodes.Filled,
    nodes.Repeated,
    nodes.Aggregate,
    nodes.Custom,
)


def _for_truth(node: Node, table: str) -> frozenset[Place]:
    if isinstance(node, nodes.And):
        return _for_truth(node.left, table) | _for_truth(node.right, table)
    if isinstance(node, nodes.Or):
        return _for_truth(node.left, table) & _for_truth(node.right, table)
    if isinstance(node, nodes.Not):
        return _for_falsehood(node.of, table)
    if isinstance(node, nodes.Filled | nodes.Repeated):
        return _for_value(node.of, table)
    if isinstance(node, nodes.Default):
        return _NONE if node.default else _for_truth(node.of, table)
    return _for_value(node, table)


def _for_falsehood(node: Node, table: str) -> frozenset[Place]:
    if isinstance(node, nodes.And):
        return _for_falsehood(node.left, table) & _for_falsehood(node.right, table)
    if isinstance(node, nodes.Or):
        return _for_falsehood(node.left, table) | _for_falsehood(node.right, table)
    if isinstance(node, nodes.Not):
        return _for_truth(node.of, table)
    if isinstance(node, nodes.Default):
        return _for_falsehood(node.of, table) if node.default else _NONE
    return _for_value(node, table)


def _gaps_for_truth(node: Node, table: str) -> frozenset[Place]:
    if isinstance(node, nodes.And):
        return _gaps_for_truth(node.left, table) | _gaps_for_truth(node.right, table)
    if isinstance(node, nodes.Or):
        return _gaps_for_truth(node.left, table) & _gaps_for_truth(node.right, table)
    return _gaps_for_falsehood(node.of, table) if isinstance(node, nodes.Not) else _NONE


def _gaps_for_falsehood(node: Node, table: str) -> frozenset[Place]:
    if isinstance(node, nodes.And):
        return _gaps_for_falsehood(node.left, table) & _gaps_for_falsehood(node.right, table)
    if isinstance(node, nodes.Or):
        return _gaps_for_falsehood(node.left, table) | _gaps_for_falsehood(node.right, table)
    if isinstance(node, nodes.Filled) and isinstance(node.of, nodes.Column):
        return frozenset({(table, node.of.name)})
    return _gaps_for_truth(node.of, table) if isinstance(node, nodes.Not) else _NONE
