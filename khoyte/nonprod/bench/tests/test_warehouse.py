"""Indicators over generated visits: expressions against plain SQL written by hand, engine against engine."""

from typing import Any

import pytest

from khoyte.nonprod.bench import warehouse_rows, warehouse_sql
from khoyte.warehouse import engines
from khoyte.warehouse.answering import Answer, Scope, tables_in, worked_out
from khoyte.warehouse.indicators import INDICATORS
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tables import DataFile

VISITS = 4_000
FOUND = LakeState(registers={warehouse_rows.DAY.isoformat(): "2026-09-30T10:00:00+00:00"})
Files = dict[str, list[DataFile]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return warehouse_rows.write(tmp_path_factory.mktemp("lake"), VISITS)


def answered(engine: engines.Engine, code: str, files: Files) -> Answer:
    indicator = INDICATORS[code]
    return worked_out(indicator, tables_in(engine, indicator, files, Scope(), FOUND), with_provinces=True)


def by_sql(files: Files) -> dict[str, list[tuple[Any, ...]]]:
    import duckdb

    with duckdb.connect() as connection:
        for name, (file,) in files.items():
            path = file.address.removeprefix("file://")
            connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{path}')")
        return {
            code: connection.execute(warehouse_sql.statement(code)).fetchall() for code in warehouse_sql.SQL
        }


def told(found: Answer) -> list[tuple[str, float, int]]:
    (dimension,) = found.indicator.dimensions
    return [(row[dimension], row["value"], row["visits"]) for row in found.rows]


def by_name(rows: list[tuple[Any, ...]]) -> dict[str, float]:
    """Facilities without a value are told apart by their count."""
    return {name: -1 if value is None else value for name, value, _ in rows}


def counts(rows: list[tuple[Any, ...]]) -> dict[str, int]:
    return {name: counted for name, _, counted in rows}


def test_every_indicator_gives_what_plain_sql_gives(files: Files) -> None:
    assert warehouse_sql.SQL.keys() == INDICATORS.keys()
    second = by_sql(files)
    with engines.opened("duckdb") as engine:
        for code in INDICATORS:
            found = told(answered(engine, code, files))
            expected = [
                (name, value if value is None else float(value), n) for name, value, n in second[code]
            ]
            assert len(found) > 1, code
            assert by_name(found) == pytest.approx(by_name(expected), rel=1e-9), code
            assert counts(found) == counts(expected), code


def test_figures_are_shown_in_the_order_declared(files: Files) -> None:
    with engines.opened("duckdb") as engine:
        for code, indicator in INDICATORS.items():
            found = told(answered(engine, code, files))
            top = indicator.largest_first
            order = sorted(
                found, key=lambda row: (-(row[1] if row[1] is not None else -1) if top else 0, row[0])
            )
            assert found == order, code
