"""What the roles of the database may do with each table, as `data/walls.csv` says; applied after migrating.

A table that has no line there keeps the rights that new tables get (`foundation.database.bootstrap`), so that
a running system does not stand still; `tests/test_grants.py` fails for it with a sentence. An act with an
asterisk is allowed on some columns only, which the table's migration names.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from khoyte.foundation.database.bootstrap import APP, WORKER

FILE = Path(__file__).parent / "data" / "walls.csv"
ACTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


class Cursor(Protocol):
    def execute(self, statement: str, /) -> Any: ...

    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True)
class Rights:
    """Of one role on one table: acts on all columns, and acts on some."""

    whole: frozenset[str]
    columns: frozenset[str]


@cache
def declared() -> dict[str, dict[str, Rights]]:
    """Table -> role -> rights. ValueError for a word that is no act."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["table"]: {APP: _rights(row["app"]), WORKER: _rights(row["worker"])}
            for row in csv.DictReader(file)
        }


MOVED: dict[tuple[str, str], set[str]] = {
    ("exchange_message_number_seq", "khoyte_worker"): {"SELECT", "UPDATE"}
}
"""Sequences a role moves on: after a restore numbers of messages go on above what the other side has seen."""


def _rights(words: str) -> Rights:
    acts = words.split()
    if unknown := {act.rstrip("*") for act in acts} - set(ACTS):
        raise ValueError(f"walls.csv: {', '.join(unknown)}")
    columns = frozenset(act.rstrip("*") for act in acts if act.endswith("*"))
    return Rights(frozenset(act for act in acts if not act.endswith("*")), columns)


def apply(cursor: Cursor) -> list[str]:
    """Give and take until the database says what the table says; the statements that were needed.

    As the owner of the tables. Raises LookupError where an act is declared for some columns and held for all:
    the migration has to name the columns.
    """
    statements = list(_statements(cursor))
    for statement in statements:
        cursor.execute(statement)
    return statements


def _statements(cursor: Cursor) -> Iterator[str]:
    whole, columns = _held(cursor, _WHOLE), _held(cursor, _COLUMNS)
    there = {row[0] for row in _rows(cursor, _TABLES)}
    for table in sorted(there & declared().keys()):
        for role, wanted in declared()[table].items():
            have, some = whole.get((table, role), set()), columns.get((table, role), set())
            if have & wanted.columns:
                raise LookupError(f"{table}: {role} may {have & wanted.columns} on all columns, not on some")
            # Taking an act away takes it from the columns too, so nothing is taken that some columns keep.
            if too_much := (have | some) - wanted.whole - wanted.columns:
                yield f'REVOKE {_list(too_much)} ON "{table}" FROM {role}'
            if too_little := wanted.whole - have:
                yield f'GRANT {_list(too_little)} ON "{table}" TO {role}'
    for sequence, table in _rows(cursor, _SEQUENCES):
        for role, wanted in declared().get(table, {}).items():
            needed = {"USAGE"} if "INSERT" in wanted.whole | wanted.columns else set()
            needed |= MOVED.get((sequence, role), set())
            have = whole.get((sequence, role), set())
            if have - needed:
                yield f'REVOKE {_list(have - needed)} ON SEQUENCE "{sequence}" FROM {role}'
            if needed - have:
                yield f'GRANT {_list(needed - have)} ON SEQUENCE "{sequence}" TO {role}'


def _list(acts: Iterable[str]) -> str:
    return ", ".join(sorted(acts))


def _held(cursor: Cursor, statement: str) -> dict[tuple[str, str], set[str]]:
    """(table or sequence, role) -> acts."""
    found: dict[tuple[str, str], set[str]] = {}
    for name, role, act in _rows(cursor, statement):
        found.setdefault((name, role), set()).add(act)
    return found


def _rows(cursor: Cursor, statement: str) -> list[Any]:
    cursor.execute(statement)
    return cursor.fetchall()


_TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""
_WHOLE = """
SELECT c.relname, r.rolname, a.privilege_type FROM pg_class c
CROSS JOIN LATERAL aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = 'public'::regnamespace
"""
_COLUMNS = """
SELECT DISTINCT c.relname, r.rolname, a.privilege_type FROM pg_class c
JOIN pg_attribute t ON t.attrelid = c.oid AND t.attacl IS NOT NULL AND NOT t.attisdropped
CROSS JOIN LATERAL aclexplode(t.attacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = 'public'::regnamespace
"""
_SEQUENCES = """
SELECT s.relname, t.relname FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid
WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace ORDER BY 1
"""
