"""A rulebook: declared rules and rules made from the standard, judging batches of dossiers.

Dossiers of one batch may fall under different states of reference data and of the rules (by the date of the
record); they are judged group by group, each group with its own plan. Plans are compiled once and kept.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from khoyte.foundation.language import Text
from khoyte.rules.declaration import Rule
from khoyte.rules.findings import Finding, Findings, NotJudged
from khoyte.rules.frames import DOSSIER, TableRows, build_frames, part_of
from khoyte.rules.nodes import DeclarationError
from khoyte.rules.plan import Plan
from khoyte.rules.reference import Pack, Reference
from khoyte.rules.rendering import Rendered, render
from khoyte.standards.model import Standard

NO_FACTS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Judgement:
    """Findings of a batch and what could not be judged for want of reference data."""

    findings: Findings
    not_judged: list[NotJudged]


class RuleBook:
    """Rules declared, rules generated from the standard in force, and their compiled plans."""

    def __init__(
        self,
        declared: Iterable[Rule],
        generate: Callable[[Standard], list[Rule]],
        name_requirement: Callable[[str], Text],
    ) -> None:
        """`generate` makes the rules of the field list; `name_requirement` names what a rule requires."""
        self.declared = tuple(declared)
        self._generate = generate
        self._name_requirement = name_requirement
        self._of_standards: dict[str, list[Rule]] = {}
        self._plans: dict[Any, Plan] = {}
        self._indexes: dict[str, dict[tuple[str, ...], Rule]] = {}
        self._turning_days = sorted(set().union(*(rule.turning_days() for rule in self.declared)))
        _refuse_doubles(self.declared)

    def rules_on(self, day: datetime.date, standard: Standard) -> list[Rule]:
        """All rules for records of that date, declared and generated."""
        return [rule for rule in (*self._generated(standard), *self.declared) if rule.in_force(day)]

    def _generated(self, standard: Standard) -> list[Rule]:
        if standard.id not in self._of_standards:
            self._of_standards[standard.id] = self._generate(standard)
        return self._of_standards[standard.id]

    def plan_for(self, day: datetime.date, reference: Reference, facts: Mapping[str, Any] = NO_FACTS) -> Plan:
        """The compiled plan for records of that date; compiled on first use."""
        key = (reference.key, self._turn(day), frozenset(facts))
        if key not in self._plans:
            self._plans[key] = Plan(self.rules_on(day, reference.standard), reference, day, facts)
        return self._plans[key]

    def judge(
        self,
        tables: Mapping[str, TableRows],
        days: Sequence[datetime.date],
        pack: Pack,
        facts: Mapping[str, Any] = NO_FACTS,
        frames: Mapping[str, pl.DataFrame] | None = None,
    ) -> Judgement:
        """Judge a batch: `days[i]` is the date of the record of dossier i, one per dossier of the batch.

        `facts` holds what else rules may require ("register:practice" -> ...). `frames` spares building the
        columns twice when the caller has them already (`frames.build_frames(tables)`).
        """
        frames = build_frames(tables) if frames is None else frames
        layouts = {name: rows.layouts for name, rows in tables.items()}
        findings = Findings()
        lacking: dict[str, dict[str, set[Any]]] = {}
        for plan, dossiers in self._groups(days, pack, facts):
            part = part_of(frames, dossiers, len(days))
            plan.judge(part, len(dossiers), layouts, facts, findings, dossiers)
            _note_lacking(plan, part, dossiers, lacking)
        not_judged = [self._not_judged(rule, noted) for rule, noted in lacking.items()]
        not_judged += [
            NotJudged(rule, reason, frozenset(places)) for rule, (reason, places) in findings.gaps.items()
        ]
        return Judgement(findings, sorted(not_judged, key=lambda one: one.rule))

    def find(self, finding: Finding, standard: Standard) -> Rule:
        """The declaration behind a finding; KeyError for one this rulebook does not know."""
        name = (finding.rule, finding.part, finding.table, finding.field)
        index = self._index(standard)
        return index[name] if name in index else index[name[:2]]

    def render(self, finding: Finding, lang: str, standard: Standard) -> Rendered:
        """The finding in words of that language, with labels of that standard."""
        return render(self.find(finding, standard), finding, lang, standard)

    def _index(self, standard: Standard) -> dict[tuple[str, ...], Rule]:
        """Rules by (id, part) and by (id, part, table, field)."""
        if standard.id not in self._indexes:
            index: dict[tuple[str, ...], Rule] = {}
            for rule in (*self._generated(standard), *self.declared):
                index.setdefault((rule.id, rule.part), rule)
                index[rule.id, rule.part, rule.table, rule.field] = rule
            self._indexes[standard.id] = index
        return self._indexes[standard.id]

    def _turn(self, day: datetime.date) -> int:
        return bisect_right(self._turning_days, day)

    def _groups(
        self, days: Sequence[datetime.date], pack: Pack, facts: Mapping[str, Any]
    ) -> list[tuple[Plan, list[int]]]:
        """The plans the batch needs, each with its dossiers in order."""
        places: dict[datetime.date, list[int]] = {}
        for place, day in enumerate(days):
            places.setdefault(day, []).append(place)
        groups: dict[int, tuple[Plan, list[int]]] = {}
        for day, of_day in places.items():
            plan = self.plan_for(day, pack.on(day), facts)
            groups.setdefault(id(plan), (plan, []))[1].extend(of_day)
        return [(plan, sorted(dossiers)) for plan, dossiers in groups.values()]

    def _not_judged(self, rule: str, noted: Mapping[str, set[Any]]) -> NotJudged:
        names = [self._name_requirement(item) for item in sorted(noted["requirements"])]
        reason = Text(
            "chưa có " + ", ".join(name.vi for name in names), "no " + ", ".join(name.en for name in names)
        )
        return NotJudged(rule, reason, frozenset(noted["dossiers"]))


def _refuse_doubles(rules: Iterable[Rule]) -> None:
    seen: set[tuple[str, str, str, str]] = set()
    for rule in rules:
        name = (rule.id, rule.part, rule.table, rule.field)
        if name in seen:
            raise DeclarationError(f"{rule.id}, part {rule.part!r}: twice for {rule.table}.{rule.field}")
        seen.add(name)


def _note_lacking(
    plan: Plan,
    frames: Mapping[str, pl.DataFrame],
    dossiers: Sequence[int],
    lacking: dict[str, dict[str, set[Any]]],
) -> None:
    tables = {rule.table for rule in plan.lacking} & frames.keys()
    looked_at = {name: {dossiers[place] for place in frames[name][DOSSIER].unique()} for name in tables}
    for rule, requirements in plan.lacking.items():
        if rule.table in looked_at:
            noted = lacking.setdefault(rule.id, {"requirements": set(), "dossiers": set()})
            noted["requirements"].update(requirements)
            noted["dossiers"].update(looked_at[rule.table])
