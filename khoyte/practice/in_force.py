"""What the register of practice says at this moment, narrow and found by hash, for judging many records.

One row per record whose version in force the licence gate asks about: licences, acts on them, registrations
of practice, licences of facilities and acts on those. It is written in the transaction
that makes a version official, whatever is being declared meanwhile; where it differs from before, an event
tells other rooms in the same transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import Q

from khoyte.foundation.inserting import insert_all
from khoyte.links import events
from khoyte.links.events import Event
from khoyte.practice.may_operate import STOPS, OperatingAct, OperatingLicence, StoppedSpan, stopped_spans
from khoyte.practice.may_practise import Licence, LicenceAct, Registration
from khoyte.practice.models import MODELS, InForce
from khoyte.practice.standing import Holder, licence_key
from khoyte.practice.successors import carried_over, predecessors, successors
from khoyte.registers import content as contents
from khoyte.registers.declaration import Declaration
from khoyte.registers.known import register
from khoyte.registers.models import Record, Version

CHANGED = "registration_changed"
"""Kind of the event: something the gate asks about is official otherwise than before."""

LICENCES, ACTS, PLACES, FACILITIES, FACILITY_ACTS = (
    "practitioners",
    "licence_events",
    "practice_registrations",
    "facilities",
    "facility_licence_events",
)
REGISTERS = (LICENCES, ACTS, PLACES, FACILITIES, FACILITY_ACTS)
Content = Mapping[str, Any]


def licence_digest(written: str | None) -> bytes | None:
    """The keyed hash a licence is found by, however its number is written."""
    key = licence_key(written) if written else ""
    return contents.blind_text("licence", key) if key else None


def write(declaration: Declaration, confirmed: Sequence[tuple[Record, Content]]) -> None:
    """Take over records that have just become official, and tell of those that differ from before."""
    made = [_row(declaration.name, record, content) for record, content in confirmed]
    before = {row.record: row for row in InForce.objects.filter(record__in=[row.record for row in made])}
    changed = [row for row in made if row.record not in before or _facts(before[row.record]) != _facts(row)]
    insert_all([row for row in changed if row.record not in before])
    InForce.objects.bulk_update([row for row in changed if row.record in before], FACTS, batch_size=500)
    events.append([event for row in changed for event in _events(row, before.get(row.record))])


def _row(name: str, record: Record, content: Content) -> InForce:
    row = InForce(record=record.pk, register=name)
    for field, value in _FACTS_OF[name](content).items():
        setattr(row, field, value)
    return row


def _of_licence(content: Content) -> dict[str, Any]:
    return {
        "person": _person(content),
        "licence": licence_digest(content.get("licence_number")),
        "other_licence": licence_digest(content.get("old_certificate")),
        "first": _day(content.get("licence_date")),
        "last": _day(content.get("licence_valid_to")),
        "kind": content.get("title") or "",
    }


def _of_act(content: Content) -> dict[str, Any]:
    return {
        "licence": licence_digest(content.get("licence_number")),
        "kind": content.get("kind") or "",
        "scope": (content.get("scope") or "")[:500],
        **_period(content),
    }


def _of_place(content: Content) -> dict[str, Any]:
    return {
        "person": _person(content),
        "place": content.get("facility") or "",
        "hours": content.get("hours") or "",
        **_period(content),
    }


def _of_facility(content: Content) -> dict[str, Any]:
    return {
        "place": content.get("code") or "",
        "licence": licence_digest(content.get("licence_number")),
        "first": _day(content.get("licence_date")),
    }


def _of_facility_act(content: Content) -> dict[str, Any]:
    return {"place": content.get("facility") or "", **_of_act(content)}


def _period(content: Content) -> dict[str, date | None]:
    return {"first": _day(content.get("valid_from")), "last": _day(content.get("valid_to"))}


def _person(content: Content) -> bytes | None:
    number = content.get("personal_number")
    return contents.blind_number(number) if number else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_FACTS_OF = {
    LICENCES: _of_licence,
    ACTS: _of_act,
    PLACES: _of_place,
    FACILITIES: _of_facility,
    FACILITY_ACTS: _of_facility_act,
}
FACTS = ("person", "licence", "other_licence", "place", "kind", "first", "last", "hours", "scope")
_HASHES = ("person", "licence", "other_licence")


def _facts(row: InForce) -> tuple[Any, ...]:
    hashes = (getattr(row, name) for name in _HASHES)
    rest = (getattr(row, name) for name in FACTS if name not in _HASHES)
    return (*(None if one is None else bytes(one) for one in hashes), *rest)


# Events


def _events(row: InForce, before: InForce | None) -> Iterator[Event]:
    """One for what is official now and, where it was about others or elsewhere, one for what was before."""
    states = [row] if before is None else [row, before]
    told = {(one.place, _subjects(one), *_days(one)): one for one in states}
    for (place, subjects, first, last), _ in told.items():
        yield Event(
            kind=CHANGED, register=row.register, record=row.record, subjects=list(subjects), place=place,
            first=first, last=last,
        )  # fmt: skip


def _subjects(row: InForce) -> tuple[bytes, ...]:
    hashes = (getattr(row, name) for name in _HASHES)
    return tuple(sorted(bytes(one) for one in hashes if one is not None))


def _days(row: InForce) -> tuple[date | None, date | None]:
    """First and last day on which the fact may matter; None: since ever, for good."""
    suspends = row.register in (ACTS, FACILITY_ACTS) and row.kind == "suspend"
    if row.register == PLACES or suspends:
        return row.first, row.last
    # Any other act (renewed, revoked, lifted ...) is felt from its day on, whatever its own term is.
    return (row.first, None) if row.register in (ACTS, FACILITY_ACTS) else (None, None)


# Reading

_HOLDERS = """
WITH asked AS MATERIALIZED (SELECT unnest(%s::bytea[]) AS licence),
held AS MATERIALIZED (
    SELECT a.licence AS asked, f.* FROM asked a
    JOIN practice_in_force f ON f.register = 'practitioners' AND f.licence = a.licence
    UNION
    SELECT a.licence, f.* FROM asked a
    JOIN practice_in_force f ON f.register = 'practitioners' AND f.other_licence = a.licence)
