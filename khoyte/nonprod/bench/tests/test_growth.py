"""How cost grows over scales, and figures kept for a release."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from khoyte import __version__
from khoyte.foundation.calendar import TZ
from khoyte.nonprod.bench import commands, release
from khoyte.nonprod.bench.growth import at_scales, growth_of, slope

WHEN = datetime(2026, 11, 28, 10, 0, tzinfo=TZ)


def side(visits: int, cpu: float, mb: float) -> dict[str, Any]:
    return {"visits": visits, "cpu_s": cpu, "wall_s": cpu, "rss_mb": mb, "per_core_second": visits / cpu,
            "cpu_s_of": {"judging": cpu}}  # fmt: skip


def measured(scale: int, power: float = 1.0) -> dict[str, Any]:
    cost = scale**power
    case = {
        "rounds": 1,
        "ours": side(1000 * scale, 2 * cost, 200),
        "floor": side(1000 * scale, cost, 100),
        "ratio": {
            "floor_cpu_median": 2.0,
            "floor_cpu_min": 1.9,
            "floor_cpu_max": 2.1,
            "peer_cpu_median": None,
        },
    }
    return {**case, "machine": "a machine, 2 cores; load 1", "unit": "visits", "peer": None, "exponent": 1.0,
            "answers_checked": True, "cases": {"files_of_500": case}}  # fmt: skip


@given(st.floats(0.5, 1.5), st.floats(0.1, 10))
def test_the_exponent_of_a_power_is_found(power: float, factor: float) -> None:
    documents = [{"ours": side(size, factor * size**power, 100)} for size in (1000, 10_000, 100_000)]
    assert growth_of(documents)["exponent"] == pytest.approx(power, abs=0.001)


def test_one_size_says_nothing_of_growth() -> None:
    assert slope([1.0], [2.0]) is None
    assert growth_of([measured(1)])["exponent"] is None


@pytest.mark.parametrize(
    ("power", "memory", "holds"), [(1.0, 1.0, True), (1.2, 1.0, False), (1.0, 2.0, False)]
)
def test_growth_has_bars(power: float, memory: float, holds: bool) -> None:
    documents = [
        {"ours": side(size, size**power, 100 * (memory if size > 1 else 1))} for size in (1, 10, 100)
    ]
    assert growth_of(documents)["holds"] is holds


def test_scales_stand_beside_the_figures_of_the_largest() -> None:
    document = at_scales(measured, [10, 1, 10])
    assert list(document["scales"]) == ["1", "10"]
    assert document["ours"]["visits"] == 10_000
    assert set(document["growth"]) == {"all", "files_of_500"}
    assert document["growth"]["files_of_500"]["sizes"] == [1000, 10_000]
    assert "cost ~ size^1.0" in commands.table_of({"bench": "x", "scale": 10, **document})


@pytest.mark.parametrize("scales", ["1,x", "0", ",", "1,,2", "-1"])
def test_senseless_sizes_are_refused_before_anything_runs(scales: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(commands.BENCHES, "quality", lambda scale: pytest.fail("it ran"))
    answer = CliRunner().invoke(commands.bench, ["quality", "--scales", scales])
    assert answer.exit_code != 0
    assert scales in str(getattr(answer.exception, "text", ""))


def test_all_benches_run_in_turn_and_each_is_kept(monkeypatch: Any, tmp_path: Path) -> None:
    ran: list[tuple[str, int]] = []
    for name in commands.BENCHES:
        monkeypatch.setitem(
            commands.BENCHES, name, lambda scale, name=name: ran.append((name, scale)) or measured(scale)
        )
    original = release.keep
    monkeypatch.setattr(release, "keep", lambda documents: original(documents, tmp_path / "bench", WHEN))
    answer = CliRunner().invoke(commands.bench, ["all", "--scales", "1,10", "--release", "--json"])
    assert answer.exit_code == 0, answer.output
    assert ran == [(name, scale) for name in sorted(commands.BENCHES) for scale in (1, 10)]
    kept = json.loads((tmp_path / "bench" / f"{__version__}.json").read_text())
    assert set(kept["benches"]) == set(commands.BENCHES) == set(json.loads(answer.stdout))
    assert (tmp_path / "benchmarks.md").read_text() == release.page(tmp_path / "bench")


def test_a_run_of_one_bench_leaves_the_others_of_its_release(tmp_path: Path) -> None:
    folder = tmp_path / "bench"
    release.keep({"intake": measured(1), "quality": measured(1)}, folder, WHEN)
    release.keep({"quality": measured(10)}, folder, WHEN)
    kept = json.loads((folder / f"{__version__}.json").read_text())["benches"]
    assert (kept["intake"]["ours"]["visits"], kept["quality"]["ours"]["visits"]) == (1000, 10_000)


def test_the_page_has_a_line_for_every_case(tmp_path: Path) -> None:
    release.keep({"intake": measured(1)}, tmp_path / "bench", WHEN)
    page = release.page(tmp_path / "bench")
    line = "| intake files of 500 | 1000 visits | 2.0 | 1.0 | 2.0 (1.9 to 2.1) | 500.0 | 200 | 1.0 |  |"
    assert line in page
    assert "measured 2026-11-28" in page


def test_the_page_of_the_repository_is_made_of_its_documents() -> None:
    if release.PAGE.exists():
        assert release.PAGE.read_text(encoding="utf-8") == release.page()
