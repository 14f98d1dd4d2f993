from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.calendar import TZ


class LocalTimeField(models.DateTimeField):
    """A time as the record writes it (Asia/Ho_Chi_Minh, without zone in the column); aware in Python."""

    def from_db_value(self, value: datetime | None, expression: Any, connection: Any) -> datetime | None:
        return value.replace(tzinfo=TZ) if value else None

    def get_prep_value(self, value: Any) -> Any:
        prepared = models.Field.get_prep_value(self, self.to_python(value))
        return prepared.astimezone(TZ).replace(tzinfo=None) if prepared and prepared.tzinfo else prepared

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if prepared else self.get_prep_value(value)


class Visit(models.Model):
    """Head of one version of a visit; the columns of XML1 lie beside these in the same table."""

    id = models.BigIntegerField(primary_key=True)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10)
    ma_lk = models.CharField(max_length=255)
    version = models.IntegerField()
    is_current = models.BooleanField()
    submission_id = models.UUIDField()
    judgement = models.IntegerField()
    position = models.IntegerField()
    content_sha256 = models.BinaryField()
    byte_offset = models.BigIntegerField()
    byte_length = models.IntegerField()
    tables = ArrayField(models.TextField())
    standard = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)  # a later version was accepted
    withdrawn_at = models.DateTimeField(null=True)  # a later judgement no longer accepts it
    person_key = models.BinaryField(null=True)
    person_sealed = models.BinaryField(null=True)
    ho_ten = models.TextField(null=True)
    ngay_sinh = models.TextField(null=True)
    ngay_vao = LocalTimeField(null=True)
    ngay_ra = LocalTimeField(null=True)
    ma_benh_chinh = models.TextField(null=True)
    ma_loai_kcb = models.TextField(null=True)
    is_limited = models.BooleanField(default=False)  # a limit on processing is in force

    class Meta:
        db_table = "visit"
        managed = False


class ProcessingLimit(models.Model):
    """Hạn chế xử lý dữ liệu: granted about a person, until it is lifted. The database marks the visits."""

    id = models.BigAutoField(primary_key=True)
    request = models.UUIDField(unique=True)  # the request of the person it was granted for
    unit = models.CharField(max_length=20)
    facility = models.CharField(max_length=5, blank=True)
    province = models.CharField(max_length=10, blank=True)
    person_key = models.BinaryField(max_length=32)
    began_at = models.DateTimeField(db_default=Now())
    began_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        db_table = "processing_limit"
        indexes = [
            models.Index(fields=["person_key"], condition=models.Q(ended_at=None), name="limit_in_force")
        ]


class PaperDay(models.Model):
    """Papers of the visits discharged from a facility on a day, in the order of `papers.PAPERS`.

    `formula`: what was counted how, see `paper_days`. Holds while no `PaperDayChanged` names the day.
    """

    id = models.BigAutoField(primary_key=True)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10)
    day = models.DateField()
    formula = models.CharField(max_length=16)
    expected = ArrayField(models.IntegerField())
    received = ArrayField(models.IntegerField())

    class Meta:
        db_table = "paper_day"
        constraints = [models.UniqueConstraint(fields=["province", "day", "facility"], name="paper_day_once")]


class PaperDayChanged(models.Model):
    """A day of discharge whose visits changed since its papers were counted, as a trigger writes it."""

    id = models.BigAutoField(primary_key=True)
    facility = models.CharField(max_length=5)
    province = models.CharField(max_length=10)
    day = models.DateField()

    class Meta:
        db_table = "paper_day_changed"
        indexes = [models.Index(fields=["province", "day", "facility"], name="paper_day_changed_of")]
