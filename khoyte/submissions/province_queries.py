"""Reading the day of a province or of one facility: what came, how much is good, what stands in the way.

Days are days of receipt in Vietnam; counts are those of the newest judgement of each file. The caller's
transaction keeps tenants apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.db import connection


@dataclass(frozen=True)
class Day:
    """Sums over files of one facility or one day."""

    files: int = 0
    unreadable: int = 0
    waiting: int = 0
    received: int = 0
    accepted: int = 0
    rejected: int = 0
    quarantined: int = 0
    duplicate: int = 0
    missing: int = 0


_SUMS = """
count(*),
count(*) FILTER (WHERE state = 'unreadable'),
count(*) FILTER (WHERE state IN ('received', 'judging')),
coalesce(sum(received), 0), coalesce(sum(accepted), 0), coalesce(sum(rejected), 0),
coalesce(sum(quarantined), 0), coalesce(sum(duplicate), 0), coalesce(sum(missing), 0)
"""


def by_facility(province: str, day: date) -> dict[str, Day]:
    """Facility -> sums of what it sent on a day; facilities that sent nothing are not there."""
    rows = _read(_BY_FACILITY, province, day)
    return {row[0]: Day(*map(int, row[1:])) for row in rows}


def by_day(start: date, end: date, *, province: str = "", facility: str = "") -> dict[date, Day]:
    """Day -> sums, of a province or of one facility; days on which nothing came are not there."""
    rows = _read(_BY_DAY, province, province, facility, facility, start, end)
    return {row[0]: Day(*map(int, row[1:])) for row in rows}


# Only our own text is put together here; every value is a parameter.
_BY_FACILITY = f"SELECT facility, {_SUMS} FROM submission WHERE province = %s AND day = %s GROUP BY facility"  # noqa: S608
_BY_DAY = f"""
SELECT day, {_SUMS} FROM submission
WHERE (%s = '' OR province = %s) AND (%s = '' OR facility = %s) AND day BETWEEN %s AND %s GROUP BY day
"""  # noqa: S608


def on_time_by_facility(province: str, day: date, first_on_time: date) -> dict[str, tuple[int, int]]:
    """Facility -> (dossiers on time, dossiers with a date) among those received on a day."""
    rows = _read(_ON_TIME, first_on_time, province, day)
    return {row[0]: (row[1], row[2]) for row in rows}


_ON_TIME = """
SELECT s.facility, count(*) FILTER (WHERE d.record_date >= %s), count(d.record_date)
FROM submission s JOIN dossier d ON d.submission_id = s.id AND d.judgement = s.judgement
WHERE s.province = %s AND s.day = %s GROUP BY s.facility
"""


@dataclass(frozen=True)
class SharedCause:
    """One cause over many files: `sample` is its stored form in one of them."""

    sample: dict[str, Any]
    facilities: int
    dossiers: int
    refused: int
    cured: int


def causes(
    start: date, end: date, limit: int, *, province: str = "", facility: str = ""
) -> list[SharedCause]:
    """Causes of all files received in some days, those that would cure most dossiers first."""
    rows = _read(_CAUSES, province, province, facility, facility, start, end, limit)
    return [SharedCause(orjson.loads(row[0]), *row[1:]) for row in rows]


_CAUSES = """
SELECT (array_agg(c))[1], count(DISTINCT s.facility), sum((c->>'dossiers')::int)::int,
       sum((c->>'refused')::int)::int, sum((c->>'cured')::int)::int
FROM submission s JOIN judgement j ON j.submission_id = s.id AND j.number = s.judgement
CROSS JOIN LATERAL jsonb_array_elements(j.causes) c
WHERE (%s = '' OR s.province = %s) AND (%s = '' OR s.facility = %s) AND s.day BETWEEN %s AND %s
GROUP BY c->>'id' ORDER BY 5 DESC, 4 DESC, 3 DESC, c->>'id' LIMIT %s
"""


def total(days: Sequence[Day]) -> Day:
    """The sums of several."""
    return Day(*(sum(getattr(day, name) for day in days) for name in Day.__dataclass_fields__))


def _read(statement: str, *values: date | str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
