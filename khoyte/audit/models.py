from django.contrib.postgres.fields import ArrayField
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
    source_address = models.CharField(max_length=45, blank=True, db_default="")  # where the request came from

    class Meta:
        db_table = "audit_entry"
        indexes = [models.Index(fields=["subject_kind", "subject_id"]), models.Index(fields=["at"])]


class AuditSeal(models.Model):
    """One link of the chain: the entries it seals, their digests, and a signature over all before it.

    `digests` holds 32 bytes an entry, in the order of `ids`; the next begins after (`last_tx`, `last_id`).
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    ids = ArrayField(models.BigIntegerField())
    digests = models.BinaryField()
    last_tx = models.BigIntegerField()
    last_id = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64)

    class Meta:
        db_table = "audit_seal"


class AuditExport(models.Model):
    """How far security events were sent to an address: up to and with this seal."""

    address = models.CharField(max_length=300, primary_key=True)
    seal = models.BigIntegerField()

    class Meta:
        db_table = "audit_export"
