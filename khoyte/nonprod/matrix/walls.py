"""The matrix in SQL: what PostgreSQL itself shows to the roles of the program and takes from them.

`edges/data/walls.csv` has a line for every table of the catalogue: whose its `rows` are ("tenant": facility
and the province above it; "unit": that unit alone; "own person": also the person they are about; "none"),
which acts `app` and `worker` may do (* on some columns). Nothing of the application is in between here: each
speaker is set by hand, and every statement goes without a filter. A table without a line, or a tenant's table
without a forced wall, is a fault.
"""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import DatabaseError, connection, transaction

from khoyte.edges.grants import FILE as WALLS_FILE
from khoyte.nonprod.matrix import world as worlds

_CATALOGUE = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'facility'
               AND NOT a.attisdropped),
       (SELECT count(*) FROM pg_policies p WHERE p.tablename = c.relname AND 'khoyte_app' = ANY (p.roles)),
       pg_get_userbyid(c.relowner)
FROM pg_class c WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v') AND c.relnamespace = 'public'::regnamespace
ORDER BY 1
"""
_PRIVILEGES = """
SELECT string_agg(act || CASE WHEN has_table_privilege(%(role)s, %(table)s, act) THEN '' ELSE '*' END, ' '
                  ORDER BY place)
FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) WITH ORDINALITY AS a(act, place)
WHERE has_table_privilege(%(role)s, %(table)s, act)
   OR (act IN ('SELECT', 'INSERT', 'UPDATE') AND has_any_column_privilege(%(role)s, %(table)s, act))
"""
_SPEAK = (
    "WITH said AS (SELECT %s AS facility, %s AS province, %s AS everything, %s AS person)"
    " SELECT set_config('khoyte.facility', facility, true), set_config('khoyte.province', province, true),"
    " set_config('khoyte.everything', everything, true), set_config('khoyte.person', person, true),"
    # Registers have a speaker of their own.
    " set_config('khoyte.register_facility', facility, true),"
    " set_config('khoyte.register_province', province, true),"
    " set_config('khoyte.register_everything', everything, true),"
    " set_config('role', 'khoyte_app', true) FROM said"
)
EVERYBODY = frozenset(worlds.FACILITIES)
# Uploads and webhooks of provinces carry no facility; the log remembers what was removed.
_BESIDE = {"", worlds.DELETED}
REFUSED = ("permission denied", "row-level security")


@dataclass(frozen=True)
class Wall:
    table: str
    rows: str
    app: str
    worker: str
    sentence: str

    @property
    def of_tenant(self) -> bool:
        return not self.rows.startswith("none")

    @property
    def written_for_anybody(self) -> bool:
        return "written for anybody" in self.rows

    def shows(self, speaker: "Speaker") -> frozenset[str]:
        """Facilities whose rows the speaker may see."""
        if speaker.person:
            return speaker.sees if "own person" in self.rows else frozenset()
        if self.rows != "unit":
            return speaker.sees
        return speaker.sees if speaker.facility in speaker.sees else frozenset()


@dataclass(frozen=True)
class Speaker:
    """What is set for a transaction, and whose rows it may see then."""

    name: str
    facility: str = ""
    province: str = ""
    everything: str = ""
    person: str = ""
    sees: frozenset[str] = frozenset()


SPEAKERS = (
    *(Speaker(f"facility {code}", code, sees=frozenset({code})) for code in worlds.FACILITIES),
    *(
        Speaker(
            f"province {code}", "", code, sees=frozenset(f for f, p in worlds.FACILITIES.items() if p == code)
        )
        for code in worlds.PROVINCES
    ),
    Speaker("everything", everything="on", sees=EVERYBODY),
    Speaker("nobody"),
    Speaker("a facility that is not there", worlds.GUESSED),
    Speaker("a province that is not there", "", worlds.GUESSED_PROVINCE),
    Speaker("a facility by a pattern", "97%"),
    Speaker("a province in place of a facility", "97"),
    Speaker("everything, by another word", everything="true"),
)


@dataclass
class Findings:
    """Questions asked of the database, and a sentence for every wrong answer."""

    asked: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, right: bool, sentence: str) -> None:
        self.asked += 1
        if not right:
            self.faults.append(sentence)


@cache
def walls() -> dict[str, Wall]:
    with WALLS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["table"]: Wall(**row) for row in csv.DictReader(file)}


def try_walls(tables: Collection[str] = (), speakers: Sequence[Speaker] = SPEAKERS) -> Findings:
    """Ask everything (of some tables and speakers only); the connection is a superuser's, the world there."""
    findings = Findings()
    _catalogue(findings)
    for wall in walls().values():
        _privileges(wall, findings)
    for wall in walls().values():
        if not wall.of_tenant or not _exists(wall.table) or (tables and wall.table not in tables):
            continue
        is_filled = _facilities(wall.table) >= EVERYBODY
        findings.expect(is_filled, f"{wall.table}: the world has not put rows of everybody there")
        if not is_filled:
            continue
        copies = {code: _copy_of(wall.table, code) for code in worlds.FACILITIES}
        for speaker in speakers:
            with speaking(speaker):
                _reads(wall, speaker, findings)
                _writes(wall, speaker, copies, findings)
        _worker(wall, findings)
    return findings


