"""Scores of units worked out anew: what fails which word, the counts, their course.

The one way scores come about: after a change for the units it touched, at night and after a new formula for
all of them. A unit is counted whole, so nothing is added up that could drift. For the worker, inside
`units.tenancy.working()`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from django.db import connection

from khoyte.foundation.calendar import today
from khoyte.legal import deadlines
from khoyte.quality import rulebook
from khoyte.quality.criteria import DATABASES, VISITS, WINDOW_DAYS, Criterion, Database
from khoyte.quality.declared import broken_rules
from khoyte.quality.words import WORDS, versions


class Cell(NamedTuple):
    """What is counted as one: a unit of a register, or a facility's visits of one day of discharge."""

    facility: str
    province: str
    day: date | None = None


def compute(name: str, cells: Iterable[Cell]) -> list[Cell]:
    """Count these cells of a database anew. Returns others that must follow: holders of former doubles."""
    database, found = DATABASES[name], sorted(set(cells), key=str)
    if name == VISITS:
        found = [cell for cell in found if cell.day is not None and first_day() <= cell.day]
    if not found:
        return []
    before = _alike_of(database, found)
    _run(_statement(name), _parameters(database, found))
    return _others(database, found, before ^ _alike_of(database, found))


def first_day() -> date:
    """The first day of discharge that still counts."""
    return today() - timedelta(days=WINDOW_DAYS - 1)


def forget_old_days() -> None:
    """Visits discharged before the days that count are not kept here any more."""
    for statement in _FORGET:
        _run(statement, {"first": first_day()})


def criteria_of(database: Database) -> Mapping[str, Criterion]:
    """Name -> criterion of a database, the rules of the rulebook among them."""
    own = database.by_name
    return {**own, **rulebook.rules().criteria} if database.name == VISITS else own


def _parameters(database: Database, cells: Sequence[Cell]) -> dict[str, Any]:
    every = criteria_of(database)
    given = {
        "database": database.name,
        "facilities": [cell.facility for cell in cells],
        "provinces": [cell.province for cell in cells],
        "days": [cell.day for cell in cells],
        "names": list(every),
        "words_of": [one.word for one in every.values()],
        "today": today(),
        "versions": versions(),
    }
    if database.name == VISITS:
        last = {cell.day: deadlines.last_day(deadlines.SEND_RECORDS, cell.day) for cell in cells if cell.day}
        findings = rulebook.rules().findings
        given |= {
            "rules": [rule for rule, _ in findings],
            "parts": [part for _, part in findings],
            "counts_as": list(findings.values()),
        }
        return given | {"last_days": [last[cell.day] for cell in cells if cell.day]}
    ruled = broken_rules(database, [(cell.facility, cell.province) for cell in cells])
    return given | {"ruled": orjson.dumps(ruled).decode()}


# Statements. They are put together from the declared criteria; every value is a parameter.


@lru_cache(maxsize=len(DATABASES))
def _statement(name: str) -> str:
    database = DATABASES[name]
    judged = _JUDGED_VISITS if database.name == VISITS else _JUDGED_RECORDS
    conditions = ", ".join(
        f"CASE WHEN {one.breaks} THEN '{one.name}' END" for one in database.criteria if one.breaks
    )
    twin = "FALSE"
    if database.twin:
        twin = (
            f"EXISTS (SELECT 1 FROM {database.name} o WHERE {database.twin} AND o.id <> r.id"  # noqa: S608
            " AND o.state <> 'withdrawn')"
        )
    filled = judged.format(
        table=database.name, conditions=conditions, twin=twin, alike=database.alike or "NULL"
    )  # fmt: skip
    counts = ", ".join(f"count(*) FILTER (WHERE '{word}' = ANY (words))" for word in WORDS)
    return filled + _WRITTEN.format(counts=counts, whole="TRUE" if database.name == VISITS else "FALSE")


