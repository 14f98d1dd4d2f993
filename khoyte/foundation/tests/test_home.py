import os
import stat
from pathlib import Path

import pytest

from khoyte.foundation import home as home_module
from khoyte.foundation.home import folder, home, write_durably

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_home_follows_the_environment(own_home):
    assert home() == own_home
    assert not own_home.exists()


def test_home_is_in_the_users_folder_by_default(monkeypatch):
    monkeypatch.delenv("KHOYTE_HOME", raising=False)
    assert home() == Path.home() / ".khoyte"


def test_a_relative_home_becomes_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KHOYTE_HOME", "var")
    assert home() == tmp_path / "var"


@posix_only
def test_folders_are_private(own_home):
    made = folder("catalogues", "icd10")
    assert made == own_home / "catalogues" / "icd10"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (own_home, made.parent, made)} == {0o700}


def test_a_folder_may_be_asked_for_twice(own_home):
    assert folder("blobs") == folder("blobs")


@posix_only
def test_a_file_is_written_whole_and_private(tmp_path):
    target = tmp_path / "new" / "secret.json"
    write_durably(target, b"one")
    write_durably(target, b"two")
    assert target.read_bytes() == b"two"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert os.listdir(target.parent) == ["secret.json"]


def test_a_write_that_fails_keeps_the_old_content_and_leaves_nothing(tmp_path, monkeypatch):
    target = tmp_path / "pack.json"
    write_durably(target, b"old")

    def full_disk(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(home_module.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_durably(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["pack.json"]