def _catalogue(findings: Findings) -> None:
    found = rows(_CATALOGUE)
    for name, secured, forced, has_tenant, policies, owner in found:
        wall = walls().get(name)
        findings.expect(
            wall is not None,
            f"{name} has no line in walls.csv: say whose its rows are and what app and worker may do.",
        )
        findings.expect(owner not in ("khoyte_app", "khoyte_worker"), f"{name} is owned by {owner}")
        if wall is None:
            continue
        findings.expect(wall.of_tenant == has_tenant, f"{name}: rows are {wall.rows}, columns say otherwise")
        if wall.of_tenant:
            findings.expect(
                secured and forced and policies > 0,
                f"{name} holds rows of tenants without forced row-level security: add it in the migration.",
            )
    gone = set(walls()) - {row[0] for row in found}
    findings.expect(not gone, f"walls.csv speaks of {', '.join(sorted(gone))}, which are no tables any more")
    roles = rows("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'khoyte_%'")
    passing = {name for name, is_super, passes in roles if (is_super or passes) and name != "khoyte_admin"}
    findings.expect(passing <= {"khoyte_worker"}, f"{', '.join(sorted(passing))} pass by the walls")


def _privileges(wall: Wall, findings: Findings) -> None:
    if not _exists(wall.table):
        return
    for role, expected in (("khoyte_app", wall.app), ("khoyte_worker", wall.worker)):
        values = {"role": role, "table": wall.table}
        (found,) = rows(_PRIVILEGES, values)[0]
        findings.expect(
            (found or "") == expected, f"{wall.table}: {role} may {found or 'nothing'}, expected {expected}"
        )


def _reads(wall: Wall, speaker: Speaker, findings: Findings) -> None:
    seen, expected = _facilities(wall.table), wall.shows(speaker)
    findings.expect(
        seen == expected, f"{wall.table}: {speaker.name} sees {sorted(seen)}, may {sorted(expected)}"
    )


def _writes(
    wall: Wall, speaker: Speaker, copies: Mapping[str, tuple[str, list[object]]], findings: Findings
) -> None:
    """Rows of others can be neither written, nor taken, nor given away, nor removed."""

    def must_not(statement: str, values: Sequence[object] = ()) -> None:
        changed = attempt(statement, values)
        findings.expect(changed in ("refused", 0), f"{speaker.name}: {statement[:120]} changed {changed}")

    table, shown = wall.table, wall.shows(speaker)
    for other in sorted(EVERYBODY - shown):
        if not wall.written_for_anybody:
            must_not(*copies[other])
        must_not(f"UPDATE {table} SET facility = facility WHERE facility = '{other}'")
        must_not(f"DELETE FROM {table} WHERE facility = '{other}'")
        for own in sorted(shown):
            place = f"facility = '{other}', province = '{worlds.FACILITIES[other]}'"
            must_not(f"UPDATE {table} SET {place} WHERE facility = '{own}'")
    for own in sorted(shown) if "INSERT" in wall.app.split() else ():
        # Let through by the wall; that such a row is there already is another matter.
        done = attempt(*copies[own])
        findings.expect(done != "refused", f"{table}: {speaker.name} may not write its own")


def _worker(wall: Wall, findings: Findings) -> None:
    """The worker judges for everybody, and may do no more than its line says."""
    with undone():
        rows("SELECT set_config('role', 'khoyte_worker', true)")
        findings.expect(
            _facilities(wall.table) >= EVERYBODY, f"{wall.table}: the worker does not see everybody"
        )
    for act, statement in (
        ("UPDATE", f"UPDATE {wall.table} SET facility = facility"),
        ("DELETE", f"DELETE FROM {wall.table} WHERE false"),
    ):
        with undone():
            rows("SELECT set_config('role', 'khoyte_worker', true)")
            may = act in wall.worker.split()
            done = attempt(statement)
            findings.expect((done != "refused") == may, f"{wall.table}: {act} as the worker: {done}")


def attempt(statement: str, values: Sequence[Any] = ()) -> object:
    """Rows changed (and put back), "refused" by permission or wall, or another error of the database."""
    try:
        with undone(), connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.rowcount
    except DatabaseError as error:
        return "refused" if any(word in str(error) for word in REFUSED) else str(error).splitlines()[0]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def speaking(speaker: Speaker) -> Iterator[None]:
    """As the application's role, for this speaker; everything inside is undone."""
    with undone():
        rows(_SPEAK, [speaker.facility, speaker.province, speaker.everything, speaker.person])
        yield


def _copy_of(table: str, facility: str) -> tuple[str, list[object]]:
    """An INSERT of a row like one that stands there, in the columns the role may write."""
    names = [row[0] for row in rows(_COLUMNS, [table])]
    (row,) = rows(f"SELECT row_to_json(t)::text FROM {table} t WHERE facility = %s LIMIT 1", [facility])
    columns = ", ".join(f'"{name}"' for name in names)
    source = f"json_populate_record(NULL::{table}, %s::json)"
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {source}", [row[0]]


_COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
   AND attgenerated = ''
"""


def _facilities(table: str) -> frozenset[str]:
    found = rows(f"SELECT DISTINCT facility FROM {table}")
    return frozenset(row[0] for row in found) - _BESIDE


def _exists(table: str) -> bool:
    return bool(rows("SELECT to_regclass(%s) IS NOT NULL", [table])[0][0])


def rows(statement: str, values: Sequence[Any] | dict[str, str] | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
