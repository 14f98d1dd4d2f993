"""Carrying messages to a national system: claim a hundred, send, read back, write down what came of it.

The four-step truth: *sent* before a byte leaves, *acknowledged* when the destination says so, *applied* only
when it shows that it holds this version with this digest. What it says and does not show is looked for a few
times and then sent again under the same message id. Versions of a record go one after the other: the next is
not sent before the one before is applied or refused.

Whatever befalls a whole request (silence, 401, 429, 503) pauses the destination and costs no message a try;
what befalls one message delays that message alone. Killed anywhere, messages are due again when their lease
is over.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection
from django.utils import timezone

from khoyte.links import feeds as known
from khoyte.links.connectors import CONNECTORS, BatchConnector
from khoyte.links.connectors.batches import Held, Sending, Verdict
from khoyte.links.connectors.line import Line, Reply
from khoyte.links.enums import ExchangeState
from khoyte.links.models import ExchangeDestination, ExchangeRun
from khoyte.links.prepared import ask
from khoyte.units.tenancy import working

BATCH = 100
READ_BACKS = 3
# Pauses when an answer is waited for 10 seconds; in proportion otherwise.
WAITS_SECONDS = (1, 5, 15, 60, 300, 600)
_MESSAGE_WAITS = (1, 5, 15, 60, 300, 1_800, 7_200)
_ALONE_AFTER = 2
# A 5xx by a gateway speaks of the service; a plain 500 may speak of what is in the batch.
_OF_THE_SERVICE = (401, 403, 404, 408, 429, 502, 503, 504)


class Claimed(NamedTuple):
    """A message under our lease. `state` is the one before: acknowledged ones are only read back."""

    number: int
    message_id: UUID
    kind: str
    subject: str
    version: int
    removed: bool
    state: str
    attempts: int
    looked: int
    alone: bool
    digest: str


@dataclass(slots=True)
class Ending:
    """What becomes of a claimed message."""

    state: ExchangeState
    finished: bool = False
    wait: float = 0.0
    reason: str = ""
    attempts: int = 0
    looked: int = 0
    alone: bool = False
    digest: str | None = None
    acknowledged: bool = False


@dataclass
class Round:
    """One batch on its way: what was claimed, what it became, and how the destination answered."""

    destination: str
    claimed: Sequence[Claimed]
    sendings: Mapping[int, Sending]
    ends: dict[int, Ending] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    sent: int = 0


def send_once(destination: str, limit: int = BATCH) -> int:
    """One batch of what is due; how many messages it took. Nothing while the destination is paused."""
    return drain(destination, limit, rounds=1)


def drain(destination: str, limit: int = BATCH, *, rounds: int = 50) -> int:
    """Batch after batch of what is due; the end of one and the claim of the next are one transaction."""
    place, connector = settings.EXCHANGE.get(destination), CONNECTORS.get(destination)
    if place is None or connector is None:
        return 0
    line, taken = Line(place, settings.EXCHANGE_SECONDS), 0
    with working():
        one = _next(destination, limit)
    while one is not None:
        carry(one, connector, line)
        taken += len(one.claimed)
        rounds -= 1
        with working():
            write_down(one)
            one = _next(destination, limit) if rounds else None
    return taken


def _next(destination: str, limit: int) -> Round | None:
    claimed = claim(destination, limit)
    return Round(destination, claimed, _sendings(destination, claimed)) if claimed else None


def is_paused(destination: str) -> bool:
    return ExchangeDestination.objects.filter(pk=destination, paused_until__gt=timezone.now()).exists()


_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT m.number, m.state FROM exchange_message m
    WHERE m.destination = %(destination)s AND m.finished_at IS NULL
      AND m.next_attempt_at <= statement_timestamp()
      AND NOT EXISTS (
          SELECT 1 FROM exchange_message e WHERE e.destination = m.destination AND e.subject = m.subject
            AND e.number < m.number AND e.finished_at IS NULL)
      AND NOT EXISTS (
          SELECT 1 FROM exchange_destination d
          WHERE d.name = %(destination)s AND d.paused_until > statement_timestamp())
    ORDER BY m.created_at, m.number LIMIT {limit} FOR UPDATE OF m SKIP LOCKED
)
UPDATE exchange_message m
SET state = CASE due.state WHEN 'acknowledged' THEN 'acknowledged' ELSE 'sent' END,
    attempts = m.attempts + 1, next_attempt_at = statement_timestamp() + %(lease)s::interval
FROM due WHERE m.number = due.number
RETURNING m.number, m.message_id, m.kind, m.subject, m.version, m.removed, due.state, m.attempts, m.looked,
          m.alone, m.digest
"""