_JUDGED_RECORDS = """
WITH word_of AS MATERIALIZED (
    SELECT * FROM unnest(%(names)s::text[], %(words_of)s::text[]) AS w (name, word)),
cell AS MATERIALIZED (
    SELECT * FROM unnest(%(facilities)s::text[], %(provinces)s::text[], %(days)s::date[])
    AS c (facility, province, day)),
ruled AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(ruled)s::jsonb) AS x (record uuid, broken text[])),
looked_at AS MATERIALIZED (
    SELECT r.id::text AS record, r.facility, r.province, NULL::date AS day,
        array_remove(ARRAY[{conditions}, CASE WHEN twin THEN 'duplicate' END], NULL)
            || coalesce(ruled.broken, '{{}}') AS criteria,
        CASE WHEN twin THEN {alike} ELSE '' END AS alike
    FROM {table} r JOIN cell ON cell.facility = r.facility AND cell.province = r.province
    LEFT JOIN ruled ON ruled.record = r.id
    CROSS JOIN LATERAL (SELECT {twin} AS twin) doubled
    WHERE r.state <> 'withdrawn'),
"""
# Visits under a limit on processing (purpose statistics.indicators) count for nothing and stand in no list.
# A finding counts as the newest judgement of its file has it, in the profile that is stricter.
_JUDGED_VISITS = """
WITH word_of AS MATERIALIZED (
    SELECT * FROM unnest(%(names)s::text[], %(words_of)s::text[]) AS w (name, word)),
cell AS MATERIALIZED (
    SELECT * FROM unnest(%(facilities)s::text[], %(provinces)s::text[], %(days)s::date[],
        %(last_days)s::date[]) AS c (facility, province, day, last_day)),
ruled AS MATERIALIZED (
    SELECT * FROM unnest(%(rules)s::text[], %(parts)s::text[], %(counts_as)s::text[]) 
        AS x (rule, part, name)),
looked_at AS MATERIALIZED (
    SELECT r.id::text AS record, r.facility, r.province, cell.day,
        array_remove(ARRAY[{conditions}], NULL) || coalesce(found.broken, '{{}}') AS criteria,
        '' AS alike
    FROM visit r JOIN cell ON cell.facility = r.facility AND cell.province = r.province
        AND r.ngay_ra >= cell.day AND r.ngay_ra < cell.day + 1
    JOIN submission s ON s.id = r.submission_id
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT w.name) AS broken FROM finding f
        JOIN ruled w ON w.rule = f.rule AND w.part = f.part
        WHERE f.submission_id = r.submission_id AND f.judgement = s.judgement AND f.position = r.position
          AND (f.level <> 'I' OR f.precheck_level <> 'I')) found ON TRUE
    WHERE r.is_current AND NOT r.is_limited),
"""
_WRITTEN = """
judged AS MATERIALIZED (
    SELECT l.*, ARRAY(SELECT DISTINCT w.word FROM unnest(l.criteria) c JOIN word_of w ON w.name = c
        ORDER BY 1) AS words
    FROM looked_at l),
kept AS (
    INSERT INTO quality_failing (database, record, facility, province, day, words, criteria, alike)
    SELECT %(database)s, record, facility, province, day, words, criteria, alike FROM judged
    WHERE words <> '{{}}' ORDER BY record
    ON CONFLICT (database, record) DO UPDATE SET facility = excluded.facility, province = excluded.province,
        day = excluded.day, words = excluded.words, criteria = excluded.criteria, alike = excluded.alike,
        since = CASE WHEN quality_failing.words = excluded.words THEN quality_failing.since ELSE now() END
    WHERE (quality_failing.facility, quality_failing.province, quality_failing.day, quality_failing.criteria,
           quality_failing.alike)
        IS DISTINCT FROM (excluded.facility, excluded.province, excluded.day, excluded.criteria,
            excluded.alike)),
healed AS (
    DELETE FROM quality_failing f USING cell
    WHERE f.database = %(database)s AND f.facility = cell.facility AND f.province = cell.province
      AND f.day IS NOT DISTINCT FROM cell.day
      AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.record = f.record AND j.words <> '{{}}')),
counted AS MATERIALIZED (
    SELECT facility, province, day, count(*)::integer AS counted, ARRAY[{counts}]::integer[] AS failing
    FROM judged GROUP BY facility, province, day),
caused AS MATERIALIZED (
    SELECT facility, province, day, jsonb_object_agg(name, failing) AS causes FROM (
        SELECT facility, province, day, name, count(*) AS failing FROM judged, unnest(criteria) AS name
        GROUP BY facility, province, day, name) one
    GROUP BY facility, province, day),
made AS MATERIALIZED (
    SELECT cell.facility, cell.province, cell.day, coalesce(n.counted, 0) AS counted,
        coalesce(n.failing, ARRAY[0, 0, 0, 0, 0, 0]) AS failing, coalesce(c.causes, '{{}}') AS causes
    FROM cell
    LEFT JOIN counted n ON n.facility = cell.facility AND n.province = cell.province
        AND n.day IS NOT DISTINCT FROM cell.day
    LEFT JOIN caused c ON c.facility = cell.facility AND c.province = cell.province
        AND c.day IS NOT DISTINCT FROM cell.day),
course AS (
    INSERT INTO quality_course (database, facility, province, day, counted, failing, formulas)
    SELECT %(database)s, m.facility, m.province, %(today)s, m.counted, m.failing, %(versions)s FROM made m
    LEFT JOIN quality_score b ON b.database = %(database)s AND b.facility = m.facility
        AND b.province = m.province AND b.day IS NULL
    WHERE NOT {whole} AND (b.counted, b.failing) IS DISTINCT FROM (m.counted, m.failing)
      AND (b.id IS NOT NULL OR m.counted > 0)
    ON CONFLICT (database, facility, province, day) DO UPDATE
        SET counted = excluded.counted, failing = excluded.failing, formulas = excluded.formulas),
emptied AS (
    DELETE FROM quality_score s USING made m
    WHERE s.database = %(database)s AND s.facility = m.facility AND s.province = m.province
      AND s.day IS NOT DISTINCT FROM m.day AND m.counted = 0)
INSERT INTO quality_score (database, facility, province, day, counted, failing, causes, computed_at)
SELECT %(database)s, facility, province, day, counted, failing, causes, clock_timestamp() FROM made
WHERE counted > 0
ON CONFLICT (database, facility, province, day) DO UPDATE SET counted = excluded.counted,
    failing = excluded.failing, causes = excluded.causes, computed_at = excluded.computed_at
"""
_FORGET = (
    "DELETE FROM quality_score WHERE database = 'visits' AND day < %(first)s",
    "DELETE FROM quality_failing WHERE database = 'visits' AND day < %(first)s",
)

# Doubles: what one unit changes may make or cure a double in another.

_ALIKE = """
SELECT DISTINCT f.alike FROM quality_failing f
JOIN unnest(%(facilities)s::text[], %(provinces)s::text[]) AS c (facility, province)
    USING (facility, province)
WHERE f.database = %(database)s AND f.alike <> ''
"""


def _alike_of(database: Database, cells: Sequence[Cell]) -> set[str]:
    if not database.alike:
        return set()
    given = {
        "database": database.name,
        "facilities": [cell.facility for cell in cells],
        "provinces": [cell.province for cell in cells],
    }
    return {row[0] for row in _rows(_ALIKE, given)}


def _holders(database: Database) -> str:
    return f"SELECT DISTINCT r.facility, r.province FROM {database.name} r WHERE {database.holders}"  # noqa: S608


def _others(database: Database, cells: Sequence[Cell], changed: set[str]) -> list[Cell]:
    """Units that hold a record with something in common of which the doubles have changed."""
    if not changed:
        return []
    known = {(cell.facility, cell.province) for cell in cells}
    rows = _rows(_holders(database), {"alike": sorted(changed)})
    return [Cell(facility, province) for facility, province in rows if (facility, province) not in known]


def _rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _run(statement: str, parameters: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
