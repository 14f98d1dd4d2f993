"""The tables of this room: registers, each made from its declaration, and checks of identity."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.practice.registers import (
    CME_RECORDS,
    DIPLOMAS,
    FACILITIES,
    FACILITY_LICENCE_EVENTS,
    FACILITY_SERVICES,
    LICENCE_EVENTS,
    PHARMACIES,
    PRACTICE_REGISTRATIONS,
    PRACTITIONERS,
    SCOPE_ITEMS,
    TRAINEES,
)
from khoyte.practice.registers.cme_records import MOST_HOURS
from khoyte.registers.models import register_model


class WeekField(models.Field):  # type: ignore[type-arg]  # has no parameters when the program runs
    """Minutes of the week (`practice.hours`) as an int4multirange, written as text."""

    def db_type(self, connection: Any) -> str:
        return "int4multirange"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else str(value)


Facility = register_model(
    "Facility",
    FACILITIES,
    module=__name__,
    indexes=[
        # Where the record of each facility of the country stands is read from the index alone.
        models.Index(
            fields=["facility", "province", "state", "level", "confirmed_version", "id"],
            name="facilities_standing",
        )
    ],
)
Practitioner = register_model(
    "Practitioner",
    PRACTITIONERS,
    module=__name__,
    indexes=[
        models.Index(fields=["personal_number_key"], name="practitioners_number"),
        models.Index(fields=["licence_number"], name="practitioners_licence"),
        models.Index(fields=["licence_key"], name="practitioners_licence_key"),
        models.Index(fields=["certificate_key"], name="practitioners_cert_key"),
    ],
    extra={
        "licence_key": models.CharField(max_length=120, default=""),
        "certificate_key": models.CharField(max_length=120, default=""),
    },
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

FacilityLicenceEvent = register_model(
    "FacilityLicenceEvent",
    FACILITY_LICENCE_EVENTS,
    module=__name__,
    constraints=[
        models.CheckConstraint(
            name="valid_to__after_start_facility_event",
            condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
        )
    ],
    extra={"licence_key": models.CharField(max_length=120, default="")},
)
FacilityService = register_model("FacilityService", FACILITY_SERVICES, module=__name__)


Diploma = register_model(
    "Diploma",
    DIPLOMAS,
    module=__name__,
    indexes=[models.Index(fields=["personal_number_key"], name="diplomas_who")],
)


ScopeItem = register_model(
    "ScopeItem",
    SCOPE_ITEMS,
    module=__name__,
    constraints=[
        models.CheckConstraint(
            name="valid_to__after_start_scope_item",
            condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
        ),
        models.CheckConstraint(name="place__of_delegated", condition=~Q(source="delegated") | ~Q(place="")),
    ],
    indexes=[models.Index(fields=["personal_number_key"], name="scope_items_who")],
    extra={"item_key": models.CharField(max_length=600, default="")},
)
CmeRecord = register_model(
    "CmeRecord",
    CME_RECORDS,
    module=__name__,
    constraints=[
        models.CheckConstraint(
            name="ended_on__after_begun", condition=Q(begun_on=None) | Q(ended_on__gte=F("begun_on"))
        ),
        models.CheckConstraint(name="hours__possible", condition=Q(hours__gte=1, hours__lte=MOST_HOURS)),
    ],
    indexes=[models.Index(fields=["personal_number_key", "ended_on"], name="cme_records_who")],
)
Trainee = register_model(
    "Trainee",
    TRAINEES,
    module=__name__,
    constraints=[
        models.CheckConstraint(
            name="valid_to__after_start_trainee", condition=Q(valid_to__gte=F("valid_from"))
        )
    ],
    indexes=[
        models.Index(fields=["supervisor_record", "valid_from"], name="trainees_of_supervisor"),
        models.Index(fields=["personal_number_key"], name="trainees_who"),
    ],
    # The practitioner whom the licence number leads to is found by the database (migration 0015).
    extra={
        "supervisor_key": models.CharField(max_length=120, default=""),
        "supervisor_record": models.UUIDField(null=True, blank=True),
    },
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
            models.Index(
                fields=["record"], condition=models.Q(outcome="match"), name="identity_check_matching"
            ),
        ]


class StaffComparison(models.Model):
    """The register held against a facility's list of health workers at Social Security, as of a moment.

    `counts`: class → lines. The lines name persons: sealed. The newest few of a facility are kept.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    facility = models.CharField(max_length=20)
    province = models.CharField(max_length=10, blank=True)
    rows = models.IntegerField()
    counts = models.JSONField()
    lines_sealed = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.CharField(max_length=150)

    class Meta:
        db_table = "staff_comparison"
        indexes = [models.Index(fields=["facility", "-made_at"], name="staff_comparison_of")]


