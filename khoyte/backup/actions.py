"""Named acts: ask for a backup or a drill, and carry it out. Each leaves an entry in the audit log."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.backup import bases, drills, errors, keys, retention, settings
from khoyte.backup.catalog import Manifest
from khoyte.backup.models import BackupRun, RunKind, RunState
from khoyte.foundation.blobs import open_store
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.home import write_durably
from khoyte.units.policy import Actor
from khoyte.units.tenancy import working

_TELL_SECONDS = 1.0
SILENT_SECONDS = 180
"""A run that told nothing for so long was interrupted."""


def ask_for(kind: RunKind, *, by: Actor) -> BackupRun:
    """Let the worker take a backup or hold a drill soon. Raises BackupUnusable while one is running."""
    with transaction.atomic():
        _give_up_interrupted()
        try:
            with transaction.atomic():
                run = BackupRun.objects.create(kind=kind, asked_by=by.name)
        except IntegrityError as taken:
            raise errors.already_running(kind) from taken
        _record(by, f"{kind}.ask", run)
    return run


def _give_up_interrupted() -> None:
    limit = timezone.now() - timedelta(seconds=SILENT_SECONDS)
    for state, moment in ((RunState.RUNNING, "told_at__lt"), (RunState.ASKED, "asked_at__lt")):
        BackupRun.objects.filter(state=state, **{moment: limit}).update(
            state=RunState.FAILED, finished_at=timezone.now(), report={"wrong": [_INTERRUPTED]}
        )


_INTERRUPTED = {"vi": "Bị gián đoạn trước khi xong.", "en": "Interrupted before its end."}


def _record(by: Actor, action: str, run: BackupRun, **details: Any) -> None:
    audit.record(by=by, action=action, subject_kind="backup_run", subject_id=str(run.pk), details=details)


class Telling:
    """Carries progress into the run's row once a second, and to whoever else listens."""

    def __init__(self, run: BackupRun, listener: bases.Progress) -> None:
        self.run, self.listener, self.told = run, listener, 0.0

    def __call__(self, what: str, done: int, of: int) -> None:
        self.listener(what, done, of)
        if time.monotonic() - self.told < _TELL_SECONDS:
            return
        self.told = time.monotonic()
        fields = {"what": what, "done": done, "of": of, "told_at": timezone.now()}
        try:
            with working():
                BackupRun.objects.filter(pk=self.run.pk).update(**fields)
        except DatabaseError:  # the server may be restarting; the copy itself will tell
            return


@contextmanager
def _running(kind: RunKind, by: Actor, run_id: int | None) -> Iterator[BackupRun]:
    """The row of a run while it runs; a failure is written down and rises."""
    with working():
        run = _begin(kind, by, run_id)
    try:
        yield run
    except KhoyteError as trouble:
        _end(run, by, RunState.FAILED, {"wrong": [{"vi": trouble.text.vi, "en": trouble.text.en}]})
        raise
    except BaseException:
        _end(run, by, RunState.FAILED, {"wrong": [_INTERRUPTED]})
        raise


def _begin(kind: RunKind, by: Actor, run_id: int | None) -> BackupRun:
    moment = timezone.now()
    if run_id is not None:
        run = BackupRun.objects.get(pk=run_id, kind=kind)
    else:
        _give_up_interrupted()
        if BackupRun.objects.filter(kind=kind, state__in=(RunState.ASKED, RunState.RUNNING)).exists():
            raise errors.already_running(kind)
        run = BackupRun(kind=kind, asked_by=by.name)
    run.state, run.started_at, run.told_at = RunState.RUNNING, moment, moment
    run.save()
    return run


def _end(run: BackupRun, by: Actor, state: RunState, report: dict[str, Any]) -> None:
    with working():
        BackupRun.objects.filter(pk=run.pk).update(state=state, report=report, finished_at=timezone.now())
        kept = ("base", "size_mb", "rto_s", "rpo_s", "holds", "removed")
        told = {name: report[name] for name in kept if name in report}
        _record(by, f"{run.kind}.{state}", run, **told)


def back_up(
    home: Path,
    place: str,
    *,
    by: Actor,
    progress: bases.Progress = bases.silent,
    run_id: int | None = None,
) -> tuple[Manifest, dict[str, Any]]:
    """Take a whole base into `place` and remove what is older than is to be kept; the database must run."""
    with _running(RunKind.BACKUP, by, run_id) as run:
        catalog, store = settings.open_catalog(place, home), open_store()
        manifest = bases.take_base(home, catalog, store, Telling(run, progress))
        removed = retention.keep_newest(catalog, settings.read().keep, store)
        report = {**summary(manifest), "place": place, "removed": removed}
        _end(run, by, RunState.DONE, report)
    _remember_place(home, place)
    return manifest, report


def drill(
    home: Path,
    place: str,
    *,
    by: Actor,
    progress: bases.Progress = bases.silent,
    run_id: int | None = None,
) -> drills.Report:
    """Restore the backup into a scratch place and prove it."""
    with _running(RunKind.DRILL, by, run_id) as run:
        report = drills.run_drill(home, place, Telling(run, progress))
        _end(run, by, RunState.DONE if report.holds else RunState.FAILED, report.as_json())
    return report


def summary(manifest: Manifest) -> dict[str, Any]:
    return {
        "base": manifest.id,
        "taken_at": manifest.finished_at,
        "size_mb": round((manifest.database_bytes + manifest.blob_bytes) / 1e6, 1),
        "stored_mb": round((sum(manifest.pieces.values()) + manifest.blob_bytes) / 1e6, 1),
        "blobs": manifest.blob_count,
    }


def key_warning(home: Path) -> Path | None:
    """The key file when it is about to be made: a person must put a copy away."""
    path = keys.key_file(home)
    return None if path.exists() else path


_PLACE_FILE = "backup-place.txt"


def _remember_place(home: Path, place: str) -> None:
    write_durably(home / _PLACE_FILE, place.encode())


def last_place(home: Path) -> str:
    """Where the drill looks: as configured, else where the last backup went if that is still there."""
    configured = settings.place_of(home)
    if configured or not (home / _PLACE_FILE).exists():
        return configured
    place = (home / _PLACE_FILE).read_text()
    return place if "://" in place or os.path.isdir(place) else ""
