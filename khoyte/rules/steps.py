"""Running steps: the columns that rules of a whole batch share, stage by stage.

A `State` holds the frames of one batch while they grow. Steps of one stage are run in groups: readings of one
table in one selection, values of XML1 in one gather per table, figures over one table in one grouping.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import polars as pl

from khoyte.rules import moments, nodes
from khoyte.rules.compiling import TYPES, Step
from khoyte.rules.figures import by_dossier, figures, source_of
from khoyte.rules.frames import DOSSIER
from khoyte.rules.reference import Reference
from khoyte.rules.sources import contains


@dataclass
class State:
    """One batch while it is judged."""

    frames: dict[str, pl.DataFrame]
    size: int
    reference: Reference
    facts: Mapping[str, Any]
    plain: Mapping[tuple[str, str], str]
    head_rows: pl.Series = field(init=False)  # per dossier the row of its first XML1, null without
    done: set[str] = field(default_factory=set)  # names of the steps whose columns are there

    def __post_init__(self) -> None:
        self.head_rows = _head_rows(self.frames.get("XML1"), self.size)

    def add(self, steps: list[Step], columns: list[pl.Series]) -> None:
        """Store the columns of the steps."""
        by_table: dict[str, list[pl.Series]] = {}
        for step, column in zip(steps, columns, strict=True):
            by_table.setdefault(step.table, []).append(column.alias(step.name))
        for table, named in by_table.items():
            self.frames[table] = self.frames[table].hstack(named)
        self.done.update(step.name for step in steps)

    def inputs_of(self, table: str, expressions: Iterable[pl.Expr]) -> list[pl.Series]:
        """The expressions evaluated on the rows of the table, each as long as the table."""
        named = [expression.alias(str(place)) for place, expression in enumerate(expressions)]
        # The dossier column makes constants as long as the table.
        return self.frames[table].select(DOSSIER, *named).get_columns()[1:]


def _head_rows(frame: pl.DataFrame | None, size: int) -> pl.Series:
    if frame is None:
        return pl.repeat(None, size, dtype=pl.UInt32, eager=True)
    if frame.height == size and (frame[DOSSIER] == pl.int_range(size, dtype=pl.UInt32, eager=True)).all():
        return frame[DOSSIER]
    first = frame.select(DOSSIER).with_row_index("#place").unique(DOSSIER, keep="first")
    return by_dossier(first, size)["#place"]


def group_steps(steps: Iterable[Step]) -> list[list[Step]]:
    """The steps in the order in which they must run, those that run as one together."""
    return [list(group) for _, group in groupby(sorted(steps, key=_order), key=_order)]


def run_groups(groups: Iterable[list[Step]], wanted: Container[str], state: State) -> None:
    """Add the columns of the wanted steps to the frames; tables without rows are left out."""
    for group in groups:
        steps = [
            step
            for step in group
            if step.name in wanted and step.name not in state.done and step.table in state.frames
        ]
        if steps:
            state.add(steps, _RUNNERS[type(steps[0].node)](steps, state))


# Steps of these kinds run together whatever their table.
_ACROSS_TABLES = (nodes.Minute, nodes.BirthMinute, nodes.Aggregate)


def _order(step: Step) -> tuple[int, int, str, str]:
    """Steps that run as one group get the same order; plain-number tests go before readings use them."""
    first = 0 if isinstance(step.node, nodes.Matches) else 1
    runner = _RUNNERS[type(step.node)].__name__
    return step.stage, first, runner, "" if isinstance(step.node, _ACROSS_TABLES) else step.table


def _matches(group: list[Step], state: State) -> list[pl.Series]:
    patterns = [f"^(?:{step.node.pattern})$" for step in group]  # type: ignore[attr-defined]
    tests = (step.inputs[0].str.contains(pattern) for step, pattern in zip(group, patterns, strict=True))
    return state.inputs_of(group[0].table, tests)


def _numbers(group: list[Step], state: State) -> list[pl.Series]:
    return state.inputs_of(group[0].table, [_number(step, state) for step in group])


def _moments(group: list[Step], state: State) -> list[pl.Series]:
    """All times of the batch in one go, as one long column with the dates of birth at its end."""
    steps = sorted(group, key=lambda step: (isinstance(step.node, nodes.BirthMinute), step.table))
    texts = [
        text
        for table, of_table in groupby(steps, key=lambda step: step.table)
        for text in _first_inputs(list(of_table), state, table)
    ]
    births = [isinstance(step.node, nodes.BirthMinute) for step in steps]
    first_birth = sum(len(text) for text, birth in zip(texts, births, strict=True) if not birth)
    minutes = moments.minutes_of(pl.concat(texts), births_from=first_birth)
    found, start = {}, 0
    for step, text in zip(steps, texts, strict=True):
        found[step.name] = minutes.slice(start, len(text))
        start += len(text)
    return [found[step.name] for step in group]


def _number(step: Step, state: State) -> pl.Expr:
    (text,) = step.inputs
    frame = state.frames[step.table]
    node: Any = step.node
    field_name = node.of.name if isinstance(node.of, nodes.Column) else ""
    plain = state.plain.get((step.table, field_name))
    # `all` passes over nulls: where every text is known to be a plain number the cast alone will do.
    if plain is not None and plain in frame.columns and frame[plain].all():
        return text.cast(pl.Float64, strict=False)
    return moments.number_column(text)


def _first_inputs(group: list[Step], state: State, table: str | None = None) -> list[pl.Series]:
    return state.inputs_of(table or group[0].table, [step.inputs[0] for step in group])


def _heads(group: list[Step], state: State) -> list[pl.Series]:
    """Values of XML1 spread over the rows of another table."""
    frame = state.frames[group[0].table]
    if "XML1" not in state.frames:
        return [pl.repeat(None, frame.height, dtype=TYPES[step.node.kind], eager=True) for step in group]
    places = state.head_rows.gather(frame[DOSSIER])
    return [value.gather(places) for value in _first_inputs(group, state, "XML1")]


def _aggregates(group: list[Step], state: State) -> list[pl.Series]:
    """Figures over other tables: one grouping per table they are taken from, each figure taken once."""
    once = {step.node: step for step in group}
    found: dict[str, pl.Series] = {}
    for source, steps in groupby(sorted(once.values(), key=source_of), key=source_of):
        found |= figures(state.frames.get(source), list(steps), state.size)
    return [found[once[step.node].name].gather(state.frames[step.table][DOSSIER]) for step in group]


def _members(group: list[Step], state: State) -> list[pl.Series]:
    """Codes of large or ;-separated sets: each distinct text is looked up once."""
    tests = (_member_test(step.node, state) for step in group)
    return [by_distinct(text, test) for text, test in zip(_first_inputs(group, state), tests, strict=True)]


def _member_test(node: Any, state: State) -> Callable[[str], bool]:
    if isinstance(node, nodes.IsDate):
        return lambda text: all(moments.is_date(part, node.forms) for part in text.split(";"))
    known = contains(node.source, state.reference)
    assert known is not None  # noqa: S101  the compiler makes no step for a source that is lacking
    if node.mode == "whole":
        return known
    quantifier = all if node.mode == "every" else any
    return lambda text: quantifier(known(part) for part in text.split(";"))


def by_distinct(texts: pl.Series, test: Callable[[str], bool]) -> pl.Series:
    """The test's answer for each text, null where the text is."""
    bad = [text for text in texts.unique().to_list() if text is not None and not test(text)]
    # A column equals itself but where it is null, which is just the answer when nothing is bad.
    return ~texts.is_in(bad) if bad else texts == texts


