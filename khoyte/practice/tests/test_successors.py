"""A facility is merged: its people practise at the successor from that day on, and open cases go on."""

import uuid
from datetime import date, timedelta

import pytest
from django.test import Client

from khoyte.foundation.calendar import format_date, now, today
from khoyte.practice import in_force
from khoyte.practice.may_practise import Registration
from khoyte.practice.models import PracticeRegistration
from khoyte.practice.public_codes import code_of
from khoyte.practice.queries import may_practise
from khoyte.practice.standing import licence_key
from khoyte.practice.successors import carried_over
from khoyte.practice.tests.people import NUMBER, practitioner, registration, window
from khoyte.registers import actions as registers
from khoyte.registers import queries, reviewing
from khoyte.registers.known import register
from khoyte.registers.models import Case
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PERSON, PROVINCE, made, officer
from khoyte.registers.tests.test_pages import text_of
from khoyte.units import reorganising
from khoyte.units.models import Account
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as, working
from khoyte.units.tests.country import make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
OLD, NEW, LAST = "97001", "97002", "97003"
MERGED, AGAIN = date(2026, 3, 1), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 1, 1), None, [(OLD, date(2026, 1, 1)), (NEW, MERGED), (LAST, AGAIN)]),
        (date(2026, 4, 1), None, [(OLD, date(2026, 4, 1)), (NEW, date(2026, 4, 1)), (LAST, AGAIN)]),
        (date(2026, 1, 1), date(2026, 2, 28), [(OLD, date(2026, 1, 1))]),
        (date(2026, 1, 1), date(2026, 3, 1), [(OLD, date(2026, 1, 1)), (NEW, MERGED)]),
    ],
)
def test_a_registration_is_carried_to_each_that_came_after(
    first: date, last: date | None, expected: list[tuple[str, date]]
) -> None:
    taken_over = {OLD: (NEW, MERGED), NEW: (LAST, AGAIN)}
    found = carried_over([Registration(OLD, first, last, "24/7")], taken_over)
    assert [(one.facility, one.valid_from) for one in found] == expected
    assert {(one.valid_to, one.hours) for one in found} == {(last, "24/7")}


def test_a_circle_of_mergers_ends() -> None:
    """Put back and merged the other way: the row of the first may still stand."""
    one = Registration(OLD, MERGED, None)
    assert len(carried_over([one], {OLD: (NEW, MERGED), NEW: (OLD, AGAIN)})) == 2


def merge(source: str = OWN, target: str = NEIGHBOUR) -> None:
    plan = reorganising.merge_plan([source], target)
    first, second = officer(PROVINCE, "province"), officer(PROVINCE, "province_lead")
    with speaking_as(first):
        row = reorganising.propose(kind="merge", plan=plan, decision="1/QĐ", effective_on=today(), by=first)
    with speaking_as(second):
        reorganising.confirm(row.pk, by=second)


def test_whoever_worked_there_may_practise_at_the_successor() -> None:
    herself = practitioner()
    made("practitioners", PERSON, confirmed=True)
    registration(confirmed=True)
    with working():
        assert not may_practise(facility=NEIGHBOUR, at=now(), personal_number=NUMBER).may
    merge()
    with working():
        assert may_practise(facility=NEIGHBOUR, at=now(), personal_number=NUMBER).may
        yesterday = now() - timedelta(days=1)
        assert not may_practise(facility=NEIGHBOUR, at=yesterday, personal_number=NUMBER).may
        holder = in_force.holders([licence_key(PERSON["licence_number"])])
    assert holder is not None
    (found,) = holder.values()
    assert {one.facility for one in found.registrations} == {OWN, NEIGHBOUR}
    moved = actor_of_account(Account.objects.select_related("unit").get(username=herself.name))
    page = text_of(window(moved).get("/hanh-nghe"))
    assert "Hiện được hành nghề tại 1 cơ sở" in page
    assert f"Đơn vị {NEIGHBOUR} ({NEIGHBOUR})" in page


def test_an_open_case_of_the_merged_facility_goes_on_at_the_successor() -> None:
    """Two-sided registration and a mismatch, both open when the facility is merged."""
    herself, clerk = practitioner(), officer(OWN, "facility")
    made("practitioners", PERSON, confirmed=True)
    waiting, settled = register("practice_registrations"), registration(confirmed=True, hours="T2 7:00-9:00")
    content = {
        "personal_number": NUMBER,
        "facility": OWN,
        "valid_from": "2026-01-05",
        "hours": "CN 7:00-9:00",
    }
    record = made("practice_registrations", content, by=clerk)
    with speaking_as(clerk):
        registers.submit(register=waiting, id=record.pk, by=clerk)
    with speaking_as(herself):
        reviewing.say_otherwise(register=waiting, id=settled.pk, said={"department": "K01"}, by=herself)
    merge()
    moved = actor_of_account(Account.objects.select_related("unit").get(username=herself.name))
    with speaking_as(moved):
        registers.confirm(register=waiting, id=record.pk, by=moved, version=1, right="register.own_write")
    reviewer = officer(NEIGHBOUR, "facility_reviewer")
    with speaking_as(reviewer):
        cases = {case.kind: case for case in queries.waiting_cases(reviewer)}
        assert set(cases) == {"review", "mismatch"}
        registers.confirm(register=waiting, id=record.pk, by=reviewer, version=1)
        reviewing.settle_mismatch(cases["mismatch"].pk, chosen=["department"], reason="Hợp đồng", by=reviewer)
    province = officer(PROVINCE, "province")
    with speaking_as(province):
        for row in PracticeRegistration.objects.all():
            registers.confirm(register=waiting, id=row.pk, by=province, version=row.version)
    assert not Case.objects.filter(closed_at=None).exists()
    assert {row.state for row in PracticeRegistration.objects.all()} == {"confirmed"}


