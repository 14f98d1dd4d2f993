"""Backup and restore with the real engine: what was committed by a moment is there, and nothing after it."""

import json
import os
import shutil
import stat
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from khoyte.backup import bases, errors, home_files, keys, restoring
from khoyte.backup.catalog import Catalog, blob_name, now
from khoyte.backup.places import FolderPlace
from khoyte.backup.restoring import Restored, Target
from khoyte.backup.tests.conftest import SMALL, Installation, remove_home
from khoyte.foundation.blobs import BlobStore
from khoyte.foundation.calendar import TZ
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.database import EmbeddedPostgres, database_urls
from khoyte.foundation.database.archive import read_note
from khoyte.foundation.database.bootstrap import bootstrap
from khoyte.foundation.database.places import places_of


def restore(catalog: Catalog, home: Path, at: datetime | None = None) -> Restored:
    return restoring.restore(catalog, home, Target(at, server=SMALL))


def rows_of(home: Path) -> list[tuple[int, str]]:
    """The restored rows; every raw file they name must be whole."""
    with (
        EmbeddedPostgres(home, settings=SMALL) as server,
        psycopg.connect(server.urls["app"]) as connection,
    ):
        rows = connection.execute("SELECT number, blob FROM kept ORDER BY number").fetchall()
    store = BlobStore(home / "blobs")
    for _, blob in rows:
        if blob:
            with store.open(blob) as reader:
                assert reader.read_at(0, 13) == b"<GIAMDINHHS/>"
    return rows


def place_of(catalog: Catalog) -> Path:
    assert isinstance(catalog.place, FolderPlace)
    return catalog.place.root


