"""Reads of this room. Only what is confirmed counts, in the version that is in force."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from khoyte.foundation.calendar import TZ
from khoyte.practice import in_force
from khoyte.practice.hours import spans
from khoyte.practice.may_practise import Answer, Licence, LicenceAct, Registration, judge
from khoyte.practice.models import LicenceEvent, PracticeRegistration, Practitioner
from khoyte.practice.successors import carried_over, successors
from khoyte.registers import content as contents
from khoyte.registers.content import key_text
from khoyte.registers.declaration import Declaration
from khoyte.registers.known import register
from khoyte.registers.models import Version
from khoyte.registers.queries import may_read
from khoyte.units.policy import Actor, decide

Content = Mapping[str, Any]


def records_of_licences(numbers: Collection[str], actor: Actor) -> dict[str, UUID]:
    """Licence number as somebody wrote it → the record of its holder, of those the actor may read."""
    if not numbers or not decide(actor, "register.read"):
        return {}
    held = in_force.records_of(numbers)
    ids = {id for found in held.values() for id in found}
    seen = {row.pk for row in Practitioner.objects.filter(pk__in=ids) if may_read(actor, row)}
    pairs = ((number, next((id for id in found if id in seen), None)) for number, found in held.items())
    return {number: id for number, id in pairs if id is not None}


def may_practise(
    *, facility: str, at: datetime, personal_number: str = "", licence_number: str = "",
    known_at: datetime | None = None,
) -> Answer:  # fmt: skip
    """May the holder of this personal number, or of this licence, practise at the facility at that moment?

    `known_at` answers as the register knew it then. The caller's transaction says which rows may be seen.
    """
    people = _contents("practitioners", _who(personal_number, licence_number), known_at)
    numbers = {one["personal_number"] for one in people if one.get("personal_number")}
    licences = [key_text([one["licence_number"]]) for one in people]
    if personal_number:
        numbers.add(personal_number)
    acts = _contents("licence_events", Q(licence_key__in=licences), known_at) if licences else []
    keys = [contents.blind_number(number) for number in numbers]
    places = _contents("practice_registrations", Q(personal_number_key__in=keys), known_at) if keys else []
    return judge(
        [licence_of(one) for one in people],
        [_act(one) for one in acts],
        carried_over([registration_in(one) for one in places], successors()),
        facility=facility,
        at=at,
    )


def _who(personal_number: str, licence_number: str) -> Q:
    if personal_number:
        return Q(personal_number_key=contents.blind_number(personal_number))
    return Q(licence_number=licence_number) | Q(old_certificate=licence_number)


def confirmed_contents(name: str, personal_number_key: bytes) -> list[dict[str, Any]]:
    """What is in force of a person's records in a register, as far as the transaction's speaker may see."""
    return _contents(name, Q(personal_number_key=personal_number_key), None)


_MODELS = {
    "practitioners": Practitioner,
    "licence_events": LicenceEvent,
    "practice_registrations": PracticeRegistration,
}


def _contents(name: str, which: Q, known_at: datetime | None) -> list[dict[str, Any]]:
    """Contents in force of the records found: of the confirmed version, or of the one confirmed by then."""
    declaration = register(name).declaration
    rows = _MODELS[name].objects.filter(which)
    if known_at is None:
        current = rows.filter(confirmed_version=F("version"))
        found = [contents.content_of(declaration, row) for row in current]
        return found + list(_confirmed(declaration, rows.exclude(confirmed_version=F("version"))))
    return list(_known(declaration, [row.pk for row in rows], known_at))


def _confirmed(declaration: Declaration, rows: Any) -> Iterator[dict[str, Any]]:
    """Of records that are being changed, what was confirmed before."""
    wanted = {row.pk: row.confirmed_version for row in rows if row.confirmed_version is not None}
    for version in Version.objects.filter(record__in=wanted):
        if version.number == wanted[version.record]:
            yield contents.opened_content(declaration, version)


_CONFIRMED_BY = """
SELECT DISTINCT ON (v.record) v.id FROM register_version v
JOIN register_step s ON s.record = v.record AND s.version = v.number AND s.state = 'confirmed'
WHERE v.record = ANY(%s) AND s.at <= %s ORDER BY v.record, v.number DESC
"""


def _known(declaration: Declaration, records: Sequence[Any], known_at: datetime) -> Iterator[dict[str, Any]]:
    for version in Version.objects.raw(
        f"SELECT * FROM register_version WHERE id IN ({_CONFIRMED_BY})",  # noqa: S608 - a constant
        [list(records), known_at],
    ):
        yield contents.opened_content(declaration, version)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def licence_of(one: Content) -> Licence:
    return Licence(
        one["licence_number"],
        _day(one.get("licence_date")),
        _day(one.get("licence_valid_to")),
        one.get("title") or "",
        one.get("scope") or "",
    )


def _act(one: Content) -> LicenceAct:
    day = date.fromisoformat(one["valid_from"])
    return LicenceAct(one["kind"], day, _day(one.get("valid_to")), one["decision"], one.get("scope") or "")


def registration_in(one: Content) -> Registration:
    return Registration(
        one["facility"],
        date.fromisoformat(one["valid_from"]),
        _day(one.get("valid_to")),
        one.get("hours") or "",
        one.get("scope") or "",
    )


def overlaps_elsewhere(personal_number: str, day: date) -> list[tuple[str, str]]:
    """Pairs of facilities where the person is registered for overlapping hours on a day.

    Not refused (Law 15/2023/QH15, Art. 36 knows emergencies); both facilities and their provinces are told.
    """
    key = contents.blind_number(personal_number)
    rows = [
        registration_in(one) for one in _contents("practice_registrations", Q(personal_number_key=key), None)
    ]
    valid = [one for one in rows if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)]
    return [
        (first.facility, second.facility)
        for place, first in enumerate(valid)
        for second in valid[place + 1 :]
        if first.facility != second.facility and _share(spans(first.hours), spans(second.hours))
    ]


def _share(first: list[tuple[int, int]] | None, second: list[tuple[int, int]] | None) -> bool:
    return any(a < d and c < b for a, b in first or () for c, d in second or ())


def registered_at(facility: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Confirmed registrations of a facility with the confirmed content of the person ({}: not to be seen).

    `changed_on` of a registration is the day its newest version was recorded, "" for a first one.
    """
    rows = list(PracticeRegistration.objects.filter(facility=facility).exclude(confirmed_version=None))
    declaration = register("practice_registrations").declaration
    registrations = []
    for row in rows:
        current = row.confirmed_version == row.version
        found = (
            contents.content_of(declaration, row) if current else next(_confirmed(declaration, [row]), None)
        )
        if found is not None:
            changed = row.recorded_at.astimezone(TZ).date().isoformat() if row.confirmed_version > 1 else ""
            registrations.append({**found, "changed_on": changed})
    keys = {contents.blind_number(one["personal_number"]) for one in registrations}
    people = {
        one["personal_number"]: one
        for one in _contents("practitioners", Q(personal_number_key__in=list(keys)), None)
    }
    return [(one, people.get(one["personal_number"], {})) for one in registrations]


def registrations_of(personal_number: str) -> list[dict[str, Any]]:
    """Confirmed registrations of a person, as far as the transaction's speaker may see them."""
    key = contents.blind_number(personal_number)
    return _contents("practice_registrations", Q(personal_number_key=key), None)


def holder_of(licence_number: str) -> dict[str, Any] | None:
    """The confirmed content of who holds this licence."""
    return next(iter(_contents("practitioners", _who("", licence_number), None)), None)


def persons_by_licence(licences: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Licence as asked → confirmed content of its one holder, as far as the speaker may see."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in _contents(
        "practitioners", Q(licence_number__in=licences) | Q(old_certificate__in=licences), None
    ):
        for name in ("licence_number", "old_certificate"):
            if one.get(name) in licences:
                found.setdefault(one[name], []).append(one)
    return {licence: people[0] for licence, people in found.items() if len(people) == 1}
