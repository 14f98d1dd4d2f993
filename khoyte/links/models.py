"""Webhooks of units and the messages on their way to them (outbox).

Both tables carry facility and province, and row-level security is forced on them (migration 0002). A unit
sees its own alone: a province does not see the addresses of its facilities.
"""

from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.links.enums import UNFINISHED, MessageState


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
