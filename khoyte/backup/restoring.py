"""Make an installation from a backup, its key and the program alone.

First every piece that will be needed is looked for and authenticated; only then is anything written. All is
built in a folder inside the new home and moved to its places as the last step, so a restore that was
interrupted leaves a home that is still empty but for that folder.
"""

import io
import json
import os
import shutil
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from khoyte.backup import errors, home_files, wal
from khoyte.backup.bases import Progress, silent
from khoyte.backup.catalog import Catalog, Manifest, blob_name
from khoyte.backup.shipping import segment_name
from khoyte.foundation.blobs import BlobStore
from khoyte.foundation.calendar import TZ
from khoyte.foundation.crypto import secret_file
from khoyte.foundation.database.engine import find_engine
from khoyte.foundation.database.places import places_of
from khoyte.foundation.database.recovery import RecoveryFailed, adopt_foreign, configure_foreign, recover
from khoyte.foundation.database.secrets import load_secrets, save_secrets
from khoyte.foundation.home import write_durably

_STAGING = ".restoring"
_NOTE = "restored.json"
_THREADS = 2


@dataclass(frozen=True)
class Target:
    """Where to stop: at a moment, at a named point of the log (drills), or (neither) at the end of the log.

    `server` overrides the server's configuration while it recovers.
    """

    at: datetime | None = None
    point: str = ""
    server: Mapping[str, str] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        if self.point:
            return {"recovery_target_name": f"'{self.point}'"}
        return {"recovery_target_time": f"'{self.at.isoformat()}'"} if self.at else {}


@dataclass(frozen=True)
class Plan:
    """What a restore will use; made without writing anything."""

    manifest: Manifest
    segments: dict[str, str]
    home: str
    later_home: str
    blobs: list[str]
    target: Target

    @property
    def names(self) -> list[str]:
        """Every file it will read."""
        homes = filter(None, (self.home, self.later_home))
        own = [*self.manifest.pieces, *homes, *self.segments.values()]
        return [*own, *(blob_name(sha256) for sha256 in self.blobs)]


@dataclass(frozen=True)
class Restored:
    base: str
    blobs: int
    seconds: float


def restore(
    catalog: Catalog,
    home: Path,
    target: Target | None = None,
    progress: Progress = silent,
    *,
    store: BlobStore | None = None,
) -> Restored:
    """Restore into the empty `home`; the database is left stopped. Raw files go into the home unless into
    `store`. Raises BackupUnusable by name of what is
    wrong before anything is written."""
    begin, home = time.monotonic(), home.absolute()
    check_empty(home)
    plan = make_plan(catalog, target or Target())
    check_pieces(catalog, plan, progress)
    staging = home / _STAGING
    _remove(staging)
    staging.mkdir(mode=0o700, parents=True)
    try:
        _fill(catalog, plan, staging, store or BlobStore(staging / "blobs"), progress)
    except BaseException:
        _remove(staging)
        raise
    _move(staging, home)
    return Restored(plan.manifest.id, len(plan.blobs), time.monotonic() - begin)


def check_empty(home: Path) -> None:
    """Raise BackupUnusable unless nothing is there that a restore could spoil."""
    left = [path for path in home.iterdir() if path.name != _STAGING] if home.exists() else []
    if left or places_of(home).data.exists():
        raise errors.home_not_empty(home)


# What is needed


def make_plan(catalog: Catalog, target: Target) -> Plan:
    manifest = _base_for(catalog, target.at)
    archived = catalog.segments()
    branches = _branches(catalog, archived)
    gap = wal.first_gap(archived, manifest.timeline, manifest.end, branches)
    if gap and (target.at is None or _reaches(catalog, archived, gap) < target.at):
        raise errors.missing(segment_name(gap))
    first = wal.segment_at(manifest.timeline, manifest.start)
    segments = {
        file: name
        for file, name in archived.items()
        if file.endswith(".history") or ((one := wal.parse(file)) and one.number >= first.number)
    }
    blobs = sorted(catalog.blobs_of(manifest) | catalog.blobs_listed(manifest.id))
    return Plan(manifest, segments, *_homes_for(catalog, manifest, target.at), blobs, target)