def claim(destination: str, limit: int = BATCH) -> list[Claimed]:
    """Put due messages, the oldest of each record, under a lease. In the caller's transaction."""
    lease = timedelta(seconds=settings.EXCHANGE_SECONDS * 4)
    # The limit stands in the text: a plan that does not know it would prepare for all that waits.
    statement = _CLAIM.format(limit=int(limit))
    found = [Claimed(*row) for row in ask(statement, {"destination": destination, "lease": lease})]
    return sorted(found, key=lambda one: one.number)


def _sendings(destination: str, claimed: Sequence[Claimed]) -> dict[int, Sending]:
    """Messages with what they carry, read from the versions they name; without those that are gone."""
    wanted: dict[str, list[tuple[str, int]]] = {}
    for one in claimed:
        if not one.removed:
            wanted.setdefault(one.kind, []).append((one.subject, one.version))
    contents: dict[str, known.Content] = {}
    for kind, versions in wanted.items():
        source = known.source(kind)
        contents.update(source.read(versions) if source else {})
    feeds = {kind: known.feed(destination, kind) for kind in {one.kind for one in claimed}}
    found = {}
    for one in claimed:
        feed = feeds[one.kind]
        content = contents.get(one.subject)
        if feed is None or (content is None and not one.removed):
            continue
        payload = None if content is None else feed.payload(content)
        found[one.number] = Sending(
            number=one.number,
            message_id=one.message_id,
            kind=one.kind,
            subject=one.subject,
            version=one.version,
            bucket=feed.bucket(one.subject, content),
            digest=known.digest_of(payload),
            payload=payload,
        )
    return found


# The talk with the destination; runs without a transaction.


def carry(one: Round, connector: BatchConnector, line: Line) -> None:
    """Send and read back, until the destination fails as a whole."""
    acknowledged = [message for message in one.claimed if message.state == ExchangeState.ACKNOWLEDGED]
    for group in _groups(one):
        reply, verdicts = connector.send(line, [one.sendings[message.number] for message in group])
        one.replies.append(reply)
        one.sent += len(group)
        acknowledged += _judge(one, group, reply, verdicts)
        if is_of_the_service(reply):
            break
    if acknowledged:
        reply, held = connector.read_back(line, [message.subject for message in acknowledged])
        one.replies.append(reply)
        for message in acknowledged:
            one.ends[message.number] = _seen(one, message, held.get(message.subject), reply)
    for message in one.claimed:
        if message.number not in one.ends:  # its turn did not come
            before = message.attempts - 1
            one.ends[message.number] = Ending(
                ExchangeState(message.state), attempts=before, looked=message.looked, alone=message.alone
            )


def _groups(one: Round) -> Iterator[list[Claimed]]:
    """Those that may go together, then those that must go alone. What has no content any more is refused."""
    together: list[Claimed] = []
    alone: list[Claimed] = []
    for message in one.claimed:
        if message.number not in one.sendings:
            one.ends[message.number] = Ending(
                ExchangeState.REJECTED, finished=True, reason="nothing-to-send", attempts=message.attempts
            )
        elif message.state != ExchangeState.ACKNOWLEDGED:
            (alone if message.alone else together).append(message)
    if together:
        yield together
    for message in alone:
        yield [message]


def is_of_the_service(reply: Reply) -> bool:
    """Whether the destination failed as a whole, whatever was sent to it."""
    return reply.status is None or reply.status in _OF_THE_SERVICE or reply.trouble == "not-json"


def _judge(
    one: Round, group: Sequence[Claimed], reply: Reply, verdicts: Mapping[UUID, Verdict]
) -> list[Claimed]:
    """Endings of those not taken; those taken, which are to be read back."""
    taken = []
    for message in group:
        verdict = verdicts.get(message.message_id) if reply.good else None
        if verdict is not None and verdict.accepted:
            taken.append(message)
            continue
        one.ends[message.number] = (
            _refused(message, verdict.code)
            if verdict is not None
            else _unanswered(message, reply, len(group))
        )
    return taken


def _refused(message: Claimed, code: str) -> Ending:
    return Ending(ExchangeState.REJECTED, finished=True, reason=code or "refused", attempts=message.attempts)


