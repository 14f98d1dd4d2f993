"""What is known of backups and drills, for pages, doctor and metrics."""

from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from khoyte.backup import settings
from khoyte.backup.models import BackupRun, RunKind, RunState
from khoyte.backup.shipping import oldest_waiting_seconds
from khoyte.foundation.database.archive import read_note

SHOWN = 20
NEVER = -1.0
"""Age of what never was."""


@dataclass(frozen=True)
class State:
    """`backup_age_s` and `drill_age_s` of the last ones that succeeded; `waiting_s`: how long a piece of the
    log has been waiting to be taken away."""

    place: str
    archiving: bool
    backup_age_s: float
    drill_age_s: float
    last_drill_holds: bool | None
    waiting_s: float


def newest(kind: RunKind) -> BackupRun | None:
    return BackupRun.objects.filter(kind=kind).order_by("-asked_at").first()


def newest_done(kind: RunKind) -> BackupRun | None:
    return BackupRun.objects.filter(kind=kind, state=RunState.DONE).order_by("-asked_at").first()


def last_ended(kind: RunKind) -> BackupRun | None:
    ended = BackupRun.objects.filter(kind=kind, finished_at__isnull=False)
    return ended.order_by("-finished_at").first()


def history() -> QuerySet[BackupRun]:
    return BackupRun.objects.order_by("-asked_at")[:SHOWN]


def unfinished() -> QuerySet[BackupRun]:
    return BackupRun.objects.filter(state__in=(RunState.ASKED, RunState.RUNNING))


def state(home: Path) -> State:
    drill = last_ended(RunKind.DRILL)
    return State(
        place=settings.place_of(home),
        archiving=read_note(home) is not None,
        backup_age_s=_age(newest_done(RunKind.BACKUP)),
        drill_age_s=_age(newest_done(RunKind.DRILL)),
        last_drill_holds=None if drill is None else drill.state == RunState.DONE,
        waiting_s=oldest_waiting_seconds(home),
    )


def _age(run: BackupRun | None) -> float:
    if run is None or run.finished_at is None:
        return NEVER
    return max(0.0, (timezone.now() - run.finished_at).total_seconds())
