"""An invented nation of facilities and practitioners of any size, for the benchmarks of the registers.

Provinces carry the codes of the country's 34, weighted so that the largest holds about one in six; names
say that all of it is invented. Codes of facilities, licences and personal numbers (place 999) are each given
once. Everything follows from the numbers alone, so that a benchmark knows what a search must find without
asking the program it measures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from khoyte.nonprod.generator.names import draw_name, personal_number
from khoyte.warehouse.provinces import PLACES

PROVINCES = tuple(sorted(PLACES))
LARGEST = PROVINCES[0]
FIGURES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TITLES = (("BS", 0.32), ("DD", 0.4), ("YS", 0.08), ("HS", 0.08), ("KTY", 0.12))
TITLE_WORDS = {"BS": "Bác sỹ", "DD": "Điều dưỡng", "YS": "Y sỹ", "HS": "Hộ sinh", "KTY": "Kỹ thuật y"}
FORMS = ("station", "clinic", "clinic", "traditional", "clinic", "centre", "hospital")
_WEIGHTS = tuple(accumulate(1 / (place + 2) for place in range(len(PROVINCES))))
_TITLE_WEIGHTS = tuple(accumulate(weight for _, weight in TITLES))
_HOURS = "T2-T6 7:00-11:30, 13:00-16:30"

Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A facility: its code begins with its province."""

    code: str
    province: str
    name: str


def places(count: int) -> list[Place]:
    """So many facilities, spread over the provinces by their weights."""
    rng = Random(f"places {count}")
    given = dict.fromkeys(PROVINCES, 0)
    found = []
    for _ in range(count):
        province = rng.choices(PROVINCES, cum_weights=_WEIGHTS)[0]
        number = given[province]
        given[province] = number + 1
        rest, last = divmod(number, len(FIGURES))
        first, middle = divmod(rest, len(FIGURES))
        # Raises IndexError beyond 46,656 of one province: some 280,000 of the country.
        code = f"{province}{FIGURES[first]}{FIGURES[middle]}{FIGURES[last]}"
        found.append(Place(code, province, f"Cơ sở {code} (minh họa)"))
    return found


def facility_rows(of: Sequence[Place]) -> Iterator[Row]:
    for number, one in enumerate(of):
        yield {
            "code": one.code,
            "name": one.name,
            "form": FORMS[number % len(FORMS)],
            "professional_level": "BAN_DAU",
            "tier": "XA",
            "governing_body": "private" if number % 3 else "province",
            "licence_number": f"{number:06d}/GPHĐ-MH",
            "licence_date": f"2024-{1 + number % 12:02d}-15",
            "licence_issuer": issuer(one.province),
            "head_name": draw_name(Random(f"head {number}"), 1 + number % 2),
            "province": one.province,
            "commune": f"xã Minh Họa {number % 97}",
            "address": f"Số {number % 500} đường Minh Họa",
            "phone": f"09{number:08d}",
            "hours": _HOURS,
            "insurance": "1",
        }


def practitioner_rows(count: int, of: Sequence[Place]) -> Iterator[Row]:
    """So many practitioners; a tenth of the facilities have near half of them, as hospitals do."""
    rng = Random(f"practitioners {count}")
    for number in range(count):
        place = of[int(len(of) * rng.random() ** 3)]
        sex, year = 1 + (rng.random() < 0.6), 1955 + number % 45
        title = rng.choices(TITLES, cum_weights=_TITLE_WEIGHTS)[0][0]
        yield {
            "full_name": draw_name(rng, sex),
            "personal_number": personal_number(sex, year, number),
            "birth_date": year,
            "sex": sex,
            "title": title,
            "licence_kind": "GPHN",
            "licence_number": f"{number:06d}/MH-GPHN",
            "licence_date": f"2024-01-{2 + number % 9:02d}",
            "licence_valid_to": f"2029-01-{1 + number % 9:02d}",
            "licence_issuer": issuer(place.province),
            "scope": "Khám bệnh, chữa bệnh theo chuyên khoa ghi trên văn bằng",
            "qualification": "Đại học",
            "cme_hours": 24 + number * 7 % 97,
            "facility": place.code,
            "position": "Nhân viên y tế",
        }


def issuer(province: str) -> str:
    return f"Sở Y tế {province} (minh họa)"
