"""Finding visits. The caller's transaction keeps tenants apart; reading one is recorded by who shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from khoyte.foundation.calendar import TZ
from khoyte.foundation.crypto import Keyring
from khoyte.units.policy import Actor, Facts, decide
from khoyte.visits.columns import SEALED
from khoyte.visits.limits import visits_for
from khoyte.visits.models import Visit


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty means any. `person_number` is matched by its keyed hash, never logged."""

    facility: str = ""
    before: tuple[str, ...] = ()  # facilities it took over
    start: date | None = None
    end: date | None = None
    disease: str = ""
    ma_lk: str = ""
    person_number: str = ""


def find(wanted: Wanted, keyring: Keyring | None = None, *, purpose: str) -> QuerySet[Visit]:
    """Current versions of visits, newest discharge first; days are those of discharge, both included."""
    rows = visits_for(purpose).filter(is_current=True).order_by("-ngay_ra", "-id")
    if wanted.facility:
        rows = rows.filter(facility__in=(wanted.facility, *wanted.before))
    if wanted.start:
        rows = rows.filter(ngay_ra__gte=datetime.combine(wanted.start, time.min, TZ))
    if wanted.end:
        rows = rows.filter(ngay_ra__lt=datetime.combine(wanted.end + timedelta(days=1), time.min, TZ))
    if wanted.disease:
        rows = rows.filter(ma_benh_chinh__startswith=wanted.disease.upper())
    if wanted.ma_lk:
        rows = rows.filter(ma_lk=wanted.ma_lk)
    if wanted.person_number:
        purpose = SEALED["SO_CCCD"][1]
        rows = rows.filter(person_key=(keyring or Keyring.load()).blind(wanted.person_number, purpose))
    return rows


def visit_for(actor: Actor, id: int, *, purpose: str) -> Visit | None:
    """The visit, if the actor may read it for this purpose; None for not there, not yours, limited alike."""
    found = visits_for(purpose).filter(pk=id).first()
    if found is None:
        return None
    facts = Facts(facility=found.facility, province=found.province)
    return found if decide(actor, "visit.read", facts) else None


def versions_of(visit: Visit, *, purpose: str) -> list[Visit]:
    """All versions of the same visit, newest first."""
    return list(visits_for(purpose).filter(facility=visit.facility, ma_lk=visit.ma_lk).order_by("-version"))


def acts_by(licence: str, start: datetime, end: datetime) -> list[Mapping[str, Any]]:
    """Orders and services ordered or performed under a licence number from `start` until before `end`.

    One row per line with its visit, table, row, part played ("prescriber" or "performer") and minute, which
    is the record's own in Vietnam; none of persons with a limit on processing. `start` and `end` carry zones.
    """
    span: dict[str, str | datetime] = {
        "licence": licence,
        "start": _as_recorded(start),
        "end": _as_recorded(end),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ACTS, span)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class BedStay(NamedTuple):
    """A current visit that holds one bed; times as recorded, without zone."""

    facility: str
    bed: str
    start: datetime
    end: datetime
    ma_lk: str
    ma_bn: str | None


def stays_in_beds(wanted: Mapping[tuple[str, str], tuple[datetime, datetime]]) -> list[BedStay]:
    """Current visits that had one of the beds (facility, bed code) for some of its span, local times.

    Only visits with a single bed line at the full rate: of others it is not known who held which bed when.
    """
    if not wanted:
        return []
    columns = zip(*((*place, *span) for place, span in wanted.items()), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_STAYS, [list(column) for column in columns])
        return [BedStay(*row) for row in cursor.fetchall()]


_STAYS = """
SELECT v.facility, s.ma_giuong, coalesce(v.ngay_vao_noi_tru, v.ngay_vao), v.ngay_ra, v.ma_lk, v.ma_bn
FROM unnest(%s::text[], %s::text[], %s::timestamp[], %s::timestamp[]) AS wanted (facility, bed, first, last)
JOIN visit_service s ON s.facility = wanted.facility AND s.ma_giuong = wanted.bed
    AND s.ma_nhom IN (14, 15, 16) AND s.tyle_tt_dv = 100
JOIN visit v ON v.id = s.visit_id AND v.is_current
    AND coalesce(v.ngay_vao_noi_tru, v.ngay_vao) < wanted.last AND v.ngay_ra > wanted.first
WHERE NOT EXISTS (
    SELECT 1 FROM visit_service o
    WHERE o.visit_id = s.visit_id AND o.row <> s.row AND o.ma_nhom IN (14, 15, 16))
"""


def _as_recorded(moment: datetime) -> datetime:
    # The columns have no zone; a moment with one would be compared by the zone of the connection.
    return moment.astimezone(TZ).replace(tzinfo=None)


# Table of columns, name in the standard, part played, column of the person, column of the minute.
_PARTS = (
    ("visit_drug", "XML2", "prescriber", "ma_bac_si", "ngay_yl"),
    ("visit_service", "XML3", "prescriber", "ma_bac_si", "ngay_yl"),
    ("visit_service", "XML3", "performer", "nguoi_thuc_hien", "ngay_th_yl"),
)
# One person is found by the index of names; lines with several (A;B) by the small index of such lines.
_PART = """
SELECT visit_id, '{source}' AS source, row, '{part}' AS part, {minute} AS minute FROM {table}
WHERE NOT is_limited AND {person} = %(licence)s AND {minute} >= %(start)s AND {minute} < %(end)s
UNION ALL
SELECT visit_id, '{source}', row, '{part}', {minute} FROM {table}
WHERE NOT is_limited AND {person} LIKE '%%;%%' AND %(licence)s = ANY(string_to_array({person}, ';'))
  AND {minute} >= %(start)s AND {minute} < %(end)s
"""
_ACTS = (
    " UNION ALL ".join(
        _PART.format(table=table, source=source, part=part, person=person, minute=minute)
        for table, source, part, person, minute in _PARTS
    )
    + " ORDER BY minute, visit_id, source, row"
)
