"""Reads of quality. Row-level security keeps tenants apart in the caller's transaction; scopes say so too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from khoyte.foundation.calendar import today
from khoyte.quality.computing import first_day
from khoyte.quality.criteria import DATABASES, VISITS, Acts, Database
from khoyte.quality.models import Failing, Score, Standing
from khoyte.quality.words import FORMULAS, WORDS
from khoyte.registers.known import register
from khoyte.units import queries as units
from khoyte.units.enums import Role
from khoyte.units.models import Account
from khoyte.units.policy import Actor
from khoyte.visits.limits import visits_for

COURSE_DAYS = 30


@dataclass(frozen=True)
class Scope:
    """Whose records: of these provinces, of these facilities; empty: all that may be seen.

    `office`: only what a health office itself keeps, without its facilities.
    """

    provinces: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    office: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "provinces": list(self.provinces),
            "facilities": list(self.facilities),
            "office": self.office,
            "first": first_day(),
        }


def scope_of(actor: Actor, province: str = "", facility: str = "") -> Scope:
    """What the actor asks about, within its own: other provinces and facilities have no effect."""
    if actor.facility:
        return Scope(facilities=actor.units)
    if actor.unit_kind == "province":
        chosen = (facility,) if facility and facility != actor.unit_code else ()
        return Scope(actor.provinces, chosen, office=facility == actor.unit_code)
    if facility and facility == province:
        return Scope((province,), office=True)
    return Scope((province,) if province else (), (facility,) if facility else ())


@dataclass(frozen=True)
class Total:
    """Counts of a database, or of one unit of it. `failing` has the words' order."""

    database: str
    counted: int
    failing: tuple[int, ...]
    unit: str = ""

    def share(self, word: str) -> float | None:
        """Records that pass, of all; None where there is none."""
        if not self.counted:
            return None
        return 1 - self.failing[FORMULAS[word].place] / self.counted

    @property
    def weakest_word(self) -> str:
        """The one that most records fail."""
        return max(WORDS, key=self.fails)

    def fails(self, word: str) -> int:
        return self.failing[FORMULAS[word].place]

    @property
    def least(self) -> float:
        """The lowest of its six shares, to sort by."""
        return min((self.share(word) or 0.0 for word in WORDS), default=0.0) if self.counted else 1.0


# In one piece for every statement: provinces, facilities, what an office itself keeps, days that count.
_SEEN = """
(%(provinces)s::text[] = '{}' OR province = ANY(%(provinces)s))
AND (%(facilities)s::text[] = '{}' OR facility = ANY(%(facilities)s))
AND (NOT %(office)s OR facility = '')
"""
_SUMS = (
    "coalesce(sum(counted), 0), coalesce(sum(failing[1]), 0), coalesce(sum(failing[2]), 0),"
    " coalesce(sum(failing[3]), 0), coalesce(sum(failing[4]), 0), coalesce(sum(failing[5]), 0),"
    " coalesce(sum(failing[6]), 0)"
)
_TOTALS = f"""
SELECT database, {_SUMS} FROM quality_score WHERE {_SEEN} AND (day IS NULL OR day >= %(first)s)
GROUP BY database
"""  # noqa: S608 - constants of this module
_BY_PROVINCE = f"""
SELECT province, {_SUMS} FROM quality_score
WHERE database = %(database)s AND {_SEEN} AND (day IS NULL OR day >= %(first)s)
GROUP BY province ORDER BY province
"""  # noqa: S608
_BY_UNIT = f"""
SELECT CASE facility WHEN '' THEN province ELSE facility END AS unit, {_SUMS} FROM quality_score
WHERE database = %(database)s AND {_SEEN} AND (day IS NULL OR day >= %(first)s)
GROUP BY unit ORDER BY unit
"""  # noqa: S608


def _failing_of(unit: str) -> str:
    return f"""
SELECT * FROM (
    SELECT {unit} AS unit, sum(CASE %(criterion)s WHEN '' THEN failing[%(place)s]
        ELSE coalesce((causes ->> %(criterion)s)::integer, 0) END) AS failing, sum(counted) AS counted
    FROM quality_score WHERE database = %(database)s AND {_SEEN} AND (day IS NULL OR day >= %(first)s)
    GROUP BY 1) one
WHERE failing > 0 ORDER BY failing DESC, unit
"""  # noqa: S608


