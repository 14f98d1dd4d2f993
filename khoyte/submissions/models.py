"""What is kept of every file a facility sends.

All tables carry facility and province, and row-level security is forced on them (migration 0002). Wide rows
(dossiers, findings) are written by COPY in `storing`; nothing here is updated except the state of a
submission and the pointer to its newest judgement. Rows written by COPY carry no foreign-key constraint: a
trigger for each of millions of rows would cost more than judging them, and all are written in the transaction
of their submission.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.submissions.enums import Door, DossierVerdict, PublicationState, State

COUNTS = (
    "declared",
    "undeclared",
    "received",
    "accepted",
    "rejected",
    "quarantined",
    "duplicate",
    "missing",
)
"""The ledger: declared + undeclared = accepted + rejected + quarantined + duplicate + missing."""


class Counts(models.Model):
    """Balanced counts of dossiers. The database refuses a row that does not balance."""

    declared = models.IntegerField(default=0)  # as SOLUONGHOSO says
    undeclared = models.IntegerField(default=0)  # found beyond what SOLUONGHOSO says
    received = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    duplicate = models.IntegerField(default=0)
    missing = models.IntegerField(default=0)  # declared but not found

    class Meta:
        abstract = True

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in COUNTS}


def balanced(name: str) -> list[models.BaseConstraint]:
    """Constraints that keep the ledger equation true in every row of a table."""
    total = models.F("accepted") + models.F("rejected") + models.F("quarantined") + models.F("duplicate")
    return [
        models.CheckConstraint(
            name=f"{name}_balances",
            condition=models.Q(declared=total + models.F("missing") - models.F("undeclared")),
            violation_error_message="Sổ đối soát không cân bằng.",
        ),
        models.CheckConstraint(
            name=f"{name}_received",
            condition=models.Q(received=total),
            violation_error_message="Sai số nhận.",
        ),
    ]


class Submission(Counts):
    """One file as sent (gói hồ sơ). The table is the queue: `state` received waits for a worker."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    sender_unit = models.CharField(max_length=20)
    sender = models.CharField(max_length=150)
    door = models.CharField(max_length=20, choices=Door, default=Door.FACILITY_COPY)
    received_at = models.DateTimeField(db_default=Now())
    day = models.DateField()  # day of receipt in Asia/Ho_Chi_Minh: the ledger's day
    file_name = models.CharField(max_length=255)
    sha256 = models.BinaryField(max_length=32)
    size = models.BigIntegerField()
    expected_dossiers = models.IntegerField(default=1)  # a guess from the bytes, to size a worker's claim
    kind = models.CharField(max_length=20, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    # The gateway's receipt of a batch shared by Social Security: maGiaoDich, maKetQua, thoiGianTiepNhan.
    gateway = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    attempts = models.SmallIntegerField(default=0)
    judgement = models.IntegerField(default=0)
    judged_at = models.DateTimeField(null=True)
    unreadable = models.JSONField(null=True)

    class Meta:
        db_table = "submission"
        indexes = [
            models.Index(fields=["facility", "-received_at"], name="submission_of_facility"),
            models.Index(fields=["province", "day"], name="submission_of_province_day"),
            models.Index(fields=["facility", "day"], name="submission_of_facility_day"),
            models.Index(
                fields=["facility", "received_at"],
                condition=models.Q(state__in=["received", "judging"]),
                name="submission_queue",
            ),
            models.Index(fields=["sender_unit", "sha256"], name="submission_repeat"),
            models.Index(
                fields=["sender_unit", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="submission_key",
            ),
        ]
        constraints = [
            *balanced("submission"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RawReceipt(models.Model):
    """Bytes of a small file, so that a receipt is one commit. Larger ones lie in the blob store by hash."""

    submission = models.OneToOneField(Submission, primary_key=True, on_delete=models.PROTECT)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    zstd = models.BinaryField()

    class Meta:
        db_table = "raw_receipt"


class Judgement(Counts):
    """One judging of one submission. A later one adds a row and never rewrites an earlier one."""

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="judgements")
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    number = models.IntegerField()
    judged_at = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=200, blank=True)
    profile = models.CharField(max_length=10)
    pack = models.CharField(max_length=80)
    file_findings = models.JSONField(default=list)
    causes = models.JSONField(default=list)
    not_judged = models.JSONField(default=list)

    class Meta:
        db_table = "judgement"
        constraints = [
            *balanced("judgement"),
            models.UniqueConstraint(fields=["submission", "number"], name="one_judgement_per_number"),
        ]


class Dossier(models.Model):
    """One care episode of a submission as judged once (hồ sơ)."""

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(
        Submission, on_delete=models.DO_NOTHING, related_name="dossiers", db_constraint=False, db_index=False
    )
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    judgement = models.IntegerField()
    position = models.IntegerField()
    ma_lk = models.CharField(max_length=255, blank=True)
    standard = models.CharField(max_length=40)
    verdict = models.CharField(max_length=12, choices=DossierVerdict)
    precheck_verdict = models.CharField(max_length=12, choices=DossierVerdict)
    content_sha256 = models.BinaryField(max_length=32)
    byte_offset = models.BigIntegerField()
    byte_length = models.IntegerField()
    tables = ArrayField(models.CharField(max_length=10))
    record_date = models.DateField(null=True)
    errors = models.IntegerField(default=0)
    warnings = models.IntegerField(default=0)

    class Meta:
        db_table = "dossier"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "judgement", "position"], name="one_verdict_per_dossier"
            )
        ]
        indexes = [models.Index(fields=["facility", "ma_lk"], name="dossier_of_facility")]


