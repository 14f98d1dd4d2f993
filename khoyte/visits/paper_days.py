"""The worker's part: days of discharge whose visits changed have their papers counted again.

A step takes marks and counts the days they name, in one transaction, the marks first: what is stored
meanwhile leaves a mark that stays. So a day without a mark is always counted as its visits are, and `papers`
reads it. Between steps some time passes: a hospital that sends dossier by dossier changes a day all the time.
"""

import logging
import threading

import psycopg
from django.db import DatabaseError, connection

from khoyte.units.tenancy import working
from khoyte.visits.limits import condition_for
from khoyte.visits.papers import EXPECTED, PURPOSE, RECEIVED, formula

log = logging.getLogger("khoyte.visits")
PAUSE = 120.0
AT_ONCE = 2_000
_LOCK = 0x7061_7065
_TAKE = """
DELETE FROM paper_day_changed WHERE id IN (SELECT id FROM paper_day_changed ORDER BY id LIMIT %s)
RETURNING facility, province, day
"""
_OLD_FORMULA = "SELECT facility, province, day FROM paper_day WHERE formula <> %s LIMIT %s"
_FORGET = """
DELETE FROM paper_day k USING unnest(%s::text[], %s::text[], %s::date[]) t (facility, province, day)
WHERE k.facility = t.facility AND k.province = t.province AND k.day = t.day
"""
_COUNT = f"""
INSERT INTO paper_day (facility, province, day, formula, expected, received)
SELECT v.facility, v.province, t.day, %s, {EXPECTED}, {RECEIVED}
FROM unnest(%s::text[], %s::text[], %s::date[]) t (facility, province, day)
JOIN visit v ON v.facility = t.facility AND v.province = t.province
     AND v.ngay_ra >= t.day AND v.ngay_ra < t.day + 1
WHERE v.is_current AND NOT v.is_limited AND {{allowed}}
GROUP BY v.facility, v.province, t.day
"""  # noqa: S608 - constants of this room


def keep_counted(stop: threading.Event) -> None:
    """Count what changed until told to stop; a database that restarts is waited for."""
    while not stop.wait(PAUSE):
        try:
            while count_once() and not stop.is_set():
                pass
        except (DatabaseError, psycopg.Error) as error:
            log.warning("database: %s; trying again", type(error).__name__)
            connection.close()
    connection.close()


def count_once(at_once: int = AT_ONCE) -> int:
    """Take some marks and count their days; how many days. 0 when none is left or another is at it."""
    named = formula()
    with working(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_TAKE, [at_once])
        days = set(cursor.fetchall())
        if not days:
            cursor.execute(_OLD_FORMULA, [named, at_once])
            days = set(cursor.fetchall())
        if days:
            columns = [list(column) for column in zip(*sorted(days), strict=True)]
            cursor.execute(_FORGET, columns)
            cursor.execute(_COUNT.format(allowed=condition_for(PURPOSE)), [named, *columns])
    return len(days)
