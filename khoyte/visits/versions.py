"""Versions of a visit: which is current, what a resend supersedes, what a later judgement withdraws.

At most one version of a visit is current. Nothing is deleted: a version that is superseded or withdrawn stays
readable with its bytes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

Key = tuple[str, str]
"""(facility code, MA_LK)"""


@dataclass(frozen=True)
class CurrentVersion:
    """The current version of a visit. `newest` is the highest version number ever given to it."""

    content_sha256: bytes
    version: int
    newest: int
    received_at: datetime


def current_versions(keys: Sequence[Key], *, apart_from: Collection[str] = ()) -> dict[Key, CurrentVersion]:
    """Current versions of these visits, leaving out those that came with the submissions `apart_from`.

    A visit all of whose versions are left out or withdrawn has none.
    """
    return {
        (row["facility"], row["ma_lk"]): CurrentVersion(
            bytes(row["content_sha256"]), row["version"], row["newest"], row["received_at"]
        )
        for row in _rows(_CURRENT, [*_split(keys), list(apart_from)])
    }


def newest_numbers(keys: Sequence[Key]) -> dict[Key, int]:
    """Highest version number given so far to each of these visits."""
    return {(row["facility"], row["ma_lk"]): row["newest"] for row in _rows(_NEWEST, _split(keys))}


def supersede(keys: Sequence[Key]) -> None:
    """The current versions of these visits are current no longer: newer ones were accepted."""
    if keys:
        _run(_SUPERSEDE, _split(keys))


def positions_of(submission_id: str) -> dict[int, int]:
    """Position in the submission -> visit id, of its dossiers that were stored and not withdrawn."""
    rows = _rows(_POSITIONS, [submission_id])
    return {row["position"]: row["id"] for row in rows}


def withdraw(visit_ids: Sequence[int]) -> None:
    """A later judgement no longer accepts these versions; the newest version left becomes current again."""
    if not visit_ids:
        return
    _run(_WITHDRAW, [list(visit_ids)])
    _run(_RESTORE, [list(visit_ids)])


_KEYS = "(facility, ma_lk) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
_CURRENT = f"""
SELECT DISTINCT ON (facility, ma_lk) facility, ma_lk, content_sha256, version, received_at,
       max(version) OVER (PARTITION BY facility, ma_lk) AS newest
FROM visit WHERE {_KEYS} AND withdrawn_at IS NULL AND NOT submission_id = ANY(%s::uuid[])
ORDER BY facility, ma_lk, is_current DESC, version DESC
"""  # noqa: S608 - constants of this module
_NEWEST = f"SELECT facility, ma_lk, max(version) AS newest FROM visit WHERE {_KEYS} GROUP BY 1, 2"  # noqa: S608
_SUPERSEDE = f"UPDATE visit SET is_current = false, superseded_at = now() WHERE is_current AND {_KEYS}"  # noqa: S608
_POSITIONS = "SELECT position, id FROM visit WHERE submission_id = %s AND withdrawn_at IS NULL"
_WITHDRAW = "UPDATE visit SET is_current = false, withdrawn_at = now() WHERE id = ANY(%s)"
_RESTORE = """
UPDATE visit SET is_current = true, superseded_at = NULL WHERE id IN (
    SELECT DISTINCT ON (v.facility, v.ma_lk) v.id FROM visit v
    JOIN visit gone ON gone.id = ANY(%s) AND gone.facility = v.facility AND gone.ma_lk = v.ma_lk
    WHERE v.withdrawn_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM visit c WHERE c.facility = v.facility AND c.ma_lk = v.ma_lk AND c.is_current)
    ORDER BY v.facility, v.ma_lk, v.version DESC)
"""


def _split(keys: Sequence[Key]) -> list[list[str]]:
    return [[facility for facility, _ in keys], [ma_lk for _, ma_lk in keys]]


def _rows(statement: str, parameters: Sequence[Any]) -> list[Mapping[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _run(statement: str, parameters: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