def test_whoever_meets_the_old_or_the_new_code_is_told_of_the_merger() -> None:
    codes = {OWN: made_facility(OWN), NEIGHBOUR: made_facility(NEIGHBOUR)}
    person = made("practitioners", PERSON, confirmed=True)
    registration(confirmed=True)
    state = f"/xac-minh/{code_of(person.pk)}"
    pages = {code: f"/tra-cuu/facilities/{id}" for code, id in codes.items()}
    for path in (*pages.values(), "/tra-cuu?q=97001", state):
        assert "sáp nhập" not in text_of(Client().get(path))
    merge()
    day = format_date(today())
    into = f"Đã sáp nhập vào Đơn vị {NEIGHBOUR} ({NEIGHBOUR}) từ ngày {day}."
    took = f"Tiếp nhận Đơn vị {OWN} ({OWN}) từ ngày {day}."
    for path in (pages[OWN], "/tra-cuu?q=97001", state):
        assert into in text_of(Client().get(path)), path
    for path in (pages[NEIGHBOUR], "/tra-cuu?q=97002"):
        assert took in text_of(Client().get(path)), path
    assert took not in text_of(Client().get(pages[OWN]))
    province = window(actor_of_account(make_account(PROVINCE, "province")))
    for code, words in ((OWN, into), (NEIGHBOUR, took)):
        assert words in text_of(province.get(f"/so-dang-ky/facilities/{codes[code]}"))


def test_whoever_meets_either_code_is_told_of_a_split_until_it_is_put_back() -> None:
    pages = {code: f"/tra-cuu/facilities/{made_facility(code)}" for code in (OWN, NEIGHBOUR)}
    make_account(OWN, "facility")
    username = Account.objects.get(unit=OWN).username
    proposer, confirmer = officer(PROVINCE, "province"), officer(PROVINCE, "province_lead")
    with speaking_as(proposer):
        split = reorganising.propose(
            kind="split",
            plan=reorganising.split_plan(OWN, NEIGHBOUR, accounts=[username]),
            decision="02/QĐ-UBND",
            effective_on=today(),
            by=proposer,
        )
    told = (f"Tách một phần thành Đơn vị {NEIGHBOUR}", f"Tách ra từ Đơn vị {OWN}")
    words = {OWN: told[0], NEIGHBOUR: told[1]}
    assert not any("Tách" in text_of(Client().get(path)) for path in pages.values()), "only proposed"
    with speaking_as(confirmer):
        reorganising.confirm(split.pk, by=confirmer)
    for code, path in pages.items():
        page = text_of(Client().get(path))
        assert [one in page for one in told] == [one == words[code] for one in told]
    with speaking_as(proposer):
        back = reorganising.propose_reversal(split.pk, decision="03/QĐ-UBND", by=proposer)
    assert words[OWN] in text_of(Client().get(pages[OWN])), "not put back yet"
    with speaking_as(confirmer):
        reorganising.confirm(back.pk, by=confirmer)
    assert not any("Tách" in text_of(Client().get(path)) for path in pages.values())


def test_a_facility_taken_over_is_waited_for_no_longer() -> None:
    made_facility(NEIGHBOUR)
    province = window(actor_of_account(make_account(PROVINCE, "province")))
    assert "1/2 đã hoàn thành" in text_of(province.get("/tien-do?buoc=I.3"))
    yesterday = today() - timedelta(days=1)
    assert f"Đơn vị {OWN}" in text_of(province.get("/tinh"))
    merge()
    assert "1/1 đã hoàn thành" in text_of(province.get("/tien-do?buoc=I.3"))
    assert f"Đơn vị {OWN}" not in text_of(province.get("/tien-do?buoc=I.3"))
    assert f"Đơn vị {OWN}" not in text_of(province.get("/tinh"))
    assert f"Đơn vị {OWN}" in text_of(province.get(f"/tinh?ngay={yesterday.isoformat()}"))


def made_facility(code: str) -> uuid.UUID:
    """The published record of a facility."""
    content = {"code": code, "name": f"Đơn vị {code}", "province": PROVINCE, "commune": "xã Suối Mơ"}
    return made("facilities", content, confirmed=True).pk
