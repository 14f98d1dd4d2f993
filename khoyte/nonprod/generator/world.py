"""The invented country of the demonstration: three provinces, their communes, facilities and staff.

Nothing here is real. Provinces 97 to 99, districts from 980 and communes from 97001 are codes no real unit
has; facilities have codes from 99001; practitioners hold licences "nnnnnn/DEMO-GPHN" and personal numbers
that start with 999. All of it depends on the code alone, never on a seed, so that registers seeded from here
agree with every generated submission.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from khoyte.nonprod.generator.names import draw_name, personal_number

MINISTRY = "BYT"


@dataclass(frozen=True)
class DemoUnit:
    """An organisation of the demonstration; `kind` is ministry, department, province or facility."""

    code: str
    kind: str
    name: str
    under: str | None
    province: str | None
    level: str | None


@dataclass(frozen=True)
class Profile:
    """What a kind of facility does: staff, departments, and the share of each form of care (MA_LOAI_KCB)."""

    level: str  # cấp chuyên môn kỹ thuật: ban đầu, cơ bản, chuyên sâu
    doctors: int
    nurses: int
    technicians: int
    departments: tuple[str, ...]
    care: tuple[tuple[str, float], ...]
    weight: float  # relative number of visits a day
    visit_fee: int  # đồng
    bed_fee: int
    mark_up: float = 1.0  # hospital price over insurance price (private facilities)


PROFILES = {
    "station": Profile(
        "ban đầu", 3, 5, 1, ("K01",), (("01", 0.76), ("05", 0.16), ("07", 0.08)), 1.0, 36500, 0
    ),
    "clinic": Profile("ban đầu", 6, 8, 3, ("K01",), (("01", 0.94), ("05", 0.06)), 1.6, 36500, 0, 1.6),
    "centre": Profile(
        "cơ bản", 24, 46, 10, ("K01", "K03", "K11", "K18", "K19", "K27"),
        (("01", 0.58), ("03", 0.2), ("05", 0.12), ("07", 0.02), ("02", 0.04), ("04", 0.02), ("09", 0.02)),
        6.0, 39800, 212600,
    ),
    "hospital": Profile(
        "cơ bản", 60, 110, 24, ("K01", "K02", "K03", "K04", "K11", "K18", "K19", "K27", "K31"),
        (("01", 0.52), ("03", 0.26), ("05", 0.12), ("02", 0.04), ("04", 0.03), ("09", 0.03)),
        14.0, 45000, 257100,
    ),
    "private": Profile(
        "cơ bản", 18, 30, 8, ("K01", "K03", "K18", "K19", "K27"),
        (("01", 0.66), ("03", 0.2), ("05", 0.1), ("04", 0.04)), 4.0, 39800, 212600, 1.8,
    ),
    "central": Profile(
        "chuyên sâu", 80, 130, 30, ("K01", "K02", "K03", "K04", "K11", "K18", "K19", "K27", "K31"),
        (("01", 0.46), ("03", 0.34), ("05", 0.1), ("02", 0.04), ("04", 0.03), ("09", 0.03)),
        20.0, 50600, 323700,
    ),
}  # fmt: skip

PROVINCES = {
    "97": "tỉnh Bình An (minh họa)",
    "98": "tỉnh Hòa Sơn (minh họa)",
    "99": "thành phố Sao Mai (minh họa)",
}
_HEALTH_OFFICES = {
    "97": "Sở Y tế tỉnh Bình An (minh họa)",
    "98": "Sở Y tế tỉnh Hòa Sơn (minh họa)",
    "99": "Sở Y tế thành phố Sao Mai (minh họa)",
}

_COMMUNE_NAMES = {
    "97": (
        "Suối Mơ", "Đồi Thông", "Hồ Biếc", "Lúa Vàng", "Mây Trắng", "Cỏ May", "Nắng Mai", "Sương Sớm",
        "Trăng Non", "Gió Ngàn", "Bến Xưa", "Cầu Tre", "Vườn Chè", "Rừng Quế", "Đồng Sen", "Thác Bạc",
        "Núi Xanh", "Sông Êm", "Cánh Diều", "Hạt Gạo", "Lá Phong", "Mùa Xuân", "Phù Sa", "Quê Ngoại",
        "Ráng Chiều", "Sao Hôm", "Tre Ngà", "Ước Mơ", "Yên Vui", "Đá Cuội",
    ),
    "98": (
        "Biển Lặng", "Đảo Yến", "Hải Âu", "Cát Trắng", "Sóng Xanh", "Buồm Nâu",
    ),
    "99": (
        "Ánh Dương", "Hoa Nắng", "Cầu Vồng", "Phố Nhỏ", "Vườn Hồng", "Sao Mai",
    ),
}  # fmt: skip
_WARDS = {"Suối Mơ", "Sông Êm", "Yên Vui", "Ánh Dương", "Hoa Nắng", "Phố Nhỏ", "Vườn Hồng", "Sao Mai"}
_DISTRICTS = {
    "97": ("thành phố Bình An", "huyện Sông Êm", "huyện Núi Xanh", "huyện Đồng Sen"),
    "98": ("thị xã Hải Âu", "huyện Sóng Xanh"),
    "99": ("quận Sao Mai", "quận Ánh Dương"),
}


@dataclass(frozen=True)
class Commune:
    """A place of residence; the district counts only for records before 2025-07-01."""

    code: str
    name: str
    province: str
    district_code: str
    district: str


@dataclass(frozen=True)
class Practitioner:
    """A member of staff; `title` is the licensed title of Law 15/2023/QH15 Art. 26."""

    licence: str
    full_name: str
    title: str
    sex: int
    birth_year: int
    personal_number: str
    insurance_number: str
    facility: str
    department: str


@dataclass(frozen=True)
class Facility:
    """A demonstration facility (cơ sở khám bệnh, chữa bệnh)."""

    code: str
    name: str
    profile_name: str
    province: str
    commune: Commune
    refers_to: str

    @property
    def profile(self) -> Profile:
        return PROFILES[self.profile_name]


def _make_communes() -> dict[str, tuple[Commune, ...]]:
    communes = {}
    for province, names in _COMMUNE_NAMES.items():
        districts = _DISTRICTS[province]
        first_district = 980 + 6 * (int(province) - 97)
        communes[province] = tuple(
            Commune(
                code=f"{province}{index + 1:03d}",
                name=f"{'phường' if name in _WARDS else 'xã'} {name}",
                province=province,
                district_code=str(first_district + index % len(districts)),
                district=districts[index % len(districts)],
            )
            for index, name in enumerate(names)
        )
    return communes


COMMUNES = _make_communes()

# The order puts a mixture first: the first three or five facilities are a hospital, a centre, stations.
_BIG_OF_97 = (
    (1, "hospital", "Bệnh viện Đa khoa tỉnh Bình An"),
    (2, "centre", "Trung tâm Y tế khu vực Đồi Thông"),
    (5, "private", "Bệnh viện Đa khoa tư nhân Hồ Biếc"),
    (8, "clinic", "Phòng khám đa khoa Nắng Mai"),
    (11, "centre", "Trung tâm Y tế khu vực Núi Xanh"),
    (14, "clinic", "Phòng khám đa khoa Tre Ngà"),
    (17, "centre", "Trung tâm Y tế khu vực Đồng Sen"),
    (20, "clinic", "Phòng khám đa khoa Yên Vui"),
    (25, "hospital", "Bệnh viện Sản - Nhi tỉnh Bình An"),
    (30, "centre", "Trung tâm Y tế khu vực Sông Êm"),
)
_OTHERS = (
    (41, "hospital", "Bệnh viện Đa khoa tỉnh Hòa Sơn", "98"),
    (42, "centre", "Trung tâm Y tế khu vực Sóng Xanh", "98"),
    (43, "station", "Trạm Y tế xã Biển Lặng", "98"),
    (44, "central", "Bệnh viện Trung ương Sao Mai", "99"),
    (45, "private", "Bệnh viện Đa khoa Quốc tế Ánh Dương", "99"),
)
_LAST_REFERRAL = "99044"


def _make_facilities() -> dict[str, Facility]:
    facilities = {}
    big = {number: (profile, name) for number, profile, name in _BIG_OF_97}
    communes = iter(COMMUNES["97"])
    for number in range(1, 41):
        if number in big:
            profile, name = big[number]
            place = COMMUNES["97"][number % len(COMMUNES["97"])]
        else:
            place = next(communes)
            profile, name = "station", f"Trạm Y tế {place.name}"
        facilities[f"{99000 + number}"] = _facility(number, profile, name, "97", place)
    for number, profile, name, province in _OTHERS:
        facilities[f"{99000 + number}"] = _facility(number, profile, name, province, COMMUNES[province][0])
    return facilities


def _facility(number: int, profile: str, name: str, province: str, place: Commune) -> Facility:
    up = {"station": "99001", "clinic": "99001", "centre": "99001", "private": "99001"}.get(
        profile, _LAST_REFERRAL
    )
    if profile == "central":
        up = "99041"  # sent back closer to home
    return Facility(f"{99000 + number}", name, profile, province, place, up)


FACILITIES = _make_facilities()


def first_facilities(count: int) -> list[Facility]:
    """The first `count` demonstration facilities by code; raises ValueError when there are not that many."""
    if not 1 <= count <= len(FACILITIES):
        raise ValueError(f"between 1 and {len(FACILITIES)} facilities, not {count}")
    return [FACILITIES[code] for code in sorted(FACILITIES)[:count]]


@cache
def staff(facility_code: str) -> tuple[Practitioner, ...]:
    """Doctors first, then nurses, then technicians of a demonstration facility; the same in every run."""
    facility = FACILITIES[facility_code]
    profile = facility.profile
    rng = Random(f"staff of {facility_code}")
    titles = (
        ["bác sỹ"] * profile.doctors + ["điều dưỡng"] * profile.nurses + ["kỹ thuật y"] * profile.technicians
    )
    return tuple(_practitioner(rng, facility, position, title) for position, title in enumerate(titles))


def _practitioner(rng: Random, facility: Facility, position: int, title: str) -> Practitioner:
    number = (int(facility.code) - 99000) * 1000 + position
    sex = rng.choice((1, 2)) if title == "bác sỹ" else rng.choice((1, 2, 2, 2))
    birth_year = rng.randint(1966, 1998)
    departments = facility.profile.departments
    return Practitioner(
        licence=f"{number:06d}/DEMO-GPHN",
        full_name=draw_name(rng, sex),
        title=title,
        sex=sex,
        birth_year=birth_year,
        personal_number=personal_number(sex, birth_year, number),
        insurance_number=f"{facility.province}{number:08d}",
        facility=facility.code,
        department=departments[position % len(departments)],
    )


def of_title(facility_code: str, title: str) -> tuple[Practitioner, ...]:
    """The staff of one licensed title."""
    return tuple(person for person in staff(facility_code) if person.title == title)


@cache
def machine_code(facility_code: str, group: str) -> str:
    """MA_MAY of the machine of one group: group.funding.facility.serial (annex of Decision 4750)."""
    rng = Random(f"machine {group} of {facility_code}")
    return f"{group}.{rng.choice('112')}.{facility_code}.{rng.randint(10000, 99999)}"


def demo_units() -> list[DemoUnit]:
    """Every organisation of the demonstration, each after the one it is under."""
    units = [
        DemoUnit(MINISTRY, "ministry", "Bộ Y tế (minh họa)", None, None, None),
        DemoUnit("CNTT", "department", "Trung tâm Thông tin y tế quốc gia (minh họa)", MINISTRY, None, None),
    ]
    units += [
        DemoUnit(code, "province", name, MINISTRY, code, None) for code, name in _HEALTH_OFFICES.items()
    ]
    units += [
        DemoUnit(f.code, "facility", f.name, f.province, f.province, f.profile.level)
        for f in FACILITIES.values()
    ]
    return units
