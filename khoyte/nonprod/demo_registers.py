"""Registers of the demonstration: the facilities and staff that the invented records name, and pharmacies.

Entered as already reviewed, by the same import a province would use. Some declarations of the first facility
and of its neighbours are left waiting, so that every role finds something to do.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from khoyte.foundation.calendar import TZ, add_working_days, today
from khoyte.foundation.look.formulas import HarmlessCsv
from khoyte.nonprod.demo_diplomas import enter_diplomas
from khoyte.nonprod.demo_plan import FIRST_ROUND_WEEKS, databases, databases_before
from khoyte.nonprod.generator.names import draw_name, personal_number
from khoyte.nonprod.generator.world import COMMUNES, FACILITIES, PROVINCES, Facility, Practitioner, staff

TITLES = {"bác sỹ": "BS", "điều dưỡng": "DD", "kỹ thuật y": "KTY"}
FORMS = {
    "station": "station",
    "clinic": "clinic",
    "centre": "centre",
    "hospital": "hospital",
    "private": "hospital",
    "central": "hospital",
}
LEVELS = {"ban đầu": "BAN_DAU", "cơ bản": "CO_BAN", "chuyên sâu": "CHUYEN_SAU"}
BEDS = {"hospital": 320, "centre": 120, "private": 60, "central": 800}
DAY_HOURS = "T2-T6 7:00-11:30, 13:00-16:30; T7 7:00-11:30"
PHARMACIES = 160
# So many of them are identified; the rest are declared, so that the plan of the months ahead has a forecast.
IDENTIFIED = 84
# People of 99001 who are declared and not yet reviewed: its own task has something left to do.
DECLARED_PEOPLE = 22
# Weeks ago in which rows were recorded, over and over: work that went now faster, now slower, so that a rate
# can be observed and the forecast tried on weeks that are over.
PACED = ("practitioners", "pharmacies")
PACE = (9, 9, 8, 8, 8, 7, 6, 6, 5, 5, 5, 5, 4, 4, 3, 3, 3, 2, 1, 1, 1, 0)
CHAINS = ("", "", "", "Nhà thuốc An Tâm (minh họa)", "Nhà thuốc Lá Xanh (minh họa)")
# People of 99001 with a change for the facility's own reviewer, stations with one for the province.
WAITING_PEOPLE = 12
# Whose account the demonstration's practitioner has, and who leaves, by place in the staff of 99001.
PRACTITIONER, LEAVING = 14, 15
SUSPENDED_DAYS = 20
WAITING_FACILITIES = ("99003", "99004", "99006")

Row = Mapping[str, Any]


def _beside(one: Practitioner, number: int) -> Practitioner:
    """Somebody like `one` whom the generator of records does not know."""
    return replace(
        one,
        licence=f"{number:06d}/DEMO-GPHN",
        full_name=draw_name(Random(f"beside {number}"), one.sex),
        personal_number=personal_number(one.sex, one.birth_year, number),
    )


NOT_IN_RECORDS = tuple(_beside(staff("99002")[place], 2900 + place) for place in range(3))
"""Doctors of 99002 with a suspension: the gate must find nothing in files without defects."""


def facilities() -> Iterator[Row]:
    for number, one in enumerate(FACILITIES.values(), start=1):
        beds = BEDS.get(one.profile_name)
        head = staff(one.code)[0]
        yield {
            "code": one.code,
            "name": one.name,
            "form": FORMS[one.profile_name],
            "professional_level": LEVELS[one.profile.level],
            "tier": {"station": "XA", "central": "TW"}.get(one.profile_name, "TINH"),
            "governing_body": {"private": "private", "clinic": "private", "central": "ministry"}.get(
                one.profile_name, "province"
            ),
            "licence_number": f"{number:05d}/DEMO-GPHĐ",
            "licence_date": f"2024-{1 + number % 12:02d}-15",
            "licence_issuer": _issuer(one),
            "head_name": head.full_name,
            "head_licence": head.licence,
            "province": one.province,
            "commune": one.commune.name,
            "address": f"Số {number} đường Minh Họa",
            "phone": f"09{number:08d}",
            "hours": "24/7" if beds else DAY_HOURS,
            "holiday_hours": "24/7" if beds else "Nghỉ",
            "emergency_24h": "1" if beds else "0",
            "departments": "; ".join(one.profile.departments),
            "beds_planned": beds,
            "beds_registered": beds,
            "beds_actual": beds and beds + 8,
            "insurance": "1",
        }


def practitioners(everybody: Iterable[Practitioner]) -> Iterator[Row]:
    for place, one in enumerate(everybody):
        yield {
            "full_name": one.full_name,
            "personal_number": one.personal_number,
            "birth_date": one.birth_year,
            "sex": one.sex,
            "title": TITLES[one.title],
            "licence_kind": "GPHN",
            "licence_number": one.licence,
            # Before any record that is made up for them: the new licences came with 2024.
            "licence_date": f"2024-01-{2 + place % 9:02d}",
            "licence_valid_to": f"2029-01-{1 + place % 9:02d}",
            "licence_issuer": _issuer(FACILITIES[one.facility]),
            "scope": SCOPES[one.title],
            "qualification": f"Đại học ({one.title})",
            "cme_hours": 24 + place * 7 % 97,
            "facility": one.facility,
            "position": one.title.capitalize(),
        }


def declared_people() -> list[Practitioner]:
    """New people of 99001, whom no invented record names."""
    return [_beside(staff("99001")[place], 2920 + place) for place in range(DECLARED_PEOPLE)]


SCOPES = {
    "bác sỹ": "Khám bệnh, chữa bệnh theo chuyên khoa ghi trên văn bằng",
    "điều dưỡng": "Chăm sóc người bệnh theo phân công",
    "kỹ thuật y": "Thực hiện kỹ thuật xét nghiệm, chẩn đoán hình ảnh",
}


def registrations(everybody: Iterable[Practitioner]) -> Iterator[Row]:
    for one in everybody:
        inpatient = FACILITIES[one.facility].profile_name in BEDS
        yield {
            "personal_number": one.personal_number,
            "facility": one.facility,
            "valid_from": "2024-01-11",
            "hours": "24/7" if inpatient else "T2-CN 0:00-24:00",
            "position": one.title.capitalize(),
            "department": one.department,
            "main_place": "1",
        }


def licence_events(everybody: Sequence[Practitioner]) -> Iterator[Row]:
    """Two suspensions that are over and one in force, of people whom no generated record names."""
    over, also_over, suspended = everybody[-len(NOT_IN_RECORDS) :]
    periods = (
        (over, "2025-02-01", "2025-03-31"),
        (also_over, "2025-05-01", "2025-05-31"),
        (suspended, (today() - timedelta(days=SUSPENDED_DAYS)).isoformat(), ""),
    )
    for number, (one, start, end) in enumerate(periods, start=1):
        yield {
            "licence_number": one.licence,
            "kind": "suspend",
            "valid_from": start,
            "valid_to": end,
            "decision": f"{number}/QĐ-SYT-MH",
            "issuer": _issuer(FACILITIES[one.facility]),
        }


def facility_licence_events() -> Iterator[Row]:
    """Every licence as issued; the first facility's was adjusted, and one was suspended before any record."""
    rows = list(facilities())
    for number, one in enumerate(rows, start=1):
        yield _decided(one, "issue", one["licence_date"], number=number)
    first, second = rows[:2]
    yield _decided(first, "adjust", "2025-03-01", number=len(rows) + 1)
    yield _decided(second, "suspend", "2025-02-01", "2025-02-15", number=len(rows) + 2)