def _unanswered(message: Claimed, reply: Reply, together: int) -> Ending:
    """No verdict: the request failed, or the answer did not speak of this message."""
    if is_of_the_service(reply):
        return Ending(
            ExchangeState.PENDING,
            reason=reply.trouble,
            attempts=message.attempts,
            alone=message.alone,
        )
    if reply.good:
        return Ending(
            ExchangeState.PENDING, wait=pause_after(1), reason="no-verdict", attempts=message.attempts
        )
    clearly_refused = reply.status is not None and 400 <= reply.status < 500
    if together > 1:
        alone = clearly_refused or message.attempts >= _ALONE_AFTER
        wait = 0.0 if alone else pause_after(message.attempts)
        return Ending(
            ExchangeState.PENDING, wait=wait, reason=reply.trouble, attempts=message.attempts, alone=alone
        )
    if clearly_refused:
        return _refused(message, reply.trouble)
    return Ending(
        ExchangeState.PENDING,
        wait=pause_after(message.attempts),
        reason=reply.trouble,
        attempts=message.attempts,
        alone=True,
    )


def _seen(one: Round, message: Claimed, held: Held | None, reply: Reply) -> Ending:
    """What reading back proves of a message that was acknowledged, now or before."""
    digest = one.sendings[message.number].digest if message.number in one.sendings else ""
    if held is not None and held.sequence == message.number and held.digest == digest:
        return Ending(
            ExchangeState.APPLIED,
            finished=True,
            attempts=message.attempts,
            digest=digest,
            acknowledged=True,
        )
    if held is not None and held.sequence > message.number:  # from before our own database was restored
        return Ending(ExchangeState.REJECTED, finished=True, reason="overtaken", attempts=message.attempts)
    looked = message.looked + (1 if reply.good else 0)
    if looked >= READ_BACKS:
        return Ending(ExchangeState.PENDING, reason="not-applied", attempts=message.attempts)
    return Ending(
        ExchangeState.ACKNOWLEDGED,
        wait=pause_after(looked or 1),
        reason="not-applied" if reply.good else reply.trouble,
        attempts=message.attempts,
        looked=looked,
        digest=digest,
        acknowledged=True,
    )


def pause_after(tries: int, waits: Sequence[int] = _MESSAGE_WAITS) -> float:
    """Seconds until the next try; spread a little, so that many do not come back at once."""
    wait = waits[min(max(tries, 1), len(waits)) - 1] * settings.EXCHANGE_SECONDS / 10
    return wait * random.uniform(0.9, 1.1)  # noqa: S311 - no secret


# Writing down

# The common end: what was sent is there, as it was written to be. Late answers count, too.
_APPLIED = """
UPDATE exchange_message
SET state = 'applied', reason = '', last_status = %(status)s, finished_at = statement_timestamp(),
    acknowledged_at = coalesce(acknowledged_at, statement_timestamp())
WHERE number = ANY(%(numbers)s::bigint[]) AND finished_at IS NULL
"""
_END = """
UPDATE exchange_message m
SET state = e.state, dead = e.state = 'rejected', attempts = e.attempts, looked = e.looked, alone = e.alone,
    reason = e.reason,
    last_status = %(status)s, digest = coalesce(e.digest, m.digest),
    next_attempt_at = statement_timestamp() + make_interval(secs => e.wait),
    acknowledged_at = CASE WHEN e.acknowledged THEN coalesce(m.acknowledged_at, statement_timestamp()) END,
    finished_at = CASE WHEN e.finished THEN statement_timestamp() END
FROM jsonb_to_recordset(%(ends)s::jsonb) AS e(number bigint, claimed integer, state text, attempts integer,
     looked integer, alone boolean, reason text, digest text, wait float, acknowledged boolean,
     finished boolean)
WHERE m.number = e.number AND m.finished_at IS NULL AND (m.attempts = e.claimed OR e.state = 'applied')
"""


