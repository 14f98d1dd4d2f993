"""Take archived segments of the log, with the raw files they may refer to, from this machine to the place.

Per round: look which segments wait, copy the raw files that are not in the place yet, then the segments. A
raw file is durable before the row that names it commits, so every segment in the place finds its files there.
One process at a time does this for a home (a file lock); others pass.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from khoyte.backup import bases, errors, home_files, wal
from khoyte.backup.catalog import Catalog, stamp
from khoyte.foundation.blobs import BlobStore
from khoyte.foundation.database.archive import read_note, spool, system_identifier
from khoyte.foundation.database.cluster import wake
from khoyte.foundation.database.places import places_of


class Shipper:
    """Remembers between rounds what the place has."""

    def __init__(self, home: Path, catalog: Catalog, store: BlobStore) -> None:
        self.home, self.catalog, self.store = home, catalog, store
        self._moved = time.monotonic()
        self._blobs: set[str] | None = None
        self._home_state: tuple[tuple[str, int, int], ...] | None = None

    def ship(self) -> list[str]:
        """One round; names of the segments that are in the place now. Raises KhoyteError where it fails, and
        then nothing is lost: what waited goes on waiting."""
        with only_one(self.home) as mine:
            return self._ship() if mine else []

    def _ship(self) -> list[str]:
        waiting = waiting_segments(self.home)
        if not waiting:
            self._wake_if_silent()
            return []
        self._moved = time.monotonic()
        self.catalog.claim(system_identifier(self.home))
        self._ship_blobs()
        if (state := home_files.state(self.home)) != self._home_state:
            bases.copy_home(self.home, self.catalog)
            self._home_state = state
        for path in waiting:
            self._ship_one(path)
        return [path.name for path in waiting]

    def _wake_if_silent(self) -> None:
        note = read_note(self.home)
        if note is not None and time.monotonic() - self._moved > note.seconds:
            wake(places_of(self.home))
            self._moved = time.monotonic()

    def _ship_blobs(self) -> None:
        if self._blobs is None:
            self._blobs = self.catalog.blob_names()
        fresh = sorted(set(self.store.names()) - self._blobs)
        for sha256 in fresh:
            bases.copy_blob(self.store, self.catalog, sha256)
        if fresh:
            # So that a restore misses one that is gone.
            self.catalog.write(f"blob-lists/{stamp()}", [json.dumps(fresh).encode()])
            self._blobs.update(fresh)

    def _ship_one(self, path: Path) -> None:
        name = segment_name(path.name)
        content = path.read_bytes()
        if self.catalog.place.size(name) is None:
            self.catalog.write(name, [content])
        elif self.catalog.read_whole(name) != content:
            raise errors.conflicting(name)
        path.unlink()


def segment_name(file: str) -> str:
    return f"wal/{file[:8] if wal.parse(file) else 'other'}/{file}"


@contextmanager
def only_one(home: Path) -> Iterator[bool]:
    handle = os.open(home / "shipping.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def waiting_segments(home: Path) -> list[Path]:
    """Archived files that have not been taken away, oldest first."""
    folder = spool(home)
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.endswith(".part"))


def oldest_waiting_seconds(home: Path) -> float:
    """How long the oldest archived segment has been waiting to be taken away; 0 when none does."""
    times = [path.stat().st_mtime for path in waiting_segments(home)]
    return max(0.0, time.time() - min(times)) if times else 0.0
