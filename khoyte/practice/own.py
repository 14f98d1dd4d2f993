"""What a practitioner may see: the own record, registrations, overlaps, departures. Never anybody else's.

Every read names the person the account is verified to be, and PostgreSQL shows that person's rows alone.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from khoyte.practice import licence_state
from khoyte.practice.education import Activity, confirmed_of
from khoyte.practice.may_practise import Answer, Reason, Registration, judge
from khoyte.practice.models import Departure, HoursOverlap, PracticeRegistration, Practitioner
from khoyte.practice.queries import confirmed_contents, licence_of, registration_in
from khoyte.practice.registers.licence_events import about_licence
from khoyte.practice.successors import carried_over, successors
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.errors import UnknownRecord
from khoyte.registers.known import register
from khoyte.registers.models import Evidence, Record, Step
from khoyte.units.policy import Actor, Facts

EXPIRES_SOON = timedelta(days=90)


@dataclass(frozen=True)
class Place:
    """One registration: as it stands now, and where it stands on its way."""

    record: Record
    content: dict[str, Any]
    refused: Step | None

    @property
    def waits_for_person(self) -> bool:
        return self.record.level == "practitioner"


@dataclass(frozen=True)
class Here:
    """A facility where the person is registered, and whether they may practise there now."""

    facility: str
    registrations: tuple[Registration, ...]
    answer: Answer


@dataclass(frozen=True)
class OwnFile:
    """A practitioner's own file as of a moment."""

    record: Record
    content: dict[str, Any]
    proofs: dict[str, Evidence]
    licence: Reason | None
    returned: Step | None
    places: tuple[Place, ...]
    here: tuple[Here, ...]
    overlaps: tuple[HoursOverlap, ...]
    departures: dict[Any, Departure]
    attended: tuple[Activity, ...]

    @property
    def declared_only(self) -> list[str]:
        """Filled fields nobody has confirmed."""
        filled = [name for name, value in self.content.items() if value not in (None, "", [])]
        return [name for name in filled if name not in self.proofs]

    def expires_soon(self, day: date) -> date | None:
        last = self.content.get("licence_valid_to")
        found = date.fromisoformat(last) if last else None
        return found if found and found <= day + EXPIRES_SOON else None


def person_key(actor: Actor) -> bytes:
    """Empty, which no row has, for an account joined with nobody."""
    return bytes.fromhex(actor.person)


def record_of(actor: Actor) -> Record | None:
    """The person's record of practitioner: the confirmed one, else the newest."""
    if not actor.person:
        return None
    rows = Practitioner.objects.filter(personal_number_key=person_key(actor)).exclude(state="withdrawn")
    found = sorted(rows, key=lambda row: (row.confirmed_version is None, -row.pk.int))
    return found[0] if found else None


def content_of(actor: Actor) -> dict[str, Any] | None:
    record = record_of(actor)
    return None if record is None else contents.content_of(register("practitioners").declaration, record)


def registrations_of(actor: Actor) -> QuerySet[Record]:
    if not actor.person:
        return PracticeRegistration.objects.none()
    rows = PracticeRegistration.objects.filter(personal_number_key=person_key(actor))
    return rows.exclude(state="withdrawn").order_by("-valid_from", "id")


def registration_of(id: Any, actor: Actor) -> Place:
    """Raises UnknownRecord for another's as for none."""
    return _place(queries.record_of(register("practice_registrations"), id, actor))


def must_be_own(record: Record, actor: Actor) -> None:
    """Raise UnknownRecord for what is about somebody else, or for an account joined with nobody."""
    if not actor.person or key_of(record) != person_key(actor):
        raise UnknownRecord


def key_of(record: Record) -> bytes:
    return bytes(record.personal_number_key)  # type: ignore[attr-defined]  # of the two registers of persons


def facts_of(row: HoursOverlap | Departure) -> Facts:
    return Facts(row.facility, row.province, bytes(row.personal_number_key).hex())


def file_of(actor: Actor, at: datetime, day: date) -> OwnFile | None:
    """The whole file; None where the person has no record yet."""
    record = record_of(actor)
    if record is None:
        return None
    content = contents.content_of(register("practitioners").declaration, record)
    places = tuple(_place(one) for one in registrations_of(actor))
    key = person_key(actor)
    return OwnFile(
        record=record,
        content=content,
        proofs=queries.proofs(record),
        licence=_licence(record, day),
        returned=_last_return(record) if record.state == "returned" else None,
        places=places,
        here=_here(record, at),
        overlaps=tuple(
            HoursOverlap.objects.filter(personal_number_key=key, cleared_at=None, reason="").order_by("id")
        ),
        departures={
            one.record: one for one in Departure.objects.filter(personal_number_key=key, reported_at=None)
        },
        attended=tuple(confirmed_of(key)),
    )


def _place(record: Record) -> Place:
    content = contents.content_of(register("practice_registrations").declaration, record)
    return Place(record, content, _last_return(record) if record.state == "returned" else None)


def _last_return(record: Record) -> Step | None:
    return Step.objects.filter(record=record.pk, act="return").order_by("-id").first()


def _licence(record: Record, day: date) -> Reason | None:
    state = licence_state.of_record(record.pk, day)
    return state.reason if state else None


def _here(record: Record, at: datetime) -> tuple[Here, ...]:
    """Facilities of confirmed registrations. Acts on the licence are those that are published."""
    key = key_of(record)
    people = confirmed_contents("practitioners", key)
    licences = [licence_of(one) for one in people]
    acts = [
        licence_state.act_of(one.content)
        for licence in licences
        for one in queries.published_about("licence_events", about_licence(licence.number))
    ]
    registered: dict[str, list[Registration]] = {}
    taken_over = successors()
    confirmed = [registration_in(one) for one in confirmed_contents("practice_registrations", key)]
    for found in carried_over(confirmed, taken_over):
        if found.facility in taken_over:
            continue
        registered.setdefault(found.facility, []).append(found)
    return tuple(
        Here(code, tuple(ones), judge(licences, acts, ones, facility=code, at=at))
        for code, ones in sorted(registered.items())
    )


def departure_of(record: Record) -> Departure | None:
    """What was said of leaving and is not reported yet."""
    return Departure.objects.filter(record=record.pk, reported_at=None).first()
