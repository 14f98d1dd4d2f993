"""Versions of a visit: which is current, what a resend supersedes, what a later judgement withdraws.

At most one version of a visit is current. Nothing is deleted: a version that is superseded or withdrawn stays
readable with its bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

Key = tuple[str, str]
"""(facility code, MA_LK)"""


@dataclass(frozen=True)
class CurrentVersion:
    """What counts of the current version of a visit when another is held against it."""

    content_sha256: bytes
    received_at: datetime


def current_versions(keys: Sequence[Key]) -> dict[Key, CurrentVersion]:
    """Current versions of these visits; a visit all of whose versions are withdrawn has none."""
    return _by_key(_CURRENT, _split(keys))


def versions_before(keys: Sequence[Key], moments: Sequence[datetime]) -> dict[Key, CurrentVersion]:
    """The versions of these visits that were the last ones when files of these moments were received.

    A file judged again is held against what came before it, never against what was sent later. Of a visit
    that is asked for twice the latest moment counts.
    """
    return _by_key(_BEFORE, [*_split(keys), list(moments)])


def _by_key(statement: str, parameters: Sequence[Any]) -> dict[Key, CurrentVersion]:
    return {
        (row["facility"], row["ma_lk"]): CurrentVersion(bytes(row["content_sha256"]), row["received_at"])
        for row in _rows(statement, parameters)
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
    return {row["position"]: row["id"] for row in _rows(_STORED, [submission_id])}


def numbers_of(submission_id: str) -> dict[int, int]:
    """Position in the submission -> version number, of its dossiers that were stored and not withdrawn."""
    return {row["position"]: row["version"] for row in _rows(_STORED, [submission_id])}


def withdraw(visit_ids: Sequence[int]) -> None:
    """A later judgement no longer accepts these versions; what was sent last of the rest is current again."""
    if not visit_ids:
        return
    _run(_WITHDRAW, [list(visit_ids)])
    _run(_RESTORE, [list(visit_ids)])


_KEYS = "(facility, ma_lk) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
_CURRENT = f"SELECT facility, ma_lk, content_sha256, received_at FROM visit WHERE is_current AND {_KEYS}"  # noqa: S608
_BEFORE = """
SELECT DISTINCT ON (facility, ma_lk) facility, ma_lk, content_sha256, visit.received_at
FROM visit JOIN unnest(%s::text[], %s::text[], %s::timestamptz[]) AS asked (facility, ma_lk, moment)
    USING (facility, ma_lk)
WHERE withdrawn_at IS NULL AND visit.received_at < asked.moment
ORDER BY facility, ma_lk, visit.received_at DESC, version DESC
"""
_NEWEST = f"SELECT facility, ma_lk, max(version) AS newest FROM visit WHERE {_KEYS} GROUP BY 1, 2"  # noqa: S608
# What follows the visits from outside (the lake) finds changed versions by the transaction that changed them.
_CHANGED = "changed_tx = pg_current_xact_id()::text::bigint"
_SUPERSEDE = (
    f"UPDATE visit SET is_current = false, superseded_at = now(), {_CHANGED} WHERE is_current AND {_KEYS}"  # noqa: S608
)
_STORED = "SELECT position, id, version FROM visit WHERE submission_id = %s AND withdrawn_at IS NULL"
_WITHDRAW = f"UPDATE visit SET is_current = false, withdrawn_at = now(), {_CHANGED} WHERE id = ANY(%s)"  # noqa: S608
_RESTORE = f"""
UPDATE visit SET is_current = true, superseded_at = NULL, {_CHANGED} WHERE id IN (
    SELECT DISTINCT ON (v.facility, v.ma_lk) v.id FROM visit v
    JOIN visit gone ON gone.id = ANY(%s) AND gone.facility = v.facility AND gone.ma_lk = v.ma_lk
    WHERE v.withdrawn_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM visit c WHERE c.facility = v.facility AND c.ma_lk = v.ma_lk AND c.is_current)
    ORDER BY v.facility, v.ma_lk, v.received_at DESC, v.version DESC)
"""  # noqa: S608 - constants of this module


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
