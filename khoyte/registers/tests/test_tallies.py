"""What is counted as rows change equals what counting the rows gives, after any acts, in any order."""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.errors import KhoyteError
from khoyte.registers import actions, queries, tallies
from khoyte.registers.known import register, registers
from khoyte.registers.models import Case, Step, Tally, Version
from khoyte.registers.queries import Asked
from khoyte.registers.tests import offices
from khoyte.registers.tests.offices import NEIGHBOUR, OTHER_PROVINCE, OWN, PROVINCE, STRANGER, SYSTEM, officer
from khoyte.units.policy import ANONYMOUS
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
Line = tuple[Any, ...]
FACTS = ("records", "open_cases", "declared", "confirmed", "confirmed_here", "acts", "last")
STAGES = {
    "submit": ("submit", None),
    "facility": ("confirm", "facility"),
    "province": ("confirm", "province"),
}


def day_of(at: datetime) -> Any:
    return in_vietnam(at).date()


def kept() -> Counter[Line]:
    sums: Counter[Line] = Counter()
    for one in Tally.objects.all():
        key = (
            one.register,
            one.fact,
            one.facility,
            one.province,
            one.state,
            one.level,
            one.in_force,
            one.day,
        )
        sums[key] += one.number
    return Counter({key: number for key, number in sums.items() if number})


def counted() -> Counter[Line]:
    """The same counted from the rows, one by one."""
    found: Counter[Line] = Counter()
    for one in registers():
        for row in one.model.objects.all():
            place = "" if row.province else row.facility
            in_force = row.confirmed_version is not None
            found[one.name, "records", place, row.province, row.state, row.level, in_force, None] += 1
    for case in Case.objects.filter(closed_at=None):
        found[case.register, "open_cases", "", case.province, "", "", False, case.due_on] += 1
    for version in Version.objects.filter(number=1):
        day = day_of(version.recorded_at)
        found[version.register, "declared", "", version.province, "", "", False, day] += 1
    return found + of_steps(list(Step.objects.order_by("at", "id")))


def of_steps(steps: list[Step]) -> Counter[Line]:
    found: Counter[Line] = Counter()
    first: dict[Any, Line] = {}
    for step in steps:
        key = (step.register, "", step.province, "", "", False, day_of(step.at))
        if (step.act, step.state) == ("confirm", "confirmed"):
            first.setdefault(("confirmed", step.record), key)
            first.setdefault(("confirmed_here", step.record, step.province), key)
    for (fact, *_), (name, *rest) in first.items():
        found[name, fact, *rest] += 1
    last: dict[Any, Line] = {}
    for step in steps:
        for stage, (act, level) in STAGES.items():
            if step.act == act and (level is None or step.level in (level, "command")):
                key = (step.register, "", step.province, "", stage, False, day_of(step.at))
                found[key[0], "acts", *key[1:]] += 1
                last[stage, step.record, step.province] = key
    for name, *rest in last.values():
        found[name, "last", *rest] += 1
    return found


def anything(chance: Random, number: int) -> None:
    """One act of somebody, as it comes; most are refused where the record does not stand for them."""
    practitioners = register("practitioners")
    ids = list(practitioners.model.objects.order_by("id").values_list("id", flat=True))
    if not ids or chance.random() < 0.2:
        facility = chance.choice((OWN, NEIGHBOUR, STRANGER))
        person = offices.person(number, facility=facility)
        actions.create(
            register=practitioners, content=person, by=SYSTEM, source="api", confirmed=chance.random() < 0.3
        )
        return
    id = chance.choice(ids)
    act = chance.choice(
        ("change", "submit", "submit", "confirm", "confirm", "return", "withdraw", "move", "old")
    )
    if act == "change":
        patch = {"full_name": f"Lê Thị {number}", "facility": chance.choice((OWN, NEIGHBOUR, STRANGER))}
        actions.change(register=practitioners, id=id, patch=patch, by=SYSTEM, source="api")
    elif act == "submit":
        actions.submit(register=practitioners, id=id, by=SYSTEM)
    elif act == "confirm":
        actions.confirm(register=practitioners, id=id, by=offices_of(chance))
    elif act == "return":
        actions.return_for_correction(
            register=practitioners, id=id, reasons={"": "Sai"}, by=offices_of(chance)
        )
    elif act == "withdraw":
        actions.withdraw(register=practitioners, id=id, by=SYSTEM)
    elif act == "move":  # as a reorganisation moves records and their open cases
        where = chance.choice((PROVINCE, OTHER_PROVINCE, ""))
        practitioners.model.objects.filter(pk=id).update(province=where)
        Case.objects.filter(record=id, closed_at=None).update(province=where)
    else:  # what is taken over from elsewhere happened before
        Step.objects.bulk_create([old_step(chance, practitioners.model.objects.get(pk=id)) for _ in range(3)])


