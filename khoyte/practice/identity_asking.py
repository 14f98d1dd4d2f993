"""Asking the population database about practitioners: queued with the hand-in, asked by the exchange process.

A question is written in the transaction in which particulars are handed in or confirmed; it is put until it
is answered, days later if need be. Every query that leaves is in the audit log with its purpose before it
leaves. An answer becomes evidence on the fields it speaks of, and changes no state of the record.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.inserting import insert_all
from khoyte.links import duties, sending
from khoyte.links.connectors import POPULATION
from khoyte.links.connectors.line import Line, Reply
from khoyte.links.connectors.population import Finding, Question
from khoyte.links.models import ExchangeDestination
from khoyte.practice.identity import FIELDS, particulars_of, section
from khoyte.practice.models import IdentityCheck
from khoyte.registers.content import Content
from khoyte.registers.declaration import Declaration
from khoyte.registers.models import Evidence
from khoyte.registers.presenters import announce_beside
from khoyte.registers.telling import RegisterSource, Told, listen
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import working
from khoyte.units.training import is_training

REGISTER = "practitioners"
PURPOSE = "register.verify"
BY = system_actor("population")
BATCH = 20
# A match is asked for again after so long: numbers are issued anew, people die.
ASK_AGAIN_AFTER = timedelta(days=180)
_CATCH_UP_SECONDS = 3_600.0
_CATCH_UP = 1_000


def is_on() -> bool:
    return POPULATION.name in settings.EXCHANGE


def queue(declaration: Declaration, told: Told) -> None:
    """Questions about these versions, unless asked already. In the caller's transaction."""
    if is_on():
        _queue([(row.pk, row.version, row.facility, row.province, content) for row, content in told])


def _queue(rows: Sequence[tuple[Any, int, str, str, Content]], *, again: bool = False) -> int:
    records = [row[0] for row in rows]
    asked: dict[Any, set[bytes]] = {}
    for check in IdentityCheck.objects.filter(record__in=records):
        asked.setdefault(check.record, set()).add(bytes(check.particulars))
    made = []
    for record, version, facility, province, content in rows:
        particulars = particulars_of(content)
        if is_training(province):  # invented persons; the population database is not asked about them
            continue
        if content.get("personal_number") and (again or particulars not in asked.get(record, ())):
            made.append(
                IdentityCheck(
                    register=REGISTER,
                    record=record,
                    version=version,
                    facility=facility,
                    province=province,
                    particulars=particulars,
                )
            )
    # What was not answered about former particulars need not be asked any more.
    stale = IdentityCheck.objects.filter(record__in=[check.record for check in made], answered_at=None)
    stale.update(answered_at=timezone.now(), outcome="superseded")
    IdentityCheck.objects.bulk_create(made, batch_size=_CATCH_UP)
    return len(made)


# Asking


@dataclass(frozen=True)
class Put:
    """A question under its lease; None without particulars any more."""

    check: IdentityCheck
    question: Question | None


_CLAIM = """
UPDATE identity_check SET attempts = attempts + 1, next_attempt_at = statement_timestamp() + %s::interval
WHERE id IN (
    SELECT id FROM identity_check WHERE answered_at IS NULL AND next_attempt_at <= statement_timestamp()
    ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def ask_due(limit: int = BATCH) -> int:
    """Put the questions that are due; how many were put. Nothing while the service is paused."""
    place = settings.EXCHANGE.get(POPULATION.name)
    if place is None:
        return 0
    with working():
        if sending.is_paused(POPULATION.name):
            return 0
        puts = _claim(limit)
    line, replies, answers = Line(place, settings.EXCHANGE_SECONDS), [], {}
    for put in puts:
        if put.question is None:
            continue
        reply, finding = POPULATION.ask(line, put.question)
        replies.append(reply)
        answers[put.check.pk] = (reply, finding)
        if sending.is_of_the_service(reply):
            break
    if puts:
        with working():
            for put in puts:
                _write_down(put, answers.get(put.check.pk))
            sending.note(POPULATION.name, replies)
            _count()
    return len(answers)


def _claim(limit: int) -> list[Put]:
    """Questions under a lease, each written into the log as asked. In the caller's transaction."""
    lease = str(timedelta(seconds=settings.EXCHANGE_SECONDS * (limit + 1)))
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [lease, limit])
        ids = [row[0] for row in cursor.fetchall()]
    checks = list(IdentityCheck.objects.filter(pk__in=ids).order_by("id"))
    found = RegisterSource(REGISTER).read([(str(check.record), check.version) for check in checks])
    puts = [Put(check, _question(check, found.get(str(check.record)))) for check in checks]
    _log("population.ask", [(put.check, {"attempt": put.check.attempts}) for put in puts if put.question])
    return puts


