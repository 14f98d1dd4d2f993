"""One small archived installation, backed up once for all tests of a module; each damages its own copy."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from khoyte.backup import bases, keys
from khoyte.backup.catalog import Catalog, Manifest, now
from khoyte.backup.places import FolderPlace
from khoyte.backup.shipping import Shipper
from khoyte.foundation.blobs import BlobStore
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.database import EmbeddedPostgres
from khoyte.foundation.database.archive import ArchiveNote, spool, write_note
from khoyte.foundation.database.bootstrap import bootstrap
from khoyte.foundation.database.places import places_of

# The disk of a machine under test is shared: what these tests are about does not need it to be waited for.
SMALL = {"shared_buffers": "32MB", "max_wal_size": "256MB", "fsync": "off", "synchronous_commit": "off"}


@dataclass
class Installation:
    """A running installation with a table `kept` (number, blob) that grows."""

    home: Path
    server: EmbeddedPostgres
    catalog: Catalog
    manifest: Manifest | None = None
    # Numbers of rows that were there at a moment.
    moments: list[tuple[datetime, int]] = field(default_factory=list)

    @property
    def store(self) -> BlobStore:
        return BlobStore(self.home / "blobs")

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.server.urls["owner"], autocommit=True)

    def grow(self, rows: int) -> None:
        """Add rows, the last with a raw file, and remember how many there were when."""
        with self.connect() as connection:
            connection.execute("INSERT INTO kept (blob) SELECT '' FROM generate_series(2, %s)", [rows])
            info = self.store.write_stream([b"<GIAMDINHHS/>", str(time.time_ns()).encode()])
            connection.execute("INSERT INTO kept (blob) VALUES (%s)", [info.sha256])
            found = connection.execute("SELECT count(*) FROM kept").fetchone()
        time.sleep(0.02)
        self.moments.append((now(), found[0] if found else 0))
        time.sleep(0.02)

    def ship(self) -> list[str]:
        """Close the segment, wait for the archiver, take all away."""
        with psycopg.connect(self.server.urls["admin"], autocommit=True) as admin:
            name = admin.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()[0]  # type: ignore[index]
            shipped, deadline = [], time.monotonic() + 60
            while name not in shipped and time.monotonic() < deadline:
                if any(path.name == name for path in spool(self.home).iterdir()):
                    shipped += Shipper(self.home, self.catalog, self.store).ship()
                time.sleep(0.02)
        assert name in shipped
        return shipped


def remove_home(home: Path) -> None:
    for one in (home, home / ".restoring"):
        shutil.rmtree(places_of(one).base, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Its backup: rows, base, rows, segment, rows, segment."""
    home = Path(tempfile.mkdtemp(prefix="khoyte-home-"))
    place = tmp_path_factory.mktemp("place")
    write_note(home, ArchiveNote(str(place)))
    Keyring.make().save(home)
    key, _ = keys.load_or_make(keys.key_file(home))
    with EmbeddedPostgres(home, settings=SMALL) as server:
        bootstrap(home)
        made = Installation(home, server, Catalog(FolderPlace(place), key))
        with made.connect() as connection:
            connection.execute("CREATE TABLE kept (number bigserial PRIMARY KEY, blob text)")
        made.grow(100)
        made.manifest = bases.take_base(home, made.catalog, made.store)
        for rows in (10, 20, 30):
            made.grow(rows)
            made.ship()
        yield made
    remove_home(home)


@pytest.fixture
def backup(installation: Installation, tmp_path: Path) -> Catalog:
    """A copy of the backup, to be damaged."""
    place = tmp_path / "copy"
    shutil.copytree(installation.catalog.place.root, place)  # type: ignore[attr-defined]
    return Catalog(FolderPlace(place), installation.catalog.key)


@pytest.fixture
def empty_home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="khoyte-restored-"))
    yield home
    remove_home(home)