def _base_for(catalog: Catalog, at: datetime | None) -> Manifest:
    ids = catalog.base_ids()
    if not ids:
        raise errors.no_backup(catalog.place)
    for base in reversed(ids):
        manifest = catalog.manifest(base)
        if at is None or manifest.finished <= at:
            return manifest
    raise errors.too_early(shown(at or manifest.finished), shown(manifest.finished))


def _branches(catalog: Catalog, archived: dict[str, str]) -> dict[int, dict[int, int]]:
    return {
        int(file[:8], 16): wal.parse_history(catalog.read_whole(name).decode())
        for file, name in archived.items()
        if file.endswith(".history")
    }


def _reaches(catalog: Catalog, archived: dict[str, str], gap: str) -> datetime:
    """The moment up to which the log before a missing segment surely reaches."""
    missing = wal.parse(gap)
    before = [
        file for file in archived if (one := wal.parse(file)) and missing and one.number < missing.number
    ]
    if not before:
        return datetime.min.replace(tzinfo=TZ)
    last = max(before, key=lambda file: wal.parse(file) or wal.Segment(0, 0))
    return catalog.moment(archived[last])


def _homes_for(catalog: Catalog, manifest: Manifest, at: datetime | None) -> tuple[str, str]:
    """The newest copy of the home's files that is not of a later time (at the least that of the base), and
    the one after it, or none."""
    known = [name for name in catalog.place.names("home") if name >= manifest.home]
    early = [name for name in known if at is None or name == manifest.home or catalog.moment(name) <= at]
    chosen = early[-1] if early else manifest.home
    return chosen, next((name for name in known if name > chosen), "")


def check_pieces(catalog: Catalog, plan: Plan, progress: Progress = silent) -> None:
    """Read every piece to its end. Raises the named error of the first that is missing or not authentic."""
    for name, size in plan.manifest.pieces.items():
        found = catalog.place.size(name)
        if found is None:
            raise errors.missing(name)
        if found != size:
            raise errors.damaged(name)
    names = plan.names
    with ThreadPoolExecutor(_THREADS) as pool:
        for done, _ in enumerate(pool.map(catalog.check, names), 1):
            progress("check", done, len(names))


# Making it


def _fill(catalog: Catalog, plan: Plan, staging: Path, store: BlobStore, progress: Progress) -> None:
    home_files.unpack(catalog.read_whole(plan.home), staging)
    if plan.later_home and plan.target.at:
        secret = home_files.secret_as_of(catalog.read_whole(plan.later_home), plan.target.at)
        if secret is not None:
            write_durably(staging / "secret.json", secret)
    places = places_of(staging)
    if places.as_root:
        _remove_base(staging)
        places.base.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    places.base.mkdir(mode=0o700, parents=True, exist_ok=True)
    _extract_cluster(catalog, plan, places.data, places.as_root, progress)
    _restore_blobs(catalog, plan, store, progress)
    foreign = plan.manifest.foreign
    if foreign:
        configure_foreign(staging)
    _recover(catalog, plan, staging, progress)
    if foreign:
        adopt_foreign(staging, foreign)
    said = {"base": plan.manifest.id, "at": plan.target.at.isoformat() if plan.target.at else ""}
    write_durably(staging / _NOTE, json.dumps(said).encode())


def _extract_cluster(catalog: Catalog, plan: Plan, data: Path, as_root: bool, progress: Progress) -> None:
    engine = find_engine(as_root=as_root)
    engine.give(data.parent)
    data.mkdir(mode=0o700)
    engine.give(data)
    stream = io.BufferedReader(_Joined(_in_order(catalog, plan, progress)), 1 << 20)
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            tar.extract(member, data, set_attrs=False, filter="data")
            path = data / member.name
            path.chmod(0o700 if member.isdir() else 0o600)
            engine.give(path)


