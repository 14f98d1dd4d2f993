"""Webhooks of units, and messages on their way to them and to national systems (outbox).

Tables of messages carry facility and province, and row-level security is forced on them. A unit sees its own
webhook alone: a province does not see the addresses of its facilities. What goes to national systems is shown
to whom its record is shown to.
"""

from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.links.enums import UNFINISHED, ExchangeState, MessageState


class WebhookTarget(models.Model):
    """The one address a unit has named for its messages. The secret is sealed (foundation.crypto)."""

    unit = models.CharField(max_length=20, primary_key=True)
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    url = models.CharField(max_length=2000)
    secret_sealed = models.BinaryField()
    # The secret before this one signs beside it for a day, so that a receiver can change over in peace.
    previous_secret_sealed = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(db_default=Now())
    registered_by = models.CharField(max_length=150)
    failures = models.IntegerField(default=0)  # in a row, without an answer of any kind
    paused_until = models.DateTimeField(db_default=Now())
    served_at = models.DateTimeField(db_default=Now())
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_target"

    def __str__(self) -> str:
        return self.unit


class OutboxMessage(models.Model):
    """One message to one unit. Its `payload` names records and counts, never persons."""

    number = models.BigAutoField(primary_key=True)  # order of writing
    message_id = models.UUIDField(default=time_ordered_id, unique=True, editable=False)  # the webhook-id
    unit = models.CharField(max_length=20)
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=100)  # messages about one subject keep their order
    payload = models.JSONField()
    state = models.CharField(max_length=12, choices=MessageState, default=MessageState.PENDING)
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())  # while sent: end of the lease
    last_attempt_at = models.DateTimeField(null=True)
    last_status = models.IntegerField(null=True)  # HTTP status of the newest answer
    last_trouble = models.CharField(max_length=40, blank=True)  # stable word when there was no answer
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox_message"
        indexes = [
            models.Index(
                fields=["unit", "next_attempt_at"],
                condition=models.Q(state__in=UNFINISHED),
                name="outbox_due",
            ),
            models.Index(
                fields=["unit", "subject", "number"],
                condition=models.Q(state__in=UNFINISHED),
                name="outbox_of_subject",
            ),
            models.Index(fields=["unit", "-number"], name="outbox_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"


class ExchangeMessage(models.Model):
    """One version of one record on its way to one national system.

    `number` is the order of writing, which the destination is told as `sequence`; `message_id` is the same
    however often it is sent. Holds nothing of the record but its id and the digest of what was sent.
    """

    number = models.BigAutoField(primary_key=True)
    message_id = models.UUIDField(default=time_ordered_id, editable=False)
    destination = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=300)
    version = models.IntegerField()
    removed = models.BooleanField(default=False)  # the destination is to forget the record
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=ExchangeState, default=ExchangeState.PENDING)
    attempts = models.IntegerField(default=0)
    looked = models.IntegerField(default=0)  # read-backs in vain since it was acknowledged
    dead = models.BooleanField(default=False)  # rejected, for its index: claims then touch no index at all
    alone = models.BooleanField(default=False)  # sent by itself: a batch with it was refused as a whole
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())  # while sent: end of the lease
    last_status = models.IntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)  # stable word
    acknowledged_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exchange_message"
        indexes = [
            # By the moment first: an order that no index over finished messages could give, too.
            models.Index(
                fields=["destination", "created_at", "number"],
                condition=models.Q(finished_at=None),
                name="exchange_due",
            ),
            models.Index(
                fields=["destination", "subject"],
                condition=models.Q(dead=True),
                name="exchange_dead",
            ),
            models.Index(fields=["subject", "-number"], name="exchange_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.destination} {self.kind} {self.number}"


class ExchangeDestination(models.Model):
    """How it goes with one national system. Counts only: nobody's rows."""

    name = models.CharField(max_length=20, primary_key=True)
    failures = models.IntegerField(default=0)  # in a row, of whole requests
    paused_until = models.DateTimeField(db_default=Now())
    last_status = models.IntegerField(null=True)
    last_trouble = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)
    waiting = models.JSONField(default=dict)  # kind → {"waiting", "oldest"}
    dead = models.JSONField(default=list)  # [{"kind", "reason", "messages", "oldest", "numbers"}]
    retry_asked_at = models.DateTimeField(null=True)  # somebody wants dead letters tried again
    retry_asked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        db_table = "exchange_destination"

    def __str__(self) -> str:
        return self.name


class ExchangeWatermark(models.Model):
    """Up to which transaction records of a kind were told of, where no act of ours writes the message."""

    kind = models.CharField(max_length=40, primary_key=True)
    upper = models.BigIntegerField(default=0)

    class Meta:
        db_table = "exchange_watermark"

    def __str__(self) -> str:
        return self.kind


class ExchangeRun(models.Model):
    """A stretch of sending to one destination without a pause: what was sent, accepted, rejected."""

    id = models.BigAutoField(primary_key=True)
    destination = models.CharField(max_length=20)
    started_at = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    batches = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)
    acknowledged = models.IntegerField(default=0)
    applied = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    again = models.IntegerField(default=0)  # to be sent or read back once more
    last_trouble = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "exchange_run"
        indexes = [models.Index(fields=["destination", "-id"], name="exchange_run_newest")]


class Reconciliation(models.Model):
    """Records of one kind held against those of a destination by digest, and what was healed."""

    id = models.BigAutoField(primary_key=True)
    destination = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    ours = models.IntegerField(default=0)
    theirs = models.IntegerField(default=0)
    on_the_way = models.IntegerField(default=0)
    ours_missing = models.IntegerField(default=0)  # they hold it, we do not
    theirs_missing = models.IntegerField(default=0)  # we hold it, they do not
    differing = models.IntegerField(default=0)
    fields = models.JSONField(default=dict)  # field that differs → records, of those looked at
    sent_again = models.IntegerField(default=0)
    trouble = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "exchange_reconciliation"
        indexes = [models.Index(fields=["destination", "-id"], name="exchange_reconciled_newest")]

    @property
    def equal(self) -> bool:
        return not (self.trouble or self.ours_missing or self.theirs_missing or self.differing)
