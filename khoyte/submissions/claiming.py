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
from functools import cache
from itertools import chain, zip_longest

from django.db import connection
from django.utils import timezone

from khoyte.submissions.models import Submission
from khoyte.units.tenancy import working

CLAIM_DOSSIERS = 500
CLAIM_BYTES = 32 * 2**20
CLAIM_FACILITIES = 64
CLAIM_SUBMISSIONS = 500
# A facility with no more waiting than this is answered first; the batch then holds no more than that, unless
# more than a few others have much waiting: then it is the queue that is long, and large batches shorten it.
LITTLE_DOSSIERS, MIXED_DOSSIERS, FEW_FACILITIES = 50, 150, 8
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


class Batch(list[Submission]):
    """Files of one batch. `more_waits`: others were seen to wait that had no room in it."""

    more_waits: bool = False


@contextmanager
def claimed() -> Iterator[Batch]:
    """Submissions to judge now, held for the length of the block; empty when nothing waits."""
    held = _hold_facilities()
    try:
        taken = _take(held) if held else Batch()
        # Those whose turn it is not this time are the next worker's.
        used = {row.facility for row in taken}
        spare = [facility for facility in held if facility not in used]
        _release(spare)
        held = [facility for facility in held if facility in used]
        yield taken
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
    """Facilities that wait and that no other worker holds, those who wait longest first."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        waiting = [row[0] for row in cursor.fetchall()]
        held: list[str] = []
        while waiting and len(held) < CLAIM_FACILITIES:
            asked, waiting = _cut(waiting, CLAIM_FACILITIES - len(held))
            # Every lock is tried by itself: what is refused here is another worker's.
            cursor.execute(
                "SELECT pg_try_advisory_lock(number) FROM unnest(%s::bigint[])"
                " WITH ORDINALITY AS asked (number, place) ORDER BY place",
                [[lock_number(facility) for facility in asked]],
            )
            held += [facility for facility, (got,) in zip(asked, cursor.fetchall(), strict=True) if got]
    return held


def _cut(names: list[str], count: int) -> tuple[list[str], list[str]]:
    return names[:count], names[count:]


def _release(held: Sequence[str]) -> None:
    if not held or connection.connection is None:
        return  # the connection is gone and its locks with it
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_unlock(number) FROM unnest(%s::bigint[]) AS held (number)",
            [[lock_number(facility) for facility in held]],
        )


@cache
def lock_number(facility: str) -> int:
    """Number of the advisory lock that stands for judging this facility."""
    digest = hashlib.blake2b(f"judge:{facility}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


_NEXT_OF = """
SELECT next.* FROM unnest(%s::text[]) WITH ORDINALITY AS held (facility, place), LATERAL (
    SELECT * FROM submission
    WHERE submission.facility = held.facility AND state IN ('received', 'judging')
    ORDER BY received_at, id LIMIT %s) next
ORDER BY place, received_at, id
"""


def _take(held: list[str]) -> Batch:
    """Mark the next files of the held facilities as being judged, within the size of one batch."""
    share = max(CLAIM_SUBMISSIONS // len(held), 1)
    with working():
        waiting: dict[str, list[Submission]] = {}
        for row in Submission.objects.raw(_NEXT_OF, [held, share]):
            waiting.setdefault(row.facility, []).append(row)
        taken = Batch(_fairly(list(waiting.values()), share))
        seen = sum(len(files) for files in waiting.values())
        taken.more_waits = len(taken) < seen or len(held) == CLAIM_FACILITIES
        ids = [row.pk for row in taken]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE submission SET state = 'judging', attempts = attempts + 1 WHERE id = ANY(%s)", [ids]
            )
    return taken


def _fairly(waiting: Sequence[Sequence[Submission]], share: int) -> list[Submission]:
    """Files for one batch: those of facilities with little first and whole, then one of each other in turn.

    A batch that answers somebody with little stays small, so that the answer does not wait for the flood of
    another that is judged along with it; one file of such another is in it all the same, however large it is
    once it has waited some seconds. Of each facility its files in order of receipt.
    """
    little = [files for files in waiting if len(files) < share and _dossiers(files) <= LITTLE_DOSSIERS]
    much = [files for files in waiting if files not in little]
    most = MIXED_DOSSIERS if little and 0 < len(much) <= FEW_FACILITIES else CLAIM_DOSSIERS
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
