"""Indicators answered by DuckDB in this process, over the lake at its watermark.

ibis and DuckDB are loaded with the first question. An answer is kept until the lake has been filled again.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from khoyte.warehouse.columns import STATE, columns_of
from khoyte.warehouse.indicators.declaration import FIGURE, Indicator, Tables
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tables import Lake, schema_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SOURCES = ("visit", "visit_drug", "visit_service", "visit_result", STATE)
_KEPT = 200


@dataclass(frozen=True)
class Scope:
    """Whose visits: a facility's, a province's, or all where both are empty."""

    facility: str = ""
    province: str = ""


@dataclass(frozen=True)
class Answer:
    """Rows in order, each with the indicator's dimensions, `value` and `visits`.

    `rows_in` counts the visits it speaks of, `missing` the share of them that lack what it needs.
    """

    indicator: Indicator
    rows: list[dict[str, Any]]
    rows_in: int
    missing: float | None
    as_of: datetime | None


_answers: OrderedDict[tuple[Any, ...], Answer] = OrderedDict()
_lock = Lock()


def answer(indicator: Indicator, scope: Scope) -> Answer:
    """The indicator as of the lake's watermark. Raises LakeDamaged where its files cannot be read."""
    found = LakeState.objects.filter(id=1).first()
    if found is None or found.fills == 0:
        return Answer(indicator, [], 0, None, found.as_of if found else None)
    lake = (found.generation, found.fills, tuple(found.snapshots.items()))
    key = (indicator.code, indicator.version, scope, *lake)
    with _lock:
        if key in _answers:
            kept = _answers[key]
            return Answer(indicator, kept.rows, kept.rows_in, kept.missing, found.as_of)
    made = _answer(indicator, scope, found)
    with _lock:
        _answers[key] = made
        while len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return made


def _answer(indicator: Indicator, scope: Scope, found: LakeState) -> Answer:
    import ibis  # the engine is loaded only when an indicator is asked for

    engine = ibis.duckdb.connect(threads=2)
    try:
        tables = tables_in(engine, files_of(found), scope)
        rows = indicator.expression(tables).to_pyarrow().to_pylist()
        base = indicator.base(tables.visits)
        rows_in = int(base.count().to_pyarrow().as_py())
        missing = _missing(indicator, base, rows_in)
    finally:
        engine.disconnect()
    return Answer(indicator, [_plain(row) for row in rows], rows_in, missing, found.as_of)


def files_of(found: LakeState) -> dict[str, list[str]]:
    """The files of each table at the watermark."""
    with Lake(found.generation) as lake:
        return {table: lake.files(table, found.snapshots.get(table)) for table in _SOURCES}


def tables_in(engine: Any, files: Mapping[str, list[str]], scope: Scope) -> Tables:
    """The lake in an engine, cut to the scope and to current versions."""
    read = {table: _read(engine, table, files[table]) for table in _SOURCES}
    states = read[STATE]
    last = states.group_by("visit_id").agg(is_current=states.is_current.argmax(states.as_of))
    current = last.filter(last.is_current == 1)
    chosen = {table: _in_scope(read[table], scope).semi_join(current, "visit_id") for table in _SOURCES[:-1]}
    return Tables(chosen["visit"], chosen["visit_drug"], chosen["visit_service"], chosen["visit_result"])


def _read(engine: Any, table: str, files: list[str]) -> "ir.Table":
    if not files:
        import ibis  # as above

        return engine.create_table(table, schema=ibis.Schema.from_pyarrow(schema_of(columns_of(table))))
    paths = [file.removeprefix("file://") for file in files]
    return engine.read_parquet(paths, table_name=table, hive_partitioning=False)


def _in_scope(table: "ir.Table", scope: Scope) -> "ir.Table":
    if scope.facility:
        return table.filter(table.facility == scope.facility)
    if scope.province:
        return table.filter(table.province == scope.province)
    return table


def _missing(indicator: Indicator, base: "ir.Table", rows_in: int) -> float | None:
    if not indicator.needs or not rows_in:
        return None
    complete = base.filter(*(base[name].notnull() for name in indicator.needs))
    return 1 - int(complete.count().to_pyarrow().as_py()) / rows_in


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    figure = row[FIGURE]
    return {**row, FIGURE: None if figure is None else float(figure)}
