"""The event log: how a lower room tells an upper one that something changed.

An event is appended in the transaction of the change: neither without the other. Whoever follows the log
keeps a cursor in its own transaction, so that it takes every event once, whatever dies when.

Numbers of events are given before their transactions commit, so a lower number may appear later. Events are
therefore followed in the order (tx, id), and only those of transactions older than every running one: nothing
of these can still appear. A transaction that runs for long holds the log back for everybody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

Place = tuple[int, int]
"""Where a follower is: transaction and number of the last event it took."""

BEGINNING: Place = (0, 0)


@dataclass(frozen=True)
class Event:
    """One change. `subjects` are keyed hashes of whom it concerns; `place` a facility, "" for everywhere.

    `first` and `last` are the days on which it matters, both included; None: since ever, for good.
    """

    kind: str
    register: str
    record: UUID
    subjects: Sequence[bytes] = field(default_factory=list)
    place: str = ""
    first: date | None = None
    last: date | None = None
    at: Place = BEGINNING


_APPEND = """
INSERT INTO event_log (kind, register, record, subjects, place, first, last)
SELECT kind, register, record, subjects, place, first, last FROM jsonb_to_recordset(%s::jsonb)
AS e (kind text, register text, record uuid, subjects bytea[], place text, first date, last date)
"""


def append(events: Iterable[Event]) -> None:
    """Write events beside the change they tell of, in its transaction."""
    documents = [
        {
            "kind": one.kind,
            "register": one.register,
            "record": str(one.record),
            "subjects": [f"\\x{subject.hex()}" for subject in one.subjects],
            "place": one.place,
            "first": one.first,
            "last": one.last,
        }
        for one in events
    ]
    if documents:
        with connection.cursor() as cursor:
            cursor.execute(_APPEND, [orjson.dumps(documents).decode()])


_AFTER = """
SELECT kind, register, record, subjects, place, first, last, tx::text::bigint, id FROM event_log
WHERE (tx, id) > (%(tx)s::text::xid8, %(id)s) AND tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY tx, id LIMIT %(limit)s
"""


def after(place: Place, limit: int) -> list[Event]:
    """The next events after a place, none of which can be preceded by one that appears later."""
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, {"tx": str(place[0]), "id": place[1], "limit": limit})
        return [_event(*row) for row in cursor.fetchall()]


def _event(kind: str, register: str, record: UUID, subjects: Any, place: str, *rest: Any) -> Event:
    first, last, tx, number = rest
    return Event(kind, register, record, [bytes(one) for one in subjects], place, first, last, (tx, number))


def place_of(follower: str, *, locked: bool = False) -> Place:
    """Where a follower is; `locked` holds its cursor until the transaction ends."""
    statement = "SELECT tx::text::bigint, id FROM event_cursor WHERE follower = %s"
    with connection.cursor() as cursor:
        cursor.execute(statement + (" FOR UPDATE" if locked else ""), [follower])
        found = cursor.fetchone()
    return (found[0], found[1]) if found else BEGINNING


_ADVANCE = """
INSERT INTO event_cursor (follower, tx, id) VALUES (%s, %s::text::xid8, %s)
ON CONFLICT (follower) DO UPDATE SET tx = excluded.tx, id = excluded.id, at = now()
"""


def advance(follower: str, place: Place) -> None:
    """Everything up to this place is done, in the transaction that did it."""
    with connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [follower, str(place[0]), place[1]])