def _question(check: IdentityCheck, content: Content | None) -> Question | None:
    if content is None or not content.get("personal_number"):
        return None
    number, name, birth_date, sex = (str(content.get(field) or "") for field in FIELDS)
    return Question(check.transaction, PURPOSE, number, name, birth_date, sex)


def _log(action: str, entries: Sequence[tuple[IdentityCheck, Mapping[str, Any]]]) -> None:
    audit.record_all(
        by=BY,
        action=action,
        subject_kind=REGISTER,
        purpose=PURPOSE,
        entries=[
            audit.Entry(
                subject_id=str(check.record),
                facility=check.facility,
                province=check.province,
                details={"transaction": str(check.transaction), **details},
            )
            for check, details in entries
        ],
    )


def _write_down(put: Put, answer: tuple[Reply, Finding | None] | None) -> None:
    check = put.check
    if put.question is None:
        _update(check, answered_at=timezone.now(), outcome="superseded")
    elif answer is None:  # its turn did not come
        _update(check, next_attempt_at=timezone.now(), attempts=check.attempts - 1)
    elif answer[1] is not None:
        _answered(check, answer[1])
    else:
        reply = answer[0]
        of_all = sending.is_of_the_service(reply)
        wait = 0.0 if of_all else sending.pause_after(check.attempts)
        _update(
            check,
            next_attempt_at=timezone.now() + timedelta(seconds=wait),
            trouble=reply.trouble or "no-answer",
        )


def _update(check: IdentityCheck, **changes: Any) -> bool:
    return bool(IdentityCheck.objects.filter(pk=check.pk, answered_at=None).update(**changes))


def _answered(check: IdentityCheck, finding: Finding) -> None:
    """The answer, its evidence, its line in the log. A second answer to one question changes nothing."""
    if not _update(
        check,
        answered_at=timezone.now(),
        outcome=finding.outcome,
        differing=list(finding.differing),
        trouble="",
    ):
        return
    fields = {"match": FIELDS, "mismatch": finding.differing}.get(finding.outcome, ("personal_number",))
    source = "population" if finding.outcome == "match" else f"population_{finding.outcome}"
    insert_all(
        [
            Evidence(
                register=REGISTER,
                record=check.record,
                facility=check.facility,
                province=check.province,
                version=check.version,
                fields=list(fields),
                source=source,
                attested_by=BY.name,
            )
        ]
    )
    _log("population.answer", [(check, {"outcome": finding.outcome, "differing": list(finding.differing)})])


def _count() -> None:
    """How many questions wait, for the page of operators."""
    waiting = IdentityCheck.objects.filter(answered_at=None)
    oldest = waiting.order_by("queued_at").values_list("queued_at", flat=True).first()
    counted = {REGISTER: {"waiting": waiting.count(), "oldest": oldest.isoformat()}} if oldest else {}
    ExchangeDestination.objects.update_or_create(
        name=POPULATION.name, defaults={"waiting": counted, "counted_at": timezone.now()}
    )


# Catching up

_NEVER_ASKED = """
SELECT p.id FROM practitioners p WHERE p.confirmed_version IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM identity_check c WHERE c.record = p.id) LIMIT %s
"""
_LONG_AGO = """
SELECT p.id FROM practitioners p
JOIN LATERAL (SELECT answered_at, outcome FROM identity_check c WHERE c.record = p.id
              ORDER BY c.id DESC LIMIT 1) AS newest ON true
WHERE p.confirmed_version IS NOT NULL AND newest.outcome = 'match' AND newest.answered_at < %s LIMIT %s
"""
_next_catch_up = 0.0


def catch_up(*, now: bool = False) -> int:
    """Queue what was confirmed before the check was switched on, and what matched long ago; once an hour."""
    global _next_catch_up
    if not is_on() or (not now and time.monotonic() < _next_catch_up):
        return 0
    with working():
        queued = _queue_of(_NEVER_ASKED, [_CATCH_UP]) + _queue_of(
            _LONG_AGO, [timezone.now() - ASK_AGAIN_AFTER, _CATCH_UP], again=True
        )
    if not queued:
        _next_catch_up = time.monotonic() + _CATCH_UP_SECONDS
    return queued


def _queue_of(statement: str, parameters: Sequence[Any], *, again: bool = False) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        subjects = [str(row[0]) for row in cursor.fetchall()]
    changes = RegisterSource(REGISTER).now(subjects)
    rows = [(UUID(c.subject), c.version, c.facility, c.province, c.content or {}) for c in changes]
    return _queue(rows, again=again) if rows else 0


def announce_asking() -> None:
    listen(REGISTER, queue)
    announce_beside(REGISTER, section)
    duties.announce(duties.Duty("identity questions", ask_due))
    duties.announce(duties.Duty("identity catch-up", catch_up))
