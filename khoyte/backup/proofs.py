"""Fingerprints of an installation, to hold a restored copy against the living one.

All tables are read in one snapshot, at a moment when no transaction was writing; that moment is marked in the
log. A copy restored to the mark must have exactly the rows of the snapshot, whatever came later. Nobody is
made to wait: the quiet moment is waited for, it lasts as long as two small queries take.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from khoyte.backup import errors
from khoyte.backup.catalog import now
from khoyte.foundation.blobs import BlobDamaged, BlobMissing, BlobStore

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""
# The order of rows does not matter, so hashes are summed; two seeds make 128 bits.
_HASH = (
    "SELECT count(*), coalesce(sum(hashtextextended(t::text, 1)::numeric), 0),"
    " coalesce(sum(hashtextextended(t::text, 2)::numeric), 0) FROM {} AS t"
)
_READING = (
    "SET search_path = ''",
    "SET datestyle = 'ISO'",
    "SET timezone = 'UTC'",
    "SET bytea_output = 'hex'",
    "SET extra_float_digits = 3",
    "SET intervalstyle = 'postgres'",
    "SET row_security = off",
)

Hashes = dict[str, tuple[int, str]]
"""By table: number of rows, and a fingerprint of all of them."""


@dataclass(frozen=True)
class Mark:
    """A point of the log (`name`, position `lsn`) and what was true at it."""

    name: str
    at: datetime
    lsn: str
    timeline_file: str
    hashes: Hashes


@contextmanager
def marked(url: str, name: str, patience: float = 60.0) -> Iterator[Mark]:
    """Wait for a quiet moment, mark it in the log, and read all tables as they were then.

    Raises BackupImpossible when something is being written all the time.
    """
    with psycopg.connect(url) as reading, psycopg.connect(url, autocommit=True) as marking:
        reading.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for statement in _READING:
            reading.execute(statement)
        reading.commit()
        at, lsn, file = _mark(reading, marking, name, time.monotonic() + patience)
        yield Mark(name, at, lsn, file, _hashes(reading))


def _mark(
    reading: psycopg.Connection, marking: psycopg.Connection, name: str, deadline: float
) -> tuple[datetime, str, str]:
    while True:
        seen = _snapshot(reading)
        # No number between the bounds and none given out since: no transaction is writing.
        if seen[0] == seen[1]:
            at = now()
            row = marking.execute(
                "SELECT lsn, pg_walfile_name(lsn) FROM pg_create_restore_point(%s) AS lsn", [name]
            ).fetchone()
            if row is not None and _snapshot(marking) == seen:
                return at, str(row[0]), str(row[1])
        reading.rollback()
        if time.monotonic() > deadline:
            raise errors.never_quiet()
        time.sleep(0.005)


def _snapshot(connection: psycopg.Connection) -> tuple[str, str]:
    row = connection.execute("SELECT pg_current_snapshot()::text").fetchone()
    lowest, highest, _running = str(row[0] if row else "::").split(":")
    return lowest, highest


def table_hashes(url: str) -> Hashes:
    """Of every ordinary table now. Raises psycopg.Error where one cannot be read."""
    with psycopg.connect(url) as reading:
        for statement in _READING:
            reading.execute(statement)
        return _hashes(reading)


def _hashes(reading: psycopg.Connection) -> Hashes:
    found: Hashes = {}
    for schema, table in reading.execute(_TABLES).fetchall():
        row = reading.execute(sql.SQL(_HASH).format(sql.Identifier(schema, table))).fetchone()
        count, *sums = row or (0, 0, 0)
        found[f"{schema}.{table}"] = (int(count), " ".join(map(str, sums)))
    return found


def differing(expected: Hashes, found: Hashes) -> list[str]:
    """Tables that are not equal, with their numbers of rows."""
    return [
        f"{name} ({expected.get(name, (0,))[0]} ≠ {found.get(name, (0,))[0]})"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def damaged_blobs(store: BlobStore, wanted: set[str]) -> list[str]:
    """Of the wanted raw files, those that are missing or whose bytes do not give their name."""
    return sorted(sha256 for sha256 in wanted if not _is_whole(store, sha256))


def _is_whole(store: BlobStore, sha256: str) -> bool:
    summed, at = hashlib.sha256(), 0
    try:
        with store.open(sha256) as reader:
            while at < reader.size:
                chunk = reader.read_at(at, 1 << 20)
                summed.update(chunk)
                at += len(chunk)
    except (BlobMissing, BlobDamaged):
        return False
    return summed.hexdigest() == sha256
