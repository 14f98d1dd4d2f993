"""Which engine is asked, and what is said when it cannot be."""

import pytest

from khoyte.warehouse import engines
from khoyte.warehouse.errors import EngineAway, UnknownEngine


@pytest.mark.parametrize(
    ("set_to", "engine"), [("", "duckdb"), ("duckdb", "duckdb"), ("sc://spark:15002", "sc://spark:15002")]
)
def test_the_engine_is_a_setting(set_to: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_ENGINE", set_to)
    assert engines.chosen() == engine


@pytest.mark.parametrize("set_to", ["spark", "sc://", "http://spark:15002", "duckdb2", "sc://a b"])
def test_an_engine_nobody_knows_is_refused_with_what_may_stand_there(
    set_to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHOYTE_ENGINE", set_to)
    with pytest.raises(UnknownEngine, match="sc://"):
        engines.chosen()


def test_a_client_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    monkeypatch.setenv("KHOYTE_ENGINE", "sc://127.0.0.1:9")
    with pytest.raises(EngineAway, match="pyspark-client"):
        engines.spark()
