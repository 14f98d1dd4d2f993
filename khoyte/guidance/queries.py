"""Reads of this room. The caller's transaction says which rows are seen; each query says it, too."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from khoyte.foundation.crypto import Keyring
from khoyte.guidance.errors import UnknownRequest, UnknownSession
from khoyte.guidance.models import Attendance, SupportEntry, SupportRequest, TrainingSession
from khoyte.units.enums import Role
from khoyte.units.models import Account, Unit
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.training import BEGINNING, NOT_TRAINING

SEALED_FOR = "support.words"
ROWS = 200


def opened(sealed: bytes | memoryview | None) -> bytes:
    return Keyring.held().open(bytes(sealed), SEALED_FOR) if sealed else b""


# Support


def request_of(id: uuid.UUID, actor: Actor, *, locked: bool = False) -> SupportRequest:
    """The request, for who asked and for whoever answers or answered. Raises UnknownRequest."""
    rows = SupportRequest.objects.select_for_update() if locked else SupportRequest.objects.all()
    found = rows.filter(pk=id).first()
    if found is None or not (found.asked_by == actor.name or _looks_after(found, actor)):
        raise UnknownRequest
    return found


def _looks_after(found: SupportRequest, actor: Actor) -> bool:
    """Whether the actor's office stands above the asker, or the request has come up to the operators."""
    if actor.unit_kind == "province":
        return bool(decide(actor, "support.answer", Facts(facility=found.facility, province=found.province)))
    return found.desk == "operator" and bool(decide(actor, "support.answer"))


def answers(found: SupportRequest, actor: Actor) -> bool:
    """Whether the request stands with the actor's desk now, and is somebody else's."""
    at_desk = found.desk == ("province" if actor.unit_kind == "province" else "operator")
    return at_desk and found.asked_by != actor.name and _looks_after(found, actor)


def own_requests(actor: Actor) -> list[SupportRequest]:
    return list(SupportRequest.objects.filter(asked_by=actor.name).order_by("-asked_at", "-id")[:ROWS])


def queue(actor: Actor, state: str = "") -> QuerySet[SupportRequest] | None:
    """What the actor's desk answers, the most urgent first, by default all that is open; None without one."""
    if not decide(actor, "support.answer"):
        return None
    rows = SupportRequest.objects.exclude(asked_by=actor.name)
    if actor.unit_kind == "province":
        # What facilities asked stays in sight when it was passed on.
        rows = rows.filter(Q(desk="province") | ~Q(facility=""), province__in=actor.provinces)
    else:
        rows = rows.filter(desk="operator")
    rows = rows.filter(state=state) if state else rows.exclude(state="closed")
    return rows.order_by("due_at", "id")


def entries(found: SupportRequest) -> list[SupportEntry]:
    return list(found.entries.order_by("id"))


def picture_of(found: SupportRequest, number: int) -> bytes:
    """The picture added with an entry. Raises UnknownRequest."""
    entry = found.entries.filter(pk=number).exclude(picture_sealed=None).first()
    if entry is None:
        raise UnknownRequest
    return opened(entry.picture_sealed)


def desk_of(found: SupportRequest) -> list[tuple[str, tuple[str, ...]]]:
    """(unit, roles) of those who answer a request now."""
    if found.desk == "province":
        return [(found.province, (Role.PROVINCE, Role.PROVINCE_LEAD))]
    operators = Account.objects.filter(role=Role.OPERATOR, is_active=True)
    units = sorted(set(operators.values_list("unit_id", flat=True)))
    return [(unit, (Role.OPERATOR,)) for unit in units]


def overdue(at: datetime | None = None) -> list[SupportRequest]:
    """Requests whose desk should have answered; for the worker."""
    return list(
        SupportRequest.objects.filter(state="waiting", due_at__lt=at or timezone.now()).order_by(
            "due_at", "id"
        )
    )


# Training