class Finding(models.Model):
    """One broken rule at one place. Its message is made on reading from the rule and `params`.

    `params` and `value` never hold what identifies a person (FieldSpec.identifying).
    """

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(
        Submission, on_delete=models.DO_NOTHING, related_name="findings", db_constraint=False, db_index=False
    )
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    judgement = models.IntegerField()
    position = models.IntegerField()
    rule = models.CharField(max_length=12)
    rule_version = models.CharField(max_length=8)
    part = models.CharField(max_length=30, blank=True)  # which of the checks that share the rule's number
    level = models.CharField(max_length=1)
    precheck_level = models.CharField(max_length=1)
    table = models.CharField(max_length=10)
    row = models.IntegerField()
    field = models.CharField(max_length=40)
    value = models.CharField(max_length=255)
    cause = models.CharField(max_length=16)
    params = models.JSONField(default=dict)

    class Meta:
        db_table = "finding"
        indexes = [
            models.Index(fields=["submission", "judgement", "position"], name="finding_of_dossier"),
            models.Index(fields=["submission", "judgement", "cause"], name="finding_of_cause"),
        ]


class NamedPractitioner(models.Model):
    """Who is named by licence number in a file, and from which day to which: to find it by when they change.

    The licence stands as the keyed hash of `practice.in_force`. One row per licence and batch of the file.
    """

    id = models.BigAutoField(primary_key=True)
    submission_id = models.UUIDField()
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    licence = models.BinaryField(max_length=16)
    first = models.DateField()
    last = models.DateField()

    class Meta:
        db_table = "named_practitioner"
        indexes = [models.Index(fields=["licence", "last"], name="named_by_licence")]


class LedgerEntry(Counts):
    """First judgement of one submission, in the day of its receipt. Written once."""

    submission = models.OneToOneField(Submission, primary_key=True, on_delete=models.PROTECT)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    day = models.DateField()
    readable = models.BooleanField(default=True)

    class Meta:
        db_table = "ledger_entry"
        constraints = balanced("ledger_entry")
        indexes = [
            models.Index(fields=["facility", "day"], name="ledger_of_facility"),
            models.Index(fields=["province", "day"], name="ledger_of_province"),
        ]


class LedgerAdjustment(models.Model):
    """What a later judgement moved between columns of a day; signed differences that sum to zero."""

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    day = models.DateField()
    adjusted_at = models.DateTimeField(db_default=Now())
    judgement = models.IntegerField()
    reason = models.CharField(max_length=200, blank=True)
    changes = models.JSONField()

    class Meta:
        db_table = "ledger_adjustment"
        indexes = [models.Index(fields=["facility", "day"], name="adjustment_of_facility")]


class Upload(models.Model):
    """A resumable upload in parts (tus protocol 1.0). Its bytes lie below the blob folder until complete."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    sender_unit = models.CharField(max_length=20)
    sender = models.CharField(max_length=150)
    file_name = models.CharField(max_length=255)
    length = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT)

    class Meta:
        db_table = "upload"


class WorkerHeartbeat(models.Model):
    """When each judging worker last said it was alive, and how many files waited then.

    The web edge, which sees only one tenant's rows at a time, could not count the queue itself.
    """

    name = models.CharField(max_length=60, primary_key=True)
    seen_at = models.DateTimeField(db_default=Now())
    waiting = models.IntegerField(default=0)
    # See `pacing`: how fast it judges, who was told to wait how many seconds, and when it said so.
    judged_per_second = models.FloatField(default=0)
    waits = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "worker_heartbeat"

    def __str__(self) -> str:
        return self.name


class CataloguePublication(models.Model):
    """A catalogue file on its way into use: draft with its impact, publication, judging again.

    The exact file lies in the raw store by `sha256`. `based_on` and `pack` are digests of the reference packs
    before and after. `touched` is filled by the worker: visits, submissions, facilities.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    name = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    sha256 = models.BinaryField(max_length=32)
    size = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    complete = models.BooleanField()
    state = models.CharField(max_length=12, choices=PublicationState, default=PublicationState.DRAFT)
    problems = models.JSONField(default=list)
    alters = models.BooleanField(default=False)
    rules = models.JSONField(default=list)
    touched = models.JSONField(null=True)
    based_on = models.CharField(max_length=80)
    pack = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    made_unit = models.CharField(max_length=20)
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=150, blank=True)
    to_judge = models.IntegerField(default=0)
    judged = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalogue_publication"
        indexes = [models.Index(fields=["name", "-made_at"], name="publication_of_catalogue")]

    def __str__(self) -> str:
        return f"{self.name} {self.valid_from}"


class CatalogueRecheck(models.Model):
    """A file to be judged again because of a publication; the worker's list, seen by nobody else."""

    id = models.BigAutoField(primary_key=True)
    publication = models.ForeignKey(CataloguePublication, on_delete=models.PROTECT)
    submission_id = models.UUIDField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalogue_recheck"
        constraints = [
            models.UniqueConstraint(fields=["publication", "submission_id"], name="one_recheck_per_file")
        ]


class RegisterRecheck(models.Model):
    """A file to be judged again because the register of practice changed; the worker's list."""

    submission_id = models.UUIDField(primary_key=True)
    asked_at = models.DateTimeField(db_default=Now())
    failures = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "register_recheck"
        indexes = [models.Index(fields=["failures", "asked_at"], name="recheck_in_order")]
