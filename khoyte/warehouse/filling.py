"""Appending to the lake what was stored since the last time.

A fill takes the visits of transactions from the watermark to an upper bound below which none is at work any
more: these rows stand still, whenever and however often they are read. The bound is written down before the
first append and each append carries the number of the fill, so a fill that was cut off is taken up again and
gives no table anything twice. The watermark moves, and readers with it, when all tables have theirs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from khoyte.units.tenancy import working
from khoyte.warehouse import errors
from khoyte.warehouse.columns import LAKE_TABLES
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.pseudonyms import Pseudonyms
from khoyte.warehouse.reading_rows import frames
from khoyte.warehouse.tables import Lake, columns_digest, remove_generations

VISITS_PER_FILL = 100_000
_LOCK = 0x6B68_6F79_7465_0009


@dataclass(frozen=True)
class Filled:
    """What one call has done: fills, visits new in the lake, and of which moment it now tells."""

    fills: int
    visits: int
    as_of: datetime | None


@contextmanager
def lake_held() -> Iterator[None]:
    """Be the only one who writes the lake; raises LakeBusy. The hold goes with the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise errors.busy()
    try:
        yield
    finally:
        if connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def state() -> LakeState:
    """How far the lake has come; made on first use."""
    with working():
        found, _ = LakeState.objects.get_or_create(
            id=1, defaults={"generation": uuid4().hex[:12], "columns": columns_digest()}
        )
        return found


def fill(visits_per_fill: int = VISITS_PER_FILL) -> Filled:
    """Append all that is committed now; what is committed meanwhile comes with the next fill.

    Raises LakeBusy; LakeOutdated when other columns are declared; LakeDamaged where its files cannot be used.
    """
    with lake_held():
        return _fill(visits_per_fill)


def rebuild(visits_per_fill: int = VISITS_PER_FILL) -> Filled:
    """Make the lake anew from the visits stored; readers have the old one no longer. Raises LakeBusy."""
    from khoyte.warehouse import registers_by_day  # which stands upon this module

    with lake_held():
        found = state()
        with Lake(found.generation) as lake:
            lake.drop()
        with working():
            LakeState.objects.all().delete()
        made = _fill(visits_per_fill)
        registers_by_day.take_again(registers_by_day.days_of(found))
        remove_generations(keep=state().generation)
        return made


def _fill(visits_per_fill: int) -> Filled:
    found = state()
    if found.columns != columns_digest():
        raise errors.outdated()
    fills, visits_before = 0, found.visits
    with Lake(found.generation) as lake:
        lake.create()
        settled = _Settled.now()
        while _begin(found, settled, visits_per_fill):
            _append(lake, found)
            _finish(lake, found)
            fills += 1
    return Filled(fills, found.visits - visits_before, found.as_of)


@dataclass(frozen=True)
class _Settled:
    """The number below which no transaction was at work at a moment."""

    below: int
    at: datetime

    @classmethod
    def now(cls) -> "_Settled":
        at = timezone.now()
        with working(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            return cls(cursor.fetchone()[0], at)


def _begin(found: LakeState, settled: _Settled, visits_per_fill: int) -> bool:
    """Write down the next bound, unless one is pending; False when there is nothing to append."""
    if found.pending_upper is not None:
        return True
    with working():
        upper, is_last = _next_upper(found.upper, settled.below, visits_per_fill)
        if upper is None:
            found.as_of = settled.at
            found.save(update_fields=["as_of"])
            return False
        found.pending_upper = upper
        if is_last:
            found.as_of = settled.at
        found.save(update_fields=["pending_upper"])
        return True


_BOUND = """
WITH nth AS (
    SELECT stored_tx FROM visit WHERE stored_tx >= %(low)s AND stored_tx < %(below)s
    ORDER BY stored_tx OFFSET %(visits)s LIMIT 1
)
SELECT (SELECT stored_tx FROM nth),
       (SELECT min(stored_tx) FROM visit
        WHERE stored_tx > (SELECT min(stored_tx) FROM visit WHERE stored_tx >= %(low)s)),
       EXISTS (SELECT 1 FROM visit WHERE stored_tx >= %(low)s AND stored_tx < %(below)s),
       EXISTS (SELECT 1 FROM visit WHERE changed_tx >= %(low)s AND changed_tx < %(below)s)
"""


def _next_upper(low: int, below: int, visits: int) -> tuple[int | None, bool]:
    """The bound of the next fill of about so many visits, None without any; whether it takes all there is.

    A transaction's visits stay together, however many they are.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BOUND, {"low": low, "below": below, "visits": visits})
        nth, second, any_stored, any_changed = cursor.fetchone()
    if not any_stored and not any_changed:
        return None, True
    if nth is None:
        return below, True
    return max(nth, second if second is not None and second < below else nth), False


def _append(lake: Lake, found: LakeState) -> None:
    number = f"{found.generation}:{found.fills + 1}"
    upper, pseudonyms = found.pending_upper or 0, Pseudonyms(found.generation)
    for table in LAKE_TABLES:
        try:
            with working():
                rows = frames(table, found.upper, upper, pseudonyms, by_province=True)
                lake.append(table, rows, number)
        except OSError as error:  # of its own files: a database that is away raises other errors
            raise errors.damaged(table, type(error).__name__) from error


def _finish(lake: Lake, found: LakeState) -> None:
    snapshots = lake.snapshots()
    with working():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM visit WHERE stored_tx >= %s AND stored_tx < %s",
                [found.upper, found.pending_upper],
            )
            found.visits += cursor.fetchone()[0]
        found.upper, found.pending_upper = found.pending_upper or found.upper, None
        found.fills += 1
        # Registers are read as of their own day, which a fill does not move.
        found.snapshots = {
            **found.snapshots,
            **{name: snapshots[name] for name in LAKE_TABLES if name in snapshots},
        }
        found.save()
