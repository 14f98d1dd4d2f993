"""What demonstration facilities prescribe and perform: drugs, services, supplies, departments.

The tables in `data/` are of the right shape and size for Vietnam; registration, tender and index numbers are
invented. Prices are held in thousandths of a đồng, quantities in thousandths of a unit: money stays exact.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from khoyte.nonprod.generator.tables import read_table

OPERATION = "8"  # MA_NHOM
DRUG_GROUP, SUPPLY, VISIT, DAY_BED, BED = "4", "10", "13", "14", "15"

_DIRECTIONS = {
    "1.01": "Uống sau ăn",
    "2.10": "Tiêm tĩnh mạch chậm",
    "2.15": "Truyền tĩnh mạch",
    "5.05": "Khí dung",
    "3.05": "Bôi ngoài da",
    "6.01": "Nhỏ mắt",
    "4.01": "Đặt âm đạo buổi tối",
}


@dataclass(frozen=True)
class Drug:
    """One drug as a facility buys it; `price` in thousandths of a đồng."""

    key: str
    code: str
    name: str
    strength: str
    unit: str
    form: str
    route: str
    price: int
    number: int
    insured_rate: int  # TYLE_TT_BH

    @cached_property
    def registration(self) -> str:
        return f"VD-{99000 + self.number}-{20 + self.number % 5}"

    @cached_property
    def directions(self) -> str:
        return _DIRECTIONS[self.route]

    def tender(self, year: int) -> str:
        """TT_THAU: decision;package;group;year."""
        return f"{400 + self.number}/QĐ-SYT;G{1 + self.number % 3};N{1 + self.number % 5};{year}"


@dataclass(frozen=True)
class Index:
    """One measured value of a test; `texts` takes the place of the number for qualitative indices."""

    code: str
    name: str
    unit: str
    low: float
    high: float
    decimals: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """A technical service (dịch vụ kỹ thuật); `price` in thousandths of a đồng."""

    key: str
    code: str
    name: str
    group: str  # MA_NHOM
    price: int
    machine: str  # group of MA_MAY
    minutes: int
    procedure_code: str  # ICD-9-CM Vol 3
    anaesthesia: str  # PP_VO_CAM
    supplies: tuple[tuple[str, int], ...]
    indices: tuple[Index, ...]
    readings: tuple[tuple[str, str], ...]  # what the reader describes, what the reader concludes


@dataclass(frozen=True)
class Supply:
    """A medical supply (vật tư y tế); `price` in thousandths of a đồng."""

    code: str
    name: str
    unit: str
    price: int
    number: int

    def tender(self, year: int) -> str:
        return f"{700 + self.number}/QĐ-SYT;G{1 + self.number % 2};N{1 + self.number % 4};{year}"


@dataclass(frozen=True)
class Department:
    """A department and the visit (khám) it charges for."""

    code: str
    name: str
    visit_code: str
    visit_name: str


def _thousandths(text: str) -> int:
    return round(float(text) * 1000)


def _drug(row: dict[str, str]) -> Drug:
    return Drug(
        key=row["key"],
        code=row["code"],
        name=row["name"],
        strength=row["strength"],
        unit=row["unit"],
        form=row["form"],
        route=row["route"],
        price=_thousandths(row["price"]),
        number=int(row["number"]),
        insured_rate=int(row["insured_rate"]),
    )


def _index(row: dict[str, str]) -> Index:
    texts = tuple(filter(None, row["texts"].split("|")))
    low, high, decimals = float(row["low"] or 0), float(row["high"] or 0), int(row["decimals"] or 0)
    return Index(row["code"], row["name"], row["unit"], low, high, decimals, texts)


def _read_services() -> dict[str, Service]:
    indices, readings = defaultdict(list), defaultdict(list)
    for row in read_table("indices.csv"):
        indices[row["service"]].append(_index(row))
    for row in read_table("image_readings.csv"):
        readings[row["service"]].append((row["description"], row["conclusion"]))
    return {
        row["key"]: _service(row, tuple(indices[row["key"]]), tuple(readings[row["key"]]))
        for row in read_table("services.csv")
    }


def _service(
    row: dict[str, str], indices: tuple[Index, ...], readings: tuple[tuple[str, str], ...]
) -> Service:
    supplies = (part.split(":") for part in row["supplies"].split())
    return Service(
        key=row["key"],
        code=row["code"],
        name=row["name"],
        group=row["group"],
        price=_thousandths(row["price"]),
        machine=row["machine"],
        minutes=int(row["minutes"]),
        procedure_code=row["procedure_code"],
        anaesthesia=row["anaesthesia"],
        supplies=tuple((name, int(count)) for name, count in supplies),
        indices=indices,
        readings=readings,
    )


def _read_supplies() -> dict[str, Supply]:
    return {
        row["key"]: Supply(
            row["code"], row["name"], row["unit"], _thousandths(row["price"]), int(row["number"])
        )
        for row in read_table("supplies.csv")
    }


DRUGS = {row["key"]: _drug(row) for row in read_table("drugs.csv")}
SERVICES = _read_services()
SUPPLIES = _read_supplies()
DEPARTMENTS = {row["code"]: Department(**row) for row in read_table("departments.csv")}