def offices_of(chance: Random) -> Any:
    return officer(chance.choice((PROVINCE, OTHER_PROVINCE)), "province")


def old_step(chance: Random, record: Any) -> Step:
    act, level, state = chance.choice(
        (("submit", "", "in_review"), ("return", "province", "returned"), ("confirm", "command", "confirmed"),
         ("confirm", "province", "confirmed"), ("confirm", "facility", "in_review"))
    )  # fmt: skip
    return Step(
        register="practitioners", record=record.pk, facility=record.facility,
        province=chance.choice((record.province, PROVINCE)), version=record.version, act=act, level=level,
        state=state, at=timezone.now() - timedelta(days=chance.randrange(40)), by="x",
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_lines_add_up_to_the_rows_whatever_happens(seed: int) -> None:
    chance, done = Random(seed), 0
    for number in range(60):
        try:
            with transaction.atomic():
                anything(chance, number)
            done += 1
        except KhoyteError:
            continue
    assert done > 20
    assert kept() == counted()
    lines = Tally.objects.count()
    assert tallies.shorten(few=0) > 0
    assert kept() == counted()
    assert Tally.objects.count() < lines


def test_filling_gives_what_the_triggers_gave() -> None:
    """A system that was in use before is counted once, by the migrations."""
    chance = Random(7)
    for number in range(40):
        with suppress(KhoyteError), transaction.atomic():
            anything(chance, number)
    before = kept()
    Tally.objects.all().delete()
    fill(import_module("khoyte.registers.migrations.0010_tallies").FILL)
    for room in ("practice.migrations.0010_tallied", "monitor.migrations.0005_tallied"):
        of_room = import_module(f"khoyte.{room}")
        for table in of_room.TABLES:
            fill(of_room.FILL.format(table=table))
    assert kept() == before
    assert {key[1] for key in before} == set(FACTS)


def fill(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_register_is_counted() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgname LIKE 'tallied%' GROUP BY 1"
        )
        triggers = dict(cursor.fetchall())
    without = {one.name for one in registers() if triggers.get(one.name) != 2}
    assert not without, f"{without}: give it the triggers of practice/migrations/0010_tallied.py"


def people(*facilities: str) -> None:
    for number, facility in enumerate(facilities):
        offices.made("practitioners", offices.person(number, facility=facility), confirmed=number % 2 == 0)


def told(by: Any) -> tuple[tuple[int, int], int]:
    """What the list of registers and the heading of a list say."""
    practitioners = register("practitioners")
    with speaking_as(by):
        return queries.numbers(practitioners, by), queries.listed(practitioners, Asked(), by, 0, 1)[1]


def test_everybody_is_told_the_number_they_may_see() -> None:
    people(OWN, OWN, NEIGHBOUR, NEIGHBOUR, STRANGER)
    assert told(officer(OWN, "facility")) == ((2, 1), 2)
    assert told(officer(PROVINCE, "province")) == ((4, 2), 4)
    assert told(officer(OTHER_PROVINCE, "province")) == ((1, 0), 1)
    assert told(officer("BYT", "ministry")) == ((5, 2), 5)


def test_the_wall_keeps_lines_apart_and_nobody_writes_one() -> None:
    people(OWN, STRANGER)
    assert Tally.objects.count() > 0
    for by, expected in (
        (officer(OWN, "facility"), set()),
        (officer(PROVINCE, "province"), {PROVINCE}),
        (officer("BYT", "ministry"), {PROVINCE, OTHER_PROVINCE}),
        (ANONYMOUS, set()),
    ):
        with speaking_as(by):
            assert set(Tally.objects.values_list("province", flat=True)) == expected
        with pytest.raises(ProgrammingError), speaking_as(by):
            Tally.objects.create(register="practitioners", fact="records", province=PROVINCE, number=5)