def _decided(one: Row, kind: str, start: str, end: str = "", *, number: int) -> Row:
    return {
        "facility": one["code"],
        "licence_number": one["licence_number"],
        "kind": kind,
        "valid_from": start,
        "valid_to": end,
        "decision": f"{number}/QĐ-GPHĐ-MH",
        "decision_date": start,
        "issuer": one["licence_issuer"],
        "scope": "Phòng mổ" if kind == "suspend" else "",
        "reason": "Thiếu nhân lực gây mê (minh họa)" if kind == "suspend" else "",
    }


def facility_services() -> Iterator[Row]:
    """The same few techniques at each facility; hospitals have them all."""
    for number, one in enumerate(FACILITIES.values(), start=1):
        for code, name in TECHNIQUES[: None if one.profile_name in BEDS else 2]:
            yield {
                "facility": one.code,
                "code": code,
                "name": name,
                "decision": f"{number}/QĐ-DMKT-MH",
                "decision_date": "2024-05-10",
                "valid_from": "2024-06-01",
            }


TECHNIQUES = (
    ("02.1896", "Khám Nội"),
    ("10.1900", "Khám Ngoại"),
    ("18.0015.0001", "Siêu âm ổ bụng"),
    ("23.0075.1494", "Định lượng Glucose"),
    ("22.0121.1369", "Tổng phân tích tế bào máu ngoại vi"),
)


