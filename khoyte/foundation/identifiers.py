"""Numbers and codes that name people and facilities: their shape, what they say, and how they are shown.

Parsers return None for what has not the shape; that is a finding for the caller to make, never a refusal.
What a number says about its holder only ever warns: numbers are issued again when a sex or birth year is
corrected (Decree 70/2024/NĐ-CP, Art. 11 and 12), and the old ones remain in records.
"""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

INVENTED_PLACE = "999"

_HIDDEN = "•"
_PERSONAL_NUMBER = re.compile(r"[0-9]{12}")
_CARD_15 = re.compile(r"([A-Z]{2})([1-5])([0-9]{2})([0-9A-Z]{10})")
_SOCIAL_INSURANCE_10 = re.compile(r"[0-9]{10}")
_SHORT_FACILITY = re.compile(r"[0-9]{2}[0-9A-Z]{3}")
_NATIONAL_FACILITY = re.compile(r"[0-9]{13}")
_FIRST_FOREIGN_PLACE = 100


@dataclass(frozen=True)
class PersonalNumber:
    """Personal identification number (số định danh cá nhân; Identity Law 26/2023/QH15, Art. 12).

    Three digits of the place of birth registration, one of century and sex, two of the birth year, six of
    serial number; no check digit. `sex` is "1" male or "2" female, as in insurance records.
    """

    number: str
    place: str
    sex: str
    birth_year: int

    @property
    def is_invented(self) -> bool:
        """A number of demonstration and test data: place code 999 is given to nobody."""
        return self.place == INVENTED_PLACE

    @property
    def place_known(self) -> bool:
        """Whether the place code is one of the 63 provinces of the time before 2025-07-01, or lies abroad.

        Abolished provinces stay in numbers for ever; the codes of countries (100 upwards) are not held here.
        """
        return self.place in birthplaces() or int(self.place) >= _FIRST_FOREIGN_PLACE

    def disagreements(self, sex: str | None = None, birth_year: int | None = None) -> tuple[str, ...]:
        """Which of "sex", "birth_year" the number contradicts; sex other than "1" and "2" is not compared."""
        found = []
        if sex in ("1", "2") and sex != self.sex:
            found.append("sex")
        if birth_year is not None and birth_year != self.birth_year:
            found.append("birth_year")
        return tuple(found)


@dataclass(frozen=True)
class InsuranceNumber:
    """A health-insurance number (BHYT) in one of the three formats that live side by side.

    `kind` is "card" (15 characters), "social-insurance" (10 digits) or "personal" (12 digits, from
    2025-08-15, Decree 188/2025/NĐ-CP). Group, benefit level and province stand on cards only.
    `social_insurance` is None where the number holds none, as on temporary cards of children.
    """

    number: str
    kind: str
    group: str | None = None
    benefit_level: str | None = None
    province: str | None = None
    social_insurance: str | None = None

    @property
    def is_placeholder(self) -> bool:
        """Ten zeros stand for "none known" (Circular 22/2025/TT-BYT) and never match anybody."""
        return self.social_insurance == "0" * 10


@dataclass(frozen=True)
class FacilityCode:
    """A code of a facility: `kind` "short" (5 characters, MA_CSKCB) or "national" (13 digits, MA_GTIN_CSKCB).

    `province` is the first two characters of a short code. `check_digit_right` (GS1 modulo 10) is None for
    short codes; no text fixes the structure of national codes, so a wrong digit is worth a warning only.
    """

    code: str
    kind: str
    province: str | None = None
    check_digit_right: bool | None = None


def parse_personal_number(written: str) -> PersonalNumber | None:
    """The parts of exactly 12 digits (outer spaces are allowed), else None."""
    number = written.strip()
    if not _PERSONAL_NUMBER.fullmatch(number):
        return None
    century_and_sex = int(number[3])
    return PersonalNumber(
        number=number,
        place=number[:3],
        sex="2" if century_and_sex % 2 else "1",
        birth_year=1900 + 100 * (century_and_sex // 2) + int(number[4:6]),
    )


def parse_insurance_number(written: str) -> InsuranceNumber | None:
    """A health-insurance number in any of its three formats, else None; letters may be small."""
    number = written.strip().upper()
    card = _CARD_15.fullmatch(number)
    if card:
        group, level, province, rest = card.groups()
        return InsuranceNumber(number, "card", group, level, province, rest if rest.isdigit() else None)
    if _SOCIAL_INSURANCE_10.fullmatch(number):
        return InsuranceNumber(number, "social-insurance", social_insurance=number)
    return InsuranceNumber(number, "personal") if _PERSONAL_NUMBER.fullmatch(number) else None


def parse_facility_code(written: str) -> FacilityCode | None:
    """A facility code of 5 characters or 13 digits, else None; the two kinds are never mixed."""
    code = written.strip().upper()
    if _SHORT_FACILITY.fullmatch(code):
        return FacilityCode(code, "short", province=code[:2])
    if _NATIONAL_FACILITY.fullmatch(code):
        return FacilityCode(code, "national", check_digit_right=gs1_check_digit(code[:-1]) == code[-1])
    return None


def mask(number: str) -> str:
    """A number as it may be shown: "999•••••••89". What is shorter than nine signs is hidden whole."""
    if len(number) < 9:
        return _HIDDEN * len(number)
    return f"{number[:3]}{_HIDDEN * (len(number) - 5)}{number[-2:]}"


@lru_cache(maxsize=1)
def birthplaces() -> dict[str, str]:
    """Province names by the three-digit codes of personal numbers (63 provinces before 2025-07-01)."""
    with (Path(__file__).parent / "data" / "birthplace_codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name_vi"] for row in csv.DictReader(file)}


def gs1_check_digit(digits: str) -> str:
    """The check digit GS1 puts behind twelve digits (modulo 10, weights 1 and 3 by turns)."""
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-weighted % 10)
