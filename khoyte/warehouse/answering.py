"""Indicators answered over the lake at its watermark, by DuckDB in this process or by a Spark server.

The engine is loaded with the first question. An answer is kept until the lake has been filled again.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from khoyte.warehouse import engines, statements
from khoyte.warehouse.budget import budget, first_month
from khoyte.warehouse.columns import REGISTERS, STATE
from khoyte.warehouse.indicators.declaration import Indicator, Tables
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tables import DataFile, Lake, columns_digest

if TYPE_CHECKING:
    import ibis.expr.types as ir

Files = Mapping[str, Sequence[DataFile]]
_NAMES = {
    "visits": "visit",
    "drugs": "visit_drug",
    "services": "visit_service",
    "results": "visit_result",
    "facilities": "register_facility",
    "practitioners": "register_practitioner",
    "pharmacies": "register_pharmacy",
    "licence_acts": "register_licence_act",
}
_KEPT = 200


@dataclass(frozen=True)
class Scope:
    """Whose visits: a facility's, a province's, or all where both are empty."""

    facility: str = ""
    province: str = ""


@dataclass(frozen=True)
class Answer:
    """Rows in order, each with the indicator's dimensions, `value` and `visits`.

    `rows_in` counts the visits (or records) it speaks of, `missing` the share of them that lack what it
    needs. `provinces` are the same figures by province, where the whole country was asked. `since` is the
    first month told of, "" where that is all of them.
    """

    indicator: Indicator
    rows: list[dict[str, Any]]
    rows_in: int
    missing: float | None
    as_of: datetime | None
    provinces: list[dict[str, Any]] = field(default_factory=list)
    since: str = ""


_answers: OrderedDict[tuple[Any, ...], Answer] = OrderedDict()
_lock = Lock()


def answer(indicator: Indicator, scope: Scope) -> Answer:
    """The indicator as of the lake's watermark, or of the newest day of the registers.

    Raises LakeDamaged where its files cannot be read, QuestionTooLarge, EngineAway.
    """
    found = LakeState.objects.filter(id=1).first()
    if found is None or not _is_filled(indicator, found):
        return Answer(indicator, [], 0, None, _as_of(indicator, found) if found else None)
    # Not its snapshots: the same rows in fewer files give the same answer.
    lake = (found.generation, found.fills, tuple(sorted(found.registers.items())))
    key = (indicator.code, indicator.version, scope, engines.chosen(), budget(), *lake)
    with _lock:
        if key in _answers:
            return replace(_answers[key], indicator=indicator, as_of=_as_of(indicator, found))
    made = _answer(indicator, scope, found)
    with _lock:
        _answers[key] = made
        while len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return made


def _is_filled(indicator: Indicator, found: LakeState) -> bool:
    return bool(found.registers) if indicator.of_registers else found.fills > 0


def _as_of(indicator: Indicator, found: LakeState) -> datetime | None:
    if not indicator.of_registers:
        return found.as_of
    return datetime.fromisoformat(found.registers[max(found.registers)]) if found.registers else None


def _answer(indicator: Indicator, scope: Scope, found: LakeState) -> Answer:
    files = {table: _in_province(files, scope) for table, files in _files(indicator, found).items()}
    since = first_month({t: f for t, f in files.items() if t not in REGISTERS}, budget())
    files = {table: [one for one in some if _is_since(one, since)] for table, some in files.items()}
    made = worked_out(indicator, files, scope, found, with_provinces=scope == Scope())
    return replace(made, as_of=_as_of(indicator, found), since=since)


def _is_since(file: DataFile, since: str) -> bool:
    return file.month == "" or file.month >= since


def worked_out(
    indicator: Indicator, files: Files, scope: Scope, found: LakeState, *, with_provinces: bool
) -> Answer:
    """The answer over these files of its tables, by the engine chosen."""
    rows = _asked(
        indicator, files, scope, found, ["counted", "rows", *(["provinces"] if with_provinces else [])]
    )
    (counted,) = rows["counted"]
    rows_in, complete = int(counted["rows_in"] or 0), int(counted["complete"] or 0)
    return Answer(
        indicator,
        rows["rows"],
        rows_in,
        1 - complete / rows_in if indicator.needs and rows_in else None,
        None,
        rows.get("provinces", []),
    )


def figures(indicator: Indicator, files: Files, scope: Scope, found: LakeState) -> list[dict[str, Any]]:
    """The rows alone."""
    return _asked(indicator, files, scope, found, ["rows"])["rows"]


def _asked(
    indicator: Indicator, files: Files, scope: Scope, found: LakeState, names: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    if engines.chosen() != "duckdb":
        server = engines.spark()
        addresses = {table: [one.address for one in some] for table, some in files.items()}
        tables = tables_in(
            lambda table: server.read(table, addresses.get(table, [])), indicator, scope, found
        )
        expressions = _expressions(indicator, tables)
        return {name: expressions[name].to_pyarrow().to_pylist() for name in names}
    key = (indicator, scope, max(found.registers, default=""), columns_digest())
    known = statements.kept(
        key, lambda: _expressions(indicator, tables_in(statements.declared, indicator, scope, found))
    )
    needed = {table: files.get(table, []) for table in (*indicator.reads, STATE)}
    with statements.opened(needed) as lake:
        return {name: lake.ask(known[name]) for name in names}


def _expressions(indicator: Indicator, tables: Tables) -> "dict[str, ir.Table]":
    """`rows` in order; `provinces`, the same figures by province; `counted`, what they stand on."""
    return {
        "rows": indicator.expression(tables),
        "provinces": indicator.by(indicator.rows(tables), ("province",)).order_by("province"),
        "counted": _counted(indicator, tables),
    }


def _counted(indicator: Indicator, tables: Tables) -> "ir.Table":
    """Visits (or records) the indicator speaks of, and how many of them have all it needs."""
    base = indicator.base(tables)
    complete = base.count(where=_all_there(base, indicator.needs)) if indicator.needs else base.count()
    return base.agg(rows_in=base.count(), complete=complete)


def _all_there(base: "ir.Table", names: Sequence[str]) -> Any:
    there = base[names[0]].notnull()
    for name in names[1:]:
        there = there & base[name].notnull()
    return there


def _files(indicator: Indicator, found: LakeState) -> Files:
    return {table: files for table, files in files_of(found).items() if table in (*indicator.reads, STATE)}


_listed: dict[tuple[Any, ...], Files] = {}


def files_of(found: LakeState) -> Files:
    """The files of each table at the watermark; listed once for each fill."""
    key = (found.generation, *found.snapshots.items())
    if key not in _listed:
        with Lake(found.generation) as lake:
            listed = {
                table: lake.data_files(table, found.snapshots.get(table))
                for table in (*_NAMES.values(), STATE)
            }
        _listed.clear()
        _listed[key] = listed
    return _listed[key]


def _in_province(files: Sequence[DataFile], scope: Scope) -> list[DataFile]:
    """Files that may hold rows of the scope; the rows themselves are cut by `_in_scope`."""
    return [one for one in files if not scope.province or one.province in ("", scope.province)]


def tables_in(
    table_of: "Callable[[str], ir.Table]", indicator: Indicator, scope: Scope, found: LakeState
) -> Tables:
    """The lake's tables cut to the scope, to current versions, to the newest day of registers."""

    def read(table: str) -> "ir.Table":
        return _in_scope(table_of(table), scope)

    chosen: dict[str, Any] = dict.fromkeys(_NAMES)
    current = None
    for name, table in _NAMES.items():
        if table not in indicator.reads:
            continue
        rows = read(table)
        if table in REGISTERS:
            chosen[name] = rows.filter(
                rows.day == date.fromisoformat(max(found.registers, default="0001-01-01"))
            )
            continue
        current = _current(read(STATE)) if current is None else current
        chosen[name] = rows.semi_join(current, "visit_id")
    return Tables(**chosen)


def _current(states: "ir.Table") -> "ir.Table":
    last = states.group_by("visit_id").agg(is_current=states.is_current.argmax(states.as_of))
    return last.filter(last.is_current == 1)


def _in_scope(table: "ir.Table", scope: Scope) -> "ir.Table":
    if scope.facility:
        return table.filter(table.facility == scope.facility)
    if scope.province:
        return table.filter(table.province == scope.province)
    return table
