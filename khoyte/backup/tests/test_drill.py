"""The drill on a whole installation: it holds when the backup is good, and fails when anything of it is not.

What an outsider can damage without the key is refused before the restore; here somebody who holds the key
also changes content and seals it again.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from khoyte.audit import chain, heads
from khoyte.backup import keys
from khoyte.backup.catalog import Catalog, blob_name
from khoyte.backup.places import FolderPlace
from khoyte.backup.tests.conftest import remove_home
from khoyte.foundation.blobs import BlobStore
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.database import database_running
from khoyte.foundation.database.places import ROOT_FOLDER

# The test's own surroundings must not reach the installation.
SURROUNDINGS = {
    name: value for name, value in os.environ.items() if not name.startswith(("KHOYTE_", "DJANGO_"))
}
MARKER = "Bệnh viện Diễn Tập"


@dataclass
class Site:
    """A whole installation with its backup place."""

    home: Path
    place: Path

    def khoyte(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = {"KHOYTE_HOME": str(self.home), "KHOYTE_BACKUP": str(self.place), "KHOYTE_BACKUP_SECONDS": "1"}
        return subprocess.run(
            [sys.executable, "-m", "khoyte", "--lang", "en", *arguments],
            env={**SURROUNDINGS, **own},
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    def drill(self) -> tuple[int, dict[str, Any]]:
        done = self.khoyte("drill", "--json")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    @property
    def catalog(self) -> Catalog:
        return Catalog(FolderPlace(self.place), keys.load(keys.key_file(self.home)))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="khoyte-home-"))
    made = Site(home, Path(tempfile.mkdtemp(prefix="khoyte-place-")))
    BlobStore(home / "blobs").write_stream([b"<GIAMDINHHS/>"])
    for command in (
        ("unit", "create", "99001", "--kind", "facility", "--name", MARKER),
        ("audit", "seal"),
        ("backup",),
    ):
        done = made.khoyte(*command)
        assert done.returncode == 0, done.stderr
    yield made
    remove_home(home)
    shutil.rmtree(made.place)


@pytest.fixture
def kept(site: Site) -> Iterator[None]:
    """What was in the place is put back after the test; what came meanwhile stays."""
    copy = site.place.with_name(site.place.name + "-kept")
    shutil.copytree(site.place, copy)
    yield
    shutil.copytree(copy, site.place, dirs_exist_ok=True)
    shutil.rmtree(copy)


def scratch_of(site: Site) -> list[Path]:
    left = [path for path in site.home.iterdir() if path.name.startswith("drill-")]
    notes = ROOT_FOLDER.glob("*/home") if os.geteuid() == 0 else ()
    return left + [note for note in notes if note.read_text().startswith(f"{site.home}/drill-")]


def test_a_good_backup_holds_as_of_a_moment_of_the_living_log(site: Site) -> None:
    status, report = site.drill()
    assert (status, report["wrong"]) == (0, [])
    shown = ("rows_equal", "digests_equal", "audit_head_equal", "ledger_balances", "archiving", "holds")
    assert [report[name] for name in shown] == [True] * len(shown)
    assert report["taken_at"] < report["restored_to"]
    assert report["blobs"] == 1
    assert report["rows"] > 20
    assert 0 < report["rpo_s"] < 60
    assert report["rto_s"] > 0
    assert report["size_mb"] > 10
    assert scratch_of(site) == []


def reseal(catalog: Catalog, name: str, change: Callable[[bytes], bytes]) -> None:
    content = catalog.read_whole(name)
    changed = change(content)
    assert changed != content
    catalog.write(name, [changed])


def in_the_cluster(catalog: Catalog, needle: bytes) -> None:
    """Change the last letter of some text in every page of the base that holds it, and of the log."""
    manifest = catalog.manifest(catalog.base_ids()[-1])
    found = [name for name in manifest.pieces if needle in catalog.read_whole(name)]
    assert found
    for name in found:
        reseal(catalog, name, lambda content: content.replace(needle, needle[:-1] + b"#"))
        manifest.pieces[name] = catalog.place.size(name) or 0
    catalog.write_manifest(manifest)


def a_row(site: Site) -> None:
    in_the_cluster(site.catalog, MARKER.encode())


def an_audit_entry(site: Site) -> None:
    in_the_cluster(site.catalog, b"unit.create")


def a_blob(site: Site) -> None:
    catalog = site.catalog
    blob = sorted(catalog.blob_names())[0]
    name = blob_name(blob)
    other = BlobStore(site.place.with_name(site.place.name + "-other"))
    info = other.write_stream([b"<KHAC/>"])
    with other.open_packed(info.sha256) as file:
        catalog.write(name, [file.read()], compress=False)
    shutil.rmtree(site.place.with_name(site.place.name + "-other"))


def a_flipped_byte_of_a_segment(site: Site) -> None:
    manifest = site.catalog.manifest(site.catalog.base_ids()[-1])
    after = f"{manifest.timeline:08X}"
    newest = sorted((site.place / "wal" / after).iterdir())[-1]
    content = newest.read_bytes()
    newest.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def a_missing_blob(site: Site) -> None:
    (site.place / blob_name(sorted(site.catalog.blob_names())[0])).unlink()


@pytest.mark.parametrize(
    "harm",
    [a_row, an_audit_entry, a_blob, a_flipped_byte_of_a_segment, a_missing_blob],
    ids=lambda harm: harm.__name__,
)
def test_a_harmed_backup_does_not_hold(harm: Callable[[Site], None], site: Site, kept: None) -> None:
    harm(site)
    status, report = site.drill()
    assert (status, report["holds"]) == (1, False)
    assert report["wrong"]
    assert scratch_of(site) == []


def test_a_head_outside_that_the_copy_cannot_show_does_not_hold(site: Site) -> None:
    file = site.home / "audit" / "heads.jsonl"
    before = file.read_bytes()
    key = chain.signing_key(Keyring.load(site.home))
    told = heads.Head(10_000, "00" * 32, 10_000, "2026-11-28T00:00:00+00:00")
    file.write_bytes(
        before + json.dumps({**vars(told), "signature": key.sign(told.signed()).hex()}).encode() + b"\n"
    )
    try:
        status, report = site.drill()
    finally:
        file.write_bytes(before)
    assert (status, report["rows_equal"], report["audit_head_equal"]) == (1, True, False)


def test_restore_shows_the_same_entries_on_a_bare_machine(site: Site) -> None:
    """Only the place, the key and the program: no home, no setting."""
    key = Path(tempfile.mkdtemp()) / "key"
    shutil.copy(keys.key_file(site.home), key)
    home = Path(tempfile.mkdtemp(prefix="khoyte-restored-"))
    run = [sys.executable, "-m", "khoyte", "--lang", "en"]
    try:
        done = subprocess.run(
            [*run, "restore", str(site.place), "--home", str(home), "--key", str(key), "--json"],
            env=SURROUNDINGS,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["home"] == str(home)
        with database_running(home) as urls, psycopg.connect(urls["admin"]) as connection:
            names = connection.execute("SELECT name FROM unit WHERE code = '99001'").fetchall()
        assert names == [(MARKER,)]
    finally:
        remove_home(home)
