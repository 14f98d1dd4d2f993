"""Which certificate speaks for which facility, and what was found of the signature of each file.

Both tables carry facility and province, and row-level security is forced on them (migration 0002).
"""

from django.db import models
from django.db.models.functions import Now


class FacilityCertificate(models.Model):
    """A certificate, or all trusted ones of a tax code, bound to a facility for a time. Never deleted: ended.

    `value` is the SHA-256 of the certificate in hexadecimal, or the tax code (MST); a tax code saves a new
    entry at each renewal of the certificate.
    """

    id = models.BigAutoField(primary_key=True)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=12, choices=[("certificate", "Chứng thư"), ("tax_code", "Mã số thuế")])
    value = models.CharField(max_length=64)
    holder = models.CharField(max_length=420, blank=True)
    valid_from = models.DateTimeField(db_default=Now())
    valid_to = models.DateTimeField(null=True)
    entered_by = models.CharField(max_length=150)
    ended_by = models.CharField(max_length=150, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "facility_certificate"
        indexes = [
            models.Index(fields=["facility"], name="certificate_of_facility"),
            models.Index(fields=["value"], name="facility_of_certificate"),
        ]
        constraints = [
            models.CheckConstraint(
                name="binding_ends_after_it_begins",
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
            models.UniqueConstraint(
                fields=["facility", "kind", "value"],
                condition=models.Q(valid_to__isnull=True),
                name="one_open_binding",
                violation_error_message="Chứng thư này đã được đăng ký cho cơ sở.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} {self.kind} {self.value[:16]}"


class SignatureCheck(models.Model):
    """What one judging found of the signature of one file; written once, beside the judgement.

    `signer` are the facts of `checking.facts_of`; `problems` and `lacking` are lists of (case, facts).
    """

    id = models.BigAutoField(primary_key=True)
    submission = models.UUIDField()
    judgement = models.IntegerField()
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10, blank=True)
    checked_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10)
    problems = models.JSONField(default=list)
    lacking = models.JSONField(default=list)
    signer = models.JSONField(null=True)
    trust = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "signature_check"
        constraints = [
            models.UniqueConstraint(fields=["submission", "judgement"], name="one_check_per_judgement")
        ]

    def __str__(self) -> str:
        return f"{self.submission} {self.state}"
