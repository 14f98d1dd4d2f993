"""Who has to wait before sending on, so that what is taken in does not run away from what can be judged.

The worker knows how fast it judges and sees everything that waits. Every second it works out how many
seconds of judging that is. Within `CALM_SECONDS` nobody is told anything. Beyond, the room of `CALM_SECONDS`
is shared out: everybody may have as much waiting as anybody else, those with little first, and who has more
is told to come again once half of the surplus is gone. So it is the one who floods that waits, and who sends
now and then is received however long the queue is.

The web reads this at most once a second and only when something is sent. What a worker said is believed for
`BELIEVED_SECONDS`; when no worker runs only the fixed limit of files is left (see `receiving`).
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from threading import Lock

from django.db import connection
from django.utils import timezone

from khoyte.submissions.models import WorkerHeartbeat

CALM_SECONDS = 20.0
"""Seconds of judging that may wait before anybody is told to wait."""
ALWAYS_ROOM_FOR = 50
"""Dossiers that any facility may have waiting, whatever the others have."""
BELIEVED_SECONDS = 10.0
LONGEST_WAIT = 120
TELL_SECONDS = 1.0
READ_SECONDS = 1.0
FULL_BATCH = 100
"""Dossiers from which on a batch says how fast judging is; a small one is mostly the cost of any batch."""
_AT_FIRST = 300.0
_MEMORY_SECONDS = 10.0


class Speed:
    """How many dossiers a second this process judges while it has something to judge. Safe for threads.

    Dossiers as they are guessed at receipt, by which the queue is counted, too.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._dossiers, self._seconds = _AT_FIRST, 1.0

    def note(self, dossiers: int, seconds: float) -> None:
        """So many were judged in so many seconds; what was longer ago counts less."""
        if dossiers < FULL_BATCH:
            return
        with self._guard:
            fading = max(0.0, 1.0 - seconds / _MEMORY_SECONDS)
            self._dossiers = self._dossiers * fading + dossiers
            self._seconds = self._seconds * fading + seconds

    @property
    def per_second(self) -> float:
        with self._guard:
            return max(self._dossiers / max(self._seconds, 0.001), 1.0)


def seconds_to_wait(waiting: Mapping[str, int], per_second: float) -> dict[str, int]:
    """Facilities that have more waiting than their share -> whole seconds until they should come again.

    `waiting`: dossiers that wait, by facility; `per_second`: how many are judged by all workers together.
    """
    room = CALM_SECONDS * per_second
    if sum(waiting.values()) <= room:
        return {}
    share = max(_level(sorted(waiting.values()), room), ALWAYS_ROOM_FOR)
    crowding = {facility: dossiers for facility, dossiers in waiting.items() if dossiers > share}
    # They take turns: each gets its part of the speed.
    own_speed = per_second / max(len(crowding), 1)
    return {
        facility: min(max(ceil((dossiers - share / 2) / own_speed), 1), LONGEST_WAIT)
        for facility, dossiers in crowding.items()
    }


def _level(amounts: list[int], room: float) -> float:
    """The height to which all may be filled so that the sum fits the room; `amounts` in rising order."""
    left = room
    for place, amount in enumerate(amounts):
        equal = left / (len(amounts) - place)
        if amount > equal:
            return equal
        left -= amount
    return float("inf")


_WAITING = """
SELECT facility, sum(expected_dossiers)::int FROM submission
WHERE state IN ('received', 'judging') GROUP BY facility
"""


def tell(name: str, own_speed: float) -> None:
    """Write down how fast this worker is and who has to wait; nothing is written while nobody has to."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        waiting = dict(cursor.fetchall())
    heard = timezone.now() - timedelta(seconds=BELIEVED_SECONDS)
    others = WorkerHeartbeat.objects.exclude(name=name).filter(seen_at__gt=heard)
    speed = own_speed + sum(others.values_list("judged_per_second", flat=True))
    waits = seconds_to_wait(waiting, speed)
    mine = WorkerHeartbeat.objects.filter(name=name)
    if waits:
        mine.update(judged_per_second=own_speed, waits=waits, told_at=timezone.now())
    else:
        mine.exclude(waits={}).update(waits={})


class Told:
    """What the workers said last, as one process of the web knows it; nothing until it is switched on."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._on = False
        self._read_at = 0.0
        self._waits: dict[str, float] = {}

    def switch_on(self) -> None:
        self._on = True

    def seconds(self, facility: str) -> int:
        """Whole seconds that this facility has to wait before it sends on; 0 when it may send."""
        if not self._on:
            return 0
        now = time.monotonic()
        if now - self._read_at >= READ_SECONDS and self._guard.acquire(blocking=False):
            # One thread asks; the others go by what is known meanwhile.
            try:
                self._read_at = now
                self._waits = {code: now + seconds for code, seconds in self._ask().items()}
            finally:
                self._guard.release()
        return max(0, ceil(self._waits.get(facility, 0.0) - now))

    def known_seconds(self, facility: str) -> int:
        """The same from what is known already, without asking."""
        return max(0, ceil(self._waits.get(facility, 0.0) - time.monotonic()))

    def _ask(self) -> dict[str, int]:
        since = timezone.now() - timedelta(seconds=BELIEVED_SECONDS)
        rows = WorkerHeartbeat.objects.filter(told_at__gt=since).order_by("told_at")
        return {code: wait for waits in rows.values_list("waits", flat=True) for code, wait in waits.items()}


TOLD = Told()
