"""The declarations of this room, one file each."""

from khoyte.practice.registers.diplomas import DIPLOMAS
from khoyte.practice.registers.facilities import FACILITIES
from khoyte.practice.registers.licence_events import LICENCE_EVENTS
from khoyte.practice.registers.pharmacies import PHARMACIES
from khoyte.practice.registers.practice_registrations import PRACTICE_REGISTRATIONS
from khoyte.practice.registers.practitioners import PRACTITIONERS

REGISTERS = (FACILITIES, PRACTITIONERS, PHARMACIES, PRACTICE_REGISTRATIONS, LICENCE_EVENTS, DIPLOMAS)
