"""The worker's life: judge, deliver, prove the ledger each night; say every few seconds that it lives."""

import logging
import os
import signal
import threading
import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from khoyte.foundation.calendar import today
from khoyte.links.delivery import deliver_due
from khoyte.submissions import queries, uploads
from khoyte.submissions.models import WorkerHeartbeat
from khoyte.submissions.working import DATABASE_ERRORS, Judge
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.worker")
HEARTBEAT_SECONDS = 5.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.5


def run() -> None:
    """Work until SIGTERM or SIGINT; a batch in hand is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    delivering = threading.Thread(target=_deliver, args=(stop,), name="delivery", daemon=True)
    delivering.start()
    _judge(stop)
    delivering.join(timeout=5)


def _judge(stop: threading.Event) -> None:
    judge = Judge()
    pause, last_beat, proven = SHORTEST_PAUSE, 0.0, today() - timedelta(days=1)
    while not stop.is_set():
        try:
            if time.monotonic() - last_beat > HEARTBEAT_SECONDS:
                _beat()
                last_beat = time.monotonic()
            if proven < today():
                prove_yesterday()
                clear_uploads()
                proven = today()
            done = judge.work_once()
            pause = SHORTEST_PAUSE if done else min(pause * 1.6, LONGEST_PAUSE)
        except DATABASE_ERRORS as error:
            # The server may be restarting: let go of the connection (and its locks) and come back.
            log.warning("database: %s; trying again", type(error).__name__)
            connection.close()
            pause = LONGEST_PAUSE
        stop.wait(pause)


def _beat() -> None:
    with working():
        WorkerHeartbeat.objects.update_or_create(
            name=f"{os.uname().nodename}:{os.getpid()}", defaults={"seen_at": timezone.now()}
        )
        WorkerHeartbeat.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()


def clear_uploads() -> None:
    """Remove uploads left unfinished too long; a disk that refuses is no reason to stop judging."""
    try:
        uploads.remove_expired()
    except OSError as error:
        log.warning("clearing of unfinished uploads: %s", type(error).__name__)


def prove_yesterday() -> bool:
    """The nightly proof: recount what was received yesterday; loud when the ledger does not agree."""
    with working():
        wrong = queries.prove_ledger(today() - timedelta(days=1))
    for line in wrong[:20]:
        log.error("LEDGER DOES NOT BALANCE: submission %s of %s", line["submission"], line["facility"])
    return not wrong


def _deliver(stop: threading.Event) -> None:
    """Push verdicts; the sender's slowness never holds the judging."""
    while not stop.is_set():
        try:
            sent = deliver_due()
        except DATABASE_ERRORS:
            connection.close()
            sent = 0
        stop.wait(0.05 if sent else 1.0)
    connection.close()
