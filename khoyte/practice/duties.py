"""What the law asks of a facility and its province about registrations, and how long there is left.

A leaver is reported within 3 working days, an addition within 10 days (Decree 96/2023/NĐ-CP, Art. 27(12),
29(1)c), a registration published within 5 working days of its receipt (Law 15/2023/QH15, Art. 38(2)b). The
terms are dated data of `legal`; what stands open is worked out from where registrations are, never stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.language import Text
from khoyte.practice.actions import due_on
from khoyte.practice.models import Departure, HoursOverlap, PracticeRegistration
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.known import register
from khoyte.registers.models import Case, Record
from khoyte.units.policy import Actor

MOST = 100
LABELS = {
    "leaver": Text(vi="Báo người thôi hành nghề", en="Report a leaver"),
    "addition": Text(vi="Gửi danh sách bổ sung", en="Send the addition"),
    "publication": Text(vi="Công bố đăng ký", en="Publish the registration"),
}


@dataclass(frozen=True)
class Duty:
    """One thing to do by a day: `event` is the day the term runs from."""

    kind: str
    record: UUID
    person: str
    facility: str
    event: date
    due: date
    case: UUID | None = None


def open_duties(actor: Actor) -> list[Duty]:
    """What stands open for the actor's unit, the most urgent first; so many of each kind at most."""
    found = [*_leavers(actor), *_additions(actor), *_publications(actor)]
    return sorted(found, key=lambda duty: (duty.due, str(duty.record)))


def overdue(actor: Actor, day: date) -> int:
    return sum(duty.due < day for duty in open_duties(actor))


def open_overlaps(actor: Actor) -> list[tuple[HoursOverlap, str, str]]:
    """Hours that meet those at another facility and were not explained: (overlap, person, own hours)."""
    rows = HoursOverlap.objects.filter(cleared_at=None, reason="").order_by("-found_at")
    found = list(_of_unit(rows, actor)[:MOST])
    records = _records([one.record for one in found])
    names = _names(records)
    return [
        (one, names[one.record], str(getattr(records[one.record], "hours", "")))
        for one in found
        if one.record in records
    ]


def left_without(record: Record) -> bool:
    """Whether nobody else is registered in the department, so that its services pause (Art. 27(12))."""
    department = getattr(record, "department", "")
    others = PracticeRegistration.objects.filter(
        facility=record.facility, department=department, valid_to=None, confirmed_version__isnull=False
    )
    return bool(department) and not others.exclude(pk=record.pk).exists()


def _leavers(actor: Actor) -> list[Duty]:
    rows = list(_of_unit(Departure.objects.filter(reported_at=None).order_by("due_on"), actor)[:MOST])
    records = _records([one.record for one in rows])
    names = _names(records)
    return [
        Duty("leaver", one.record, names[one.record], one.facility, one.last_day, one.due_on)
        for one in rows
        if one.record in records and not _is_said(records[one.record], one.last_day)
    ]


def _is_said(record: Any, last_day: date) -> bool:
    """Whether the list that was sent says so already, by whatever way it was entered."""
    return record.state in ("in_review", "confirmed") and bool(
        record.valid_to and record.valid_to <= last_day
    )


def _additions(actor: Actor) -> list[Duty]:
    rows = (
        PracticeRegistration.objects.filter(
            confirmed_version=None, state__in=("draft", "in_review", "returned")
        )
        .exclude(level="province")
        .order_by("valid_from", "id")
    )
    found: list[Any] = list(_of_unit(rows, actor)[:MOST])
    names = _names({one.pk: one for one in found})
    return [
        Duty("addition", one.pk, names[one.pk], one.facility, one.valid_from,
             due_on("practice_addition", one.valid_from))
        for one in found
    ]  # fmt: skip


def _publications(actor: Actor) -> list[Duty]:
    rows = Case.objects.filter(register="practice_registrations", level="province", closed_at=None)
    found = list(_of_unit(rows.order_by("due_on", "id"), actor)[:MOST])
    names = _names(_records([one.record for one in found]))
    duties = []
    for one in found:
        day = in_vietnam(one.opened_at).date()
        due = due_on("practice_publication", day)
        person = names.get(one.record, "")
        duties.append(Duty("publication", one.record, person, one.facility, day, due, case=one.pk))
    return duties


def _of_unit(rows: Any, actor: Actor) -> Any:
    if actor.facility:
        return rows.filter(facility=actor.facility)
    return rows.filter(province=actor.province)


def _records(ids: Sequence[UUID]) -> dict[UUID, Any]:
    return PracticeRegistration.objects.in_bulk(list(ids))


def _names(records: dict[UUID, Any]) -> dict[UUID, str]:
    declaration = register("practice_registrations").declaration
    rows = list(records.values())
    found = [contents.content_of(declaration, row) for row in rows]
    names = queries.names_of(declaration, found)
    return {
        row.pk: name or contents.title_of(declaration, one)
        for row, name, one in zip(rows, names, found, strict=True)
    }
