"""`khoyte fault tamper`: change the audit log as a superuser of the database, in every way, and look whether
`khoyte audit verify` finds it and names the first bad entry. Each harm is undone before the next.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from khoyte.foundation.database import database_urls
from khoyte.nonprod.faults.system import OwnSystem

_SEAL_SECONDS = 300.0
_BATCH = 100_000
_FILL = """
INSERT INTO audit_entry (actor, actor_unit, actor_role, action, subject_kind, subject_id, facility, province,
                         purpose, details)
SELECT 'clerk' || i %% 100, '97001', 'facility', 'submission.receive', 'submission', gen_random_uuid()::text,
       '97001', '97', '', jsonb_build_object('bytes', i, 'dossiers', i %% 500)
FROM generate_series(1, %s) AS i
"""
_SEALED = "SELECT count(*), coalesce(sum(cardinality(ids)), 0) FROM audit_seal"


@dataclass(frozen=True)
class Harm:
    """What a superuser does to entry `%(id)s` (the next one is `%(next)s`), and how it is undone.

    `shows_at` says which entry must be named: the harmed one, the added one, the first, or any: after a
    rollback the worker seals what is left anew, and only the head outside tells that it is not what it was.
    """

    name: str
    do: str
    undo: str
    shows_at: str = "harmed"


HARMS = (
    Harm(
        "edit",
        "UPDATE audit_entry SET actor = actor || '!' WHERE id = %(id)s",
        "UPDATE audit_entry SET actor = left(actor, -1) WHERE id = %(id)s",
    ),
    Harm(
        "delete",
        "CREATE TABLE kept AS SELECT * FROM audit_entry WHERE id = %(id)s;"
        "DELETE FROM audit_entry WHERE id = %(id)s",
        "INSERT INTO audit_entry SELECT * FROM kept; DROP TABLE kept",
    ),
    Harm(
        "insert",
        "INSERT INTO audit_entry (id, tx, actor, actor_unit, actor_role, action, subject_kind, subject_id,"
        " facility, province, purpose, details) SELECT -id, tx, actor, actor_unit, actor_role, action,"
        " subject_kind, subject_id, facility, province, purpose, details FROM audit_entry WHERE id = %(id)s",
        "DELETE FROM audit_entry WHERE id = -%(id)s",
        shows_at="added",
    ),
    Harm(
        "reorder",
        "UPDATE audit_entry SET id = 0 WHERE id = %(id)s;"
        "UPDATE audit_entry SET id = %(id)s WHERE id = %(next)s;"
        "UPDATE audit_entry SET id = %(next)s WHERE id = 0",
        "UPDATE audit_entry SET id = 0 WHERE id = %(id)s;"
        "UPDATE audit_entry SET id = %(id)s WHERE id = %(next)s;"
        "UPDATE audit_entry SET id = %(next)s WHERE id = 0",
    ),
    Harm(
        "roll back",
        "CREATE TABLE kept AS SELECT * FROM audit_entry WHERE id > %(id)s;"
        "CREATE TABLE kept_seals AS SELECT * FROM audit_seal WHERE last_id > %(id)s;"
        "DELETE FROM audit_entry WHERE id > %(id)s; DELETE FROM audit_seal WHERE last_id > %(id)s",
        "DELETE FROM audit_seal WHERE number >= (SELECT min(number) FROM kept_seals);"
        "INSERT INTO audit_entry SELECT * FROM kept; INSERT INTO audit_seal SELECT * FROM kept_seals;"
        "DROP TABLE kept; DROP TABLE kept_seals",
        shows_at="any",
    ),
    Harm("truncate", "TRUNCATE audit_entry", "", shows_at="first"),
)


def run_tamper_drill(n: int, seed: int, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Write `n` entries into a system of its own, wait for seals and head, harm it; returns the figures."""
    begin = time.monotonic()
    with OwnSystem() as system:
        drill = _Drill(system, random.Random(seed), say)
        drill.fill(n)
        whole = drill.verify()
        found = {harm.name: drill.harm(harm) for harm in HARMS}
    holds = whole["broken_at"] is None and whole["exposed"] == 0 and whole["entries"] >= n
    return {
        "drill": "tamper",
        "n": n,
        "seed": seed,
        "acknowledged": n,
        "lost": 0,
        "doubled": 0,
        "errors": sum(not one for one in found.values()),
        "recovered_s_max": 0.0,
        "holds": holds and all(found.values()),
        "figures": {
            "entries": whole["entries"],
            "verify_s": whole["seconds"],
            "seals": drill.seals,
            "sealed_after_s": drill.sealed_after,
            "found": found,
            "seconds": round(time.monotonic() - begin, 1),
        },
    }


class _Drill:
    def __init__(self, system: OwnSystem, chance: random.Random, say: Callable[[str], None]) -> None:
        self.system, self.chance, self.say = system, chance, say
        self.url = database_urls(system.home)["admin"]
        self.seals, self.sealed_after = 0, 0.0
        self.ids: list[int] = []

    def fill(self, n: int) -> None:
        with psycopg.connect(self.url, autocommit=True) as admin:
            for begin in range(0, n, _BATCH):
                admin.execute(_FILL, [min(_BATCH, n - begin)])
                self.say(f"{min(begin + _BATCH, n)}/{n}")
            written = time.monotonic()
            while not self._sealed(admin, n) and time.monotonic() < written + _SEAL_SECONDS:
                time.sleep(0.2)
            self.sealed_after = round(time.monotonic() - written, 1)
            self.ids = [row[0] for row in admin.execute("SELECT id FROM audit_entry ORDER BY tx, id")]
        self._khoyte("audit", "seal")  # the head is copied at once instead of within the minute

    def _sealed(self, admin: psycopg.Connection, n: int) -> bool:
        self.seals, sealed = admin.execute(_SEALED).fetchone() or (0, 0)
        return sealed >= n

    def verify(self) -> dict[str, Any]:
        return json.loads(self._khoyte("audit", "verify", "--json"))

    def harm(self, harm: Harm) -> bool:
        """Whether the harm was found at the entry it must be found at."""
        place = self.chance.randrange(1, len(self.ids) - 2)
        values = {"id": self.ids[place], "next": self.ids[place + 1]}
        self._as_superuser(harm.do, values)
        report = self.verify()
        self._as_superuser(harm.undo, values)
        named = report["broken_at"]
        self.say(f"{harm.name}: {named}")
        expected = {"harmed": values["id"], "added": -values["id"], "first": self.ids[0]}
        return named is not None and named == expected.get(harm.shows_at, named)

    def _as_superuser(self, statements: str, values: dict[str, int]) -> None:
        # The binding is done here: several statements at once take no parameters on the server.
        with psycopg.connect(self.url, cursor_factory=psycopg.ClientCursor) as admin:
            if statements:
                admin.execute(statements, values)

    def _khoyte(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "khoyte", *arguments],
            env=self.system.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"khoyte {' '.join(arguments)}: {done.stderr[-500:]}")
        return done.stdout
