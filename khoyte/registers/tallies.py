"""Counting a register without reading it: `register_tally`, which triggers keep as rows change.

The sum of the lines is exact in every snapshot. `keep_short` is the worker's part: many lines that say what
one can are replaced by that one, so that pages read hundreds of lines and not a day's changes.
"""

import logging
import threading

import psycopg
from django.db import DatabaseError, connection
from django.db.models import Sum

from khoyte.registers.models import Tally
from khoyte.units.policy import Actor
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.registers")
PAUSE = 60.0
FEW = 500
"""So many lines of a register's fact beyond what sums need are not worth a new sum."""

_LONG = """
SELECT register, fact FROM register_tally GROUP BY register, fact
HAVING count(*) - count(DISTINCT (facility, province, state, level, in_force, day)) > %s
"""
# One statement: who reads meanwhile sees the old lines or the new one, never both.
_SHORTEN = """
WITH gone AS (
    DELETE FROM register_tally WHERE register = %s AND fact = %s
    RETURNING register, fact, facility, province, state, level, in_force, day, number)
INSERT INTO register_tally (register, fact, facility, province, state, level, in_force, day, number)
SELECT register, fact, facility, province, state, level, in_force, day, sum(number) FROM gone
GROUP BY register, fact, facility, province, state, level, in_force, day HAVING sum(number) <> 0
"""


def of_offices(actor: Actor) -> bool:
    """Whether lines of provinces tell what the actor may see: not of a facility, nor of a person."""
    return actor.unit_kind in ("province", "department", "ministry") and not actor.facility


def records(register: str, actor: Actor, **only: object) -> int:
    """How many records the actor's office has in a register; `only`: state, state__in, in_force.

    For whom `of_offices`; the caller's transaction keeps tenants apart.
    """
    rows = Tally.objects.filter(register=register, fact="records", **only)
    if actor.unit_kind == "province":
        rows = rows.filter(province__in=actor.provinces)
    return rows.aggregate(number=Sum("number"))["number"] or 0


def keep_short(stop: threading.Event) -> None:
    """Sum lines up until told to stop; a database that restarts is waited for."""
    while not stop.wait(PAUSE):
        try:
            shorten()
        except (DatabaseError, psycopg.Error) as error:
            log.warning("database: %s; trying again", type(error).__name__)
            connection.close()
    connection.close()


def shorten(few: int = FEW) -> int:
    """Sum up what has grown long; how many facts. Two workers at once take different lines or wait."""
    with working(), connection.cursor() as cursor:
        cursor.execute(_LONG, [few])
        long = cursor.fetchall()
    for one in long:
        with working(), connection.cursor() as cursor:
            cursor.execute(_SHORTEN, one)
    return len(long)
