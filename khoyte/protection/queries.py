"""Reads of the desk. The caller's transaction keeps tenants apart; files are those of the actor's unit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from khoyte.foundation.calendar import in_vietnam, today
from khoyte.foundation.crypto import Keyring
from khoyte.legal.deadlines import deadline_on
from khoyte.legal.limits import limit_binds
from khoyte.protection import subjects
from khoyte.protection.enums import (
    DEADLINE_OF,
    OPEN_STATES,
    SUBJECTS_MUST_BE_TOLD,
    BreachAct,
    RequestAct,
    RequestKind,
    RequestState,
)
from khoyte.protection.models import Breach, Consent, RequestEvent, SubjectRequest
from khoyte.protection.subjects import Subject
from khoyte.units.policy import Actor
from khoyte.visits.limits import by_law, visits_for
from khoyte.visits.models import ProcessingLimit, Visit

PURPOSE = "subject.access"
"""Law lets a limit not stand between a person and the own data."""


def requests(actor: Actor, *, closed: bool = False) -> QuerySet[SubjectRequest]:
    """Requests to the actor's unit: the open ones by their term, or the closed ones, newest first."""
    rows = SubjectRequest.objects.filter(unit__in=actor.units)
    if closed:
        return rows.exclude(state__in=OPEN_STATES).order_by("-received_at")
    return rows.filter(state__in=OPEN_STATES).order_by("due", "id")


def request(id: str, actor: Actor) -> SubjectRequest | None:
    return SubjectRequest.objects.filter(pk=id, unit__in=actor.units).first()


def next_due(found: SubjectRequest) -> datetime:
    """When the next thing must have happened: the first answer, then the request itself."""
    return found.answer_due if found.state == RequestState.RECEIVED else found.due


def urgency(found: SubjectRequest, at: datetime) -> float:
    """The share of the term used up, as warnings count it: 0, 0.5, 0.8 or 1.0 when it is over."""
    if at > next_due(found):
        return 1.0
    term = DEADLINE_OF[RequestKind(found.kind)]
    used = deadline_on(term, in_vietnam(found.received_at).date()).deadline.used(found.received_at, at)
    # An extended term is longer than the one counted here: its first part is over.
    return min(used, 0.8)


def was_late(found: SubjectRequest) -> bool:
    """Whether first answer or end came, or have not come, in time. Derived from the events, never stored."""
    events = {event.act: event.at for event in found.events.all()}
    now = timezone.now()
    answered = min((events[act] for act in events if act != "received"), default=now)
    ended = min((events[act] for act in events if act in _ENDS), default=now)
    return answered > found.answer_due or ended > found.due


_ENDS = frozenset({RequestAct.COMPLETE, RequestAct.REFUSE, RequestAct.CANCEL})


def events(found: SubjectRequest) -> list[tuple[RequestEvent, str]]:
    """What was done, oldest first, each with its words."""
    keyring = Keyring.load()
    return [
        (event, subjects.opened_note(bytes(event.note_sealed), keyring))
        for event in found.events.order_by("id")
    ]


def subject_of(found: SubjectRequest | Consent) -> Subject:
    return subjects.opened(bytes(found.subject_sealed), Keyring.load())


@dataclass(frozen=True)
class Held:
    """What is stored of a person in the reader's tenant: visits (current versions), span, open consents."""

    visits: int
    first: datetime | None
    last: datetime | None
    consents: int


def visits_of_person(key: bytes, actor: Actor) -> QuerySet[Visit]:
    """Current versions of a person's visits in the tenant of `actor`, latest first.

    Limited ones too, so that the person gets all that is stored: read it inside `by_law(PURPOSE)`.
    """
    rows = visits_for(PURPOSE).filter(person_key=key, is_current=True).order_by("-ngay_ra")
    return _within(rows, actor)


def _within(rows: QuerySet[Visit], actor: Actor) -> QuerySet[Visit]:
    if actor.facility:
        return rows.filter(facility__in=actor.units)
    if actor.unit_kind == "province":
        return rows.filter(province__in=actor.provinces)
    return rows if actor.unit_kind == "ministry" else rows.none()


def held_about(key: bytes, actor: Actor) -> Held:
    """Visits in the tenant of `actor`, and consents given to its unit."""
    with by_law(PURPOSE):
        span = visits_of_person(key, actor).aggregate(
            visits=Count("pk"), first=Min("ngay_vao"), last=Max("ngay_ra")
        )
    given = consents(actor).filter(subject_key=key, withdrawn_at__isnull=True)
    return Held(**span, consents=given.count())


