"""One side of `khoyte bench warehouse` as a process of its own, so that the kernel keeps its books apart.

`python -m khoyte.nonprod.bench.warehouse_side SIDE FOLDER` reads questions, "CODE" or "CODE whole", one a
line, and answers each with a line of JSON: CPU and wall seconds, rows. SIDE is ours, floor (plain SQL in
DuckDB) or polars. Every question begins from the files: between two, ours keeps the SQL it has
worked out, the others nothing.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from khoyte.edges.setup import set_up_django

Rows = list[tuple[Any, ...]]
THREADS = 2


def _ours(paths: dict[str, str]) -> Callable[[str, bool], Rows]:
    set_up_django("app")
    from khoyte.nonprod.bench.warehouse_rows import DAY
    from khoyte.warehouse.answering import Scope, figures, worked_out
    from khoyte.warehouse.indicators import INDICATORS
    from khoyte.warehouse.models import LakeState
    from khoyte.warehouse.tables import DataFile

    files = {name: [DataFile(f"file://{path}", "", "", 0, 0)] for name, path in paths.items()}
    found = LakeState(registers={DAY.isoformat(): f"{DAY}T10:00:00+00:00"})

    def ask(code: str, whole: bool) -> Rows:
        indicator = INDICATORS[code]
        if whole:
            rows = worked_out(indicator, files, Scope(), found, with_provinces=True).rows
        else:
            rows = figures(indicator, files, Scope(), found)
        return [(row[indicator.dimensions[0]], row["value"], row["visits"]) for row in rows]

    return ask


def _floor(paths: dict[str, str]) -> Callable[[str, bool], Rows]:
    import duckdb

    from khoyte.nonprod.bench.warehouse_sql import reads, statement

    def ask(code: str, whole: bool) -> Rows:
        with duckdb.connect(config={"threads": THREADS}) as connection:
            for name in reads(code):
                connection.read_parquet(paths[name]).create_view(name)
            return connection.execute(statement(code)).fetchall()

    return ask


def _polars(paths: dict[str, str]) -> Callable[[str, bool], Rows]:
    from khoyte.nonprod.bench.warehouse_polars import QUERIES, tables

    def ask(code: str, whole: bool) -> Rows:
        return QUERIES[code](tables(paths)).collect().rows()

    return ask


SIDES = {"ours": _ours, "floor": _floor, "polars": _polars}


def main() -> None:
    side, folder = sys.argv[1:]
    ask = SIDES[side]({path.stem: str(path) for path in Path(folder).glob("*.parquet")})
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        code, _, whole = line.strip().partition(" ")
        cpu, wall = time.process_time(), time.monotonic()
        rows = ask(code, bool(whole))
        spent = {"cpu": time.process_time() - cpu, "wall": time.monotonic() - wall}
        told = sorted([name, value if value is None else float(value), int(n)] for name, value, n in rows)
        print(json.dumps({**spent, "rows": told}), flush=True)


if __name__ == "__main__":
    main()