SELECT asked, register, record, kind, first, last, place, hours, scope FROM held
UNION
SELECT h.asked, f.register, f.record, f.kind, f.first, f.last, f.place, f.hours, f.scope FROM held h
JOIN practice_in_force f ON f.register = 'licence_events' AND f.licence = h.licence
UNION
SELECT h.asked, f.register, f.record, f.kind, f.first, f.last, f.place, f.hours, f.scope FROM held h
JOIN practice_in_force f ON f.register = 'licence_events' AND f.licence = h.other_licence
UNION
SELECT h.asked, f.register, f.record, f.kind, f.first, f.last, f.place, f.hours, f.scope FROM held h
JOIN practice_in_force f ON f.register = 'practice_registrations' AND f.person = h.person
"""


@dataclass
class _Found:
    licences: list[Licence]
    acts: list[LicenceAct]
    places: list[Registration]


def holders(keys: Sequence[str]) -> dict[str, Holder] | None:
    """Licence key (`standing.licence_key`) -> its holder, of those in the register; one read for all.

    None where the register has nobody at all. For the worker, who sees every unit's records.
    """
    by_digest = {contents.blind_text("licence", key): key for key in keys if key}
    found: dict[str, _Found] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, [list(by_digest)])
        for asked, name, _record, *facts in cursor.fetchall():
            key = by_digest[bytes(asked)]
            _take(found.setdefault(key, _Found([], [], [])), key, name, *facts)
    if not found and not _has_anybody():
        return None
    taken_over = successors()
    return {
        key: Holder(tuple(one.licences), tuple(one.acts), tuple(carried_over(one.places, taken_over)))
        for key, one in found.items()
    }


def holder_of(record: UUID) -> Holder | None:
    """The holder whose record of practitioner this is; None for one that is not in force.

    As `holders`, whoever asks: what it says of a person (licence, where and when they practise) is public.
    """
    own = InForce.objects.filter(record=record, register=LICENCES).first()
    if own is None:
        return None
    found = _Found([], [], [])
    numbers = [bytes(one) for one in (own.licence, own.other_licence) if one is not None]
    about = Q(register=ACTS, licence__in=numbers)
    if own.person is not None:
        about |= Q(register=PLACES, person=bytes(own.person))
    for row in [own, *InForce.objects.filter(about)]:
        _take(found, "", row.register, row.kind, row.first, row.last, row.place, row.hours, row.scope)
    return Holder(tuple(found.licences), tuple(found.acts), tuple(carried_over(found.places, successors())))


def acts_on(numbers: Collection[str]) -> dict[str, list[LicenceAct]]:
    """Licence number as somebody wrote it → confirmed acts on it, of those that have any."""
    by_digest: dict[bytes, list[str]] = {}
    for one in numbers:
        if digest := licence_digest(one):
            by_digest.setdefault(digest, []).append(one)
    found: dict[str, list[LicenceAct]] = {}
    for row in InForce.objects.filter(register=ACTS, licence__in=list(by_digest), first__isnull=False):
        act = LicenceAct(row.kind, cast(date, row.first), row.last, scope=row.scope)
        for one in by_digest[bytes(row.licence or b"")]:
            found.setdefault(one, []).append(act)
    return found


def _take(
    found: _Found, key: str, name: str, kind: str, first: date | None, last: date | None, place: str,
    hours: str, scope: str,
) -> None:  # fmt: skip
    if name == LICENCES:
        found.licences.append(Licence(key, first, last, title=kind))
    elif name == ACTS and first is not None:
        found.acts.append(LicenceAct(kind, first, last, scope=scope))
    elif name == PLACES and first is not None:
        found.places.append(Registration(place, first, last, hours))


def _has_anybody() -> bool:
    return InForce.objects.filter(register=LICENCES).exists()


# Of most facilities nothing was ever decided: only of the others is more read.
_OPERATING = """
WITH line AS MATERIALIZED (SELECT * FROM unnest(%s::text[], %s::text[]) AS line (facility, place)),
touched AS (
    SELECT l.facility FROM line l
    JOIN practice_in_force f ON f.register = 'facility_licence_events' AND f.place = l.place
    WHERE f.kind IN ('suspend', 'revoke'))
