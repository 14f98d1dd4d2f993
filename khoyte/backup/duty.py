"""What the worker does for backups beside its judging: take the log away, start what was asked for or is due.

Copying a cluster or restoring one runs in a process of its own (`khoyte backup`, `khoyte drill`), so judging
does not share its interpreter with it, and at low priority.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.backup import errors, queries, settings
from khoyte.backup.actions import ask_for
from khoyte.backup.models import BackupRun, RunKind, RunState
from khoyte.backup.shipping import Shipper
from khoyte.foundation.blobs import open_store
from khoyte.foundation.calendar import TZ
from khoyte.foundation.database.addresses import configured_url
from khoyte.foundation.database.keeper import tethered
from khoyte.foundation.errors import KhoyteError
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.backup")
_LOOK_SECONDS = 5.0
_COMPLAIN_SECONDS = 300.0
_NICENESS = 10
BY = system_actor("nightly")


class Duty:
    """One round a second; keeps what it started."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.place = settings.place_of(home)
        self._shipper: Shipper | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._looked = self._complained = float("-inf")

    def round(self) -> None:
        """Raises only errors of the database."""
        if self.place and not configured_url():
            self._ship()
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._looked = time.monotonic()
            self._look()

    def end(self) -> None:
        """A copy in hand is broken off; it is begun anew when it is due again."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)

    def _ship(self) -> None:
        try:
            if self._shipper is None:
                self._shipper = Shipper(self.home, settings.open_catalog(self.place, self.home), open_store())
            self._shipper.ship()
        except (KhoyteError, OSError) as trouble:
            if time.monotonic() - self._complained >= _COMPLAIN_SECONDS:
                self._complained = time.monotonic()
                kind = trouble.code if isinstance(trouble, KhoyteError) else type(trouble).__name__
                log.error("the log cannot be taken to the backup: %s; see khoyte doctor", kind)

    def _look(self) -> None:
        if self._child is not None and self._child.poll() is None:
            return
        with working():
            tell_restored(self.home)
            if self.place:
                self._ask_what_is_due(timezone.now())
            run = self._claim()
        if run is not None:
            self._start(run)

    def _ask_what_is_due(self, moment: datetime) -> None:
        chosen = settings.read()
        wanted = []
        if is_backup_due(
            queries.newest_done(RunKind.BACKUP), queries.newest(RunKind.BACKUP), moment, chosen.at
        ):
            wanted.append(RunKind.BACKUP)
        elif is_drill_due(queries.newest(RunKind.DRILL), queries.newest_done(RunKind.BACKUP), moment, chosen):
            wanted.append(RunKind.DRILL)
        for kind in wanted:
            try:
                ask_for(kind, by=BY)
            except errors.BackupUnusable:
                continue

    def _claim(self) -> BackupRun | None:
        waiting = BackupRun.objects.select_for_update(skip_locked=True).filter(state=RunState.ASKED)
        run = waiting.order_by("id").first()
        if run is not None:
            run.state, run.told_at = RunState.RUNNING, timezone.now()
            run.save(update_fields=["state", "told_at"])
        return run

    def _start(self, run: BackupRun) -> None:
        command = [sys.executable, "-m", "khoyte", str(run.kind), "--run", str(run.pk)]
        environment = {name: value for name, value in os.environ.items() if name != "KHOYTE_DB_ROLE"}
        with (self.home / "logs" / "backup.log").open("ab") as output:
            self._child = subprocess.Popen(
                tethered(command, signal.SIGTERM),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        os.setpriority(os.PRIO_PROCESS, self._child.pid, _NICENESS)


def is_backup_due(done: BackupRun | None, newest: BackupRun | None, moment: datetime, at: str) -> bool:
    """At once where there never was one, then each night at `at`; an hour's pause after a failure."""
    if newest is not None and newest.state in (RunState.ASKED, RunState.RUNNING):
        return False
    if (
        newest is not None
        and newest.state == RunState.FAILED
        and moment - newest.asked_at < timedelta(hours=1)
    ):
        return False
    return done is None or done.asked_at < last_time(at, moment)


def is_drill_due(
    newest: BackupRun | None, backup: BackupRun | None, moment: datetime, chosen: settings.Settings
) -> bool:
    """So many days after the last one, in the night, once the backup of that night is there."""
    if not chosen.drill_days or backup is None or backup.asked_at < last_time(chosen.at, moment):
        return False
    if newest is None:
        return True
    if newest.state in (RunState.ASKED, RunState.RUNNING):
        return False
    return newest.asked_at < last_time(chosen.at, moment) - timedelta(days=chosen.drill_days - 1)


def last_time(at: str, moment: datetime) -> datetime:
    """The last moment, not after `moment`, at which a clock in Viet Nam showed "HH:MM"."""
    hour, minute = (int(part) for part in at.split(":"))
    today = moment.astimezone(TZ).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today <= moment else today - timedelta(days=1)


def tell_restored(home: Path) -> None:
    """Write into the audit log that this installation was restored, once, when it runs again."""
    note = home / "restored.json"
    if not note.exists():
        return
    said = json.loads(note.read_text())
    with transaction.atomic():
        audit.record(
            by=system_actor("restore"),
            action="installation.restored",
            subject_kind="installation",
            subject_id=said["base"],
            details=said,
        )
    note.unlink()
