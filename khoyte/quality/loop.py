"""The worker's part: scores follow changes within seconds.

Triggers write down which units changed. A step takes some of them and counts these units anew, in one
transaction: whatever dies when, a unit is either still written down or counted. What people changed goes
before what the turn of a day or a new formula asks for. One process takes steps at a time.
"""

import hashlib
import logging
import threading
from datetime import datetime, timedelta

import psycopg
from django.db import DatabaseError, connection
from django.db.models import Min
from django.utils import timezone

from khoyte.foundation.calendar import today
from khoyte.quality import computing
from khoyte.quality.computing import Cell
from khoyte.quality.criteria import DATABASES, VISITS
from khoyte.quality.models import Changed, Standing
from khoyte.quality.words import versions
from khoyte.submissions.claiming import alone
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.quality")
_LOCK = 0x7175_616C
UNITS_AT_ONCE = 300
SHORT_PAUSE, PAUSE = 0.1, 1.0
# A hospital that sends dossier by dossier changes the same day all the time: counted some times a minute.
GATHERING = timedelta(seconds=8)
_TOLD_EVERY = timedelta(seconds=5)
_DATABASE_ERRORS = (DatabaseError, psycopg.Error)


def keep_scores(stop: threading.Event) -> None:
    """Follow changes until told to stop; a database that restarts is waited for."""
    pause = PAUSE
    while not stop.wait(pause):
        try:
            pause = SHORT_PAUSE if work_once() else PAUSE
        except _DATABASE_ERRORS as error:
            log.warning("database: %s; trying again", type(error).__name__)
            connection.close()
            pause = PAUSE
        except Exception as error:  # a library's message can quote a value: the kind only
            log.error("scores of quality cannot be counted: %s", type(error).__name__)
            pause = 10 * PAUSE
    connection.close()


def work_once(gathering: timedelta = GATHERING) -> bool:
    """Take one step; False when nothing waits, or another process is at it."""
    with alone(_LOCK) as mine:
        if not mine:
            return False
        with working():
            begun = timezone.now()
            standing = _standing()
            _ask_for_all_where_due(standing)
            taken = _take(gathering)
            for name in DATABASES:
                cells = {cell for database, cell in taken if database == name}
                _ask_for(name, computing.compute(name, cells))
            _tell_settled(standing, begun)
        return bool(taken)


def work_all() -> int:
    """Step until nothing waits, also what gathers; how many steps. For commands and tests."""
    steps = 0
    while work_once(timedelta()):
        steps += 1
    return steps


def count_all() -> None:
    """Ask for every unit anew, whatever has changed."""
    with working():
        _ask_for_all()


_TAKE = """
WITH next AS (
    SELECT database, place, province, day FROM quality_changed
    WHERE daily OR database <> 'visits' OR at < clock_timestamp() - make_interval(secs => %(gathering)s)
    ORDER BY daily, id LIMIT %(limit)s)
DELETE FROM quality_changed c USING (SELECT DISTINCT * FROM next) n
WHERE c.database = n.database AND c.place = n.place AND c.province = n.province
  AND c.day IS NOT DISTINCT FROM n.day
RETURNING c.database, c.place, c.province, c.day
"""


def _take(gathering: timedelta) -> set[tuple[str, Cell]]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"gathering": gathering.total_seconds(), "limit": UNITS_AT_ONCE})
        return {
            (database, Cell(place, province, day)) for database, place, province, day in cursor.fetchall()
        }


def _ask_for(name: str, cells: list[Cell]) -> None:
    Changed.objects.bulk_create(
        [Changed(database=name, place=one.facility, province=one.province, day=one.day) for one in cells]
    )


def _standing() -> Standing:
    found, _ = Standing.objects.get_or_create(pk=1)
    return found


def _ask_for_all_where_due(standing: Standing) -> None:
    """At the turn of a day terms run out; new formulas and rules count everything differently."""
    formulas = formulas_in_force()
    if standing.day == today() and standing.formulas == formulas:
        return
    _ask_for_all()
    computing.forget_old_days()
    standing.day, standing.formulas = today(), formulas
    standing.save()


def formulas_in_force() -> str:
    """A digest of the formulas, their criteria and the rules they count."""
    told = [versions()]
    for database in DATABASES.values():
        told += [f"{one.name} {one.word} {one.breaks}" for one in computing.criteria_of(database).values()]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


_ALL_RECORDS = """
INSERT INTO quality_changed (database, place, province, daily)
SELECT %(database)s, facility, province, TRUE FROM {table} WHERE state <> 'withdrawn'
UNION SELECT %(database)s, facility, province, TRUE FROM quality_score WHERE database = %(database)s
"""
_ALL_VISITS = """
INSERT INTO quality_changed (database, place, province, day, daily)
SELECT 'visits', facility, province, ngay_ra::date, TRUE FROM visit
WHERE is_current AND ngay_ra >= %(first)s AND ngay_ra < %(last)s
UNION SELECT 'visits', facility, province, day, TRUE FROM quality_score WHERE database = 'visits'
"""


def _ask_for_all() -> None:
    with connection.cursor() as cursor:
        for name in DATABASES:
            if name == VISITS:
                last = today() + timedelta(days=1)
                cursor.execute(_ALL_VISITS, {"first": computing.first_day(), "last": last})
            else:
                table = connection.ops.quote_name(name)
                cursor.execute(_ALL_RECORDS.format(table=table), {"database": name})


def _tell_settled(standing: Standing, begun: datetime) -> None:
    """Until the oldest change that still waits, else until now, everything is in the scores: their "as of".

    While units are counted for the first time there is no such moment: a part of them would pass for all.
    """
    waits_since = Changed.objects.aggregate(oldest=Min("at"))["oldest"]
    if standing.settled_at is None and waits_since is not None:
        return
    settled = min(begun, waits_since or begun)
    if standing.settled_at is None or settled - standing.settled_at > _TOLD_EVERY:
        Standing.objects.filter(pk=1).update(settled_at=settled)