def session_of(id: uuid.UUID, actor: Actor) -> TrainingSession:
    """A session of the ministry or of one's province; any for national readers. Raises UnknownSession."""
    found = TrainingSession.objects.filter(pk=id).first()
    if found is None or not is_for(found, actor):
        raise UnknownSession
    return found


def is_for(found: TrainingSession, actor: Actor) -> bool:
    if not found.province:
        return not actor.is_training
    national = actor.unit_kind in ("ministry", "department")
    return found.province in actor.provinces or bool(
        national and decide(actor, "training.read", Facts(province=found.province))
    )


def sessions(actor: Actor) -> list[TrainingSession]:
    """Sessions the actor may know of, the newest first."""
    rows = TrainingSession.objects.annotate(present=Count("attendances")).order_by("-day", "-id")
    if actor.unit_kind in ("facility", "province"):
        own = Q(province__in=actor.provinces)
        rows = rows.filter(own if actor.is_training else own | Q(province=""))
    else:
        rows = rows.exclude(province__startswith=BEGINNING)
    return list(rows[:ROWS])


def attended(actor: Actor) -> list[Attendance]:
    """The actor's own sessions."""
    rows = Attendance.objects.select_related("session").filter(account=actor.name)
    return list(rows.order_by("-session__day", "-id"))


def present(session: TrainingSession, actor: Actor) -> list[Attendance]:
    """Who attended, as far as the actor's unit goes."""
    rows = Attendance.objects.filter(session=session)
    if actor.facility:
        rows = rows.filter(facility__in=actor.units)
    elif actor.unit_kind == "province":
        rows = rows.filter(province__in=actor.provinces)
    return list(rows.order_by("unit", "account"))


def accounts_of(unit: str) -> list[Account]:
    """Accounts of a unit that may attend."""
    rows = Account.objects.filter(unit_id=unit, is_active=True).exclude(role=Role.CITIZEN)
    return list(rows.order_by("username"))


_TRAINED = """
SELECT a.facility, s.topic, count(DISTINCT a.account)
FROM training_attendance a JOIN training_session s ON s.id = a.session_id
JOIN account p ON p.username = a.account AND p.is_active AND p.unit_id = a.unit
WHERE a.facility <> '' AND (%(province)s = '' OR a.province = %(province)s)
  AND (%(facility)s = '' OR a.facility = %(facility)s)
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Coverage:
    """Of one facility: people still there who were trained, by topic."""

    unit: Unit
    people: Mapping[str, int]

    def nobody_in(self, topics: Sequence[str]) -> list[str]:
        return [topic for topic in topics if not self.people.get(topic)]


def coverage(province: str, facility: str = "") -> list[Coverage]:
    """Every facility of a province with who was trained there; whoever has left does not count."""
    counted: dict[str, dict[str, int]] = {}
    for code, topic, people in _read(_TRAINED, {"province": province, "facility": facility}):
        counted.setdefault(code, {})[topic] = people
    rows = Unit.objects.filter(kind="facility", ended_on=None, province=province)
    rows = rows.filter(pk=facility) if facility else rows
    return [Coverage(unit, counted.get(unit.code, {})) for unit in rows.order_by("code")]


_BY_PROVINCE = f"""
SELECT u.province, count(*), %(topic)s, count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM training_attendance a JOIN training_session s ON s.id = a.session_id
    JOIN account p ON p.username = a.account AND p.is_active AND p.unit_id = a.unit
    WHERE a.facility = u.code AND s.topic = %(topic)s))
FROM unit u WHERE u.kind = 'facility' AND u.ended_on IS NULL AND {NOT_TRAINING.format("u.code")}
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - a constant


def coverage_by_province(topics: Sequence[str]) -> dict[str, tuple[int, dict[str, int]]]:
    """Province -> (facilities, topic -> how many of them have somebody trained)."""
    found: dict[str, tuple[int, dict[str, int]]] = {}
    for topic in topics:
        for province, facilities, name, trained in _read(_BY_PROVINCE, {"topic": topic}):
            found.setdefault(province, (facilities, {}))[1][name] = trained
    return found


def _read(statement: str, values: Mapping[str, str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
