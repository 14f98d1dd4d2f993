"""The document of a benchmark from turns whose figures are known."""

import os
import subprocess
import sys

import pytest

from khoyte.nonprod.bench.figures import Case, Turn, exponent
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.processor import Part


def turns(units: int, *cpu: float) -> list[Turn]:
    return [Turn(units, 2 * one, {"web": one / 4, "judging": 3 * one / 4}) for one in cpu]


def test_sides_are_told_by_their_median_and_the_ratio_turn_by_turn() -> None:
    document = Case(turns(100, 2.0, 4.0, 3.0), turns(100, 1.0, 1.0, 3.0), 300.04, 100).document()
    assert document["rounds"] == 3
    assert document["ours"] == {
        "visits": 100,
        "cpu_s": 3.0,
        "wall_s": 6.0,
        "rss_mb": 300.0,
        "per_core_second": 33.3,
        "cpu_s_of": {"web": 0.75, "judging": 2.25},
    }
    assert document["floor"]["per_core_second"] == 100
    assert document["ratio"] == {
        "floor_cpu_median": 2.0,
        "floor_cpu_min": 1.0,
        "floor_cpu_max": 4.0,
        "peer_cpu_median": None,
    }


@pytest.mark.parametrize(("cost", "expected"), [(4.0, 1.0), (16.0, 2.0), (1.0, 0.0)])
def test_the_exponent_says_how_cost_grows(cost: float, expected: float) -> None:
    assert exponent(turns(50, 1.0, 1.0), turns(200, cost, cost)) == pytest.approx(expected)


def test_a_process_is_counted_with_its_children_living_and_ended() -> None:
    ended = Part([os.getpid()])
    before = ended.seconds()
    subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < 0.3: pass"], check=True)
    assert ended.seconds() - before > 0.25


def test_a_family_can_be_left_out() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        both, without = Part([os.getpid()]), Part([os.getpid()], apart_from=[child.pid])
        assert both.processes() - without.processes() == {child.pid}
        assert both.peak_mb() > without.peak_mb() > 10
        child.kill()


def test_the_machine_is_named_in_one_line() -> None:
    line = machine_line()
    assert "\n" not in line
    assert f"{os.cpu_count()} cores" in line
    assert "Python 3" in line
