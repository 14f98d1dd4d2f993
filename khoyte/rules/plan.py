"""A plan: the rules in force under one state of reference data, compiled for any number of batches."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from khoyte.rules import nodes
from khoyte.rules.compiling import Compiler
from khoyte.rules.declaration import PROFILES, Level, Rule
from khoyte.rules.findings import SHOWN_CHARACTERS, Findings
from khoyte.rules.frames import DOSSIER, LAYOUT, ROW, with_fields
from khoyte.rules.layouts import layout_faults
from khoyte.rules.reference import Reference
from khoyte.rules.screening import Screen, filling_of, screen_of
from khoyte.rules.sources import satisfied
from khoyte.rules.steps import State, group_steps, run_groups
from khoyte.standards.model import Standard

HIDDEN = "•••"
Layouts = Mapping[str, Sequence[tuple[str, ...]]]


@dataclass(frozen=True)
class Compiled:
    """One rule ready to run on its table."""

    rule: Rule
    fails: pl.Expr
    needs: frozenset[str]  # names of the steps that must have run for `fails`
    screen: Screen
    value: pl.Expr
    show: tuple[tuple[str, pl.Expr], ...]
    show_needs: frozenset[str]
    levels: Mapping[str, Level]


class Plan:
    """Compiled rules for one state of reference data and one set of facts at hand."""

    def __init__(self, rules: Iterable[Rule], reference: Reference, day: Any, facts: Container[str]) -> None:
        self.reference = reference
        self.lacking: dict[Rule, list[str]] = {}
        self._layout_rules: list[tuple[Rule, Mapping[str, Level]]] = []
        self._by_table: dict[str, list[Compiled]] = {}
        compiler = Compiler(reference)
        for rule in rules:
            levels = {profile: rule.level_on(profile, day) for profile in PROFILES}
            lacking = [item for item in sorted(rule.requires) if not satisfied(item, reference, facts)]
            if lacking:
                self.lacking[rule] = lacking
            elif rule.layout:
                self._layout_rules.append((rule, levels))
            elif rule.check is not None:
                self._by_table.setdefault(rule.table, []).append(_compile(rule, compiler, levels))
        self._groups = group_steps(compiler.steps)
        self._columns = compiler.columns
        self._plain = compiler.plain

    def judge(
        self,
        frames: Mapping[str, pl.DataFrame],
        size: int,
        layouts: Layouts,
        facts: Mapping[str, Any],
        findings: Findings,
        numbers: Sequence[int],
    ) -> None:
        """Append the findings of a batch. `numbers` gives the dossier number for each place in the frames."""
        ready = {name: with_fields(frame, self._fields(name)) for name, frame in frames.items()}
        state = State(ready, size, self.reference, facts, self._plain)
        filling = filling_of(ready)
        chosen = {
            table: [compiled for compiled in rules if compiled.screen.lets_pass(filling)]
            for table, rules in self._by_table.items()
            if table in ready
        }
        needed = frozenset().union(*(compiled.needs for rules in chosen.values() for compiled in rules))
        run_groups(self._groups, needed, state)
        for table, rules in chosen.items():
            self._judge_table(table, rules, state, findings, numbers)
        for rule, levels in self._layout_rules:
            if rule.table in frames:
                faulty = _faulty_layouts(rule, layouts, self.reference.standard)
                _judge_layouts(rule, levels, frames[rule.table], faulty, findings, numbers)

    def _fields(self, table: str) -> list[str]:
        return sorted(self._columns.get(table, ()))

    def _judge_table(
        self, table: str, rules: list[Compiled], state: State, findings: Findings, numbers: Sequence[int]
    ) -> None:
        """All conditions in one selection; only rules that found something are looked at further."""
        named = (compiled.fails.alias(str(place)) for place, compiled in enumerate(rules))
        masks = state.frames[table].select(DOSSIER, *named).get_columns()[1:]
        broken = [(compiled, mask) for compiled, mask in zip(rules, masks, strict=True) if mask.any()]
        run_groups(self._groups, frozenset().union(*(compiled.show_needs for compiled, _ in broken)), state)
        for compiled, mask in broken:
            if compiled.rule.unjudged is not None:
                _note_gap(state.frames[table].filter(mask)[DOSSIER], compiled.rule, findings, numbers)
                continue
            _collect(state.frames[table].filter(mask), compiled, findings, numbers)


def _compile(rule: Rule, compiler: Compiler, levels: Mapping[str, Level]) -> Compiled:
    assert rule.check is not None  # noqa: S101
    condition: nodes.Node = nodes.Not(rule.check)
    if rule.when is not None:
        condition = nodes.And(rule.when, condition)
    fails, needs = compiler.expression_and_needs(rule.table, condition)
    value = pl.lit(None, pl.String)
    if rule.field and not identifies(nodes.Column(rule.field), rule.table, compiler.reference.standard):
        value = compiler.expression(rule.table, nodes.Column(rule.field)).str.slice(0, SHOWN_CHARACTERS)
    shown = {name: _shown(node, rule.table, compiler) for name, node in rule.show.items()}
    show = tuple((name, expression) for name, (expression, _) in shown.items())
    show_needs = frozenset().union(*(needs for _, needs in shown.values()))
    screen = screen_of(rule.table, rule.when, rule.check)
    return Compiled(rule, fails, needs, screen, value, show, show_needs, levels)


def _shown(node: nodes.Node, table: str, compiler: Compiler) -> tuple[pl.Expr, frozenset[str]]:
    if identifies(node, table, compiler.reference.standard):
        return pl.lit(HIDDEN), frozenset()
    return compiler.expression_and_needs(table, node)


def identifies(node: nodes.Node, table: str, standard: Standard) -> bool:
    """Whether showing the node would show a field that identifies a person."""
    if node.kind != "text":
        return False
    if isinstance(node, nodes.Head):
        return identifies(node.inner, "XML1", standard)
    if isinstance(node, nodes.Column):
        spec = standard.tables[table].by_name.get(node.name) if table in standard.tables else None
        return spec is not None and spec.identifying
    return any(identifies(child, table, standard) for child in node.children())


def _collect(failing: pl.DataFrame, compiled: Compiled, findings: Findings, numbers: Sequence[int]) -> None:
    shown = failing.select(
        DOSSIER, ROW, compiled.value.alias("#value"), *(expr.alias(name) for name, expr in compiled.show)
    )
    names = [name for name, _ in compiled.show]
    count = shown.height
    findings.dossier.extend(numbers[place] for place in shown[DOSSIER])
    findings.rule.extend([compiled.rule] * count)
    findings.row.extend(shown[ROW].to_list())
    findings.field.extend([compiled.rule.field] * count)
    findings.value.extend(shown["#value"].to_list())
    findings.params.extend(shown.select(names).to_dicts() if names else [{}] * count)
    findings.levels.extend([compiled.levels] * count)


def _note_gap(places: pl.Series, rule: Rule, findings: Findings, numbers: Sequence[int]) -> None:
    assert rule.unjudged is not None  # noqa: S101
    _, dossiers = findings.gaps.setdefault(rule.id, (rule.unjudged, set()))
    dossiers.update(numbers[place] for place in places.unique())


def _faulty_layouts(rule: Rule, layouts: Layouts, standard: Standard) -> dict[int, tuple[str, ...]]:
    """Number of the layout -> tags with the fault the rule speaks of."""
    expected = tuple(standard.tables[rule.table].by_name)
    return {
        number: tags
        for number, sent in enumerate(layouts.get(rule.table, ()))
        if (tags := layout_faults(tuple(sent), expected).get(rule.layout))
    }


def _judge_layouts(
    rule: Rule,
    levels: Mapping[str, Level],
    frame: pl.DataFrame,
    faulty: Mapping[int, tuple[str, ...]],
    findings: Findings,
    numbers: Sequence[int],
) -> None:
    """One finding per tag and dossier, on the first row that has the layout."""
    if not faulty:
        return
    rows = frame.filter(pl.col(LAYOUT).is_in(list(faulty)))
    firsts = rows.unique([DOSSIER, LAYOUT], keep="first", maintain_order=True)
    for dossier, row, layout in firsts.select(DOSSIER, ROW, LAYOUT).iter_rows():
        for tag in faulty[layout]:
            findings.dossier.append(numbers[dossier])
            findings.rule.append(rule)
            findings.row.append(row)
            findings.field.append(tag)
            findings.value.append(None)
            findings.params.append({})
            findings.levels.append(levels)
