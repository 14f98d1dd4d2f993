"""Making the training province, and making it anew.

A round is an office TH01, TH02, … with facilities TH01A to TH01D. Making it anew opens the next round: new
units with the same names, filled like the first; the learners' accounts move over and keep their passwords;
the units of the round before are closed and their software is shut out. Nothing is deleted, as nothing of the
registers, files and logs ever is: a closed round has nobody left to show it to, and counts nowhere.
"""

import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import today
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look.formulas import HarmlessCsv
from khoyte.registers import actions as registers
from khoyte.registers import importing
from khoyte.registers.known import register
from khoyte.registers.reading import Source
from khoyte.units import actions as units
from khoyte.units.models import Account, MachineClient, MachineToken, Unit
from khoyte.units.persons import link_person
from khoyte.units.policy import Actor, system_actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import working
from khoyte.units.training import BEGINNING, INVENTED_PERSON, MARK

BY = system_actor("sandbox")
MOST_SEATS = 50
FIRST_LEARNER = 100
"""Serial numbers of learners begin after it, those of the first people before."""

WAITING = 2
"""Files that wait for the facility's reviewer in a new round; as many wait for the office."""

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOCK = 0x7461_7068
Row = Mapping[str, Any]


class NoSandbox(KhoyteError):
    code = "no-sandbox"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Text(vi="Chưa có tỉnh tập huấn.", en="There is no training province yet."),
            remedy=Text(vi="Chạy lệnh khoyte sandbox fill.", en="Run khoyte sandbox fill."),
        )


@dataclass(frozen=True)
class Round:
    """The training province as it stands. `accounts`: how many learners' accounts may sign in."""

    office: Unit
    facilities: tuple[Unit, ...]
    accounts: int


def current() -> Round | None:
    office = Unit.objects.filter(kind="province", code__startswith=BEGINNING, ended_on=None).first()
    if office is None:
        return None
    accounts = Account.objects.filter(unit__province=office.code, is_active=True).count()
    return Round(office, tuple(office.units.filter(kind="facility").order_by("code")), accounts)


def fill(*, seats: int, by: Actor) -> list[dict[str, str]]:
    """Make the province where there is none, and accounts up to `seats` learners; those newly made.

    Each is {"role", "unit", "username", "password"}; the password is kept as a hash only.
    """
    with working():
        _alone()
        office = current() or _open_round(1, by=by)
        made = [line for seat in range(1, min(seats, MOST_SEATS) + 1) for line in _seat(seat, office, by)]
        if made:
            _leave_waiting(office)
    return made


def make_anew(*, by: Actor) -> Round:
    """Open the next round, move the accounts there, close the one before. Raises NoSandbox."""
    with working():
        _alone()
        before = current()
        if before is None:
            raise NoSandbox
        after = _open_round(_number(before.office.code) + 1, by=by)
        moved = 0
        for old, new in zip(
            (before.office, *before.facilities), (after.office, *after.facilities), strict=True
        ):
            moved += Account.objects.filter(unit=old).update(unit=new)
            MachineToken.objects.filter(unit=old, revoked_at=None).update(revoked_at=timezone.now())
            MachineClient.objects.filter(unit=old, revoked_at=None).update(revoked_at=timezone.now())
            Unit.objects.filter(pk=old.pk).update(ended_on=today())
        learners = Account.objects.filter(unit__in=after.facilities, role="practitioner")
        names = learners.order_by("username").values_list("username", flat=True)
        _become([(name, int(name[-2:])) for name in names], after.office.code, by)
        _leave_waiting(after)
        audit.record(
            by=by,
            action="sandbox.make_anew",
            subject_kind="unit",
            subject_id=after.office.code,
            province=after.office.code,
            details={"before": before.office.code, "accounts": moved},
        )
        found = current()
    if found is None:
        raise NoSandbox
    return found


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _number(office: str) -> int:
    """TH01 → 1; counted by figures and letters, so 1295 rounds have a code."""
    return int(office[len(BEGINNING) :], 36)


def office_code(number: int) -> str:
    return f"{BEGINNING}{_SIGNS[number // 36]}{_SIGNS[number % 36]}"


@cache
def declared() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "sandbox.toml").read_text(encoding="utf-8"))


def _open_round(number: int, *, by: Actor) -> Round:
    """Units and confirmed registers of a round, in the caller's transaction."""
    said, code = declared(), office_code(number)
    ministry = Unit.objects.filter(kind="ministry").order_by("code").first()
    under = ministry.code if ministry else ""
    units.create_unit(code=code, kind="province", name=said["office"], under=under, by=by)
    for one in said["facilities"]:
        units.create_unit(code=code + one["letter"], kind="facility", name=one["name"], under=code, by=by)
    _enter("facilities", list(_facilities(code)))
    _enter_people(_people(code))
    audit.record(by=by, action="sandbox.open", subject_kind="unit", subject_id=code, province=code)
    office = Unit.objects.get(pk=code)
    return Round(office, tuple(office.units.order_by("code")), 0)


