"""The drill on a whole installation: it holds when the backup is good, and fails when anything of it is not.

What an outsider can damage without the key is refused before the restore; here somebody who holds the key
also changes content and seals it again.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

import khoyte
from khoyte.audit import chain, heads
from khoyte.backup import bases, drills, keys, proofs
from khoyte.backup.catalog import Catalog, blob_name
from khoyte.backup.places import FolderPlace
from khoyte.backup.tests.conftest import SMALL, Installation, remove_home
from khoyte.foundation.blobs import BlobStore
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.database import EmbeddedPostgres, database_running, database_urls
from khoyte.foundation.database.archive import ArchiveNote, write_note
from khoyte.foundation.database.bootstrap import bootstrap
from khoyte.foundation.database.places import ROOT_FOLDER

MARKER = "Bệnh viện Diễn Tập"
# Nothing of the test's own surroundings may reach the installation.
OWN_WORDS = ("KHOYTE_", "DJANGO_")


@dataclass
class Site:
    """A whole installation, running, with its backup place."""

    home: Path
    place: Path
    server: EmbeddedPostgres | None = None

    @property
    def surroundings(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_WORDS)}
        return {**inherited, "KHOYTE_HOME": str(self.home), "KHOYTE_BACKUP": str(self.place)}

    def khoyte(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "khoyte", "--lang", "en", *arguments],
            env={**self.surroundings, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    def drill(self) -> dict[str, Any]:
        return drills.run_drill(self.home, str(self.place), server=SMALL).as_json()

    def take_base(self) -> None:
        bases.take_base(self.home, self.catalog, BlobStore(self.home / "blobs"))

    @property
    def catalog(self) -> Catalog:
        return Catalog(FolderPlace(self.place), keys.load(keys.key_file(self.home)))


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    made = Site(Path(tempfile.mkdtemp(prefix="khoyte-home-")), Path(tempfile.mkdtemp(prefix="khoyte-place-")))
    BlobStore(made.home / "blobs").write_stream([b"<GIAMDINHHS/>"])
    write_note(made.home, ArchiveNote(str(made.place), seconds=1))
    with EmbeddedPostgres(made.home, settings=SMALL) as server:
        bootstrap(made.home)
        made.server = server
        for command in (
            ("unit", "create", "99001", "--kind", "facility", "--name", MARKER),
            ("audit", "seal"),
            ("backup",),
        ):
            done = made.khoyte(*command)
            assert done.returncode == 0, done.stderr
        # Entries enough to fill pages that nobody writes to again.
        with psycopg.connect(server.urls["admin"], autocommit=True) as admin:
            admin.execute(
                "INSERT INTO audit_entry (actor, actor_unit, actor_role, action, subject_kind, subject_id,"
                " facility, province, purpose, details)"
                " SELECT 'clerk', '99001', 'facility', 'drill.filling', 'unit', i::text, '', '', '', '{}'"
                " FROM generate_series(1, 500) AS i"
            )
        yield made
    remove_home(made.home)
    shutil.rmtree(made.place)


@pytest.fixture
def site(running: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The drill is held in this process, for that home."""
    for name in list(os.environ):
        if name.startswith("KHOYTE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KHOYTE_HOME", str(running.home))
    return running


@pytest.fixture
def kept(running: Site) -> Iterator[None]:
    """What was in the place is put back after the test; what came meanwhile stays."""
    copy = running.place.with_name(running.place.name + "-kept")
    shutil.copytree(running.place, copy)
    yield
    shutil.copytree(copy, running.place, dirs_exist_ok=True)
    shutil.rmtree(copy)


def scratch_of(site: Site) -> list[Path]:
    left = [path for path in site.home.iterdir() if path.name.startswith("drill-")]
    notes = ROOT_FOLDER.glob("*/home") if os.geteuid() == 0 else ()
    return left + [note for note in notes if note.read_text().startswith(f"{site.home}/drill-")]


def test_a_good_backup_holds_as_of_a_moment_of_the_living_log(site: Site) -> None:
    report = site.drill()
    assert report["wrong"] == []
    shown = ("rows_equal", "digests_equal", "audit_head_equal", "ledger_balances", "archiving", "holds")
    assert [report[name] for name in shown] == [True] * len(shown)
    assert report["taken_at"] < report["restored_to"]
    assert report["blobs"] == 1
    assert report["rows"] > 500
    assert 0 < report["rpo_s"] < 60
    assert report["rto_s"] > 0
    assert report["size_mb"] > 10
    assert scratch_of(site) == []


def test_the_command_answers_by_its_status(site: Site, kept: None) -> None:
    (site.place / blob_name(sorted(site.catalog.blob_names())[0])).unlink()
    done = site.khoyte("drill", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["holds"]) == (1, False), done.stderr
    assert "is missing from the backup" in report["wrong"][0]["en"]


