"""The declarations of this room, one file each."""

from khoyte.practice.registers.cme_records import CME_RECORDS
from khoyte.practice.registers.diplomas import DIPLOMAS
from khoyte.practice.registers.facilities import FACILITIES
from khoyte.practice.registers.facility_licence_events import FACILITY_LICENCE_EVENTS
from khoyte.practice.registers.facility_services import FACILITY_SERVICES
from khoyte.practice.registers.licence_events import LICENCE_EVENTS
from khoyte.practice.registers.pharmacies import PHARMACIES
from khoyte.practice.registers.practice_registrations import PRACTICE_REGISTRATIONS
from khoyte.practice.registers.practitioners import PRACTITIONERS
from khoyte.practice.registers.scope_items import SCOPE_ITEMS
from khoyte.practice.registers.trainees import TRAINEES

REGISTERS = (
    FACILITIES,
    PRACTITIONERS,
    PHARMACIES,
    PRACTICE_REGISTRATIONS,
    LICENCE_EVENTS,
    FACILITY_LICENCE_EVENTS,
    FACILITY_SERVICES,
    DIPLOMAS,
    SCOPE_ITEMS,
    CME_RECORDS,
    TRAINEES,
)
