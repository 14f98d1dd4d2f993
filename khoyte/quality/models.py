"""What is kept of quality: counts of today by unit, their course by day, and the records that fail.

All of it is worked out from other rooms' rows and can be made anew at any time. `failing` has one number for
each word, in the order of `words.WORDS`.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Score(models.Model):
    """Records of one unit and how many fail each word. Visits: one row for each day of discharge.

    `causes`: criterion -> records that fail it. A unit is a facility, or with `facility` "" a health office.
    """

    id = models.BigAutoField(primary_key=True)
    database = models.CharField(max_length=40)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    day = models.DateField(null=True)
    counted = models.IntegerField()
    failing = ArrayField(models.IntegerField(), size=6)
    causes = models.JSONField(default=dict)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "quality_score"
        constraints = [
            models.UniqueConstraint(
                fields=["database", "facility", "province", "day"],
                nulls_distinct=False,
                name="quality_score_once",
            )
        ]
        indexes = [models.Index(fields=["database", "province"], name="quality_score_of_province")]


class Course(models.Model):
    """A unit's counts at the end of a day, where they changed on it. Of registers only."""

    id = models.BigAutoField(primary_key=True)
    database = models.CharField(max_length=40)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    day = models.DateField()
    counted = models.IntegerField()
    failing = ArrayField(models.IntegerField(), size=6)
    formulas = models.CharField(max_length=40)  # versions of the six formulas in force then

    class Meta:
        db_table = "quality_course"
        constraints = [
            models.UniqueConstraint(
                fields=["database", "facility", "province", "day"], name="quality_course_once"
            )
        ]
        indexes = [models.Index(fields=["database", "province"], name="quality_course_of_province")]


class Failing(models.Model):
    """A record that fails a word, with the criteria it fails. `record`: id of the register's row or visit.

    `alike`: what a duplicate has in common with others (a keyed hash where it is about a person).
    """

    id = models.BigAutoField(primary_key=True)
    database = models.CharField(max_length=40)
    record = models.CharField(max_length=36)
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    day = models.DateField(null=True)
    words = ArrayField(models.CharField(max_length=10))
    criteria = ArrayField(models.CharField(max_length=80))
    alike = models.TextField(blank=True, default="", db_default="")
    since = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "quality_failing"
        constraints = [models.UniqueConstraint(fields=["database", "record"], name="quality_failing_once")]
        indexes = [
            models.Index(fields=["database", "facility", "day"], name="quality_failing_of_facility"),
            models.Index(fields=["database", "province", "id"], name="quality_failing_of_province"),
        ]


class Changed(models.Model):
    """Units whose rows have changed since they were counted, as the triggers write them. Nobody's rows.

    `daily`: asked for by the turn of a day or a new formula; goes behind what people changed.
    """

    id = models.BigAutoField(primary_key=True)
    database = models.CharField(max_length=40)
    place = models.CharField(max_length=20)
    province = models.CharField(max_length=10)
    day = models.DateField(null=True)
    at = models.DateTimeField(db_default=Now())
    daily = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "quality_changed"
        indexes = [models.Index(fields=["daily", "id"], name="quality_changed_in_order")]


class Standing(models.Model):
    """How far the counting has come; one row. `settled_at`: all changes until then are in the scores."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    day = models.DateField(null=True)
    formulas = models.CharField(max_length=64, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "quality_standing"
        constraints = [models.CheckConstraint(name="quality_standing_is_one", condition=models.Q(id=1))]
