"""Planning a care episode: who, what for, when, under which rules of payment. Rows are made elsewhere."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush
from random import Random

from khoyte.nonprod.generator.conditions import Condition, choices
from khoyte.nonprod.generator.forms import Forms, forms_on
from khoyte.nonprod.generator.moments import DAY, at, day_of
from khoyte.nonprod.generator.people import Person, draw_person
from khoyte.nonprod.generator.world import Facility, Practitioner, of_title

VISIT, COURSE, INPATIENT, DAY_CARE, CHRONIC, COLLECTION, SHORT_STAY = "01", "02", "03", "04", "05", "07", "09"
ADMITTED = (INPATIENT, DAY_CARE, SHORT_STAY)
STAYS = (INPATIENT, DAY_CARE)  # take a bed
BEDS = 4000
"""Codes of beds: four prefixes, three digits."""
INSURED_ONLY = (COURSE, CHRONIC, COLLECTION)

INSURED_SHARE = 0.895  # the three insured-only forms of care bring it to about nine in ten
RETURNING_SHARE = 0.15

# MA_DOITUONG_KCB: registered here, primary-level facility, referral slip, re-examination slip, emergency...
HERE, PRIMARY, REFERRED, RE_EXAMINED, NEWBORN, EMERGENCY, NOT_INSURED = (
    "1.1",
    "1.2",
    "1.3",
    "1.5",
    "1.7",
    "2",
    "9",
)
_SENDERS = {"99001": "99002", "99025": "99002", "99041": "99042", "99042": "99043", "99044": "99001"}
DISCHARGED, TRANSFERRED, ON_REQUEST = "1", "2", "4"


@dataclass
class Episode:
    """One care episode as planned; moments are minutes (see moments.py)."""

    facility: Facility
    forms: Forms
    care: str
    condition: Condition
    person: Person
    serial: int
    ma_lk: str
    patient_number: str
    arrival: int
    admitted: int | None
    end: int
    days: int  # days for which medicines or services are given
    route: str  # MA_DOITUONG_KCB
    leaving: str  # MA_LOAI_RV
    result: str  # KET_QUA_DTRI
    doctor: Practitioner
    nurse: Practitioner
    technician: Practitioner
    department: str
    bed: str
    follow_up: int | None  # day ordinal of the next appointment

    @property
    def departments(self) -> str:
        return "K01" if self.department == "K01" else f"K01;{self.department}"

    @property
    def counted_days(self) -> int:
        """SO_NGAY_DTRI: none for visits, collections and short stays, else from day to day, both counted."""
        if self.care in (VISIT, COLLECTION, SHORT_STAY):
            return 0
        return day_of(self.end) - day_of(self.arrival) + 1

    @property
    def referred_from(self) -> str:
        if self.route == REFERRED:
            return _SENDERS.get(self.facility.code, "99003")
        return self.facility.code if self.route == RE_EXAMINED else ""


class Desk:
    """The admission desk of one facility during one run: patients known, beds taken, numbers given.

    A bed is given again only after its last patient left, so no two patients share one at any time. Runs
    of different seeds begin with different beds, since their files may go to one store.
    """

    def __init__(self, facility: Facility, rng: Random, token: str, first_bed: int = 0) -> None:
        self.facility = facility
        self.rng = rng
        self.token = token  # keeps the numbers of two runs apart
        self.serial = 0
        self.patients = 0
        self.known: deque[tuple[Person, Condition, str, int]] = deque(maxlen=400)
        self._first_bed = first_bed
        self._beds_made = 0
        self._free: list[tuple[int, str]] = []
        profile = facility.profile
        self._forms = [form for form, _ in profile.care]
        self._weights = [weight for _, weight in profile.care]

    def draw_form(self) -> str:
        return self.rng.choices(self._forms, self._weights)[0]

    def next_serial(self) -> int:
        self.serial += 1
        return self.serial

    def next_patient(self, year: int) -> str:
        self.patients += 1
        return f"BN{year % 100:02d}{self.token}{self.patients:06d}"

    def has_bed(self, start: int) -> bool:
        """Whether a bed is free from `start` on, or one more can be put up."""
        return self._is_free(start) or self._beds_made < BEDS

    def take_bed(self, start: int, end: int) -> str:
        """A bed free from `start` on, or one more; ask `has_bed` first."""
        if self._is_free(start):
            _, bed = heappop(self._free)
        else:
            number = (self._first_bed + self._beds_made) % BEDS
            self._beds_made += 1
            bed = f"{'HTCK'[number // 1000]}{number % 1000:03d}"
        heappush(self._free, (end + 1, bed))
        return bed

    def _is_free(self, start: int) -> bool:
        return bool(self._free) and self._free[0][0] <= start

    def returning(self, before: int) -> tuple[Person, Condition, str] | None:
        """A patient seen earlier in this run whose care ended before a moment, now and then."""
        if not self.known or self.rng.random() >= RETURNING_SHARE:
            return None
        person, condition, number, ended = self.rng.choice(self.known)
        return (person, condition, number) if ended < before else None


def plan(desk: Desk, day: int, form: str | None = None) -> Episode:
    """An episode of the facility whose care ends on the day (an ordinal)."""
    rng, facility = desk.rng, desk.facility
    care = form or desk.draw_form()
    condition = _draw_condition(rng, facility, care, day)
    arrival, admitted, end, days = _times(rng, care, condition, day)
    if care in STAYS and not desk.has_bed(arrival):
        return plan(desk, day, VISIT)
    person, condition, number = _patient(desk, care, condition, arrival)
    doctor, nurse, technician = _team(rng, facility)
    serial = desk.next_serial()
    leaving = _leaving(rng, facility, care)
    episode = Episode(
        facility=facility,
        forms=forms_on(day_of(end)),
        care=care,
        condition=condition,
        person=person,
        serial=serial,
        ma_lk=f"{facility.code}.{date.fromordinal(day).strftime('%y%m%d')}.{desk.token}{serial:05d}",
        patient_number=number,
        arrival=arrival,
        admitted=admitted,
        end=end,
        days=days,
        route=_route(rng, facility, care, person, condition),
        leaving=leaving,
        result=_result(rng, care, leaving),
        doctor=doctor,
        nurse=nurse,
        technician=technician,
        department=_department(facility, care, condition),
        bed=desk.take_bed(arrival, end) if care in STAYS else "",
        follow_up=_follow_up(rng, care, leaving, end),
    )
    if care == VISIT and condition.special == "":
        desk.known.append((person, condition, number, end))
    return episode


def _draw_condition(rng: Random, facility: Facility, care: str, day: int) -> Condition:
    met, weights = choices(facility.profile_name, care, date.fromordinal(day).month)
    return rng.choices(met, cum_weights=weights)[0]


def _patient(desk: Desk, care: str, condition: Condition, arrival: int) -> tuple[Person, Condition, str]:
    again = desk.returning(arrival) if care == VISIT else None
    if again:
        return again
    insured = care in INSURED_ONLY or desk.rng.random() < INSURED_SHARE
    person = draw_person(desk.rng, desk.facility, condition, arrival, insured)
    return person, condition, desk.next_patient(date.fromordinal(day_of(arrival)).year)


def _times(rng: Random, care: str, condition: Condition, day: int) -> tuple[int, int | None, int, int]:
    """Arrival, admission (or None), end of care, and days of medicines or services."""
    morning = 7 * 60 + rng.randint(0, 450)
    if care == VISIT:
        arrival = day * DAY + morning
        return arrival, None, arrival + rng.randint(60, 130), 5
    if care in (CHRONIC, COLLECTION, COURSE):
        days = rng.randint(7, 12) if care == COURSE else rng.choice((28, 28, 30))
        return (day - days + 1) * DAY + morning, None, at(day, 23, 59), days
    if care == SHORT_STAY:
        arrival = at(day, 7) + rng.randint(0, 600)
        return arrival, arrival + rng.randint(15, 40), arrival + rng.randint(120, 225), 1
    stay = rng.randint(*condition.stay)
    if care == DAY_CARE:
        arrival = at(day - stay + 1, 7) + rng.randint(0, 90)
        return arrival, arrival + rng.randint(30, 60), at(day, 16) + rng.randint(0, 40), stay
    arrival = at(day - stay, 6) + rng.randint(0, 15 * 60)
    return arrival, arrival + rng.randint(30, 170), at(day, 8) + rng.randint(0, 220), stay


def _team(rng: Random, facility: Facility) -> tuple[Practitioner, Practitioner, Practitioner]:
    doctor = rng.choice(of_title(facility.code, "bác sỹ"))
    nurse = rng.choice(of_title(facility.code, "điều dưỡng"))
    return doctor, nurse, rng.choice(of_title(facility.code, "kỹ thuật y"))


def _department(facility: Facility, care: str, condition: Condition) -> str:
    departments = facility.profile.departments
    if care in (VISIT, CHRONIC, COLLECTION) or len(departments) == 1:
        return "K01"
    return condition.department if condition.department in departments[1:] else departments[1]


def _route(rng: Random, facility: Facility, care: str, person: Person, condition: Condition) -> str:
    if not person.insured:
        return NOT_INSURED
    if condition.special == "newborn":
        return NEWBORN
    if condition.accident == "1" or care == SHORT_STAY:
        return EMERGENCY
    if person.registered_at == facility.code:
        return HERE
    if facility.profile.level == "ban đầu":
        return PRIMARY
    if care in (CHRONIC, COLLECTION):
        return RE_EXAMINED
    return rng.choices((REFERRED, RE_EXAMINED, EMERGENCY), (0.75, 0.19, 0.06))[0]


def _leaving(rng: Random, facility: Facility, care: str) -> str:
    if care in (CHRONIC, COLLECTION, COURSE):
        return DISCHARGED
    share = 0.05 if facility.profile.level == "ban đầu" or care == SHORT_STAY else 0.03
    if rng.random() < share:
        return TRANSFERRED
    return ON_REQUEST if care == INPATIENT and rng.random() < 0.04 else DISCHARGED


def _result(rng: Random, care: str, leaving: str) -> str:
    if leaving == TRANSFERRED:
        return "3"
    if care in (CHRONIC, COLLECTION):
        return rng.choice(("2", "3"))
    return rng.choices(("1", "2"), (0.3, 0.7))[0]


def _follow_up(rng: Random, care: str, leaving: str, end: int) -> int | None:
    if leaving == TRANSFERRED:
        return None
    if care in (CHRONIC, COLLECTION):
        return day_of(end) + 1
    share = {VISIT: 0.12, INPATIENT: 0.3, DAY_CARE: 0.2}.get(care, 0.05)
    return day_of(end) + rng.choice((7, 14, 28)) if rng.random() < share else None