_FAILING_PROVINCES = _failing_of("province")
_FAILING_UNITS = _failing_of("CASE facility WHEN '' THEN province ELSE facility END")
_FAILING = ", ".join(f"failing[{place}]" for place in range(1, 7))
_OWN_SUMS = ", ".join(f"sum(failing[{place}])" for place in range(1, 7))


def _weakest_of(unit: str) -> str:
    return f"""
SELECT DISTINCT ON (database) database, unit, counted, {_FAILING} FROM (
    SELECT database, {unit} AS unit, sum(counted) AS counted, ARRAY[{_OWN_SUMS}] AS failing
    FROM quality_score WHERE {_SEEN} AND (day IS NULL OR day >= %(first)s) GROUP BY 1, 2) one
WHERE counted > 0 ORDER BY database, greatest({_FAILING})::numeric / counted DESC, unit
"""  # noqa: S608


_WEAKEST_PROVINCE = _weakest_of("province")
_WEAKEST_UNIT = _weakest_of("CASE facility WHEN '' THEN province ELSE facility END")
_CAUSES = f"""
SELECT one.key, sum(one.value::integer)::integer FROM quality_score, jsonb_each_text(causes) one
WHERE database = %(database)s AND {_SEEN} AND (day IS NULL OR day >= %(first)s)
GROUP BY one.key ORDER BY 2 DESC, 1
"""  # noqa: S608


def totals(scope: Scope) -> dict[str, Total]:
    """Database -> its counts, of every database that is measured."""
    found = {row[0]: _total(row[0], row[1:]) for row in _rows(_TOTALS, scope.parameters)}
    return {name: found.get(name, Total(name, 0, (0,) * len(WORDS))) for name in DATABASES}


def by_unit(database: str, scope: Scope, *, provinces: bool) -> list[Total]:
    """Counts by province, or by facility (what an office keeps itself under the office's code)."""
    rows = _rows(_BY_PROVINCE if provinces else _BY_UNIT, {**scope.parameters, "database": database})
    return [_total(database, row[1:], row[0]) for row in rows]


@dataclass(frozen=True)
class FailingUnit:
    """Records of a unit that fail something, of those counted."""

    unit: str
    failing: int
    counted: int


def failing_by_unit(
    database: str, scope: Scope, *, word: str, criterion: str = "", provinces: bool
) -> list[FailingUnit]:
    """Units with records that fail a word, or one criterion of it, most first."""
    given = {
        **scope.parameters, "database": database, "criterion": criterion, "place": FORMULAS[word].place + 1,
    }  # fmt: skip
    return [FailingUnit(*row) for row in _rows(_FAILING_PROVINCES if provinces else _FAILING_UNITS, given)]


def weakest(scope: Scope, *, provinces: bool) -> dict[str, Total]:
    """Database -> the province, or the unit, whose lowest share is the lowest of all."""
    rows = _rows(_WEAKEST_PROVINCE if provinces else _WEAKEST_UNIT, scope.parameters)
    return {row[0]: _total(row[0], row[2:], row[1]) for row in rows}


def causes(database: str, scope: Scope) -> dict[str, int]:
    """Criterion -> records that fail it, most first."""
    return dict(_rows(_CAUSES, {**scope.parameters, "database": database}))


def _total(database: str, sums: Sequence[int], unit: str = "") -> Total:
    return Total(database, int(sums[0]), tuple(int(one) for one in sums[1:]), unit)


_DIFFERENCES = ", ".join(
    f"sum(failing[{place}] - coalesce(before[{place}], 0)) AS f{place}" for place in range(1, 7)
)
_RUNNING = ", ".join(f"sum(c.f{place}) OVER running" for place in range(1, 7))
# The course of a register is kept where it changed: differences to the row before, added up over days.
_COURSE = f"""
WITH own AS (
    SELECT day, counted, failing, lag(counted) OVER unit AS counted_before, lag(failing) OVER unit AS before
    FROM quality_course WHERE database = %(database)s AND {_SEEN}
    WINDOW unit AS (PARTITION BY facility, province ORDER BY day)),
change AS (
    SELECT greatest(day, %(from)s) AS day, sum(counted - coalesce(counted_before, 0)) AS counted,
        {_DIFFERENCES}
    FROM own GROUP BY 1)
SELECT d.day::date, sum(c.counted) OVER running, {_RUNNING}
FROM generate_series(%(from)s::date, %(today)s::date, interval '1 day') AS d (day)
LEFT JOIN change c ON c.day = d.day WINDOW running AS (ORDER BY d.day) ORDER BY d.day
"""  # noqa: S608
_COURSE_OF_VISITS = f"""
SELECT day, {_SUMS} FROM quality_score WHERE database = 'visits' AND {_SEEN} AND day >= %(from)s
GROUP BY day ORDER BY day
"""  # noqa: S608


