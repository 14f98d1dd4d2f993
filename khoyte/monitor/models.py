"""Plans as printed, who does what of them, what units say of it, and reports that were sent.

Documents and tasks are official texts and nobody's rows; `facility` and `province` of the other tables say
whose the row is (both empty: a national unit's). `printed` columns hold the words of the document and are
never changed by what is worked out from them.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from khoyte.monitor.inventory import DATABASES
from khoyte.registers.models import register_model

Database = register_model("Database", DATABASES, module=__name__)


class Document(models.Model):
    """A legal document or plan that sets tasks."""

    code = models.CharField(max_length=40, primary_key=True)
    title = models.TextField()
    number_printed = models.CharField(max_length=120, blank=True)
    day_printed = models.CharField(max_length=120, blank=True)
    agency = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    position = models.IntegerField(default=0)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.CharField(max_length=150)

    class Meta:
        db_table = "plan_document"

    def __str__(self) -> str:
        return self.code


class Task(models.Model):
    """A group of tasks, a task or a step, as printed at `section` of its document.

    `due_on` is the last day worked out from `due_printed` (`dates.read_due`), null where it has none.
    `measure` names a query of `measures`; `target` is the share in percent that makes the task done.
    `open_to` says of what kind are the units that all have it ("province", "facility"), "" for named ones.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="tasks")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="steps")
    kind = models.CharField(max_length=8, choices=[(k, k) for k in ("group", "task", "step")])
    number = models.CharField(max_length=40)
    section = models.CharField(max_length=120)
    position = models.IntegerField()
    name = models.TextField()
    product = models.TextField(blank=True)
    lead_printed = models.TextField(blank=True)
    with_printed = models.TextField(blank=True)
    due_printed = models.CharField(max_length=300, blank=True)
    due_kind = models.CharField(max_length=12)
    due_on = models.DateField(null=True)
    recurs = models.CharField(max_length=20, blank=True)
    person = models.CharField(max_length=200, blank=True)
    authority = models.TextField(blank=True)
    criterion = models.TextField(blank=True)
    measure = models.CharField(max_length=40, blank=True)
    target = models.IntegerField(default=100)
    open_to = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)
    version = models.IntegerField(default=1)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.CharField(max_length=150)

    class Meta:
        db_table = "plan_task"
        constraints = [
            models.UniqueConstraint(fields=["document", "section", "number"], name="plan_task_once"),
            models.CheckConstraint(name="plan_task_target", condition=models.Q(target__range=(1, 100))),
        ]
        indexes = [models.Index(fields=["document", "position"], name="plan_task_order")]


class Assignment(models.Model):
    """A unit's part in a task: leading or coordinating, how far it says it is.

    `unit` is the code of a unit of this system, "" where the printed name is of nobody here.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=6, choices=[("lead", "lead"), ("with", "with")])
    unit = models.CharField(max_length=20, blank=True)
    unit_name = models.CharField(max_length=300)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=8, default="open")  # open, working, done
    percent = models.IntegerField(default=0)
    person = models.CharField(max_length=200, blank=True)
    version = models.IntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.CharField(max_length=150)

    class Meta:
        db_table = "plan_assignment"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "role", "unit", "unit_name"], name="plan_assignment_once"
            ),
            models.CheckConstraint(name="plan_percent", condition=models.Q(percent__range=(0, 100))),
        ]
        indexes = [models.Index(fields=["unit"], name="plan_assignment_unit")]


class Entry(models.Model):
    """What was said or done about a task, written once: progress, difficulty, proposal, evidence, change.

    `answers` points to the difficulty or proposal that an entry settles. `before` and `after` hold changed
    fields. A typed figure (`figure` of `total`) stands beside the measured one, never in its place.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="entries")
    unit = models.CharField(max_length=20, blank=True)
    unit_name = models.CharField(max_length=300, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=12)
    words = models.TextField(blank=True)
    figure = models.IntegerField(null=True)
    total = models.IntegerField(null=True)
    evidence = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    answers = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="answered")
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150)

    class Meta:
        db_table = "plan_entry"
        indexes = [models.Index(fields=["task", "-id"], name="plan_entry_of_task")]


class Dependency(models.Model):
    """`task` cannot end before `needs` has. The database refuses what would make a circle."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="needed")
    needs = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="needed_by")
    recorded_by = models.CharField(max_length=150)

    class Meta:
        db_table = "plan_dependency"
        constraints = [models.UniqueConstraint(fields=["task", "needs"], name="plan_dependency_once")]


class SentReport(models.Model):
    """A report as it was sent: for which days, with which figures, to whom."""

    unit = models.CharField(max_length=20)
    unit_name = models.CharField(max_length=300)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    period = models.CharField(max_length=8)  # day, week, month, asked, survey
    role = models.CharField(max_length=6)  # lead, with
    since = models.DateField()
    until = models.DateField()
    due_on = models.DateField(null=True)
    figures = models.JSONField()
    recipients = ArrayField(models.CharField(max_length=300))
    asked_by = models.CharField(max_length=300, blank=True, default="", db_default="")  # of period "asked"
    sha256 = models.CharField(max_length=64)
    sent_at = models.DateTimeField(db_default=Now())
    sent_by = models.CharField(max_length=150)

    class Meta:
        db_table = "plan_report"
        indexes = [models.Index(fields=["unit", "period", "-sent_at"], name="plan_report_of_unit")]


class ReportFile(models.Model):
    """The PDF of a report as it was sent. `way`: "server" signed it with the unit's key, "upload" was signed
    outside (perhaps after words were edited), "unsigned" bears no signature. Never changed."""

    report = models.OneToOneField(SentReport, on_delete=models.PROTECT, related_name="file")
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    way = models.CharField(max_length=8)
    state = models.CharField(max_length=20, blank=True)
    holder = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64)
    pdf = models.BinaryField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "plan_report_file"


class Escalation(models.Model):
    """That a task of a unit was told of to a level, written with the notice: once per level and last day.

    `unit` is whose task it is ("" for a name of nobody here), `level` one of `escalation.LEVELS`;
    `days` are the working days it was late (negative: still left, for an early warning).
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="escalations")
    unit = models.CharField(max_length=20, blank=True)
    unit_name = models.CharField(max_length=300)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    level = models.CharField(max_length=12)
    due_on = models.DateField()
    days = models.IntegerField()
    told_on = models.DateField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "plan_escalation"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "unit", "unit_name", "level", "due_on"], name="plan_escalation_once"
            )
        ]
        indexes = [models.Index(fields=["told_on"], name="plan_escalation_day")]


class Snapshot(models.Model):
    """What a task was told to the Project 06 monitoring software to be, by version: one where it changed."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="snapshots")
    number = models.IntegerField()
    content = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "plan_snapshot"
        constraints = [models.UniqueConstraint(fields=["task", "number"], name="plan_snapshot_once")]


class SurveyRound(models.Model):
    """A round of the survey of databases: what the register held at `at`, which its versions can tell."""

    name = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150)

    class Meta:
        db_table = "survey_round"

    def __str__(self) -> str:
        return self.name
