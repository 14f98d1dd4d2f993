"""Breaking the system on purpose, so that errors arise in it while canaries are in hand."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from khoyte.foundation.database import database_urls
from khoyte.nonprod.faults.system import OwnSystem

_PATIENCE_SECONDS = 60.0


@contextmanager
def refusing_table(system: OwnSystem, table: str) -> Iterator[None]:
    """Every new row of the table breaks a rule; the server would love to quote the row."""
    _as_superuser(system, f"ALTER TABLE {table} ADD CONSTRAINT canary CHECK (false) NOT VALID")
    try:
        yield
    finally:
        _as_superuser(system, f"ALTER TABLE {table} DROP CONSTRAINT canary")


@contextmanager
def without_right(system: OwnSystem, table: str) -> Iterator[None]:
    """The web may no longer read the table; the statement that fails holds values."""
    _as_superuser(system, f"REVOKE SELECT ON {table} FROM khoyte_app")  # noqa: S608 - names of our own
    try:
        yield
    finally:
        _as_superuser(system, f"GRANT SELECT ON {table} TO khoyte_app")


@contextmanager
def without_store(system: OwnSystem) -> Iterator[None]:
    """The blob store is gone, as when its disk is."""
    store = system.home / "blobs"
    away = store.with_name("blobs-away")
    store.rename(away)
    store.write_bytes(b"")
    try:
        yield
    finally:
        store.unlink()
        away.rename(store)


@contextmanager
def killed(system: OwnSystem, kind: str) -> Iterator[None]:
    """A process dies now; it is back when the block is left."""
    for pid in system.pids(kind)[:1]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    yield
    wait_until(lambda: system.answers("/readyz"))


def wait_until(true: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def waiting(system: OwnSystem) -> int:
    """Files that have no verdict yet."""
    return _number(system, "SELECT count(*) FROM submission WHERE state IN ('received', 'judging')")


def judged(system: OwnSystem) -> int:
    return _number(system, "SELECT count(*) FROM submission WHERE state NOT IN ('received', 'judging')")


def tables(system: OwnSystem) -> Iterator[tuple[str, bytes]]:
    """Every table of the database as text, name by name."""
    with psycopg.connect(database_urls(system.home)["admin"]) as admin:
        names = admin.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
        for (name,) in names:
            with admin.cursor().copy(f"COPY {name} TO STDOUT") as rows:  # type: ignore[arg-type]
                yield name, b"".join(bytes(piece) for piece in rows)


def _number(system: OwnSystem, question: str) -> int:
    try:
        with psycopg.connect(database_urls(system.home)["admin"], connect_timeout=5) as admin:
            row = admin.execute(question).fetchone()  # type: ignore[arg-type]
            return int(row[0]) if row else 0
    except psycopg.OperationalError:
        return 1  # being restarted: nobody knows


def _as_superuser(system: OwnSystem, statement: str) -> None:
    with psycopg.connect(database_urls(system.home)["admin"], autocommit=True) as admin:
        admin.execute("SET lock_timeout = '20s'")
        admin.execute(statement)  # type: ignore[arg-type]
