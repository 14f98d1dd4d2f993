"""The queue: which submissions a worker takes next.

A worker holds a facility by a session lock of the database, so one facility's files are judged in order of
receipt and never by two workers at once. The lock goes with the connection: what a dead worker had taken is
free again at once. Facilities take turns file by file, and those with little waiting go before, in a small
batch: one facility's flood neither starves anybody nor makes them wait.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, zip_longest

from django.db import connection
from django.utils import timezone

from khoyte.submissions.models import Submission
from khoyte.units.tenancy import working

CLAIM_DOSSIERS = 500
CLAIM_BYTES = 32 * 2**20
CLAIM_FACILITIES = 64
CLAIM_SUBMISSIONS = 500
# A facility with no more waiting than this is answered first; the batch then holds no more than that.
LITTLE_DOSSIERS, MIXED_DOSSIERS = 50, 150
LONGEST_TURN_SECONDS = 5

# One step per waiting facility through the queue's index, however many files each has waiting.
_WAITING = """
WITH RECURSIVE waiting AS (
    (SELECT facility, received_at FROM submission WHERE state IN ('received', 'judging')
     ORDER BY facility, received_at LIMIT 1)
    UNION ALL
    SELECT next.facility, next.received_at FROM waiting, LATERAL (
        SELECT facility, received_at FROM submission
        WHERE state IN ('received', 'judging') AND facility > waiting.facility
        ORDER BY facility, received_at LIMIT 1) next
)
SELECT facility FROM waiting ORDER BY received_at
"""


@contextmanager
def claimed() -> Iterator[list[Submission]]:
    """Submissions to judge now, held for the length of the block; empty when nothing waits."""
    held = _hold_facilities()
    try:
        yield _take(held) if held else []
    finally:
        _release(held)


@contextmanager
def facility_held(facility: str) -> Iterator[None]:
    """Wait for a facility and hold it: what is judged inside meets no worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock_number(facility)])
    try:
        yield
    finally:
        _release([facility])


@contextmanager
def alone(number: int) -> Iterator[bool]:
    """Whether this process is the only one inside a block of that number; it does not wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _hold_facilities() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        waiting = [row[0] for row in cursor.fetchall()]
        held: list[str] = []
        for facility in waiting:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_number(facility)])
            if cursor.fetchone()[0]:
                held.append(facility)
            if len(held) == CLAIM_FACILITIES:
                break
    return held


def _release(held: list[str]) -> None:
    if not held or connection.connection is None:
        return  # the connection is gone and its locks with it
    with connection.cursor() as cursor:
        for facility in held:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock_number(facility)])


def lock_number(facility: str) -> int:
    """Number of the advisory lock that stands for judging this facility."""
    digest = hashlib.blake2b(f"judge:{facility}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _take(held: list[str]) -> list[Submission]:
    """Mark the next files of the held facilities as being judged, within the size of one batch."""
    share = max(CLAIM_SUBMISSIONS // len(held), 1)
    with working():
        waiting = [_waiting_of(facility, share) for facility in held]
        taken = _fairly([files for files in waiting if files], share)
        ids = [row.pk for row in taken]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE submission SET state = 'judging', attempts = attempts + 1 WHERE id = ANY(%s)", [ids]
            )
    return taken


def _waiting_of(facility: str, most: int) -> list[Submission]:
    rows = Submission.objects.filter(facility=facility, state__in=("received", "judging"))
    return list(rows.order_by("received_at", "id")[:most])


def _fairly(waiting: Sequence[Sequence[Submission]], share: int) -> list[Submission]:
    """Files for one batch: those of facilities with little first and whole, then one of each other in turn.

    A batch that answers somebody with little stays small, so that the answer does not wait for the flood of
    another that is judged along with it; one file of such another is in it all the same, however large it is
    once it has waited some seconds. Of each facility its files in order of receipt.
    """
    little = [files for files in waiting if len(files) < share and _dossiers(files) <= LITTLE_DOSSIERS]
    much = [files for files in waiting if files not in little]
    most = MIXED_DOSSIERS if little and much else CLAIM_DOSSIERS
    in_turn = list(_in_turn(much))
    since = timezone.now() - timedelta(seconds=LONGEST_TURN_SECONDS)
    # Beside the room of the others: they are many, and would otherwise put it off for as long as they send.
    taken = [row for row in in_turn[:1] if row.received_at < since]
    dossiers, size = 0, sum(row.size for row in taken)
    for row in (*chain.from_iterable(little), *in_turn[len(taken) :]):
        room = CLAIM_DOSSIERS if in_turn and row is in_turn[0] else most
        full = dossiers + row.expected_dossiers > room or size + row.size > CLAIM_BYTES
        if taken and full:
            break
        taken.append(row)
        dossiers += row.expected_dossiers
        size += row.size
    return taken


def _dossiers(files: Sequence[Submission]) -> int:
    return sum(row.expected_dossiers for row in files)


def _in_turn(waiting: Sequence[Sequence[Submission]]) -> Iterator[Submission]:
    for turn in zip_longest(*waiting):
        yield from (row for row in turn if row is not None)