def scope_items(everybody: Iterable[Practitioner]) -> Iterator[Row]:
    """What each licence says; every ninth has a technique delegated by the own facility."""
    for place, one in enumerate(everybody):
        of_person = {"personal_number": one.personal_number, "decision_date": "2024-01-02"}
        yield {
            **of_person, "source": "licence", "name": SCOPES[one.title], "place": "",
            "decision": one.licence, "valid_from": "2024-01-15",
        }  # fmt: skip
        if place % 9 == 0:
            yield {
                **of_person, "source": "delegated", "name": TECHNIQUES[place % len(TECHNIQUES)][1],
                "place": one.facility, "decision": f"{place + 1}/QĐ-GKT-MH", "valid_from": "2025-03-01",
            }  # fmt: skip


def cme_records(everybody: Iterable[Practitioner]) -> Iterator[Row]:
    """A few courses of every third practitioner, one a year."""
    for place, one in enumerate(everybody):
        for turn in range(place % 3):
            yield {
                "personal_number": one.personal_number,
                "activity": "course" if turn == 0 else "conference",
                "title": COURSES[(place + turn) % len(COURSES)],
                "organiser": "Bệnh viện Đa khoa tỉnh Bình An (minh họa)",
                "certificate": f"{place + 1}-{turn + 1}/CN-MH",
                "begun_on": f"{2025 + turn}-03-{1 + place % 20:02d}",
                "ended_on": f"{2025 + turn}-03-{3 + place % 20:02d}",
                "hours": 16 + 8 * turn,
            }


COURSES = ("Cấp cứu cơ bản", "Kiểm soát nhiễm khuẩn", "Sử dụng kháng sinh hợp lý", "An toàn người bệnh")


def trainees(everybody: Sequence[Practitioner]) -> Iterator[Row]:
    """Three at the large hospital, one of whom has finished."""
    guide = next(one for one in everybody if one.facility == "99001" and one.title == "bác sỹ")
    for number, name in enumerate(("Nguyễn Thị Thực Tập", "Trần Văn Học Việc", "Lê Thị Mới Ra Trường")):
        done = number == 0
        yield {
            "full_name": name,
            "personal_number": f"99910{'1' if number == 1 else '3'}77700{number}",
            "facility": guide.facility,
            "department": "Khoa Nội tổng hợp",
            "diploma": "Bác sỹ y khoa",
            "title": "Bác sỹ",
            "supervisor": guide.full_name,
            "supervisor_licence": guide.licence,
            "contract": f"{number + 1}/HĐTH-MH",
            "valid_from": "2025-03-01" if done else "2026-06-01",
            "valid_to": "2026-02-28" if done else "2027-05-31",
            "result": "passed" if done else "",
        }


