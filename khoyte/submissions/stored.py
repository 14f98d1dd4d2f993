"""What the store knows of a facility that rules with `needs: store` ask for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from django.conf import settings
from django.db import connection

from khoyte.foundation.calendar import today
from khoyte.practice import in_force
from khoyte.practice.standing import Practice, licence_key
from khoyte.submissions import naming
from khoyte.submissions.models import Submission
from khoyte.submissions.rulebook.beds import VISITS, Stay, stays_in
from khoyte.submissions.rulebook.documents import CHECK_INS
from khoyte.submissions.rulebook.gate import REGISTER
from khoyte.visits import queries as visits

CHECK_IN_DAYS = 60
"""A facility sends check-ins when one came in this many days; before it begins, none can be missing."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - records carry local times without zone
_MINUTE = timedelta(minutes=1)


def facts(pairs: Sequence[tuple[str, str]], frames: Mapping[str, pl.DataFrame]) -> Mapping[str, Any]:
    """What is known of every facility: who holds the beds these dossiers name, stored or in the batch, and
    what the register of practice says of the people they name.
    """
    facilities = [facility for facility, _ in pairs]
    return {VISITS: _stays_by_bed(facilities, frames), **_practice(frames, facilities)}


def facts_with_check_ins(
    pairs: Sequence[tuple[str, str]], frames: Mapping[str, pl.DataFrame]
) -> Mapping[str, Any]:
    """The same and, for facilities that send check-ins, which of these dossiers were checked in."""
    return {**facts(pairs, frames), CHECK_INS: _checked_in(pairs)}


def facilities_checking_in(facilities: Collection[str]) -> frozenset[str]:
    """Those of the facilities from which check-in forms have come lately."""
    rows = Submission.objects.filter(
        facility__in=facilities, kind="checkin", day__gte=today() - timedelta(days=CHECK_IN_DAYS)
    )
    return frozenset(rows.values_list("facility", flat=True).distinct())


def _checked_in(pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The (facility, MA_LK) among `pairs` for which an accepted check-in is stored."""
    facilities, keys = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT facility, ma_lk FROM dossier WHERE tables = '{CHECKIN}' AND verdict = 'accepted'"
            " AND (facility, ma_lk) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
            [list(facilities), list(keys)],
        )
        return frozenset(cursor.fetchall())


def _practice(frames: Mapping[str, pl.DataFrame], facilities: Sequence[str]) -> dict[str, Practice]:
    """The licence gate's view of the register; nothing where there is no register, or the gate is off."""
    if not settings.LICENCE_GATE:
        return {}
    found = in_force.holders(sorted({licence_key(one) for one in naming.people_in(frames)}))
    return {} if found is None else {REGISTER: Practice(found, in_force.stopped(set(facilities)))}


def _stays_by_bed(
    facilities: Sequence[str], frames: Mapping[str, pl.DataFrame]
) -> dict[tuple[str, str], list[Stay]]:
    stays = stays_in(frames, facilities)
    wanted = {
        place: (_moment(min(stay.start for stay in held)), _moment(max(stay.end for stay in held)))
        for place, held in stays.items()
    }
    for row in visits.stays_in_beds(wanted):
        stay = Stay(_minute(row.start), _minute(row.end), row.ma_lk, row.ma_bn)
        stays[row.facility, row.bed].append(stay)
    return stays


def _moment(minutes: int) -> datetime:
    return _EPOCH + minutes * _MINUTE


def _minute(moment: datetime) -> int:
    return (moment - _EPOCH) // _MINUTE
