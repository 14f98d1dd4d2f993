"""Progress counted from the registers. The caller's transaction says which rows are seen.

Expected facilities are the units of the country; expected practitioners are those in the register, as nobody
knows how many others there are. A count is one statement over the whole country.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from khoyte.campaigns.forecast import WINDOW_DAYS
from khoyte.campaigns.models import InspectionEvent
from khoyte.campaigns.plans import MEASURES
from khoyte.foundation import calendar
from khoyte.units.training import NOT_TRAINING
from khoyte.visits.limits import condition_for

HOLDERS = ("none", "draft", "with_facility", "with_province", "returned", "done")
"""Who holds a record: nobody began; its author; the facility's reviewer; the province; its author again."""


@dataclass(frozen=True)
class Progress:
    """Of one province: how many are expected, finished, finished lately, and who holds the others."""

    total: int = 0
    done: int = 0
    recent: int = 0
    recent_days: int = 0
    held: Mapping[str, int] | None = None

    @property
    def open(self) -> int:
        return max(0, self.total - self.done)


_HOLDER = """
CASE WHEN r.state IS NULL OR r.state = 'withdrawn' THEN 'none'
     WHEN r.confirmed_version IS NOT NULL THEN 'done'
     WHEN r.state = 'in_review' AND r.level = 'facility' THEN 'with_facility'
     WHEN r.state = 'in_review' THEN 'with_province' WHEN r.state = 'returned' THEN 'returned'
     ELSE 'draft' END
"""
# Over the whole country the training province is not counted; it reads its own progress.
_COUNTED = f"%(province)s = '' AND {NOT_TRAINING}"
# One that was taken over is expected to declare nothing: its successor is.
_STANDING = "(u.ended_on IS NULL OR u.ended_on > %(today)s)"
_FACILITIES = f"""
SELECT u.province, {_HOLDER} AS holder, count(*)
FROM unit u LEFT JOIN facilities r ON r.facility = u.code AND r.state <> 'withdrawn'
WHERE u.kind = 'facility' AND {_STANDING} AND ({_COUNTED.format("u.code")} OR u.province = %(province)s)
  AND (%(facility)s = '' OR u.code = %(facility)s)
GROUP BY 1, 2
"""  # noqa: S608 - a constant
_PRACTITIONERS = f"""
SELECT CASE WHEN r.province <> '' THEN r.province
            ELSE coalesce((SELECT u.province FROM unit u WHERE u.code = r.facility), '') END,
       {_HOLDER} AS holder, count(*)
FROM practitioners r
WHERE r.state <> 'withdrawn' AND ({_COUNTED.format("r.province")} OR r.province = %(province)s)
  AND (%(facility)s = '' OR r.facility = %(facility)s)
GROUP BY 1, 2
"""  # noqa: S608 - a constant
_LATELY = f"""
SELECT province, count(DISTINCT record), count(DISTINCT (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
FROM register_step
WHERE register = %(register)s AND act = ANY(%(acts)s) AND at >= %(since)s
  AND (%(levels)s::text[] IS NULL OR level = ANY(%(levels)s))
  AND ({_COUNTED.format("province")} OR province = %(province)s)
  AND (%(facility)s = '' OR facility = %(facility)s)
GROUP BY 1
"""  # noqa: S608 - a constant
# The same of whole provinces, from what is counted as records change (`registers.tallies`).
_PRACTITIONERS_OF_OFFICES = f"""
SELECT CASE WHEN r.province <> '' THEN r.province
            ELSE coalesce((SELECT u.province FROM unit u WHERE u.code = r.facility), '') END,
       {_HOLDER.replace("r.confirmed_version IS NOT NULL", "r.in_force")} AS holder, sum(r.number)::int
FROM register_tally r
WHERE r.register = 'practitioners' AND r.fact = 'records' AND r.state <> 'withdrawn'
  AND ({_COUNTED.format("r.province")} OR r.province = %(province)s)
GROUP BY 1, 2 HAVING sum(r.number) <> 0
"""  # noqa: S608 - a constant
_LATELY_OF_OFFICES = f"""
SELECT province, coalesce(sum(number) FILTER (WHERE fact = 'last'), 0)::int,
       count(DISTINCT day) FILTER (WHERE fact = 'acts')
FROM register_tally
WHERE register = %(register)s AND fact IN ('acts', 'last') AND level = %(stage)s AND day >= %(since)s
  AND ({_COUNTED.format("province")} OR province = %(province)s)
GROUP BY 1
"""  # noqa: S608 - a constant
# measure -> register, holders that count as finished, acts (and levels) that finish.
_HOW: Mapping[str, tuple[str, tuple[str, ...], list[str], list[str] | None]] = {
    "facilities_declared": ("facilities", ("with_facility", "with_province", "done"), ["submit"], None),
    "facilities_confirmed": ("facilities", ("done",), ["confirm"], ["province", "command"]),
    "practitioners_declared": (
        "practitioners",
        ("with_facility", "with_province", "done"),
        ["submit"],
        None,
    ),
    "practitioners_reviewed": (
        "practitioners",
        ("with_province", "done"),
        ["confirm"],
        ["facility", "command"],
    ),
}


