"""Which file holds the key, and that it is found again when it is needed most."""

from pathlib import Path

import pytest

from khoyte.backup import errors, keys, settings
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.errors import WrongUsage


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "old"))
    for name in ("KHOYTE_BACKUP_KEY_FILE", "KHOYTE_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_the_key_of_a_home_lies_in_it_unless_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys.key_file(tmp_path) == tmp_path / "backup-key.txt"
    monkeypatch.setenv("KHOYTE_BACKUP_KEY_FILE", str(tmp_path / "apart"))
    assert keys.key_file(tmp_path) == tmp_path / "apart"


def test_a_restore_beside_the_old_home_finds_its_key(tmp_path: Path) -> None:
    made, _ = keys.load_or_make(keys.key_file(tmp_path / "old"))
    assert keys.load(keys.key_file_to_restore_with(tmp_path / "new")) == made


def test_a_secret_file_kept_apart_opens_the_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring.make()
    keyring.save(tmp_path)
    apart = (tmp_path / "secret.json").rename(tmp_path / "apart.json")
    monkeypatch.setenv("KHOYTE_SECRET_FILE", str(apart))
    key, is_new = keys.load_or_make(keys.key_file(tmp_path / "old"))
    assert not is_new
    assert keys.load(keys.key_file_to_restore_with(tmp_path / "new")) == key
    apart.write_bytes(keyring.rotated()._as_json())  # a rotation changes the sealing keys, not this one
    assert keys.load(apart) == key
    monkeypatch.delenv("KHOYTE_SECRET_FILE")
    own, _ = keys.load_or_make(keys.key_file(tmp_path / "old"))
    monkeypatch.setenv("KHOYTE_SECRET_FILE", str(apart))
    assert keys.load(keys.key_file(tmp_path / "old")) == own  # the key that was used so far stays
    assert own != key


def test_a_broken_secret_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"root": 1}')
    with pytest.raises(errors.BackupUnusable, match="holds no backup key"):
        keys.load(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("KHOYTE_BACKUP_KEEP", "0"),
        ("KHOYTE_BACKUP_KEEP", "ba"),
        ("KHOYTE_BACKUP_AT", "25:00"),
        ("KHOYTE_BACKUP_AT", "1:30"),
        ("KHOYTE_BACKUP_SECONDS", "-5"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, written)
    with pytest.raises(WrongUsage, match=name):
        settings.read()
