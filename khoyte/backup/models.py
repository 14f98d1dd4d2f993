from django.db import models
from django.db.models.functions import Now


class RunKind(models.TextChoices):
    BACKUP = "backup", "Sao lưu"
    DRILL = "drill", "Diễn tập khôi phục"


class RunState(models.TextChoices):
    ASKED = "asked", "Chờ chạy"
    RUNNING = "running", "Đang chạy"
    DONE = "done", "Xong"
    FAILED = "failed", "Không đạt"


class BackupRun(models.Model):
    """One backup or drill: who asked, how far it is, what came out. Names no person but the one who asked.

    `told_at` moves while it runs; a running one that has been silent for long was interrupted.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=RunKind)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.ASKED)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    what = models.CharField(max_length=20, blank=True)
    done = models.BigIntegerField(default=0)
    of = models.BigIntegerField(default=0)
    report = models.JSONField(default=dict)

    class Meta:
        db_table = "backup_run"
        indexes = [models.Index(fields=["kind", "-asked_at"], name="backup_run_newest")]
        constraints = [
            # Two at once would only slow each other down; the second to ask is told of the first.
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(state__in=["asked", "running"]),
                name="backup_run_one_of_a_kind",
            )
        ]
