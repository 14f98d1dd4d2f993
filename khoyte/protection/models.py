"""Requests of data subjects, consents, breach files, and which account is which person.

Names, numbers and statements of persons are sealed; `subject_key` is the keyed hash they are found by, the
same as that of their visits. Events are written once and never changed.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.protection.enums import BreachAct, Channel, DataKind, Refusal, Relation, RequestKind, RequestState


class Owned(models.Model):
    """A file of one unit. `facility` and `province` are what row-level security asks."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    unit = models.CharField(max_length=20)
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.CharField(max_length=150)

    class Meta:
        abstract = True


class SubjectRequest(Owned):
    """Yêu cầu của chủ thể dữ liệu: one thing a person asks a unit for."""

    kind = models.CharField(max_length=12, choices=RequestKind)
    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.RECEIVED)
    received_at = models.DateTimeField()
    channel = models.CharField(max_length=12, choices=Channel)
    relation = models.CharField(max_length=12, choices=Relation)
    subject_key = models.BinaryField(max_length=32)
    subject_sealed = models.BinaryField()  # name, number, contact, representative, statement
    answer_due = models.DateTimeField()
    due = models.DateTimeField()
    refusal = models.CharField(max_length=12, choices=Refusal, blank=True)

    class Meta:
        db_table = "subject_request"
        indexes = [models.Index(fields=["unit", "state", "due"]), models.Index(fields=["subject_key"])]
        constraints = [
            models.CheckConstraint(
                name="a_refused_request_has_its_reason",
                condition=models.Q(state="refused", refusal__gt="")
                | (~models.Q(state="refused") & models.Q(refusal="")),
                violation_error_message="Yêu cầu bị từ chối phải nêu lý do.",
            )
        ]


class RequestEvent(models.Model):
    """What was done about a request. `note_sealed` holds words, which may be about the person."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="events")
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150)
    act = models.CharField(max_length=12)
    note_sealed = models.BinaryField()

    class Meta:
        db_table = "subject_request_event"


class Consent(Owned):
    """Sự đồng ý, with what proves it: who, for which purpose, on which words, how and when."""

    subject_key = models.BinaryField(max_length=32)
    subject_sealed = models.BinaryField()
    purpose = models.CharField(max_length=40)
    relation = models.CharField(max_length=12, choices=Relation)
    child_agreed = models.BooleanField(null=True)  # of a child from 7 years on, who consents too
    channel = models.CharField(max_length=12, choices=Channel)
    given_at = models.DateTimeField()
    text_sha256 = models.BinaryField(max_length=32)
    text = models.TextField()
    evidence_sha256 = models.BinaryField(max_length=32, null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)

    class Meta:
        db_table = "consent"
        indexes = [models.Index(fields=["subject_key", "purpose"])]
        constraints = [
            models.CheckConstraint(
                name="consent_is_withdrawn_after_it_was_given",
                condition=models.Q(withdrawn_at__isnull=True)
                | models.Q(withdrawn_at__gte=models.F("given_at")),
                violation_error_message="Thời điểm rút lại không được trước thời điểm đồng ý.",
            )
        ]


class Breach(Owned):
    """Hồ sơ vi phạm về dữ liệu cá nhân."""

    discovered_at = models.DateTimeField()
    summary = models.TextField()
    data_kinds = ArrayField(models.CharField(max_length=12, choices=DataKind))
    subjects = models.IntegerField()

    class Meta:
        db_table = "breach"


class BreachEvent(models.Model):
    id = models.BigAutoField(primary_key=True)
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="events")
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150)
    act = models.CharField(max_length=16, choices=BreachAct)
    note = models.TextField(blank=True)

    class Meta:
        db_table = "breach_event"