def test_a_changed_row_shows_in_the_fingerprint_of_its_table_alone(running: Site) -> None:
    with psycopg.connect(database_urls(running.home)["admin"]) as admin:
        before = proofs.table_hashes(database_urls(running.home)["admin"])
        admin.execute("UPDATE unit SET name = name || '.' WHERE code = '99001'")
        admin.commit()
        after = proofs.table_hashes(database_urls(running.home)["admin"])
        admin.execute("UPDATE unit SET name = left(name, -1) WHERE code = '99001'")
        admin.commit()
    assert [name.split(" ")[0] for name in proofs.differing(before, after)] == ["public.unit"]
    assert proofs.differing(before, proofs.table_hashes(database_urls(running.home)["admin"])) == []


def reseal(catalog: Catalog, name: str, change: Callable[[bytes], bytes]) -> None:
    content = catalog.read_whole(name)
    changed = change(content)
    assert changed != content
    catalog.write(name, [changed])


def in_the_cluster(site: Site, needle: bytes) -> None:
    """Change the last letter of some text wherever a fresh base holds it. (Of an older base the log may hold
    whole pages, which mend the harm.)"""
    site.take_base()
    catalog = site.catalog
    manifest = catalog.manifest(catalog.base_ids()[-1])
    found = [name for name in manifest.pieces if needle in catalog.read_whole(name)]
    assert found
    for name in found:
        reseal(catalog, name, lambda content: content.replace(needle, needle[:-1] + b"#"))
        manifest.pieces[name] = catalog.place.size(name) or 0
    catalog.write_manifest(manifest)


def a_row(site: Site) -> None:
    in_the_cluster(site, MARKER.encode())


def an_audit_entry(site: Site) -> None:
    in_the_cluster(site, b"drill.filling")


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
    site.take_base()
    assert site.server is not None
    name = Installation(site.home, site.server, site.catalog).ship()[-1]
    (path,) = site.place.glob(f"wal/*/{name}")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def a_missing_blob(site: Site) -> None:
    (site.place / blob_name(sorted(site.catalog.blob_names())[0])).unlink()


@pytest.mark.parametrize(
    "harm",
    [a_row, an_audit_entry, a_flipped_byte_of_a_segment, a_missing_blob],
    ids=lambda harm: harm.__name__,
)
def test_a_harmed_backup_does_not_hold(harm: Callable[[Site], None], site: Site, kept: None) -> None:
    harm(site)
    report = site.drill()
    site.take_base()  # a good one is the newest again
    assert not report["holds"]
    assert report["wrong"]
    assert scratch_of(site) == []


def test_a_changed_raw_file_and_a_head_outside_that_the_copy_cannot_show(site: Site, kept: None) -> None:
    a_blob(site)
    file = site.home / "audit" / "heads.jsonl"
    before = file.read_bytes()
    key = chain.signing_key(Keyring.load(site.home))
    told = heads.Head(10_000, "00" * 32, 10_000, "2026-11-28T00:00:00+00:00")
    signed = {**vars(told), "signature": key.sign(told.signed()).hex()}
    file.write_bytes(before + json.dumps(signed).encode() + b"\n")
    try:
        report = site.drill()
    finally:
        file.write_bytes(before)
    assert (report["holds"], report["rows_equal"], report["ledger_balances"]) == (False, True, True)
    assert (report["digests_equal"], report["audit_head_equal"]) == (False, False)
    assert len(report["wrong"]) == 2
    assert scratch_of(site) == []


RUNBOOK = Path(khoyte.__file__).parent.parent / "docs" / "restore.md"
STARTS_FOR_GOOD = "khoyte up"


def commands_of(half: str) -> list[str]:
    return [textwrap.dedent(block) for block in re.findall(r"^ *```sh\n(.*?)^ *```", half, re.M | re.S)]


def test_the_written_runbook_restores_a_bare_machine(running: Site, tmp_path: Path) -> None:
    """Only the place, the key and the program, and what the page says, word for word."""
    vietnamese, _, english = RUNBOOK.read_text(encoding="utf-8").partition("## English")
    assert commands_of(vietnamese) == commands_of(english)
    running.take_base()  # with the heads as they are, whatever other tests did to them
    *steps, last = commands_of(english)
    assert STARTS_FOR_GOOD in last
    home, place, key = tmp_path / "home", tmp_path / "place", tmp_path / "key.txt"
    shutil.copytree(running.place, place)
    shutil.copy(keys.key_file(running.home), key)
    script = "\n".join(steps)
    for written, here in (("/mnt/sao-luu", place), ("/media/usb/backup-key.txt", key), ("/srv/khoyte", home)):
        assert script.count(written) == 1
        script = script.replace(written, str(here))
    program = tmp_path / "bin" / "khoyte"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m khoyte "$@"\n')
    program.chmod(0o755)
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(OWN_WORDS)}
    surroundings["PATH"] = f"{program.parent}:{surroundings['PATH']}"
    try:
        done = subprocess.run(
            ["bash", "-euc", script],
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
        )
        assert done.returncode == 0, done.stderr
        with database_running(home) as urls, psycopg.connect(urls["admin"]) as connection:
            names = connection.execute("SELECT name FROM unit WHERE code = '99001'").fetchall()
        assert names == [(MARKER,)]
        restored = Catalog(FolderPlace(place), keys.load(key))
        assert restored.manifest(restored.base_ids()[-1]).timeline == 2
    finally:
        remove_home(home)
