"""Runs that are over, what waits and what is dead per destination, and trying dead letters again."""

from typing import Any

from django.db import connection
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.links.enums import ExchangeState
from khoyte.links.models import ExchangeDestination, ExchangeMessage, ExchangeRun
from khoyte.units.policy import Actor, system_actor
from khoyte.units.tenancy import working

INTERRUPTED = "interrupted"
_NUMBERS_SHOWN = 10


def finish_runs(destination: str, trouble: str = "") -> None:
    """There is nothing due any more, or the sender before this one was killed."""
    changes: dict[str, Any] = {"finished_at": timezone.now()}
    if trouble:
        changes["last_trouble"] = trouble
    with working():
        ExchangeRun.objects.filter(destination=destination, finished_at=None).update(**changes)


_WAITING = """
SELECT kind, count(*), min(created_at) FROM exchange_message
WHERE destination = %s AND finished_at IS NULL GROUP BY kind ORDER BY kind
"""
_DEAD = """
SELECT kind, reason, count(*), min(finished_at), (array_agg(number ORDER BY number))[1:%s]
FROM exchange_message WHERE destination = %s AND dead
GROUP BY kind, reason ORDER BY count(*) DESC, kind, reason
"""


def count(destination: str) -> ExchangeDestination:
    """Write down what waits and what is dead, for pages that may see no message."""
    with working():
        found, _ = ExchangeDestination.objects.get_or_create(name=destination)
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, [destination])
            waiting = {
                kind: {"waiting": number, "oldest": oldest.isoformat()}
                for kind, number, oldest in cursor.fetchall()
            }
            cursor.execute(_DEAD, [_NUMBERS_SHOWN, destination])
            dead = [
                {
                    "kind": kind,
                    "reason": reason,
                    "messages": number,
                    "oldest": oldest.isoformat(),
                    "numbers": list(numbers),
                }
                for kind, reason, number, oldest, numbers in cursor.fetchall()
            ]
        found.waiting, found.dead, found.counted_at = waiting, dead, timezone.now()
        found.save(update_fields=["waiting", "dead", "counted_at"])
        return found


def ask_for_retry(destination: str, *, by: Actor) -> None:
    """Have the process of the exchange try the dead letters again. In the caller's transaction."""
    ExchangeDestination.objects.filter(pk=destination).update(
        retry_asked_at=timezone.now(), retry_asked_by=by.name
    )
    audit.record(by=by, action="exchange.retry", subject_kind="destination", subject_id=destination)


def retry_asked(destination: str) -> int:
    """Do it, if somebody asked; how many messages are due again."""
    with working():
        asked = ExchangeDestination.objects.select_for_update().filter(
            pk=destination, retry_asked_at__isnull=False
        )
        if asked.first() is None:
            return 0
        asked.update(retry_asked_at=None)
        return _retry(destination)


def retry(destination: str) -> int:
    """The same by command. A newer version has superseded older dead letters: only the newest is tried."""
    with working():
        done = _retry(destination)
        audit.record(
            by=system_actor("command"),
            action="exchange.retry",
            subject_kind="destination",
            subject_id=destination,
            details={"messages": done},
        )
    return done


def _retry(destination: str) -> int:
    dead = ExchangeMessage.objects.filter(destination=destination, dead=True)
    return dead.update(
        state=ExchangeState.PENDING,
        dead=False,
        finished_at=None,
        attempts=0,
        looked=0,
        alone=False,
        reason="",
        next_attempt_at=timezone.now(),
    )