def progress(measure: str, today: date, *, province: str = "", facility: str = "") -> dict[str, Progress]:
    """Province -> its progress by one of MEASURES."""
    if measure not in MEASURES:
        return {}
    register, finished, acts, levels = _HOW[measure]
    scope = {"province": province, "facility": facility, "today": today}
    held: dict[str, dict[str, int]] = {}
    of_people = _PRACTITIONERS if facility else _PRACTITIONERS_OF_OFFICES
    statement = _FACILITIES if register == "facilities" else of_people
    for code, holder, count in _read(statement, scope):
        held.setdefault(code, {})[holder] = count
    since = today - timedelta(days=WINDOW_DAYS)
    asked = {**scope, "register": register, "acts": acts, "levels": levels, "since": since}
    asked["stage"] = levels[0] if levels else "submit"
    recent = _read(_LATELY if facility else _LATELY_OF_OFFICES, asked)
    lately = {code: (records, days) for code, records, days in recent}
    return {
        code: Progress(
            sum(counts.values()),
            sum(counts.get(one, 0) for one in finished),
            *lately.get(code, (0, 0)),
            counts,
        )
        for code, counts in held.items()
    }


_UNITS = f"""
SELECT u.code, u.name, {_HOLDER} AS holder, r.id
FROM unit u LEFT JOIN facilities r ON r.facility = u.code AND r.state <> 'withdrawn'
WHERE u.kind = 'facility' AND {_STANDING} AND u.province = %(province)s AND {_HOLDER} = ANY(%(holders)s)
ORDER BY u.code OFFSET %(offset)s LIMIT %(limit)s
"""  # noqa: S608 - a constant


def facilities_held(
    province: str, holders: tuple[str, ...], *, offset: int = 0, limit: int = 50
) -> list[tuple[Any, ...]]:
    """(code, name, holder, record or None) of a province's facilities that are with one of `holders`."""
    asked = {"province": province, "holders": list(holders), "offset": offset, "limit": limit}
    asked["today"] = calendar.today()
    return _read(_UNITS, asked)


_OPEN_BY_FACILITY = f"""
SELECT facility, count(*) FROM (
    SELECT r.facility, {_HOLDER} AS holder FROM practitioners r
    WHERE r.province = %(province)s AND r.state <> 'withdrawn'
) each WHERE holder = ANY(%(holders)s) AND facility <> '' GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - a constant


def practitioners_held(province: str, holders: tuple[str, ...]) -> list[tuple[str, int]]:
    """(facility, practitioners of it that are with one of `holders`)."""
    found = _read(_OPEN_BY_FACILITY, {"province": province, "holders": list(holders)})
    return [(code, count) for code, count in found]


_VISITS = """
SELECT to_char(ngay_vao, 'YYYY-MM'), count(*), count(DISTINCT person_key)
FROM visit v WHERE facility = %(facility)s AND is_current AND withdrawn_at IS NULL AND {allowed}
  AND ngay_vao >= %(start)s AND ngay_vao < %(end)s GROUP BY 1 ORDER BY 1 DESC
"""


def activity(facility: str, start: date, end: date) -> list[tuple[Any, ...]]:
    """(month, visits, persons) of a facility's accepted visits; counts, nobody's record."""
    return _read(
        _VISITS.format(allowed=condition_for("facility.activity")),
        {"facility": facility, "start": start, "end": end},
    )


def inspections(facility: str) -> list[InspectionEvent]:
    return list(InspectionEvent.objects.filter(facility=facility).order_by("-day", "-id")[:200])


def _read(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
