"""The worker's life: judge, deliver, seal the audit log, back up, prove the ledger nightly, say it lives."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from khoyte.audit import exporting
from khoyte.audit.sealing import SEAL_SECONDS, Sealer
from khoyte.backup.duty import Duty
from khoyte.foundation import disk
from khoyte.foundation.calendar import today
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.home import home
from khoyte.links.delivery import deliver_due
from khoyte.notices.daily import DailyTask
from khoyte.notices.loop import keep_telling
from khoyte.registers import reviewing
from khoyte.submissions import catalogue_work, queries, raw, register_changes, uploads
from khoyte.submissions.models import WorkerHeartbeat
from khoyte.submissions.working import DATABASE_ERRORS, Judge
from khoyte.units import accounts, machine_clients, sessions, sign_in_guard
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.worker")
HEARTBEAT_SECONDS = 5.0
BACKUP_SECONDS = 1.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
# A batch of two files costs nearly as much as one of twenty: while several are sending, more may gather,
# and the longer the more of them there are.
GATHERING_PAUSE, LONGEST_GATHERING, QUICK_BATCH = 0.2, 0.4, 0.5
CHANGES_EVERY = 2.0
MONITOR_PAUSE = 60.0


Beside = Callable[[threading.Event], None]
"""What a room above does in this process, in a thread of its own, until the event is set."""


def run(duties: Sequence[DailyTask] = (), others: Sequence[Beside] = ()) -> None:
    """Work until SIGTERM or SIGINT; a batch in hand is finished first.

    `duties` are those of every day, `others` what rooms above this one do beside the judging.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    beside = [
        threading.Thread(target=task, args=(stop,), name=task.__name__, daemon=True)
        for task in (_deliver, _beat_on, _seal, _tell_monitor, _back_up, *others)
    ]
    beside.append(
        threading.Thread(target=keep_telling, args=(stop, duties), name="keep_telling", daemon=True)
    )
    for thread in beside:
        thread.start()
    _judge(stop)
    for thread in beside:
        thread.join(timeout=5)
    seal(Sealer(Keyring.load()), copying=True)


def _judge(stop: threading.Event) -> None:
    judge = Judge()
    judge.warm_up()
    pause, proven = SHORTEST_PAUSE, today() - timedelta(days=1)
    look_again, caught_up = 0.0, False
    while not stop.is_set():
        try:
            if proven < today():
                prove_yesterday()
                clear_unfinished()
                close_idle_accounts()
                escalate_overdue()
                proven = today()
            spent = time.process_time()
            # What a judgement writes is many times the file; it can wait until there is room.
            done = 0 if disk.is_low() else judge.work_once()
            seconds = time.process_time() - spent
            pause = _pause_after(done, seconds, pause, more_waits=judge.more_waits)
            if time.monotonic() >= look_again:
                if not caught_up:
                    register_changes.catch_up()
                    caught_up = True
                if catalogue_work.work_once(judge) or register_changes.work_once(judge):
                    pause = SHORTEST_PAUSE
                else:
                    look_again = time.monotonic() + CHANGES_EVERY
        except DATABASE_ERRORS as error:
            # The server may be restarting: let go of the connection (and its locks) and come back.
            log.warning("database: %s; trying again", type(error).__name__)
            connection.close()
            pause = LONGEST_PAUSE
        stop.wait(pause)


def _pause_after(files: int, seconds: float, pause: float, *, more_waits: bool = False) -> float:
    """How long to wait after a round that judged so many files with so many seconds of processor time."""
    if not files:
        return min(pause * 1.6, LONGEST_PAUSE)
    if files == 1 or seconds >= QUICK_BATCH or more_waits:
        return SHORTEST_PAUSE
    return min(GATHERING_PAUSE + files / 200, LONGEST_GATHERING)


def _beat_on(stop: threading.Event) -> None:
    """Say that this process lives, also while one large file is being judged."""
    while True:
        try:
            beat()
        except DATABASE_ERRORS:
            connection.close()
        if stop.wait(HEARTBEAT_SECONDS):
            break
    connection.close()


def beat() -> None:
    with working():
        WorkerHeartbeat.objects.update_or_create(
            name=f"{os.uname().nodename}:{os.getpid()}",
            defaults={"seen_at": timezone.now(), "waiting": queries.waiting()},
        )
        WorkerHeartbeat.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()


def clear_unfinished() -> None:
    """Remove uploads and files left unfinished too long; a disk that refuses is no reason to stop judging."""
    try:
        uploads.remove_expired()
        raw.blob_store().remove_unfinished()
    except OSError as error:
        log.warning("clearing of what was left unfinished: %s", type(error).__name__)


def close_idle_accounts() -> None:
    """Nightly, except for the demonstration, whose accounts wait for their visitors."""
    with working():
        sign_in_guard.clear_expired()
        sessions.clear_expired()
        machine_clients.clear_expired()
        if not settings.DEMO:
            accounts.disable_idle(by=system_actor("nightly"))


def escalate_overdue() -> None:
    """Nightly: what a level of review has left past its day goes to its lead."""
    with working():
        reviewing.escalate(by=system_actor("nightly"))


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


def _seal(stop: threading.Event) -> None:
    """Seal the audit log every second; what is written meanwhile waits for nobody."""
    sealer = Sealer(Keyring.load())
    while not stop.wait(SEAL_SECONDS):
        seal(sealer, copying=sealer.is_copy_due)
    connection.close()


def _tell_monitor(stop: threading.Event) -> None:
    """Send sealed security events to the monitor outside, where KHOYTE_SIEM names one."""
    address = exporting.destination()
    pause = exporting.SECONDS
    while address and not stop.wait(pause):
        try:
            with working():
                # While much waits, at once again.
                pause = SHORTEST_PAUSE if exporting.export(address) else exporting.SECONDS
        except DATABASE_ERRORS:
            connection.close()
        except (OSError, WrongUsage) as error:
            log.error("security events cannot be sent to the monitor: %s", type(error).__name__)
            pause = MONITOR_PAUSE
    connection.close()


def _back_up(stop: threading.Event) -> None:
    """Take the database's log to where backups lie, start backups and drills that are due or asked for."""
    duty = Duty(home())
    while not stop.wait(BACKUP_SECONDS):
        try:
            duty.round()
        except DATABASE_ERRORS:
            connection.close()
    duty.end()
    connection.close()


def seal(sealer: Sealer, *, copying: bool) -> None:
    """Seal what is committed and, when `copying`, take the head outside; a failure is tried again later."""
    try:
        with working():
            sealer.seal()
        if copying:
            with working():
                sealer.copy_head()
    except DATABASE_ERRORS:
        connection.close()
    except OSError as error:
        log.error("the head of the audit log cannot be copied outside: %s", type(error).__name__)