def test_the_end_of_the_log_is_restored(
    installation: Installation, backup: Catalog, empty_home: Path
) -> None:
    (empty_home / ".restoring" / "blobs").mkdir(parents=True)  # an interrupted restore is no hindrance
    restored = restore(backup, empty_home)
    rows = rows_of(empty_home)
    assert len(rows) == installation.moments[-1][1]
    assert sum(bool(blob) for _, blob in rows) == restored.blobs == len(installation.moments)
    # Nothing of the work is left, the secrets are their owner's alone, and the copy archives nothing.
    assert not (empty_home / ".restoring").exists()
    assert (empty_home / "secret.json").read_bytes() == (installation.home / "secret.json").read_bytes()
    for path in (empty_home / "secret.json", empty_home / "secrets" / "database.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_note(empty_home) is None
    assert not (empty_home / keys.FILE).exists()


@pytest.mark.parametrize("which", [1, 2])
def test_a_moment_is_restored(
    which: int, installation: Installation, backup: Catalog, empty_home: Path
) -> None:
    moment, count = installation.moments[which]
    restore(backup, empty_home, moment)
    assert len(rows_of(empty_home)) == count


def test_a_key_added_just_before_a_moment_is_restored_with_it(tmp_path: Path) -> None:
    """Its copy was made a little later; the rows it seals are in the log."""
    home = tmp_path / "home"
    Keyring.make().rotated().save(home)
    changed = datetime.fromtimestamp((home / "secret.json").stat().st_mtime, TZ)
    copy = home_files.packed(home)
    written = (home / "secret.json").read_bytes()
    assert home_files.secret_as_of(copy, changed + timedelta(seconds=1)) == written
    assert home_files.secret_as_of(copy, changed - timedelta(seconds=2)) is None


def test_a_moment_before_every_base_is_refused(
    installation: Installation, backup: Catalog, empty_home: Path
) -> None:
    with pytest.raises(errors.BackupUnusable, match="earliest"):
        restore(backup, empty_home, installation.moments[0][0])


def test_a_moment_after_the_log_is_refused_with_how_far_it_reaches(backup: Catalog, empty_home: Path) -> None:
    with pytest.raises(errors.BackupUnusable, match=r"reaches to \d{4}-") as refused:
        restore(backup, empty_home, now() + timedelta(hours=1))
    assert refused.value.code == "backup-too-late"
    assert list(empty_home.iterdir()) == []


def test_the_restored_installation_lives_on_and_can_be_backed_up_again(
    backup: Catalog, empty_home: Path, tmp_path: Path
) -> None:
    restore(backup, empty_home)
    with EmbeddedPostgres(empty_home, settings=SMALL) as server:
        with psycopg.connect(server.urls["owner"], autocommit=True) as connection:
            connection.execute("INSERT INTO kept (blob) VALUES ('')")
        manifest = bases.take_base(empty_home, backup, BlobStore(empty_home / "blobs"))
    assert manifest.timeline == 2
    again = tmp_path / "again"
    try:
        restore(backup, again)
        assert len(rows_of(again)) == len(rows_of(empty_home))
    finally:
        remove_home(again)


def test_a_configured_server_is_backed_up_and_restored_as_an_embedded_one(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server, its superuser and database under other names, its configuration elsewhere."""
    foreign = Path(tempfile.mkdtemp(prefix="khoyte-home-"))
    monkeypatch.setenv("KHOYTE_HOME", str(foreign))
    key, _ = keys.load_or_make(tmp_path / "key")
    catalog = Catalog(FolderPlace(tmp_path / "place"), key)
    try:
        with EmbeddedPostgres(foreign, settings=SMALL) as server:
            base = server.urls["admin"].replace("/khoyte?", "/postgres?")
            with psycopg.connect(base, autocommit=True) as admin:
                admin.execute("CREATE ROLE boss SUPERUSER LOGIN REPLICATION PASSWORD 'x'")
            address = f"host={server.places.sockets} port=5432 user=boss password=x dbname=yte"
            monkeypatch.setenv("KHOYTE_DATABASE_URL", address)
            with psycopg.connect(address.replace("dbname=yte", "dbname=postgres"), autocommit=True) as boss:
                boss.execute("CREATE DATABASE yte")
            bootstrap(foreign)
            with psycopg.connect(database_urls(foreign)["owner"], autocommit=True) as connection:
                connection.execute("CREATE TABLE kept (number int, blob text)")
                connection.execute("INSERT INTO kept VALUES (7, '')")
            manifest = bases.take_base(foreign, catalog, BlobStore(foreign / "blobs"))
        assert manifest.foreign == "yte"
        monkeypatch.delenv("KHOYTE_DATABASE_URL")
        restore(catalog, empty_home)
        assert rows_of(empty_home) == [(7, "")]
    finally:
        remove_home(foreign)


def test_a_home_in_use_is_refused_and_left_alone(backup: Catalog, empty_home: Path) -> None:
    (empty_home / "own").write_text("mine")
    with pytest.raises(errors.BackupUnusable, match="not empty"):
        restore(backup, empty_home)
    assert [path.name for path in empty_home.iterdir()] == ["own"]


PIECES = {
    "piece of the cluster": "bases/*/data.00001",
    "manifest": "bases/*/manifest",
    "list of raw files": "bases/*/blobs",
    "files of the home": "home/*",
    "segment of the log": "wal/0*/0*",
    "raw file": "blobs/*/*",
}


@pytest.mark.parametrize("harm", ["flipped", "cut", "gone", "renamed"])
@pytest.mark.parametrize("kind", sorted(PIECES))
def test_a_harmed_piece_is_refused_by_name_before_anything_is_written(
    kind: str, harm: str, backup: Catalog, empty_home: Path
) -> None:
    root = place_of(backup)
    # The oldest segments lie before the base; the newest is not missed by a restore, but by the drill.
    path = sorted(root.glob(PIECES[kind]))[{"files of the home": -1, "segment of the log": -2}.get(kind, 0)]
    name, content = path.relative_to(root).as_posix(), path.read_bytes()
    if harm == "flipped":
        path.write_bytes(content[:-40] + bytes([content[-40] ^ 1]) + content[-39:])
    elif harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "gone":
        path.unlink()
    else:  # another authentic piece under its name
        shutil.copy(root / "installation", path)
    if (kind, harm) == ("files of the home", "gone"):
        for older in root.glob("home/*"):  # else an earlier copy stands in for it
            older.unlink()
        name = "home/"
    if (kind, harm) == ("manifest", "gone"):
        with pytest.raises(errors.PieceMissing, match="no whole backup"):
            restore(backup, empty_home)
        return
    expected = errors.PieceMissing if harm == "gone" else errors.PieceDamaged
    with pytest.raises(expected) as refused:
        restore(backup, empty_home)
    assert name in str(refused.value)
    assert list(empty_home.iterdir()) == []
    assert not places_of(empty_home / ".restoring").base.exists()


def test_another_key_is_told_from_damage(backup: Catalog, empty_home: Path) -> None:
    with pytest.raises(errors.OtherKey):
        restore(Catalog(backup.place, keys.BackupKey(os.urandom(32))), empty_home)


def test_nothing_of_the_data_or_the_secrets_lies_in_the_clear(
    installation: Installation, backup: Catalog
) -> None:
    secret = json.loads((installation.home / "secrets" / "database.json").read_text())["passwords"]["owner"]
    known = [secret.encode(), b"GIAMDINHHS", b"PG_VERSION", b"khoyte_owner"]
    assert any(needle in (installation.home / "secrets" / "database.json").read_bytes() for needle in known)
    for path in place_of(backup).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [needle for needle in known if needle in content], path.name


def test_raw_files_are_copied_once_and_what_was_interrupted_is_cleared(
    installation: Installation, backup: Catalog
) -> None:
    root = place_of(backup)
    (root / "bases" / "19990101T000000Z").mkdir()
    (root / "bases" / "19990101T000000Z" / "data.00000").write_bytes(b"half")
    kept = sorted(backup.blob_names())[0]
    before = (root / blob_name(kept)).read_bytes()
    manifest = bases.take_base(installation.home, backup, installation.store)
    assert (root / blob_name(kept)).read_bytes() == before  # sealing it anew would change every byte
    assert not (root / "bases" / "19990101T000000Z").exists()
    assert backup.base_ids()[-1] == manifest.id


def test_the_place_of_another_installation_is_refused(installation: Installation, backup: Catalog) -> None:
    backup.write("installation", [b"7000000000000000000"])
    with pytest.raises(errors.BackupUnusable, match="another installation"):
        bases.take_base(installation.home, backup, installation.store)
