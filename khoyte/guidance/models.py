"""Requests for support with what was written about them; training sessions and who attended.

Words and pictures of a request are sealed: people paste what they see, and that may be about a patient.
"""

from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id

STATES = ("waiting", "answered", "closed")
DESKS = ("province", "operator")


class SupportRequest(models.Model):
    """Yêu cầu hỗ trợ: one thing somebody needs help with.

    `facility` and `province` are the asker's; `desk` says who answers now. `page` is an address without what
    may be about a person; `reference` the number of the request in which the page was shown.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    unit = models.CharField(max_length=20)
    asked_by = models.CharField(max_length=150)
    asked_role = models.CharField(max_length=20)
    asked_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=12)  # a name of data/support.toml
    subject_sealed = models.BinaryField()
    page = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=20, blank=True)
    version = models.CharField(max_length=40, blank=True)
    desk = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default="waiting")
    due_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "support_request"
        indexes = [
            models.Index(fields=["province", "desk", "state", "due_at"], name="support_request_of_office"),
            models.Index(fields=["asked_by", "-asked_at"], name="support_request_of_asker"),
        ]
        constraints = [
            models.CheckConstraint(name="support_request_state", condition=models.Q(state__in=STATES)),
            models.CheckConstraint(name="support_request_desk", condition=models.Q(desk__in=DESKS)),
            models.CheckConstraint(
                name="support_request_closed_at_a_moment",
                condition=models.Q(state="closed", closed_at__isnull=False)
                | (~models.Q(state="closed") & models.Q(closed_at__isnull=True)),
            ),
        ]


class SupportEntry(models.Model):
    """What was written about a request, or done: ask, add, answer, pass_on, close. Written once.

    `picture_sealed`: a picture of the screen, made anew from its points (`pictures.judged`).
    """

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(SupportRequest, on_delete=models.PROTECT, related_name="entries")
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150)
    by_unit = models.CharField(max_length=20, blank=True)
    act = models.CharField(max_length=10)
    words_sealed = models.BinaryField(null=True, blank=True)
    picture_sealed = models.BinaryField(null=True, blank=True)

    class Meta:
        db_table = "support_entry"
        indexes = [models.Index(fields=["request", "id"], name="support_entry_of_request")]


class TrainingSession(models.Model):
    """Buổi tập huấn: one topic, one day, given by a province or (no province) by the ministry."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    province = models.CharField(max_length=10, blank=True)
    unit = models.CharField(max_length=20)
    topic = models.CharField(max_length=40)  # a name of data/topics.toml
    day = models.DateField()
    is_online = models.BooleanField(default=False)
    place = models.CharField(max_length=200)
    trainer = models.CharField(max_length=150)
    # What people present type themselves; counts on the day alone.
    code = models.CharField(max_length=8)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.CharField(max_length=150)

    class Meta:
        db_table = "training_session"
        indexes = [models.Index(fields=["province", "-day"], name="training_session_of")]


class Attendance(models.Model):
    """A named account took part; `right` of `asked` answers in the short check, where it was taken."""

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="attendances")
    account = models.CharField(max_length=150)
    unit = models.CharField(max_length=20)
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    marked_at = models.DateTimeField(db_default=Now())
    marked_by = models.CharField(max_length=150)
    right = models.PositiveSmallIntegerField(null=True, blank=True)
    asked = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        db_table = "training_attendance"
        constraints = [
            models.UniqueConstraint(name="attended_once", fields=["session", "account"]),
            models.CheckConstraint(
                name="training_check_answers",
                condition=models.Q(right__isnull=True, asked__isnull=True)
                | models.Q(right__lte=models.F("asked")),
            ),
        ]
        indexes = [models.Index(fields=["province", "facility"], name="training_attendance_of")]
