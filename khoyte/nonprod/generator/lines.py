"""Rows of drugs (XML2), services and supplies (XML3) and results (XML4) of an episode."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from khoyte.nonprod.generator.conditions import Dose
from khoyte.nonprod.generator.episode import (
    CHRONIC,
    COLLECTION,
    COURSE,
    DAY_CARE,
    INPATIENT,
    Episode,
)  # fmt: skip
from khoyte.nonprod.generator.episode import (
    VISIT as OUTPATIENT_VISIT,
)
from khoyte.nonprod.generator.moments import DAY, day_of, stamp, year_of
from khoyte.nonprod.generator.money import BY_SERVICE, Line, cost, quantity
from khoyte.nonprod.generator.reference import (
    BED,
    DAY_BED,
    DEPARTMENTS,
    DRUG_GROUP,
    DRUGS,
    SERVICES,
    SUPPLIES,
    SUPPLY,
    VISIT,
    Drug,
    Index,
    Service,
)  # fmt: skip
from khoyte.nonprod.generator.world import machine_code

UNIT = 1000  # one, in thousandths
CAPITATION = "2"  # MA_PTTT


@dataclass
class Orders:
    """Everything ordered in an episode, before the money is settled."""

    drugs: list[Line] = field(default_factory=list)
    services: list[Line] = field(default_factory=list)
    results: list[dict[str, str]] = field(default_factory=list)
    procedures: list[str] = field(default_factory=list)  # ICD-9-CM codes in order

    @property
    def lines(self) -> list[Line]:
        return self.drugs + self.services


def write_orders(rng: Random, episode: Episode) -> Orders:
    """The orders that the diagnosis and the form of care lead to."""
    orders = Orders()
    if episode.care != COLLECTION:
        add_visit(episode, orders)
    if episode.care not in (CHRONIC, COLLECTION):
        _add_services(rng, episode, orders)
    if episode.bed:
        _add_bed(episode, orders)
    _add_drugs(episode, orders)
    _add_support(rng, episode, orders)
    number_rows(orders)
    return orders


def number_rows(orders: Orders) -> None:
    for rows in ([line.row for line in orders.drugs], [line.row for line in orders.services], orders.results):
        for position, row in enumerate(rows, start=1):
            row["STT"] = str(position)


def _payment(episode: Episode) -> str:
    return CAPITATION if episode.facility.profile_name == "station" else BY_SERVICE


def _first_order(episode: Episode) -> int:
    """When the doctor begins to order: some minutes after arrival or admission."""
    return (episode.admitted or episode.arrival) + 8


def add_visit(episode: Episode, orders: Orders) -> None:
    department = DEPARTMENTS["K01" if episode.department == "K01" else episode.department]
    row = _service_row(episode, department.visit_code, department.visit_name, VISIT, episode.arrival + 3)
    row["MA_KHOA"] = "K01"
    _charge(episode, orders, row, "Lần", UNIT, episode.facility.profile.visit_fee * UNIT)


def _service_row(episode: Episode, code: str, name: str, group: str, ordered: int) -> dict[str, str]:
    return {
        "MA_LK": episode.ma_lk,
        "MA_DICH_VU": code,
        "TEN_DICH_VU": name,
        "MA_NHOM": group,
        "MA_KHOA": episode.department,
        "MA_BAC_SI": episode.doctor.licence,
        "MA_BENH": episode.condition.code,
        "NGAY_YL": stamp(ordered),
        "MA_PTTT": _payment(episode),
    }


def _charge(episode: Episode, orders: Orders, row: dict[str, str], unit: str, count: int, price: int) -> None:
    """Add a service or supply line; `count` and `price` in thousandths, no fund price without insurance."""
    insured = episode.person.insured
    hospital_price = round(price * episode.facility.profile.mark_up)
    row.update(
        DON_VI_TINH=unit,
        PHAM_VI="1" if insured else "2",
        SO_LUONG=quantity(count),
        DON_GIA_BV=quantity(hospital_price),
        DON_GIA_BH=quantity(price) if insured else "0",
        TYLE_TT_DV="100",
        TYLE_TT_BH="100" if insured else "0",
    )
    orders.services.append(
        Line("XML3", row, cost(count, hospital_price), cost(count, price) if insured else 0)
    )


def _add_services(rng: Random, episode: Episode, orders: Orders) -> None:
    """Tests soon after the first order, then treatment; a course repeats its treatment every day."""
    moment = _first_order(episode)
    has_laboratory = episode.facility.profile_name != "station"
    for key in episode.condition.tests if has_laboratory else ():
        add_test(rng, episode, orders, SERVICES[key], moment)
    repeated = episode.days if episode.care in (COURSE, DAY_CARE) else 1
    for day in range(repeated):
        begin = episode.arrival + day * DAY + 20 if repeated > 1 else moment + 25
        for place, key in enumerate(episode.condition.treatment):
            add_treatment(episode, orders, SERVICES[key], begin + 2 * place)


def add_test(rng: Random, episode: Episode, orders: Orders, service: Service, ordered: int) -> None:
    done = ordered + rng.randint(3, 10)
    result = done + rng.randint(8, 24)
    row = _service_row(episode, service.code, service.name, service.group, ordered)
    row.update(
        NGUOI_THUC_HIEN=episode.technician.licence,
        NGAY_TH_YL=stamp(done),
        NGAY_KQ=stamp(result),
        MA_MAY=machine_code(episode.facility.code, service.machine),
    )
    _charge(episode, orders, row, "Lần", UNIT, service.price)
    for index in service.indices:
        orders.results.append(_result_row(episode, service, stamp(result)) | _measured(rng, index))
    if service.readings:
        description, conclusion = rng.choice(service.readings)
        orders.results.append(
            _result_row(episode, service, stamp(result))
            | {"TEN_CHI_SO": service.name, "MO_TA": description, "KET_LUAN": conclusion}
        )


def _result_row(episode: Episode, service: Service, result: str) -> dict[str, str]:
    return {
        "MA_LK": episode.ma_lk,
        "MA_DICH_VU": service.code,
        "NGAY_KQ": result,
        "MA_BS_DOC_KQ": episode.doctor.licence,
    }


def _measured(rng: Random, index: Index) -> dict[str, str]:
    """A value, and for numbers the reference interval as the laboratory prints it."""
    row = {"MA_CHI_SO": index.code, "TEN_CHI_SO": index.name, "DON_VI_DO": index.unit}
    if index.texts:
        return row | {"GIA_TRI": rng.choice(index.texts)}
    value = f"{rng.uniform(index.low, index.high):.{index.decimals}f}"
    return row | {"GIA_TRI": value, "MO_TA": f"Giá trị tham chiếu: {index.low:g} - {index.high:g}"}


def add_treatment(episode: Episode, orders: Orders, service: Service, ordered: int) -> None:
    row = _service_row(episode, service.code, service.name, service.group, ordered)
    started = ordered + 6
    row.update(
        MA_PTTT_QT=service.procedure_code,
        NGUOI_THUC_HIEN=f"{episode.doctor.licence};{episode.nurse.licence}",
        NGAY_TH_YL=stamp(started),
        NGAY_KQ=stamp(min(started + service.minutes, episode.end)),
        PP_VO_CAM=service.anaesthesia,
    )
    _charge(episode, orders, row, "Lần", UNIT, service.price)
    if service.procedure_code and service.procedure_code not in orders.procedures:
        orders.procedures.append(service.procedure_code)
    for key, count in service.supplies:
        add_supply(episode, orders, key, count, ordered)


def add_supply(episode: Episode, orders: Orders, key: str, count: int, ordered: int) -> None:
    supply = SUPPLIES[key]
    row = _service_row(episode, "", "", SUPPLY, ordered)
    row.update(
        MA_VAT_TU=supply.code, TEN_VAT_TU=supply.name, TT_THAU=supply.tender(year_of(episode.arrival) - 1)
    )
    _charge(episode, orders, row, supply.unit, count * UNIT, supply.price)


def _add_bed(episode: Episode, orders: Orders) -> None:
    """Bed days; the day of discharge is not counted for an inpatient."""
    overnight = episode.care == INPATIENT
    group, name, code = (
        (BED, "Giường nội trú", "1911") if overnight else (DAY_BED, "Giường điều trị ban ngày", "1916")
    )
    days = day_of(episode.end) - day_of(episode.arrival) + (0 if overnight else 1)
    fee = episode.facility.profile.bed_fee * (1000 if overnight else 300)
    row = _service_row(
        episode, f"{episode.department}.{code}", f"{name} {DEPARTMENTS[episode.department].name}", group,
        _first_order(episode),
    )  # fmt: skip
    row["MA_GIUONG"] = episode.bed
    _charge(episode, orders, row, "Ngày", days * UNIT, fee)


def _add_drugs(episode: Episode, orders: Orders) -> None:
    for dose in episode.condition.drugs:
        drug = DRUGS[dose.drug]
        if episode.care == INPATIENT and dose.days is None:
            for day in range(episode.days):  # ordered anew each day of the stay
                add_drug(episode, orders, drug, dose, 1, _first_order(episode) + 5 + day * DAY)
        else:
            days = dose.days or episode.days
            add_drug(episode, orders, drug, dose, days, _prescribed(episode))


def _prescribed(episode: Episode) -> int:
    if episode.care == OUTPATIENT_VISIT:
        return episode.end - 10
    return _first_order(episode) + (30 if episode.care in (CHRONIC, COLLECTION, COURSE) else 5)


def add_drug(episode: Episode, orders: Orders, drug: Drug, dose: Dose, days: int, ordered: int) -> None:
    ordered = min(ordered, episode.end - 5)
    insured = episode.person.insured
    count = dose.amount * dose.times * days * UNIT
    rate = drug.insured_rate if insured else 0
    row = {
        "MA_LK": episode.ma_lk,
        "MA_THUOC": drug.code,
        "MA_NHOM": DRUG_GROUP,
        "TEN_THUOC": drug.name,
        "DON_VI_TINH": drug.unit,
        "HAM_LUONG": drug.strength,
        "DUONG_DUNG": drug.route,
        "DANG_BAO_CHE": drug.form,
        "LIEU_DUNG": _dose_text(dose, drug.unit, days),
        "CACH_DUNG": drug.directions,
        "SO_DANG_KY": drug.registration,
        "TT_THAU": drug.tender(year_of(episode.arrival) - 1),
        "PHAM_VI": "1" if insured else "2",
        "TYLE_TT_BH": str(rate),
        "SO_LUONG": quantity(count),
        "DON_GIA": quantity(drug.price),
        "MA_KHOA": episode.department,
        "MA_BAC_SI": episode.doctor.licence,
        "NGAY_YL": stamp(ordered),
        "NGAY_TH_YL": stamp(ordered + 5),
        "MA_PTTT": _payment(episode),
        "NGUON_CTRA": "1" if insured else "4",
    }
    orders.drugs.append(Line("XML2", row, cost(count, drug.price), cost(count, drug.price, rate)))


def _dose_text(dose: Dose, unit: str, days: int) -> str:
    """LIEU_DUNG: amount * times a day * days [total a day] (annex of Decision 4750/QĐ-BYT)."""
    a_day = dose.amount * dose.times
    return f"{dose.amount} {unit}/lần * {dose.times} lần/ngày * {days} ngày [{a_day} {unit}/ngày]"


def _add_support(rng: Random, episode: Episode, orders: Orders) -> None:
    """Now and then a donor pays half of what an uninsured patient would pay for one line."""
    if not episode.person.insured and orders.services and rng.random() < 0.05:
        line = orders.services[0]
        line.support = line.hospital // 2
