"""Keep the database's schema that of the program.

After migrating, the declared rights are given, and the table of applied migrations carries a stamp: a hash of
all migrations and rights. A start that finds
its own stamp has nothing to do and need not load Django for it; a restored backup brings the stamp of its own
time along.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import django
import psycopg
from psycopg import sql

import khoyte
from khoyte.edges import grants
from khoyte.edges import process_errors as errors

_LOCK = 0x6B68_6F79_7465_0002


def bring_up_to_date(urls: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> None:
    """Migrate as the owner unless the schema is the program's already. Raises ServiceAbsent when that fails.

    Of several processes that ask at once, one migrates and the others wait.
    """
    if stamp_of(urls["owner"]) == program_stamp():
        return
    with psycopg.connect(urls["owner"], autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if stamp_of(urls["owner"]) == program_stamp():
            return
        _migrate(environment)
        grants.apply(connection.cursor())
        stamp = sql.Literal(program_stamp())
        connection.execute(sql.SQL("COMMENT ON TABLE django_migrations IS {}").format(stamp))


def stamp_of(url: str) -> str:
    """The stamp in the database; empty when it was never migrated."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT obj_description(to_regclass('public.django_migrations'))").fetchone()
    return (row and row[0]) or ""


@cache
def program_stamp() -> str:
    """Names and contents of all migrations of this program and of the rights after them, as one hash."""
    # Django brings migrations of its own.
    digest = hashlib.sha256(f"django {django.__version__}\n".encode())
    rooms = Path(khoyte.__file__).parent
    for path in [*sorted(rooms.glob("*/migrations/*.py")), grants.FILE]:
        digest.update(f"{path.relative_to(rooms)} ".encode())
        digest.update(path.read_bytes())
    return f"khoyte migrations {digest.hexdigest()[:32]}"


def _migrate(environment: Mapping[str, str]) -> None:
    as_owner = {"DJANGO_SETTINGS_MODULE": "khoyte.edges.settings", "KHOYTE_DB_ROLE": "owner"}
    command = [sys.executable, "-m", "django", "migrate", "--no-input", "--verbosity", "0"]
    if subprocess.run(command, env={**environment, **as_owner}, check=False).returncode != 0:
        raise errors.command_failed("migrate")