def course(database: str, scope: Scope, days: int = COURSE_DAYS) -> list[tuple[date, Total | None]]:
    """The counts by day, oldest first; None where nothing was counted.

    Of a register: at the end of each day. Of visits: of those discharged on the day, as known now.
    """
    first = today() - timedelta(days=days - 1)
    given = {**scope.parameters, "database": database, "from": first, "today": today()}
    rows = _rows(_COURSE_OF_VISITS if database == VISITS else _COURSE, given)
    known = {row[0]: _total(database, row[1:]) for row in rows if row[1]}
    return [(day, known.get(day)) for day in (first + timedelta(days=n) for n in range(days))]


def settled_at() -> datetime | None:
    """All changes until this moment are counted; None before the first counting has ended."""
    return Standing.objects.values_list("settled_at", flat=True).first()


def computed_at(database: str) -> datetime | None:
    """When one of the scores that may be seen was last counted."""
    return Score.objects.filter(database=database).order_by("-computed_at").values_list(
        "computed_at", flat=True
    ).first()  # fmt: skip


# Records that fail


def failing(database: str, scope: Scope, *, word: str = "", criterion: str = "") -> QuerySet[Failing]:
    """Records that fail a word, or one criterion of it, in the order in which they were first found."""
    rows = Failing.objects.filter(database=database)
    if scope.provinces:
        rows = rows.filter(province__in=scope.provinces)
    if scope.facilities:
        rows = rows.filter(facility__in=scope.facilities)
    if scope.office:
        rows = rows.filter(facility="")
    if word:
        rows = rows.filter(words__contains=[word])
    if criterion:
        rows = rows.filter(criteria__contains=[criterion])
    return rows.order_by("id")


def names_of(database: Database, found: Sequence[Failing]) -> dict[str, str]:
    """Record -> what a list calls it: numbers and titles, never a person's name."""
    keys = [one.record for one in found]
    if database.declaration is None:
        rows = visits_for("statistics.indicators").filter(pk__in=[int(key) for key in keys])
        return {str(row.pk): row.ma_lk for row in rows}
    fields = database.declaration.by_name
    model = register(database.name).model
    named = {}
    for record in model.objects.filter(pk__in=keys):
        parts = [(fields[name], getattr(record, name)) for name in database.named_by]
        labels = [(one.labels_by_code.get(value), value) for one, value in parts if value]
        named[str(record.pk)] = " – ".join(label.vi if label else str(value) for label, value in labels)
    return named


# Who has to act

_ROLES: Mapping[Acts, tuple[str, ...]] = {
    "unit": (Role.FACILITY.value, Role.FACILITY_ADMIN.value, Role.FACILITY_REVIEWER.value),
    "reviewer": (Role.PROVINCE.value, Role.PROVINCE_LEAD.value),
    "operator": (Role.OPERATOR.value,),
}


@dataclass(frozen=True)
class ToAct:
    """The unit that has to act and its named accounts."""

    acts: Acts
    unit: str
    unit_name: str
    accounts: tuple[Account, ...] = ()


def who_acts(acts: Acts, facility: str, province: str) -> ToAct:
    """Who puts right what fails: the unit's accounts, or those who review it at the health office.

    What a health office keeps itself is put right there.
    """
    if acts == "operator":
        return ToAct(acts, "", "")
    unit = facility if acts == "unit" and facility else province
    roles = _ROLES[acts] if facility or acts == "reviewer" else _ROLES["reviewer"]
    accounts = units.accounts_with_roles(unit, roles)
    return ToAct(acts, unit, units.names_of([unit]).get(unit, unit), tuple(accounts))


def _rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
