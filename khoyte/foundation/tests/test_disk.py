from pathlib import Path

import pytest

from khoyte.foundation import disk


@pytest.fixture(autouse=True)
def _looks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_seen", (float("-inf"), False))


def test_this_machine_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path))
    assert not disk.is_low()


def test_a_home_that_is_not_made_yet_is_not_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "none"))
    assert not disk.is_low()


def test_less_than_the_reserve_is_low_and_is_looked_up_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path))
    monkeypatch.setattr(disk, "RESERVE_BYTES", 1 << 62)
    assert disk.is_low()
    monkeypatch.setattr(disk, "RESERVE_BYTES", 0)
    assert disk.is_low()  # what was seen a moment ago
    monkeypatch.setattr(disk, "_LOOK_SECONDS", 0.0)
    assert not disk.is_low()