def _begun() -> list[dict[str, Any]]:
    """All facilities but the last: that one has declared nothing yet, so there is something to remind of."""
    return declared()["facilities"][:-1]


def _facilities(code: str) -> Iterator[Row]:
    for one in _begun():
        yield {
            "code": code + one["letter"],
            "name": one["name"],
            "province": code,
            "commune": "xã Tập Huấn",
            "address": "Số 1 đường Làm Thử",
            "hours": "T2-T6 7:00-11:30, 13:00-16:30",
        }


@dataclass(frozen=True)
class Person:
    """An invented practitioner; numbers of one round say which round, so that no two records share one."""

    name: str
    number: str
    licence: str
    sex: str
    title: str
    scope: str
    facility: str


def _people(code: str) -> list[Person]:
    """The first people of every facility of a round."""
    said = declared()
    places = [code + one["letter"] for one in _begun()]
    pairs = [(kind, place) for place in places for kind in said["people"]]
    return [
        _person(code, serial, kind, place, place[-1]) for serial, (kind, place) in enumerate(pairs, start=1)
    ]


def _learner(code: str, seat: int) -> Person:
    """The practitioner that a learner's account is, at the first facility."""
    said = declared()
    kind = said["people"][seat % len(said["people"])]
    return _person(code, FIRST_LEARNER + seat, kind, code + said["facilities"][0]["letter"], f"{seat:02d}")


def _person(code: str, serial: int, kind: Mapping[str, str], place: str, beside: str) -> Person:
    """Born 1985; of the six figures of a serial the first three are the round's."""
    number, sign = _number(code), "0" if kind["sex"] == "1" else "1"
    return Person(
        f"{kind['name']} {beside}",
        f"{INVENTED_PERSON}{sign}85{number % 1000:03d}{serial:03d}",
        f"{number:04d}{serial:03d}/{MARK}-GPHN",
        kind["sex"],
        kind["title"],
        kind["scope"],
        place,
    )


def _practitioner(one: Person) -> Row:
    return {
        "full_name": one.name,
        "personal_number": one.number,
        "birth_date": "1985",
        "sex": one.sex,
        "title": one.title,
        "licence_kind": "GPHN",
        "licence_number": one.licence,
        "licence_date": "2024-03-01",
        "licence_valid_to": "2029-02-28",
        "licence_issuer": declared()["office"],
        "scope": one.scope,
        "qualification": "Đại học",
        "cme_hours": 24,
        "facility": one.facility,
    }


def _registration(one: Person) -> Row:
    return {
        "personal_number": one.number,
        "facility": one.facility,
        "valid_from": "2024-03-11",
        "hours": "T2-CN 0:00-24:00",
    }


def _enter_people(people: Sequence[Person]) -> None:
    _enter("practitioners", [_practitioner(one) for one in people])
    _enter("practice_registrations", [_registration(one) for one in people])


def _enter(name: str, rows: list[Row]) -> None:
    """As an import would, already confirmed."""
    written = io.StringIO()
    writer = HarmlessCsv(written)
    writer.write(rows[0])
    for row in rows:
        writer.write("" if value is None else value for value in row.values())
    report = importing.run(
        register(name), Source(f"{name}.csv", written.getvalue().encode()), by=BY, dry=False, confirmed=True
    )
    if report.bad:
        raise AssertionError(f"{name}: {report.document()['causes']}")


def _seat(seat: int, found: Round, by: Actor) -> Iterator[dict[str, str]]:
    """The accounts of one learner that are not there yet."""
    code = found.office.code
    for one in declared()["seats"]:
        username = f"tap-huan-{one['name']}-{seat:02d}"
        if Account.objects.filter(username=username).exists():
            continue
        unit = code + one["letter"]
        _, password = units.create_account(username=username, unit=unit, role=one["role"], by=by)
        if one["role"] == "practitioner":
            _become([(username, seat)], code, by)
        yield {"role": one["role"], "unit": unit, "username": username, "password": password}


def _become(accounts: Sequence[tuple[str, int]], code: str, by: Actor) -> None:
    """Enter the people of these (account, seat) in the round, and tie each account to its person."""
    people = [_learner(code, seat) for _, seat in accounts]
    if people:
        _enter_people(people)
    for (username, _), person in zip(accounts, people, strict=True):
        link_person(username=username, number=person.number, assurance="sandbox", by=by)


def _leave_waiting(found: Round) -> None:
    """Something to review on the first day: changes sent by the first learner of the facility."""
    clerk = Account.objects.select_related("unit").filter(username="tap-huan-co-so-01").first()
    if clerk is None:
        return
    known = register("practitioners")
    rows = known.model.objects.filter(facility=clerk.unit_id, state="confirmed").order_by("licence_number")
    with transaction.atomic():
        for number, row in enumerate(rows[: 2 * WAITING]):
            by = actor_of_account(clerk)
            registers.change(
                register=known, id=row.pk, patch={"cme_hours": 48 + number}, by=by, source="form"
            )
            registers.submit(register=known, id=row.pk, by=by)
            if number >= WAITING:
                registers.confirm(register=known, id=row.pk, by=BY)