MODELS = {
    "facilities": Facility,
    "practitioners": Practitioner,
    "pharmacies": Pharmacy,
    "practice_registrations": PracticeRegistration,
    "licence_events": LicenceEvent,
    "facility_licence_events": FacilityLicenceEvent,
    "facility_services": FacilityService,
    "diplomas": Diploma,
    "scope_items": ScopeItem,
    "cme_records": CmeRecord,
    "trainees": Trainee,
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
            models.Index(
                fields=["place"],
                condition=Q(register__in=["facilities", "facility_licence_events"]),
                name="in_force_of_facility",
            ),
        ]

    def __str__(self) -> str:
        return str(self.record)


class QrKey(models.Model):
    """A key that signs QR codes of licences (`practice.qr_keys`). Nobody's rows."""

    id = models.BigAutoField(primary_key=True)
    public_key = models.BinaryField(max_length=32)
    private_sealed = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "qr_key"


class HoursOverlap(models.Model):
    """Hours of one person at two facilities that meet; one row for each of the two, kept by the database.

    Nothing is refused (Law 15/2023/QH15, Art. 36(3) knows emergencies): both facilities and their provinces
    are told until one of the registrations changes (`cleared_at`) or the side says why (`reason`).
    """

    id = models.BigAutoField(primary_key=True)
    personal_number_key = models.BinaryField(max_length=16)
    record = models.UUIDField()
    facility = models.CharField(max_length=20)
    province = models.CharField(max_length=10, blank=True)
    other_record = models.UUIDField()
    other_facility = models.CharField(max_length=20)
    found_at = models.DateTimeField(db_default=Now())
    cleared_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    reason_by = models.CharField(max_length=150, blank=True, db_default="")
    reason_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "hours_overlap"
        constraints = [
            models.UniqueConstraint(fields=["record", "other_record"], name="hours_overlap_once"),
            models.CheckConstraint(
                name="hours_overlap_reason_has_time",
                condition=Q(reason="", reason_at=None) | (~Q(reason="") & Q(reason_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["facility"], condition=Q(cleared_at=None), name="hours_overlap_open"),
            models.Index(fields=["province"], condition=Q(cleared_at=None), name="hours_overlap_province"),
            models.Index(fields=["other_record"], name="hours_overlap_other"),
            models.Index(fields=["personal_number_key"], name="hours_overlap_person"),
        ]


class Departure(models.Model):
    """That a person stops practising at a facility: said by a side, reported by the facility in time or late.

    Decree 96/2023/NĐ-CP, Art. 27(12), 29(1)c. `said_by_side` is "practitioner" or "facility". A row is never
    rewritten: what was overdue stays to be read from `due_on` and `reported_at`.
    """

    id = models.BigAutoField(primary_key=True)
    record = models.UUIDField()
    personal_number_key = models.BinaryField(max_length=16)
    facility = models.CharField(max_length=20)
    province = models.CharField(max_length=10, blank=True)
    last_day = models.DateField()
    said_by_side = models.CharField(max_length=12)
    said_by = models.CharField(max_length=150)
    said_at = models.DateTimeField(db_default=Now())
    due_on = models.DateField()
    reported_at = models.DateTimeField(null=True, blank=True)
    reported_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        db_table = "departure"
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(reported_at=None), name="departure_open_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "due_on"], condition=Q(reported_at=None), name="departure_of_facility"
            ),
            models.Index(
                fields=["province", "due_on"], condition=Q(reported_at=None), name="departure_of_province"
            ),
            models.Index(fields=["personal_number_key"], name="departure_person"),
        ]
