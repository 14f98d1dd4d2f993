"""`khoyte bench quality`: stored months judged again by all rules, against the same checks by hand in polars.

A month of one facility lies as files are stored (zstd): visits of about 33 kB, a known share of them spoiled.
Two processes take turns on it. Ours reads and judges with every rule, as re-judging does before it writes.
The floor reads every value with lxml, makes polars columns of the two tables of lines, and runs eight
checks of money written by hand; findings of these must be equal on both sides, and as many as were planted.
So the figure is not rule against rule: it says what all rules together cost over the least that reading and
eight checks do.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from khoyte.nonprod.bench import errors, quality_months
from khoyte.nonprod.bench.figures import Case, Turn, exponent
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.side_process import SideProcess

VISITS, ROUNDS = 2_000, 3
_MODULE = "khoyte.nonprod.bench.quality_side"


def run(visits: int, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measured figures at one size, with those of a fifth of it for the exponent."""
    with tempfile.TemporaryDirectory(prefix="khoyte-bench-") as name:
        small, _ = _take_turns(Path(name) / "small", visits // 5, rounds, say)
        large, case = _take_turns(Path(name) / "large", visits, rounds, say)
    document = case.document()
    return {
        **document,
        "machine": machine_line(),
        "unit": "visits",
        "peer": None,
        "exponent": exponent(small, large),
        "answers_checked": True,
        "cases": {"months": document},
    }


def _take_turns(
    folder: Path, visits: int, rounds: int, say: Callable[[str], None]
) -> tuple[list[Turn], Case]:
    """Ours alone, and both sides; the first round warms up."""
    planted = quality_months.write(folder, visits)
    turns: dict[str, list[Turn]] = {"ours": [], "floor": []}
    with SideProcess(_MODULE, "ours", folder) as ours, SideProcess(_MODULE, "floor", folder) as floor:
        for number in range(-1, rounds):
            for name, side in (("ours", ours), ("floor", floor)):
                told = side.tell("judge")
                _check(name, told["found"], planted, told["visits"], visits)
                if number >= 0:
                    turns[name].append(Turn(visits, told["wall"], {"judging": told["cpu"]}))
            say(f"{visits} visits: {'warm-up' if number < 0 else f'round {number + 1}'} done")
        case = Case(turns["ours"], turns["floor"], ours.peak_mb(), floor.peak_mb())
    return turns["ours"], case


def _check(side: str, found: dict[str, int], planted: dict[str, int], visits: int, expected: int) -> None:
    """Raises AnswersDiffer."""
    if visits != expected:
        raise errors.answers_differ(f"visits of {side}", visits, expected)
    for rule in sorted({*found, *planted}):
        if found.get(rule, 0) != planted.get(rule, 0):
            raise errors.answers_differ(f"{rule} of {side}", found.get(rule, 0), planted.get(rule, 0))


def quality(scale: int) -> dict[str, Any]:
    """Measured figures at a scale, told on the terminal as they come."""
    shown = sys.stderr.isatty()

    def say(line: str) -> None:
        if shown:
            print(line, file=sys.stderr)

    return run(VISITS * scale, ROUNDS, say)