SELECT place, register, licence, kind, first, last, scope FROM practice_in_force
WHERE register IN ('facilities', 'facility_licence_events')
  AND place IN (SELECT l.place FROM line l WHERE l.facility IN (SELECT t.facility FROM touched t))
"""


def stopped(facilities: Collection[str]) -> dict[str, tuple[StoppedSpan, ...]]:
    """Facility -> days on which it may not operate, of those asked for that have any.

    Two reads for all: who came after whom, and what stands of them and of those they took over.
    """
    taken_over = successors()
    before = {one: predecessors(one, taken_over) for one in facilities}
    line = [(one, place) for one, codes in before.items() for place in (one, *codes)]
    licences: dict[str, list[OperatingLicence]] = {}
    acts: dict[str, list[OperatingAct]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OPERATING, [[one for one, _ in line], [place for _, place in line]])
        for place, name, licence, kind, first, last, scope in cursor.fetchall():
            key = bytes(licence or b"").hex()
            if name == FACILITIES and key:
                licences.setdefault(place, []).append(OperatingLicence(key, first))
            elif name == FACILITY_ACTS and first is not None:
                acts.setdefault(place, []).append(OperatingAct(key, kind, first, last, scope=scope))
    spans = {
        one: tuple(stopped_spans(licences.get(one, ()), _of_line(one, acts, before[one])))
        for one in facilities
        if one in acts or any(code in acts for code in before[one])
    }
    return {place: one for place, one in spans.items() if one}


def has_been_stopped(facility: str) -> bool:
    """Whether any act suspends or revokes a licence of the facility, or of one it took over, ever."""
    places = [facility, *predecessors(facility, successors())]
    acts = InForce.objects.filter(register=FACILITY_ACTS, place__in=places, kind__in=STOPS)
    return acts.exists()


def _of_line(
    facility: str, acts: Mapping[str, Sequence[OperatingAct]], before: Mapping[str, date]
) -> list[OperatingAct]:
    """The facility's acts and, told apart, those of whom it took over."""
    own = list(acts.get(facility, ()))
    return own + [replace(act, since=since) for code, since in before.items() for act in acts.get(code, ())]


_ALSO = """
SELECT DISTINCT one FROM practice_in_force f, unnest(ARRAY[f.licence, f.other_licence]) AS one
WHERE f.register = 'practitioners' AND one IS NOT NULL
  AND (f.person = ANY(%(subjects)s) OR f.licence = ANY(%(subjects)s) OR f.other_licence = ANY(%(subjects)s))
"""


def licences_of(subjects: Sequence[bytes]) -> set[bytes]:
    """Digests of all licences that subjects of an event hold, beside those the event names itself."""
    with connection.cursor() as cursor:
        cursor.execute(_ALSO, {"subjects": list(subjects)})
        return {bytes(row[0]) for row in cursor.fetchall()} | set(subjects)


def records_of(numbers: Collection[str]) -> dict[str, list[UUID]]:
    """Licence number as somebody wrote it → practitioners' records in force; ids alone."""
    by_digest = {digest: one for one in numbers if (digest := licence_digest(one))}
    held = InForce.objects.filter(register=LICENCES)
    rows = held.filter(Q(licence__in=list(by_digest)) | Q(other_licence__in=list(by_digest)))
    found: dict[str, list[UUID]] = {}
    for record, *digests in rows.values_list("record", "licence", "other_licence"):
        for one in filter(None, (by_digest.get(bytes(digest)) for digest in digests if digest is not None)):
            found.setdefault(one, []).append(record)
    return found


# What was official before this table was there

_MISSING = """
SELECT r.id FROM {table} r
WHERE r.confirmed_version IS NOT NULL AND NOT EXISTS (SELECT 1 FROM practice_in_force f WHERE f.record = r.id)
ORDER BY r.id LIMIT %s FOR UPDATE OF r SKIP LOCKED
"""


def catch_up(limit: int = 1000) -> int:
    """Take over official records that have no row yet, with their events; how many, at most `limit` each."""
    done = 0
    for name in REGISTERS:
        declaration, model = register(name).declaration, MODELS[name]
        with connection.cursor() as cursor:
            cursor.execute(_MISSING.format(table=name), [limit])
            ids = [row[0] for row in cursor.fetchall()]
        rows = {row.pk: row for row in model.objects.filter(pk__in=ids)}
        write(declaration, [(rows[id], content) for id, content in _confirmed(declaration, rows)])
        done += len(ids)
    return done


def _confirmed(declaration: Declaration, rows: Mapping[UUID, Record]) -> Iterator[tuple[UUID, Content]]:
    for version in Version.objects.filter(record__in=list(rows)):
        if version.number == rows[version.record].confirmed_version:
            yield version.record, contents.opened_content(declaration, version)
