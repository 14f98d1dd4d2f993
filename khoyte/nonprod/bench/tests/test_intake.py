"""`khoyte bench intake` in its smallest form, against a system of its own."""

import json

import pytest
from click.testing import CliRunner

from khoyte.nonprod.bench import commands
from khoyte.nonprod.bench.intake import IntakeBench, Sizes

KEYS = {
    "bench", "scale", "machine", "rounds", "unit", "ours", "floor", "peer", "ratio", "exponent",
    "answers_checked",
}  # fmt: skip
SIDE = {"cpu_s", "wall_s", "rss_mb", "per_core_second"}
TINY = Sizes(small=2, large=6, singles=2, per_file=2, rounds=3)


def smallest(scale: int) -> dict:
    return IntakeBench(TINY.times(scale)).run()


@pytest.fixture(scope="module")
def document() -> dict:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(commands.BENCHES, "intake", smallest)
        answer = CliRunner().invoke(commands.bench, ["intake", "--json"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_the_document_has_the_keys_of_the_contract(document: dict) -> None:
    assert set(document) >= KEYS
    assert (document["bench"], document["scale"], document["unit"]) == ("intake", 1, "visits")
    assert document["rounds"] == 3
    assert document["peer"] is None
    assert document["answers_checked"] is True
    assert set(document["ratio"]) == {"floor_cpu_median", "floor_cpu_min", "floor_cpu_max", "peer_cpu_median"}


def test_both_sides_cost_something_and_are_counted_alike(document: dict) -> None:
    for case in (document, *document["cases"].values()):
        for side in (case["ours"], case["floor"]):
            assert set(side) >= SIDE
            assert side["rss_mb"] > 10
            assert "database" in side["cpu_s_of"]
        assert case["ours"]["cpu_s"] > 0
        assert set(case["ours"]["cpu_s_of"]) == {"web", "judging", "database"}


def test_files_of_one_and_files_of_many_are_told_apart(document: dict) -> None:
    assert set(document["cases"]) == {"files_of_2", "files_of_2_smaller", "files_of_1"}
    assert document["cases"]["files_of_2"]["ours"] == document["ours"]
    assert document["ours"]["visits"] == 6


def test_the_table_for_people_names_every_case(document: dict) -> None:
    text = commands.table_of(document)
    assert all(name in text for name in document["cases"])
    assert document["machine"] in text


def test_a_peer_nobody_knows_is_refused() -> None:
    answer = CliRunner().invoke(commands.bench, ["intake", "--peer", "other"])
    assert answer.exception is not None
    assert "no peer other" in str(answer.exception)


def test_scale_multiplies_visits_and_nothing_else() -> None:
    assert Sizes().times(10) == Sizes(small=5000, large=20000, singles=3000, per_file=500, rounds=3)
