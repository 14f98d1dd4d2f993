"""What people are told, what of it leaves the platform, and how each wants to be told.

A notice is one person's: what is told to a role of a unit is written once for each account that has it. Row
level security shows an account its own alone. Addresses outside are sealed and opened by the worker only.
"""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.notices.enums import Channel, DeliveryState

OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.ACCEPTED)


class Notice(models.Model):
    """One thing told to one recipient. `recipient_key` with kind, subject and occasion makes it once only.

    `account` is empty for a contact without an account (`contact_sealed` by `contact_channel`) and for a role
    nobody holds: then `unit` and `role` say who should have heard. `instead_of`: whom a delegate stands for.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    kind = models.CharField(max_length=40)
    account = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    role = models.CharField(max_length=20, blank=True)
    contact_channel = models.CharField(max_length=8, choices=Channel, blank=True)
    contact_sealed = models.BinaryField(null=True, blank=True)
    recipient_key = models.BinaryField(max_length=16)
    subject = models.CharField(max_length=100)
    occasion = models.CharField(max_length=60)
    facts = models.JSONField()
    # A one-time code that goes out with it; emptied as soon as the message is out or given up.
    code_sealed = models.BinaryField(null=True, blank=True)
    href = models.CharField(max_length=200, blank=True)
    instead_of = models.CharField(max_length=100, blank=True, default="")
    written_at = models.DateTimeField(db_default=Now())
    planned_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "notice"
        constraints = [
            models.UniqueConstraint(
                fields=["recipient_key", "kind", "subject", "occasion"], name="notice_once"
            )
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="notice_of_account"),
            models.Index(fields=["account"], condition=models.Q(read_at=None), name="notice_unread"),
            models.Index(fields=["id"], condition=models.Q(planned_at=None), name="notice_to_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class NoticeDelivery(models.Model):
    """A notice on one way out. Those with the same `parcel` go as one message, whose number it is."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    account = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=8, choices=Channel)
    is_digest = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    parcel = models.UUIDField(null=True, blank=True)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    last_status = models.IntegerField(null=True, blank=True)
    last_trouble = models.CharField(max_length=40, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "notice_delivery"
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="notice_delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(finished_at=None), name="notice_delivery_due"
            ),
            models.Index(fields=["parcel"], name="notice_delivery_parcel"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class NoticePreference(models.Model):
    """How an account wants to hear. Who hears in its place while it is away: `units.Delegation`."""

    account = models.CharField(max_length=100, primary_key=True)
    email_sealed = models.BinaryField(null=True, blank=True)
    phone_sealed = models.BinaryField(null=True, blank=True)
    channels = ArrayField(models.CharField(max_length=8), default=list)
    muted = ArrayField(models.CharField(max_length=40), default=list)  # kinds that stay in the application
    digest_at = models.TimeField(default=time(7, 30))
    quiet_from = models.TimeField(default=time(21, 0))
    quiet_to = models.TimeField(default=time(7, 0))
    language = models.CharField(max_length=2, default="vi")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notice_preference"

    def __str__(self) -> str:
        return self.account


class DailyDuty(models.Model):
    """A duty of a day, written in the transaction that does it: once a day, also after a kill."""

    name = models.CharField(max_length=60)
    day = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    told = models.IntegerField(default=0)

    class Meta:
        db_table = "daily_duty"
        constraints = [models.UniqueConstraint(fields=["name", "day"], name="daily_duty_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"
