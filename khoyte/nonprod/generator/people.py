"""Invented patients: personal numbers start with place 999, cards name provinces 97 to 99."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from khoyte.nonprod.generator.conditions import Condition
from khoyte.nonprod.generator.moments import day8, stamp
from khoyte.nonprod.generator.names import draw_family_name, draw_name, personal_number
from khoyte.nonprod.generator.world import COMMUNES, PROVINCES, Commune, Facility

# Object group of the card by age: (letters, benefit digit, weight). Digits 1 and 2 pay 100 %, 3 95 %, 4 80 %.
_CHILD = (("TE", 1, 1.0),)
_PUPIL = (("HS", 4, 0.86), ("HN", 2, 0.08), ("CN", 3, 0.06))
_ADULT = (("DN", 4, 0.42), ("GD", 4, 0.36), ("HC", 4, 0.08), ("HN", 2, 0.07), ("CN", 3, 0.07))
_OLD = (("GD", 4, 0.42), ("HT", 3, 0.38), ("BT", 2, 0.1), ("HN", 2, 0.1))
BENEFITS = {1: 100, 2: 100, 3: 95, 4: 80}

_ETHNIC_GROUPS = (
    ("01", 0.86),
    ("02", 0.03),
    ("03", 0.03),
    ("06", 0.03),
    ("05", 0.02),
    ("08", 0.02),
    ("09", 0.01),
)
# Two digits name a group of the list of Decision 34/2020/QĐ-TTg, five digits one occupation.
_WORK_LONG = ("61110", "52230", "93290", "75310", "83220", "23410", "41100", "51200")
_BLOOD_GROUPS = ("", "", "", "O", "O", "A", "B", "AB")
_GROUPS_THAT_WORK = {"DN", "HC"}
_EMPLOYERS = (
    "Công ty TNHH May Cánh Diều",
    "Công ty Cổ phần Gỗ Đồi Thông",
    "Hợp tác xã Chè Vườn Chè",
    "Công ty TNHH Điện tử Sao Hôm",
    "Trường Tiểu học Suối Mơ",
)


@dataclass(frozen=True)
class Person:
    """One invented patient as of a visit."""

    full_name: str
    sex: int
    birth: str  # NGAY_SINH, 12 digits
    age: int
    number: str  # personal number, empty for a newborn
    ethnic_group: str
    occupation: str  # five digits; the first two are its group
    phone: str
    weight_kg: int  # hundredths of a kg
    blood_group: str
    commune: Commune
    place: str  # hamlet or street
    card: str  # empty when not insured
    benefit: int  # percent, 0 when not insured
    registered_at: str
    employer: str
    insurance_number: str  # 10 digits
    father: str
    mother: str

    @property
    def insured(self) -> bool:
        return bool(self.card)


def draw_person(rng: Random, facility: Facility, condition: Condition, arrival: int, insured: bool) -> Person:
    """A patient of the age and sex that the condition asks for, living near the facility."""
    newborn = condition.special == "newborn"
    sex = condition.sex or rng.choice((1, 2))
    age = rng.randint(*condition.ages)
    birth, birth_year = _birth(rng, age, arrival, newborn)
    family = draw_family_name(rng)
    commune = rng.choice(COMMUNES[facility.province]) if rng.random() < 0.35 else facility.commune
    letters, digit = _card_group(rng, age)
    insurance_number = f"{facility.province}{rng.randrange(10**8):08d}"
    registered = (
        facility.code if facility.profile.level == "ban đầu" or rng.random() < 0.3 else _home(rng, facility)
    )
    return Person(
        full_name=draw_name(rng, sex, family),
        sex=sex,
        birth=birth,
        age=age,
        number="" if newborn else personal_number(sex, birth_year, rng.randint(100_000, 999_999)),
        ethnic_group=rng.choices([c for c, _ in _ETHNIC_GROUPS], [w for _, w in _ETHNIC_GROUPS])[0],
        occupation=rng.choice(_WORK_LONG) if 18 <= age < 62 else "00000",
        phone=f"0900{rng.randrange(10**6):06d}",
        weight_kg=_weight(rng, age, newborn),
        blood_group=rng.choice(_BLOOD_GROUPS),
        commune=commune,
        place=f"Thôn {rng.randint(1, 12)}" if commune.name.startswith("xã") else f"Tổ {rng.randint(1, 40)}",
        card=f"{letters}{digit}{insurance_number[:2]}{insurance_number}" if insured else "",
        benefit=BENEFITS[digit] if insured else 0,
        registered_at=f"{facility.province}000" if newborn else registered,
        employer=rng.choice(_EMPLOYERS) if letters in _GROUPS_THAT_WORK else "",
        insurance_number=insurance_number,
        father=draw_name(rng, 1, family),
        mother=draw_name(rng, 2),
    )


def _home(rng: Random, facility: Facility) -> str:
    """The commune station where a hospital's patient is registered."""
    return rng.choice(("99003", "99004", "99006", "99007", "99009")) if facility.province == "97" else "99043"


def _birth(rng: Random, age: int, arrival: int, newborn: bool) -> tuple[str, int]:
    if newborn:  # up to 28 days old: the real time of birth is asked for
        birth = stamp(arrival - rng.randint(3 * 1440, 9 * 1440))
        return birth, int(birth[:4])
    year = date.fromordinal(arrival // 1440).year - age - 1
    if rng.random() < 0.03 and age > 50:
        return f"{year}00000000", year  # day and month unknown
    birth = day8(date(year, 1, 1).toordinal() + rng.randrange(365))
    return f"{birth}0000", year


def _card_group(rng: Random, age: int) -> tuple[str, int]:
    groups = _CHILD if age < 6 else _PUPIL if age < 18 else _ADULT if age < 60 else _OLD
    letters, digit, _ = rng.choices(groups, [weight for *_, weight in groups])[0]
    return letters, digit


def _weight(rng: Random, age: int, newborn: bool) -> int:
    if newborn:
        return rng.randint(260, 390)
    if age < 16:
        return 100 * (9 + 3 * age) + rng.randrange(0, 300, 10)
    return rng.randrange(4200, 7800, 50)


def address(person: Person, with_district: bool) -> str:
    """Residence as written in DIA_CHI; districts only for records before 2025-07-01."""
    parts = [person.place, person.commune.name]
    if with_district:
        parts.append(person.commune.district)
    return ", ".join([*parts, PROVINCES[person.commune.province]])
