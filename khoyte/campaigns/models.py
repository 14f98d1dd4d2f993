"""The ledger of inspections (thanh tra, kiểm tra): what was asked, answered, concluded. Written once."""

from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id


class InspectionEvent(models.Model):
    """One event of an inspection of a facility. Events of one inspection share `inspection`.

    `paper` is number and day of the paper as printed; the contents are in the paper, not here.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    inspection = models.UUIDField()
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=12)  # request, reply, conclusion
    day = models.DateField()
    due = models.DateField(null=True, blank=True)
    paper = models.CharField(max_length=100)
    summary = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.CharField(max_length=150)
    recorded_unit = models.CharField(max_length=20, blank=True)

    class Meta:
        db_table = "inspection_event"
        constraints = [
            models.CheckConstraint(
                name="inspection_event_kind", condition=models.Q(kind__in=("request", "reply", "conclusion"))
            )
        ]
        indexes = [models.Index(fields=["facility", "-day"], name="inspection_event_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.facility} {self.day}"
