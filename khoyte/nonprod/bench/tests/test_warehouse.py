"""Indicators over generated visits: expressions against plain SQL written by hand, engine against engine."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from khoyte.nonprod.bench import warehouse, warehouse_rows, warehouse_sql
from khoyte.nonprod.bench.commands import table_of
from khoyte.nonprod.bench.errors import AnswersDiffer
from khoyte.warehouse import engines
from khoyte.warehouse.answering import Answer, Scope, worked_out
from khoyte.warehouse.indicators import INDICATORS
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tables import DataFile

VISITS = 2_000
FOUND = LakeState(registers={warehouse_rows.DAY.isoformat(): "2026-09-30T10:00:00+00:00"})
Files = dict[str, list[DataFile]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return warehouse_rows.write(tmp_path_factory.mktemp("lake"), VISITS)


def answered(engine: str, code: str, files: Files) -> Answer:
    """By "duckdb" or by a Spark server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KHOYTE_ENGINE", engine)
        return worked_out(INDICATORS[code], files, Scope(), FOUND, with_provinces=True)


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


@pytest.fixture(scope="module")
def by_duckdb(files: Files) -> dict[str, Answer]:
    return {code: answered("duckdb", code, files) for code in INDICATORS}


def test_every_indicator_gives_what_plain_sql_gives(files: Files, by_duckdb: dict[str, Answer]) -> None:
    assert warehouse_sql.SQL.keys() == INDICATORS.keys()
    second = by_sql(files)
    for code in INDICATORS:
        found = told(by_duckdb[code])
        expected = [(name, value if value is None else float(value), n) for name, value, n in second[code]]
        assert len(found) > 1, code
        assert by_name(found) == pytest.approx(by_name(expected), rel=1e-9), code
        assert counts(found) == counts(expected), code


def test_figures_are_shown_in_the_order_declared(by_duckdb: dict[str, Answer]) -> None:
    for code, indicator in INDICATORS.items():
        found, top = told(by_duckdb[code]), indicator.largest_first
        order = sorted(found, key=lambda row: (-(row[1] if row[1] is not None else -1) if top else 0, row[0]))
        assert found == order, code


def test_sail_gives_the_very_same_rows_as_duckdb(
    files: Files, by_duckdb: dict[str, Answer], sail: str
) -> None:
    """Not nearly: every digit of every row of every indicator."""
    for code in INDICATORS:
        assert answered(sail, code, files) == by_duckdb[code], code


def test_tables_without_files_are_empty_for_both(sail: str) -> None:
    for address in ("duckdb", sail):
        found = answered(address, "cong-suat-giuong", {})
        assert (found.rows, found.rows_in, found.provinces) == ([], 0, [])


_SERVER = """
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print(*server.listening_address, flush=True)
input()
server.stop()
"""


@pytest.fixture(scope="module")
def sail() -> Iterator[str]:
    """A Spark Connect server of Sail on loopback, ended with the module."""
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    host, port = server.stdout.readline().split()
    try:
        # The client takes a process without a main file for one of its own doctests: the runner's have none.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "ps1", "", raising=False)
            yield f"sc://{host}:{port}"
    finally:
        engines.forget_sessions()
        server.kill()
        server.communicate(timeout=30)


def test_the_benchmark_holds_all_sides_against_each_other(tmp_path: Path) -> None:
    codes = ["luot-kham-theo-thang", "xet-nghiem-moi-luot"]
    large = warehouse._ask_all(tmp_path, 500, codes, 1, lambda line: None)
    small = {
        **large,
        "ours": {code: [replace(turn, units=100) for turn in large["ours"][code]] for code in codes},
    }
    measured = warehouse.document(small, large, codes)
    assert measured["exponent"] == 0, "as much for the fifth"
    assert measured["answers_checked"] is True
    assert measured["questions"].keys() == set(codes)
    for side in ("ours", "floor", "peer"):
        assert measured[side]["cpu_s"] > 0
        assert measured[side]["rss_mb"] > 20
    assert measured["ratio"].keys() >= {
        "floor_cpu_median",
        "floor_cpu_min",
        "floor_cpu_max",
        "peer_cpu_median",
    }
    said = table_of({"bench": "warehouse", "scale": 1, **measured})
    assert "CPU against polars" in said
    assert "xet-nghiem-moi-luot" in said


def test_answers_that_differ_end_the_benchmark() -> None:
    warehouse._check("x", [("a", 0.1, 2)], [("a", 0.1 + 1e-12, 2)])
    for wrong in ([("a", 0.2, 2)], [("a", 0.1, 3)], [("b", 0.1, 2)], [("a", None, 2)], []):
        with pytest.raises(AnswersDiffer):
            warehouse._check("x", wrong, [("a", 0.1, 2)])
