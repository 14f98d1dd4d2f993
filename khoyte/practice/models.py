"""The tables of this room: registers, each made from its declaration, and checks of identity."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.practice.registers import (
    FACILITIES,
    LICENCE_EVENTS,
    PHARMACIES,
    PRACTICE_REGISTRATIONS,
    PRACTITIONERS,
)
from khoyte.registers.models import register_model


class WeekField(models.Field):  # type: ignore[type-arg]  # has no parameters when the program runs
    """Minutes of the week (`practice.hours`) as an int4multirange, written as text."""

    def db_type(self, connection: Any) -> str:
        return "int4multirange"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else str(value)


Facility = register_model("Facility", FACILITIES, module=__name__)
Practitioner = register_model(
    "Practitioner",
    PRACTITIONERS,
    module=__name__,
    indexes=[
        models.Index(fields=["personal_number_key"], name="practitioners_number"),
        models.Index(fields=["licence_number"], name="practitioners_licence"),
    ],
)
Pharmacy = register_model("Pharmacy", PHARMACIES, module=__name__)
PracticeRegistration = register_model(
    "PracticeRegistration",
    PRACTICE_REGISTRATIONS,
    module=__name__,
    constraints=[
        models.CheckConstraint(
            name="valid_to__after_start_registration",
            condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
        )
    ],
    indexes=[models.Index(fields=["personal_number_key", "facility"], name="practice_registrations_who")],
    extra={"week": WeekField(null=True, blank=True)},
)
LicenceEvent = register_model(
    "LicenceEvent",
    LICENCE_EVENTS,
    module=__name__,
    constraints=[
        models.CheckConstraint(
            name="valid_to__after_start_event",
            condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
        )
    ],
    indexes=[models.Index(fields=["licence_key"], name="licence_events_licence")],
    extra={"licence_key": models.CharField(max_length=120, default="")},
)


class IdentityCheck(models.Model):
    """One question to the population database about a practitioner, and its answer. Holds no particulars.

    `particulars` is a keyed hash of what is asked (number, name, birth date, sex): the same are not asked
    twice. `transaction` is the same however often the question must be put.
    """

    id = models.BigAutoField(primary_key=True)
    transaction = models.UUIDField(default=time_ordered_id, editable=False)
    register = models.CharField(max_length=40)
    record = models.UUIDField()
    version = models.IntegerField()
    facility = models.CharField(max_length=20, blank=True)
    province = models.CharField(max_length=10, blank=True)
    particulars = models.BinaryField(max_length=16)
    queued_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)
    differing = ArrayField(models.CharField(max_length=40), default=list)
    trouble = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "identity_check"
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(answered_at=None), name="identity_check_due"
            ),
            models.Index(fields=["record", "-id"], name="identity_check_of_record"),
        ]


MODELS = {
    "facilities": Facility,
    "practitioners": Practitioner,
    "pharmacies": Pharmacy,
    "practice_registrations": PracticeRegistration,
    "licence_events": LicenceEvent,
}