def write_down(one: Round) -> None:
    """The endings, the run and the destination's state, together. In the caller's transaction."""
    ends = [
        {
            "number": message.number,
            "claimed": message.attempts,
            "state": end.state.value,
            "attempts": end.attempts,
            "looked": end.looked,
            "alone": end.alone,
            "reason": end.reason,
            "digest": end.digest,
            "wait": end.wait,
            "acknowledged": end.acknowledged,
            "finished": end.finished,
        }
        for message in one.claimed
        for end in [one.ends[message.number]]
        if not _is_plain(message, end)
    ]
    # As text: psycopg would ask of every number how large it is.
    plain = ",".join(
        str(message.number) for message in one.claimed if _is_plain(message, one.ends[message.number])
    )
    told = {
        "destination": one.destination,
        "status": next((reply.status for reply in one.replies), None),
        "numbers": f"{{{plain}}}",
        **_counts(one),
    }
    is_well = bool(one.replies) and not told["trouble"]
    if plain and is_well and not ends:  # as nearly always: one way to the server instead of three
        run = ask(_ALL_WELL, told)
    else:
        if plain:
            ask(_APPLIED, told)
        if ends:
            with connection.cursor() as cursor:
                cursor.execute(_END, {"status": told["status"], "ends": orjson.dumps(ends).decode()})
        run = ask(_RUN, told)
        note(one.destination, one.replies)
    if not run:
        _begin_run(one)


def _is_plain(message: Claimed, end: Ending) -> bool:
    return end.state == ExchangeState.APPLIED and end.digest == message.digest


_RUN = """
UPDATE exchange_run
SET told_at = statement_timestamp(), batches = batches + 1, sent = sent + %(sent)s,
    acknowledged = acknowledged + %(acknowledged)s, applied = applied + %(applied)s,
    rejected = rejected + %(rejected)s, again = again + %(again)s,
    last_trouble = CASE WHEN %(trouble)s = '' THEN last_trouble ELSE %(trouble)s END
WHERE id = (
    SELECT id FROM exchange_run WHERE destination = %(destination)s AND finished_at IS NULL
    ORDER BY id DESC LIMIT 1)
RETURNING id
"""


def _counts(one: Round) -> dict[str, Any]:
    ends = list(one.ends.values())
    return {
        "sent": one.sent,
        "acknowledged": sum(end.acknowledged for end in ends),
        "applied": sum(end.state == ExchangeState.APPLIED for end in ends),
        "rejected": sum(end.state == ExchangeState.REJECTED for end in ends),
        "again": sum(not end.finished for end in ends),
        "trouble": next((reply.trouble for reply in one.replies if reply.trouble), ""),
    }


def _begin_run(one: Round) -> None:
    counts = _counts(one)
    trouble = counts.pop("trouble")
    ExchangeRun.objects.create(destination=one.destination, batches=1, **counts, last_trouble=trouble)


# Written when it says something new: every batch is too often.
_WELL = """
INSERT INTO exchange_destination AS d (name, failures, last_status, last_trouble, answered_at, waiting, dead,
                                       retry_asked_by)
VALUES (%(destination)s, 0, %(status)s, '', statement_timestamp(), '{}', '[]', '')
ON CONFLICT (name) DO UPDATE
SET failures = 0, last_status = excluded.last_status, last_trouble = '', answered_at = excluded.answered_at
WHERE d.failures <> 0 OR d.last_trouble <> '' OR d.answered_at IS NULL
   OR d.answered_at < statement_timestamp() - interval '2 s'
"""
_ALL_WELL = f"WITH applied AS ({_APPLIED}), well AS ({_WELL}) {_RUN}"


def note(destination: str, replies: Sequence[Reply]) -> None:
    """An answer proves that the destination lives; failing as a whole lengthens its pause."""
    if not replies:
        return
    if not any(reply.trouble for reply in replies):
        ask(_WELL, {"destination": destination, "status": replies[-1].status})
        return
    now = timezone.now()
    found, _ = ExchangeDestination.objects.get_or_create(name=destination)
    last = replies[-1]
    failed = next((reply for reply in replies if is_of_the_service(reply)), None)
    changes: dict[str, Any] = {"last_status": last.status, "last_trouble": last.trouble}
    if failed is None:
        changes |= {"failures": 0, "answered_at": now}
    else:
        failures = found.failures + 1
        asked = failed.retry_after
        pause = pause_after(failures, WAITS_SECONDS) if asked is None else min(asked, WAITS_SECONDS[-1])
        changes |= {
            "failures": failures,
            "paused_until": _later(now, pause),
            "last_status": failed.status,
            "last_trouble": failed.trouble,
        }
        if failed.status is not None:
            changes["answered_at"] = now
    ExchangeDestination.objects.filter(pk=destination).update(**changes)


def _later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