def consents(actor: Actor) -> QuerySet[Consent]:
    return Consent.objects.filter(unit__in=actor.units).order_by("-given_at")


def consent(id: str, actor: Actor) -> Consent | None:
    return Consent.objects.filter(pk=id, unit__in=actor.units).first()


def is_consented(key: bytes, purpose: str, unit: str, at: datetime) -> bool:
    """Whether the person's consent for the purpose held at that moment, given to that unit."""
    rows = Consent.objects.filter(subject_key=key, purpose=purpose, unit=unit, given_at__lte=at)
    return rows.exclude(withdrawn_at__lte=at).exists()


def visits_released(
    purpose: str, consent: Consent, actor: Actor, at: datetime | None = None
) -> QuerySet[Visit]:
    """Visits that a consent opens for its purpose, of the unit it was given to; none once it is withdrawn.

    A unit that took another over holds the consents given to it, with the records they speak of.
    A limit on processing binds here too: nobody hands on what the person has asked to be left alone.
    """
    held = is_consented(bytes(consent.subject_key), purpose, consent.unit, at or timezone.now())
    if not held or consent.unit not in actor.units or consent.purpose != purpose:
        return Visit.objects.none()
    rows = Visit.objects.filter(person_key=bytes(consent.subject_key), is_current=True)
    if limit_binds(purpose, today()):
        rows = rows.filter(is_limited=False)
    return _within(rows.order_by("-ngay_ra"), actor)


def limit_of(found: SubjectRequest) -> ProcessingLimit | None:
    """The limit a request was granted by, in force or lifted."""
    return ProcessingLimit.objects.filter(request=found.pk).first()


def breaches(actor: Actor) -> QuerySet[Breach]:
    return Breach.objects.filter(unit__in=actor.units).prefetch_related("events").order_by("-discovered_at")


def breach(id: str, actor: Actor) -> Breach | None:
    return breaches(actor).filter(pk=id).first()


@dataclass(frozen=True)
class Duty:
    """One notice a breach asks for; `done` None while it has not been given."""

    act: BreachAct
    due: datetime
    done: datetime | None

    def is_late(self, at: datetime) -> bool:
        return (self.done or at) > self.due


def duties(found: Breach) -> list[Duty]:
    """Whom a breach must be told to, until when: the authority, and the persons for some kinds of data."""
    told = {event.act: event.at for event in sorted(found.events.all(), key=lambda one: -one.pk)}
    day = in_vietnam(found.discovered_at).date()

    def duty(act: BreachAct, term: str) -> Duty:
        return Duty(act, deadline_on(term, day).deadline.due(found.discovered_at), told.get(act))

    wanted = [duty(BreachAct.AUTHORITY_TOLD, "breach_authority")]
    if SUBJECTS_MUST_BE_TOLD & set(found.data_kinds):
        wanted.append(duty(BreachAct.SUBJECTS_TOLD, "breach_subjects"))
    return wanted


def is_closed(found: Breach) -> bool:
    return any(event.act == BreachAct.CLOSED for event in found.events.all())


def accesses(key: bytes, limit: int, *, by: Actor) -> list[dict[str, Any]]:
    """Who opened the records of a person, newest first: moment, unit, role, purpose, what came out.

    Of the visits in the tenant of `by`; a citizen asks about their own, wherever they are. Those who opened
    them are not named: the unit answers for its staff (it finds the officer by the entry's number).
    """
    with by_law("subject.own" if by.person else PURPOSE), connection.cursor() as cursor:
        province = by.province if by.unit_kind == "province" else ""
        cursor.execute(_ACCESSES, [key, by.facility, by.facility, province, province, limit])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_ACCESSES = """
SELECT a.id, a.at, a.actor_unit AS unit, a.actor_role AS role, a.action, a.purpose,
       v.facility AS of_facility, v.ngay_vao AS admitted, v.ngay_ra AS discharged, a.details
FROM visit v
JOIN audit_entry a ON a.subject_kind = 'visit' AND a.subject_id = v.id::text
WHERE v.person_key = %s AND (%s = '' OR v.facility = %s) AND (%s = '' OR v.province = %s)
ORDER BY a.id DESC
LIMIT %s
"""


def overdue(rows: Iterable[SubjectRequest], at: datetime) -> int:
    return sum(at > next_due(found) for found in rows)
