from django.db import models
from django.db.models.functions import Now


class AuditEntry(models.Model):
    """One act. `subject` names the record acted on by kind and id; no value of a record is kept here."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=150)
    actor_unit = models.CharField(max_length=20)
    actor_role = models.CharField(max_length=40)
    action = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=100)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    purpose = models.CharField(max_length=40, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"
        indexes = [models.Index(fields=["subject_kind", "subject_id"]), models.Index(fields=["at"])]
