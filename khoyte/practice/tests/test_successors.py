"""A facility is merged: its people practise at the successor from that day on, and open cases go on."""

from datetime import date, timedelta

import pytest

from khoyte.foundation.calendar import now, today
from khoyte.practice import in_force
from khoyte.practice.may_practise import Registration
from khoyte.practice.models import PracticeRegistration
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