def _in_order(catalog: Catalog, plan: Plan, progress: Progress) -> Iterator[bytes]:
    """Content of the pieces; a few are opened ahead."""
    done, in_all = 0, plan.manifest.database_bytes
    with ThreadPoolExecutor(_THREADS) as pool:
        for content in _ahead(pool, catalog.read_whole, list(plan.manifest.pieces)):
            yield content
            done += len(content)
            progress("database", done, in_all)


def _ahead(
    pool: ThreadPoolExecutor, work: Callable[[str], bytes], names: Iterable[str], ahead: int = 3
) -> Iterator[bytes]:
    waiting: list[Future[bytes]] = []
    for name in names:
        waiting.append(pool.submit(work, name))
        if len(waiting) > ahead:
            yield waiting.pop(0).result()
    while waiting:
        yield waiting.pop(0).result()


class _Joined(io.RawIOBase):
    """Chunks as one file to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._left = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        length = min(len(buffer), len(self._left))
        buffer[:length] = self._left[:length]
        self._left = self._left[length:]
        return length


def _restore_blobs(catalog: Catalog, plan: Plan, store: BlobStore, progress: Progress) -> None:
    def one(sha256: str) -> None:
        if not store.has(sha256):
            store.take_packed(sha256, catalog.read(blob_name(sha256)))

    with ThreadPoolExecutor(_THREADS) as pool:
        for done, _ in enumerate(pool.map(one, plan.blobs), 1):
            progress("blobs", done, len(plan.blobs))


def _recover(catalog: Catalog, plan: Plan, staging: Path, progress: Progress) -> None:
    done = 0

    def segment(file: str) -> Iterable[bytes] | None:
        nonlocal done
        name = plan.segments.get(file)
        if name is None:
            return None
        done += 1
        progress("log", done, len(plan.segments))
        return catalog.read(name)

    def following(file: str) -> list[str]:
        one = wal.parse(file)
        names: list[str] = []
        while one is not None and len(names) < 4 and (one := one.next).name in plan.segments:
            names.append(one.name)
        return names

    try:
        recover(staging, segment, following, plan.target.settings(), settings=plan.target.server)
    except RecoveryFailed as failed:
        if failed.cause is not None:
            raise failed.cause from failed
        raise _explained(failed.log, plan.target) from failed


def _explained(log: str, target: Target) -> errors.BackupUnusable:
    if "recovery ended before configured recovery target was reached" in log:
        reached = [line for line in log.splitlines() if "last completed transaction was at log time" in line]
        asked = shown(target.at) if target.at else target.point
        return errors.too_late(asked, reached[-1].rpartition("log time ")[2] if reached else "")
    fatal = [line for line in log.splitlines() if "FATAL" in line or "PANIC" in line]
    return errors.recovery_failed(fatal[-1] if fatal else log.strip()[-300:])


def _move(staging: Path, home: Path) -> None:
    before, after = places_of(staging), places_of(home)
    known = load_secrets(staging)
    save_secrets(staging, replace(known, cluster=str(after.base)))
    if before.as_root:
        before.base.rename(after.base)
        after.home_note.write_text(str(after.home))
    # Secrets last: a home without them is not taken for a whole one.
    for path in sorted(staging.iterdir(), key=lambda path: path.name.startswith("secret")):
        path.rename(home / path.name)
    staging.rmdir()


def put_secret_where_it_is_looked_for(home: Path) -> None:
    """Where the environment names another secret file and it is not there, the restored one is put there:
    a start would make a new one, and everything sealed would stay closed."""
    if os.environ.get("KHOYTE_SECRET_FILE") and not secret_file().exists():
        write_durably(secret_file(), (home / "secret.json").read_bytes())


def _remove(staging: Path) -> None:
    if staging.exists():
        shutil.rmtree(staging)
    _remove_base(staging)


def _remove_base(staging: Path) -> None:
    places = places_of(staging)
    if places.as_root and places.base.exists():
        shutil.rmtree(places.base)


def shown(moment: datetime) -> str:
    return moment.astimezone(TZ).strftime("%d/%m/%Y %H:%M:%S")
