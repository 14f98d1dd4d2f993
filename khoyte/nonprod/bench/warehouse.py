"""`khoyte bench warehouse`: an indicator as pages ask it, the same question in SQL, and in polars.

An invented lake of 100,000 visits times the scale (two lines of drugs and four of services each) lies in
Parquet files. Sides are processes that take turns question by question; every question begins from the files.
Ours is the declared expression through ibis on DuckDB; the floor the same question written by hand as SQL for
the same DuckDB with as many threads; the peer polars, for ten of the questions. Rows of all sides are held
against each other. `whole` is what a page needs: the figures, the same by province, and what they stand on.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from khoyte.nonprod.bench import errors, warehouse_rows
from khoyte.nonprod.bench.figures import Turn, exponent
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.side_process import SideProcess
from khoyte.nonprod.bench.warehouse_polars import QUERIES
from khoyte.nonprod.bench.warehouse_side import Rows
from khoyte.nonprod.bench.warehouse_sql import SQL

VISITS = 100_000
ROUNDS = 3
_NEAR = 1e-9

Measured = dict[str, Any]
"""Turns by side and question, and "mb": peak memory by side."""


class Side(SideProcess):
    """One side's process; `ask` gives its cost and its rows."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__("khoyte.nonprod.bench.warehouse_side", name, folder)

    def ask(self, code: str, visits: int, whole: bool = False) -> tuple[Turn, Rows]:
        told = self.tell(f"{code} whole" if whole else code)
        return Turn(visits, told["wall"], {"engine": told["cpu"]}), [tuple(row) for row in told["rows"]]


def run(visits: int, codes: Sequence[str], rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measured figures at one size, with those of a fifth of it for the exponent."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="khoyte-bench-")))
        small = _ask_all(folder / "small", visits // 5, codes, max(1, rounds - 1), say)
        large = _ask_all(folder / "large", visits, codes, rounds, say)
    return document(small, large, codes)


def document(small: Measured, large: Measured, codes: Sequence[str]) -> dict[str, Any]:
    """What was measured at two sizes as the document printed."""
    peers = [code for code in codes if code in QUERIES]
    ours, floor, whole = (_sums(large, side, codes) for side in ("ours", "floor", "whole"))
    ours_of_peers, peer = (_sums(large, side, peers) for side in ("ours", "polars"))
    both = {
        "ours": _figures(ours, large["mb"]["ours"]),
        "floor": _figures(floor, large["mb"]["floor"]),
    }
    ratios = _ratios(ours, floor)
    named = {"name": "polars", "version": version("polars"), "questions": len(peers)}
    return {
        "machine": machine_line(),
        "rounds": len(ours),
        "unit": "visits",
        **both,
        "peer": {**_figures(peer, large["mb"]["polars"]), **named},
        "ratio": {
            "floor_cpu_median": round(median(ratios), 2),
            "floor_cpu_min": round(min(ratios), 2),
            "floor_cpu_max": round(max(ratios), 2),
            "peer_cpu_median": round(median(_ratios(ours_of_peers, peer)), 2),
            "whole_to_floor_cpu_median": round(median(_ratios(whole, floor)), 2),
        },
        "exponent": exponent(_sums(small, "ours", codes), ours),
        "answers_checked": True,
        "questions": {code: _question(large, code) for code in codes},
    }


def _ask_all(
    folder: Path, visits: int, codes: Sequence[str], rounds: int, say: Callable[[str], None]
) -> Measured:
    """Turns by side and question; the first round warms up."""
    warehouse_rows.write(folder, visits)
    turns: dict[str, dict[str, list[Turn]]] = {side: {} for side in ("ours", "floor", "polars", "whole")}
    with Side("ours", folder) as ours, Side("floor", folder) as floor, Side("polars", folder) as peer:
        for number in range(-1, rounds):
            for code in codes:
                asked = {"ours": ours.ask(code, visits), "floor": floor.ask(code, visits)}
                if code in QUERIES:
                    asked["polars"] = peer.ask(code, visits)
                asked["whole"] = ours.ask(code, visits, whole=True)
                for side, (turn, rows) in asked.items():
                    _check(code, rows, asked["floor"][1])
                    if number >= 0:
                        turns[side].setdefault(code, []).append(turn)
            say(f"{visits} visits: {'warm-up' if number < 0 else f'round {number + 1}'} done")
        memory = {"ours": ours.peak_mb(), "floor": floor.peak_mb(), "polars": peer.peak_mb()}
    return {**turns, "mb": memory}


def _check(code: str, rows: Rows, expected: Rows) -> None:
    """Raises AnswersDiffer. Floats may differ in the last digits: each side divides in its own way."""
    same = len(rows) == len(expected) and all(_near(a, b) for a, b in zip(rows, expected, strict=True))
    if not same:
        wrong = next(
            (pair for pair in zip(rows, expected, strict=False) if not _near(*pair)),
            (len(rows), len(expected)),
        )
        raise errors.answers_differ(code, *wrong)


def _near(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    name, value, count = one
    known = value is not None and other[1] is not None
    equal = abs(value - other[1]) <= _NEAR * max(1, abs(other[1])) if known else value is other[1]
    return name == other[0] and count == other[2] and bool(equal)


def _sums(measured: Measured, side: str, codes: Sequence[str]) -> list[Turn]:
    """All questions of a round as one turn."""
    rounds = zip(*(measured[side][code] for code in codes), strict=True)
    return [
        Turn(one[0].units, sum(t.wall for t in one), {"engine": sum(t.parts["engine"] for t in one)})
        for one in rounds
    ]


def _ratios(ours: Sequence[Turn], others: Sequence[Turn]) -> list[float]:
    return [one.cpu / other.cpu for one, other in zip(ours, others, strict=True)]


def _question(measured: Measured, code: str) -> dict[str, Any]:
    """Medians of one question on each side that was asked it."""
    ours, floor = measured["ours"][code], measured["floor"][code]
    sides = {
        side: measured[side][code] for side in ("ours", "floor", "polars", "whole") if code in measured[side]
    }
    costs = {f"{side}_cpu_s": round(median(turn.cpu for turn in turns), 3) for side, turns in sides.items()}
    return {**costs, "ratio": round(median(_ratios(ours, floor)), 2)}


def _figures(turns: Sequence[Turn], memory: float) -> dict[str, Any]:
    cpu = median(turn.cpu for turn in turns)
    return {
        "visits": turns[0].units,
        "cpu_s": round(cpu, 3),
        "wall_s": round(median(turn.wall for turn in turns), 3),
        "rss_mb": round(memory, 1),
        "per_core_second": round(turns[0].units / cpu, 1),
        "cpu_s_of": {"engine": round(cpu, 3)},
    }


def warehouse(scale: int) -> dict[str, Any]:
    """Measured figures at a scale, told on the terminal as they come."""
    shown = sys.stderr.isatty()

    def say(line: str) -> None:
        if shown:
            print(line, file=sys.stderr)

    return run(VISITS * scale, list(SQL), ROUNDS, say)
