"""The tables of this room, each made from its declaration."""

from typing import Any

from django.db import models
from django.db.models import F, Q

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

MODELS = {
    "facilities": Facility,
    "practitioners": Practitioner,
    "pharmacies": Pharmacy,
    "practice_registrations": PracticeRegistration,
    "licence_events": LicenceEvent,
}


class InForce(models.Model):
    """What one official record says to the licence gate (`practice.in_force`). Nobody's rows.

    Persons and licences stand as keyed hashes; the rest the law makes public. `kind` is the title of a
    practitioner or the kind of an act, `place` the facility of a registration.
    """

    record = models.UUIDField(primary_key=True)
    register = models.CharField(max_length=40)
    person = models.BinaryField(max_length=16, null=True)
    licence = models.BinaryField(max_length=16, null=True)
    other_licence = models.BinaryField(max_length=16, null=True)
    place = models.CharField(max_length=5, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    first = models.DateField(null=True)
    last = models.DateField(null=True)
    hours = models.CharField(max_length=500, blank=True)
    scope = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "practice_in_force"
        indexes = [
            models.Index(fields=["licence", "register"], name="in_force_of_licence"),
            models.Index(fields=["person", "register"], name="in_force_of_person"),
            models.Index(
                fields=["other_licence"],
                condition=Q(other_licence__isnull=False),
                name="in_force_of_other_licence",
            ),
        ]

    def __str__(self) -> str:
        return str(self.record)
