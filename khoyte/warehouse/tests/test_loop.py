"""The lake's own process: what it does in a round, and that nothing ends it."""

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from khoyte.warehouse import comparing, errors, filling, loop, tidying
from khoyte.warehouse.filling import state
from khoyte.warehouse.freshness import as_of, is_well, seconds_between_fills
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tests.rows import in_lake, store_visit


@pytest.mark.usefixtures("lake")
def test_a_round_fills_and_a_nightly_one_compares(monkeypatch: pytest.MonkeyPatch) -> None:
    store_visit()
    assert as_of() is None
    loop.one_round(nightly=False)
    assert len(in_lake("visit")) == 1
    assert as_of() is not None
    assert state().checked_at is None
    loop.one_round(nightly=True)
    assert state().equal is True
    assert is_well()


@pytest.mark.usefixtures("lake")
def test_the_nights_work_is_done_once_a_day_whoever_starts_anew() -> None:
    assert not loop.is_night_due(), "an empty lake has nothing to compare"
    store_visit()
    filling.fill()
    assert loop.is_night_due(), "never compared"
    loop.one_round(nightly=True)
    assert not loop.is_night_due()
    LakeState.objects.update(checked_at=timezone.now() - timedelta(days=1))
    assert loop.is_night_due()


@pytest.mark.django_db
def test_a_database_that_is_away_is_the_rounds_own_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(filling, "state", away)
    assert not loop.is_night_due()


@pytest.mark.usefixtures("lake")
def test_a_comparison_that_fails_is_loud(lake, caplog: pytest.LogCaptureFixture) -> None:
    store_visit()
    filling.fill()
    for path in lake.rglob("*.parquet"):
        path.unlink()
    with caplog.at_level(logging.ERROR):
        loop.one_round(nightly=True)
    assert "THE LAKE IS NOT EQUAL: visit, 1 groups, 1 damaged files" in caplog.text
    assert not is_well()


@pytest.mark.usefixtures("lake")
def test_other_columns_make_the_lake_anew() -> None:
    store_visit()
    filling.fill()
    old = state()
    old.columns = "others"
    old.save()
    loop.one_round(nightly=False)
    assert state().generation != old.generation
    assert len(in_lake("visit")) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "trouble",
    [OperationalError("gone"), errors.busy(), errors.damaged("visit", "X"), OSError(28), ValueError("v")],
    ids=["database", "busy", "damaged", "disk", "other"],
)
@pytest.mark.parametrize("step", ["fill", "tidy", "compare"])
def test_nothing_ends_the_process(
    step: str, trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise trouble

    places = {"fill": filling, "tidy": tidying, "compare": comparing}
    for name, module in places.items():
        monkeypatch.setattr(module, name, fail if name == step else (lambda: {"equal": True, "tables": []}))
    monkeypatch.setattr(loop.connection, "close", lambda: None)
    with caplog.at_level(logging.INFO):
        loop.one_round(nightly=True)
    assert caplog.records, "it is told"
    assert "gone" not in caplog.text, "a library's words are not"


@pytest.mark.parametrize(("set_to", "seconds"), [("", 120), ("0", 0), ("30", 30)])
def test_the_pause_is_a_setting(set_to: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_LAKE_SECONDS", set_to)
    assert seconds_between_fills() == seconds