def pharmacies() -> Iterator[Row]:
    rng = Random("pharmacies of the demonstration")
    for number in range(1, PHARMACIES + 1):
        province = rng.choice(("97", "97", "97", "98", "99"))
        commune = rng.choice(COMMUNES[province])
        kind = rng.choice(("nha_thuoc", "nha_thuoc", "quay_thuoc", "tu_thuoc"))
        head = draw_name(rng, rng.choice((1, 2)))
        chain = rng.choice(CHAINS) if kind == "nha_thuoc" else ""
        yield {
            "name": f"{'Nhà thuốc' if kind == 'nha_thuoc' else 'Quầy thuốc'} {head.split()[-1]} {number}",
            "kind": kind,
            "status": "active" if number % 20 else "paused",
            "certificate_number": f"{number:04d}/ĐKKDD-MH",
            "certificate_date": f"2023-{1 + number % 12:02d}-10",
            "certificate_issuer": f"Sở Y tế {PROVINCES[province]}",
            "gpp_number": f"{number:04d}/GPP-MH",
            "gpp_valid_to": f"2026-{1 + number % 12:02d}-10",
            "head_name": head,
            "head_certificate": f"{number:05d}/CCHN-D-MH",
            "province": province,
            "commune": commune.name,
            "address": f"Số {number} đường Minh Họa",
            "hours": "T2-CN 7:00-21:00",
            "chain": chain,
        }


def _issuer(one: Facility) -> str:
    return "Bộ Y tế (minh họa)" if one.profile_name == "central" else f"Sở Y tế {PROVINCES[one.province]}"