def _repeated(group: list[Step], state: State) -> list[pl.Series]:
    dossiers = state.frames[group[0].table][DOSSIER]
    return [_is_repeated(dossiers, value) for value in _first_inputs(group, state)]


def _is_repeated(dossiers: pl.Series, values: pl.Series) -> pl.Series:
    pairs = pl.DataFrame([dossiers, values.alias("value")]).to_struct()
    return ~pairs.is_first_distinct() & values.is_not_null()


def _among(group: list[Step], state: State) -> list[pl.Series]:
    dossiers = state.frames[group[0].table][DOSSIER]
    return [
        _found(pl.DataFrame([dossiers, text.alias("value")]), _offered(step, state))
        for text, step in zip(_first_inputs(group, state), group, strict=True)
    ]


def _offered(step: Step, state: State) -> pl.DataFrame | None:
    """The distinct values of the other table's column per dossier."""
    source = step.node.table  # type: ignore[attr-defined]
    if source not in state.frames:
        return None
    column, where = step.inputs[1:]
    frame = state.frames[source].select(DOSSIER, column.alias("value"), where.alias("where"))
    return frame.filter("where").select(DOSSIER, "value", pl.lit(True).alias("hit")).unique()


def _found(wanted: pl.DataFrame, offered: pl.DataFrame | None) -> pl.Series:
    known = wanted["value"].is_not_null()
    if offered is None:
        hits = pl.repeat(False, wanted.height, eager=True)
    else:
        joined = wanted.join(offered, on=[DOSSIER, "value"], how="left", maintain_order="left")
        hits = joined["hit"].fill_null(False)
    return hits.zip_with(known, pl.repeat(None, wanted.height, dtype=pl.Boolean, eager=True))


def _customs(group: list[Step], state: State) -> list[pl.Series]:
    answers = []
    for step in group:
        inputs = state.inputs_of(step.table, step.inputs)
        frame = pl.DataFrame([value.alias(str(place)) for place, value in enumerate(inputs)])
        node: Any = step.node
        answers.append(node.whole(frame, state.frames[step.table][DOSSIER], state.facts))
    return answers


_RUNNERS: dict[type[nodes.Node], Callable[[list[Step], State], list[pl.Series]]] = {
    nodes.Matches: _matches,
    nodes.Number: _numbers,
    nodes.Minute: _moments,
    nodes.BirthMinute: _moments,
    nodes.Head: _heads,
    nodes.Aggregate: _aggregates,
    nodes.Member: _members,
    nodes.IsDate: _members,
    nodes.Repeated: _repeated,
    nodes.Among: _among,
    nodes.Custom: _customs,
}
