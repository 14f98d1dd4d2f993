"""The process of the exchange: send to each destination, do the duties of other rooms, reconcile at night."""

import logging
import os
import signal
import threading
from datetime import datetime, time, timedelta

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection

from khoyte.foundation.calendar import TZ, now
from khoyte.links import duties, reconciling, sending, tidying
from khoyte.links.connectors import CONNECTORS
from khoyte.links.models import Reconciliation
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.links")
DATABASE_ERRORS = (DatabaseError, psycopg.Error)
PAUSE = 1.0
_COUNT_SECONDS = 15.0
_NIGHT_EVERY = 30.0


def run() -> None:
    """Work until SIGTERM or SIGINT; a batch on its way is finished, or sent again after its lease."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threads = [
        threading.Thread(target=_send, args=(stop, name), name=name, daemon=True)
        for name in settings.EXCHANGE
        if name in CONNECTORS
    ]
    threads.append(threading.Thread(target=_do_duties, args=(stop,), name="duties", daemon=True))
    for thread in threads:
        thread.start()
    while not stop.wait(_NIGHT_EVERY * min(1.0, settings.EXCHANGE_SECONDS / 10)):
        _nightly()
    for thread in threads:
        thread.join(timeout=3)


def _send(stop: threading.Event, destination: str) -> None:
    """One destination; its slowness holds up no other."""
    since_count = _COUNT_SECONDS
    tidying.finish_runs(destination, tidying.INTERRUPTED)
    pause = PAUSE * min(1.0, settings.EXCHANGE_SECONDS / 10)
    running = False
    while not stop.is_set():
        done = _guarded(sending.drain, destination)
        if done:
            running = True
            continue
        if running:
            running, since_count = False, _COUNT_SECONDS
            _guarded(tidying.finish_runs, destination)
        if since_count >= _COUNT_SECONDS:
            since_count = 0.0
            _guarded(tidying.retry_asked, destination)
            _guarded(tidying.count, destination)
        stop.wait(pause)
        since_count += pause
    connection.close()


def _do_duties(stop: threading.Event) -> None:
    pause = PAUSE * min(1.0, settings.EXCHANGE_SECONDS / 10)
    while not stop.is_set():
        done = sum(int(_guarded(duty.act) or 0) for duty in duties.duties())
        if not done:
            stop.wait(pause)
    connection.close()


def _guarded(act, *arguments):  # type: ignore[no-untyped-def]
    """Whatever goes wrong is tried again the next time; kinds of errors are logged, never what they quote."""
    try:
        return act(*arguments)
    except DATABASE_ERRORS as error:
        log.warning("database: %s; trying again", type(error).__name__)
        connection.close()
    except Exception as error:  # a library's message can quote a value
        log.error("%s: %s", getattr(act, "__name__", "act"), type(error).__name__)
    return None


def reconcile_at() -> time:
    """KHOYTE_RECONCILE_AT, Vietnamese time; 02:30 by default."""
    return time.fromisoformat(os.environ.get("KHOYTE_RECONCILE_AT") or "02:30")


def is_due(destination: str, moment: datetime) -> bool:
    """Whether tonight's reconciliation of a destination has not been begun yet."""
    due = datetime.combine(moment.astimezone(TZ).date(), reconcile_at(), TZ)
    if moment < due:
        due -= timedelta(days=1)
    with working():
        rows = Reconciliation.objects.filter(destination=destination)
        return not rows.filter(started_at__gte=due).exists()


def _nightly() -> None:
    for destination in settings.EXCHANGE:
        if destination in CONNECTORS and _guarded(is_due, destination, now()):
            for row in _guarded(reconciling.reconcile, destination) or ():
                if not row.equal:
                    log.warning(
                        "%s %s: %s missing there, %s missing here, %s differing; %s sent again %s",
                        row.destination,
                        row.kind,
                        row.theirs_missing,
                        row.ours_missing,
                        row.differing,
                        row.sent_again,
                        row.trouble,
                    )