def fill_registers() -> None:
    """Enter everything, once: a register that has records is left alone."""
    from khoyte.registers.known import register
    from khoyte.units.policy import system_actor
    from khoyte.units.tenancy import working

    by = system_actor("demo")
    everybody = [*(one for code in sorted(FACILITIES) for one in staff(code)), *NOT_IN_RECORDS]
    lines = {
        "facilities": facilities(),
        "practitioners": practitioners(everybody),
        "practice_registrations": registrations(everybody),
        "licence_events": licence_events(everybody),
        "facility_licence_events": facility_licence_events(),
        "facility_services": facility_services(),
        "scope_items": scope_items(everybody),
        "cme_records": cme_records(everybody),
        "trainees": trainees(everybody),
        "pharmacies": pharmacies(),
    }
    with working():
        if not register("databases").model.objects.exists():
            before = _weeks_ago(FIRST_ROUND_WEEKS + 1)
            _enter("databases", databases_before(), by=by, confirmed=True, at=before)
            _enter("databases", databases(), by=by, confirmed=True)
        for name, rows in lines.items():
            if not register(name).model.objects.exists():
                known = list(rows)
                left = known[IDENTIFIED:] if name == "pharmacies" else []
                if name in PACED:
                    _enter_by_weeks(name, known[: len(known) - len(left)], by=by)
                else:
                    _enter(name, known, by=by, confirmed=True)
                if name == "practitioners":
                    people = practitioners(declared_people())
                    _enter(name, people, by=by, confirmed=False, at=_weeks_ago(0))
                if left:
                    _enter(name, left, by=by, confirmed=False, at=_weeks_ago(len(PACE) // 2))
        _leave_waiting(everybody[:WAITING_PEOPLE])
        _leave_registrations(everybody)
        enter_diplomas(everybody[WAITING_PEOPLE:], everybody[PRACTITIONER])


def _weeks_ago(weeks: int) -> datetime:
    """The morning of the last working day before this day some weeks ago."""
    return datetime.combine(add_working_days(today() - timedelta(weeks=weeks), -1), time(9, 15), TZ)


def _enter_by_weeks(name: str, rows: Sequence[Row], *, by: Any) -> None:
    """As confirmed, each row in its week."""
    for weeks in sorted(set(PACE), reverse=True):
        of_week = [row for place, row in enumerate(rows) if PACE[place % len(PACE)] == weeks]
        if of_week:
            _enter(name, of_week, by=by, confirmed=True, at=_weeks_ago(weeks))


def _enter(name: str, rows: Iterable[Row], *, by: Any, confirmed: bool, at: datetime | None = None) -> None:
    from khoyte.registers import importing
    from khoyte.registers.known import register
    from khoyte.registers.reading import Source

    written = io.StringIO()
    found = list(rows)
    writer = HarmlessCsv(written)
    writer.write(found[0])
    for row in found:
        writer.write("" if value is None else value for value in row.values())
    source = Source(f"{name}.csv", written.getvalue().encode())
    report = importing.run(register(name), source, by=by, dry=False, confirmed=confirmed, at=at)
    if report.bad:
        raise AssertionError(f"{name}: {report.document()['causes']}")


def _leave_waiting(people: Sequence[Practitioner]) -> None:
    """Changes for the facility's reviewer, and changes of stations for the province's officer.

    What was confirmed stays in force meanwhile, so the invented records find everybody licensed.
    """
    from khoyte.registers import actions
    from khoyte.registers.known import register
    from khoyte.units.models import Account
    from khoyte.units.queries import actor_of_account

    clerk = actor_of_account(Account.objects.select_related("unit").get(username="facility-99001"))
    known, places = register("practitioners"), register("facilities")
    if known.model.objects.filter(state="in_review").exists():
        return
    for number, one in enumerate(people):
        record = known.model.objects.get(licence_number=one.licence)
        patch = {"phone": f"09{number:08d}", "cme_hours": 48 + number}
        actions.change(register=known, id=record.pk, patch=patch, by=clerk, source="form")
        actions.submit(register=known, id=record.pk, by=clerk)
    for code in WAITING_FACILITIES:
        place = places.model.objects.get(code=code)
        station = _machine_of(code)
        patch = {"hours": "T2-T6 7:00-11:30, 13:30-17:00", "phone": f"0987{code}1"}
        actions.change(register=places, id=place.pk, patch=patch, by=station, source="api")
        actions.submit(register=places, id=place.pk, by=station)


def _leave_registrations(everybody: Sequence[Practitioner]) -> None:
    """What stands open about registrations: the practitioner's account is somebody of 99001, whom 99002 would
    have on Saturdays, and another of 99001 has said the last day."""
    from khoyte.foundation.calendar import today
    from khoyte.practice import actions as practice
    from khoyte.registers import actions
    from khoyte.registers.known import register
    from khoyte.units.models import Account
    from khoyte.units.persons import link_person, register_key
    from khoyte.units.policy import system_actor
    from khoyte.units.queries import actor_of_account

    account = Account.objects.select_related("unit").filter(username="practitioner-99001").first()
    known = register("practice_registrations")
    if account is None or known.model.objects.filter(level="practitioner").exists():
        return
    person = everybody[PRACTITIONER]
    link_person(
        username=account.username, number=person.personal_number, assurance="counter",
        by=system_actor("demo"),
    )  # fmt: skip
    neighbour = _machine_of("99002")
    content = {
        "personal_number": person.personal_number,
        "facility": "99002",
        "valid_from": today().isoformat(),
        "hours": "T7 7:00-11:30",
        "position": person.title.capitalize(),
    }
    made = actions.create(register=known, content=content, by=neighbour, source="api")
    actions.submit(register=known, id=made.pk, by=neighbour)
    key = register_key(everybody[LEAVING].personal_number)
    leaving = replace(actor_of_account(account), name="nguoi-hanh-nghe-99001", person=key.hex())
    place = known.model.objects.get(personal_number_key=key, facility="99001")
    practice.say_leaving(id=place.pk, last_day=today(), by=leaving)


def _machine_of(code: str) -> Any:
    from khoyte.units.models import Unit
    from khoyte.units.policy import Actor

    unit = Unit.objects.get(pk=code)
    return Actor(
        kind="machine",
        name=f"machine:{code}:demo",
        unit_code=code,
        unit_name=unit.name,
        unit_kind="facility",
        province=unit.province,
        scopes=("registers:write",),
    )
