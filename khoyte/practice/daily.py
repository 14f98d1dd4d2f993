"""What a day demands of the registers of practice: licences that end soon, people who left.

Only what is confirmed counts, in the version in force. The notice names the facility and a day, never the
person; the link opens the record for those who may see it.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import F

from khoyte.foundation.calendar import add_working_days
from khoyte.notices import addressing
from khoyte.notices.actions import Telling, tell_all
from khoyte.notices.daily import DailyTask
from khoyte.practice.models import LicenceEvent, PracticeRegistration, Practitioner
from khoyte.registers.content import key_text

STEPS_DAYS = (90, 30, 7)
"""Days before its end at which a licence is told of; a step missed is told of later, the nearest alone."""

LEAVER_DAYS = 3
"""Working days to report that somebody left (Law 15/2023/QH15, Art. 36; Decree 96/2023/NĐ-CP)."""

_IN_FORCE_AGAIN = ("issue", "reissue", "renew")
_OVER = ("revoke", "supersede")
_BATCH = 5_000


def tell_expiring(day: date) -> int:
    """Tell the officers of the managing facility of each licence that ends within the first step."""
    ending = Practitioner.objects.filter(
        confirmed_version=F("version"),
        licence_valid_to__range=(day, day + timedelta(days=max(STEPS_DAYS))),
    ).values_list("pk", "facility", "province", "licence_number", "licence_valid_to")
    rows = list(ending)
    changed = _ended_or_renewed({key_text([row[3]]) for row in rows}, day)
    told = 0
    batch: list[Telling] = []
    for pk, facility, province, number, ends in rows:
        if not facility or changed.get(key_text([number]), date.min) > ends:
            continue
        batch.append(_expiring(str(pk), facility, province, ends, day))
        if len(batch) == _BATCH:
            told, batch = told + tell_all(batch), []
    return told + tell_all(batch)


def _expiring(record: str, facility: str, province: str, ends: date, day: date) -> Telling:
    left = (ends - day).days
    step = min(step for step in STEPS_DAYS if left <= step)
    return Telling(
        "licence_expiring",
        addressing.officers(facility, province),
        subject=record,
        occasion=f"{ends.isoformat()}:{step}",
        facts={"facility": facility, "days": left, "expires": ends},
        href=f"/so-dang-ky/practitioners/{record}",
    )


def _ended_or_renewed(licences: set[str], day: date) -> dict[str, date]:
    """Licence -> the day its confirmed acts carry it to: for ever when it is over already."""
    found: dict[str, date] = {}
    acts = LicenceEvent.objects.filter(
        licence_key__in=licences, confirmed_version=F("version"), kind__in=(*_IN_FORCE_AGAIN, *_OVER)
    ).values_list("licence_key", "kind", "valid_from", "valid_to")
    for licence, kind, start, end in acts:
        until = date.max if kind in _OVER and start <= day else (end or date.min)
        found[licence] = max(found.get(licence, date.min), until)
    return found


def tell_leavers(day: date) -> int:
    """Tell the facility of each registration of practice that ended within the days to report it."""
    return tell_all(_leavers(day))


def _leavers(day: date) -> Iterator[Telling]:
    first = add_working_days(day, -LEAVER_DAYS)
    ended = PracticeRegistration.objects.filter(
        confirmed_version=F("version"), valid_to__gte=first, valid_to__lt=day
    ).values_list("pk", "facility", "province", "valid_to")
    for pk, facility, province, left in ended:
        due = add_working_days(left, LEAVER_DAYS)
        yield Telling(
            "leaver_to_report",
            addressing.officers(facility, province),
            subject=str(pk),
            occasion=left.isoformat(),
            facts={"facility": facility, "left": left, "due": due},
            href=f"/so-dang-ky/practice_registrations/{pk}",
        )


DUTIES = (DailyTask("licences-expiring", tell_expiring), DailyTask("leavers", tell_leavers))
