"""Carrying messages out: claim under a lease, send with no transaction open, write down what came of it.

A message is tried until its destination has answered 2xx: again after seconds, then minutes, hours, at last
once a day, without an end. A destination that does not answer at all is left alone for as long as its
failures in a row say, so that it holds up nobody else. Killed in between, a message is due again when its
lease is over; the receiver knows repeats by their webhook-id.
"""

import logging
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from khoyte import __version__
from khoyte.foundation.crypto import Keyring, SealBroken
from khoyte.links import posting, signing
from khoyte.links.addresses import parse
from khoyte.links.enums import UNFINISHED, MessageState
from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.links.sealing import opened_secrets
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.links")
LEASE = timedelta(seconds=90)
DESTINATIONS_AT_ONCE = 8
MESSAGES_PER_DESTINATION = 20
# One slow destination keeps a round no longer than this and one more timeout.
SECONDS_PER_DESTINATION = 15.0
WAITS_SECONDS = (1, 5, 15, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
_LONGEST_WAIT = WAITS_SECONDS[-1]
_GONE = 410


@dataclass(frozen=True)
class Parcel:
    """What one destination is to get in this round."""

    unit: str
    url: str
    secrets: tuple[str, ...]
    messages: tuple[OutboxMessage, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of one message; no answer at all when its turn did not come in this round."""

    message: OutboxMessage
    answer: posting.Answer | None


def deliver_due(limit: int = 100) -> int:
    """Send what is due, at most `limit` messages; the number of messages that were tried."""
    parcels = _claim(limit)
    if not parcels:
        return 0
    with ThreadPoolExecutor(max_workers=len(parcels), thread_name_prefix="webhook") as pool:
        results = list(pool.map(_send, parcels))
    tried = 0
    for parcel, outcomes in zip(parcels, results, strict=True):
        _write_down(parcel, outcomes)
        tried += sum(outcome.answer is not None for outcome in outcomes)
    return tried


def _claim(limit: int) -> list[Parcel]:
    now, keyring = timezone.now(), Keyring.load()
    parcels: list[Parcel] = []
    with working():
        for target in _targets_with_work(now):
            messages = list(_due(target.unit, now)[: min(MESSAGES_PER_DESTINATION, limit)])
            limit -= len(messages)
            parcel = _parcel(target, messages, keyring, now)
            if parcel is not None:
                parcels.append(parcel)
            if limit <= 0:
                break
    return parcels


def _targets_with_work(now: datetime) -> QuerySet[WebhookTarget]:
    """Destinations in turn: who was served longest ago comes first."""
    waiting = _unfinished(OuterRef("unit"), now)
    rows = WebhookTarget.objects.filter(Exists(waiting), paused_until__lte=now).order_by("served_at")
    return rows.select_for_update(skip_locked=True)[:DESTINATIONS_AT_ONCE]


def _unfinished(unit: object, now: datetime) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(unit=unit, state__in=UNFINISHED, next_attempt_at__lte=now)


def _due(unit: str, now: datetime) -> QuerySet[OutboxMessage]:
    """Due messages whose predecessors about the same subject are done."""
    earlier = OutboxMessage.objects.filter(
        unit=unit, subject=OuterRef("subject"), number__lt=OuterRef("number"), state__in=UNFINISHED
    )
    rows = _unfinished(unit, now).filter(~Exists(earlier)).order_by("next_attempt_at", "number")
    return rows.select_for_update(skip_locked=True)


def _parcel(
    target: WebhookTarget, messages: Sequence[OutboxMessage], keyring: Keyring, now: datetime
) -> Parcel | None:
    """Put the messages under a lease. None when there are none or the secret does not open."""
    WebhookTarget.objects.filter(pk=target.pk).update(served_at=now)
    try:
        keys = opened_secrets(target, keyring, now)
    except SealBroken:
        log.error("the webhook secret of unit %s does not open", target.unit)
        WebhookTarget.objects.filter(pk=target.pk).update(paused_until=_after(target.failures + 1, now))
        return None
    for message in messages:
        message.attempts += 1
        message.state = MessageState.SENT
        message.next_attempt_at = now + LEASE
        message.last_attempt_at = now
        message.save(update_fields=["attempts", "state", "next_attempt_at", "last_attempt_at"])
    return Parcel(target.unit, target.url, keys, tuple(messages)) if messages else None


def _send(parcel: Parcel) -> list[Outcome]:
    """Send in order until the time is up or the destination does not answer. Runs without a database."""
    outcomes: list[Outcome] = []
    address, until = parse(parcel.url), time.monotonic() + SECONDS_PER_DESTINATION
    silent = False
    for message in parcel.messages:
        if silent or time.monotonic() > until:
            outcomes.append(Outcome(message, None))
            continue
        body = orjson.dumps(message.payload)
        signed = signing.headers(str(message.message_id), int(time.time()), body, parcel.secrets)
        answer = posting.post(address, body, {**_HEADERS, **signed}, loopback=loopback_allowed())
        silent = answer.status is None or answer.retry_after is not None
        outcomes.append(Outcome(message, answer))
    return outcomes


_HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"Khoyte/{__version__}"}


def loopback_allowed() -> bool:
    """This very machine is a destination only in demonstrations and tests."""
    return bool(settings.DEMO or settings.TESTING)


def _write_down(parcel: Parcel, outcomes: Sequence[Outcome]) -> None:
    now = timezone.now()
    with working():
        for outcome in outcomes:
            _row_of(outcome).update(**_changes(outcome, now))
        answers = [outcome.answer for outcome in outcomes if outcome.answer is not None]
        _judge_destination(parcel, answers, now)


def _row_of(outcome: Outcome) -> QuerySet[OutboxMessage]:
    """An acknowledgement always counts; anything else only while the message is still ours."""
    row = OutboxMessage.objects.filter(pk=outcome.message.pk)
    if outcome.answer is not None and outcome.answer.taken:
        return row
    return row.filter(state=MessageState.SENT, attempts=outcome.message.attempts)


def _changes(outcome: Outcome, now: datetime) -> dict[str, object]:
    message, answer = outcome.message, outcome.answer
    if answer is None:
        return {"state": MessageState.PENDING, "attempts": message.attempts - 1, "next_attempt_at": now}
    facts = {"last_status": answer.status, "last_trouble": answer.trouble}
    if answer.taken:
        return {**facts, "state": MessageState.ACKNOWLEDGED, "finished_at": now}
    if answer.status == _GONE:
        return {**facts, "state": MessageState.REJECTED, "finished_at": now}
    return {**facts, "state": MessageState.PENDING, "next_attempt_at": _after(message.attempts, now)}


def _judge_destination(parcel: Parcel, answers: Sequence[posting.Answer], now: datetime) -> None:
    """Any answer proves that the destination lives; silence lengthens its pause."""
    target = WebhookTarget.objects.select_for_update().filter(unit=parcel.unit, url=parcel.url).first()
    if target is None or not answers:
        return
    last = answers[-1]
    if any(answer.status is not None for answer in answers):
        target.failures = 0
    if any(answer.taken for answer in answers):
        target.acknowledged_at = now
    if last.status is None:
        target.failures += 1
        target.paused_until = _after(target.failures, now)
    elif last.retry_after is not None:
        target.paused_until = now + timedelta(seconds=min(last.retry_after, _LONGEST_WAIT))
    target.save(update_fields=["failures", "acknowledged_at", "paused_until"])


def _after(failures: int, now: datetime) -> datetime:
    """When to try again; spread a little, so that many do not come back in the same second."""
    seconds = WAITS_SECONDS[min(failures, len(WAITS_SECONDS)) - 1]
    return now + timedelta(seconds=seconds * random.uniform(0.9, 1.1))  # noqa: S311 - no secret
