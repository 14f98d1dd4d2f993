"""A licence that is suspended or revoked: its holder and the facilities hear of it, nobody else, and once."""

from datetime import timedelta
from typing import Any

import pytest

from khoyte.foundation.calendar import format_date, today
from khoyte.notices.models import Notice
from khoyte.practice.tests.people import practitioner, registration, window
from khoyte.registers import actions as registers
from khoyte.registers.known import register
from khoyte.registers.models import Record
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PERSON, PROVINCE, STRANGER, made, officer
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
ACTS = register("licence_events")


def decided(kind: str, **more: Any) -> Record:
    """As the province does it: entered by one officer, confirmed by another."""
    content = {"licence_number": PERSON["licence_number"], "kind": kind, "decision": "7/QĐ-SYT",
               "reason": "Vi phạm quy chế chuyên môn", "valid_from": today().isoformat()}  # fmt: skip
    clerk, lead = officer(PROVINCE, "province"), officer(PROVINCE, "province_lead")
    with speaking_as(clerk):
        record = registers.create(register=ACTS, content=content | more, by=clerk, source="form")
        registers.submit(register=ACTS, id=record.pk, by=clerk)
        assert not Notice.objects.filter(kind__startswith="licence_stopped").exists()
    with speaking_as(lead):
        return registers.confirm(register=ACTS, id=record.pk, by=lead, version=1)


def told() -> list[tuple[str, str]]:
    rows = Notice.objects.filter(kind__startswith="licence_stopped")
    return sorted((one.kind, one.account or f"{one.role} of {one.unit}") for one in rows)


@pytest.fixture(autouse=True)
def staff(country: None) -> None:
    made("practitioners", PERSON, confirmed=True)
    registration(hours="T2 7:00-11:00", confirmed=True)
    registration(hours="T3 7:00-11:00", confirmed=True)
    registration(facility=NEIGHBOUR, hours="T4 7:00-11:00", confirmed=True)
    registration(facility=STRANGER, hours="T5 7:00-11:00", valid_to="2025-06-01", confirmed=True)
    for unit in (OWN, STRANGER):
        for role in ("facility_reviewer", "facility"):
            make_account(unit, role)


@pytest.mark.parametrize(("kind", "words"), [("suspend", "bị đình chỉ"), ("revoke", "bị thu hồi")])
def test_holder_and_present_facilities_hear_of_it(kind: str, words: str) -> None:
    herself, admin = practitioner(), browser(OWN, "facility_admin")
    decided(kind)
    reviewer = Notice.objects.get(kind="licence_stopped_here", role="facility_reviewer", unit=OWN).account
    assert told() == sorted([
        ("licence_stopped", herself.name),
        ("licence_stopped_here", f"facility_admin-{OWN}"),
        ("licence_stopped_here", reviewer),
        ("licence_stopped_here", f"facility_admin of {NEIGHBOUR}"),
    ])  # fmt: skip
    for page in (text_of(window(herself).get("/thong-bao")), text_of(admin.get("/thong-bao"))):
        assert f"{words} từ ngày {format_date(today())}" in page
        assert not [said for said in (PERSON["full_name"], "Vi phạm", "7/QĐ-SYT") if said in page]
    link = Notice.objects.get(account=f"facility_admin-{OWN}", kind="licence_stopped_here").href
    assert PERSON["full_name"] in text_of(admin.get(link))


@pytest.mark.parametrize(
    ("kind", "more"),
    [("lift", {}), ("suspend", {"valid_from": "2025-01-01", "valid_to": "2025-03-01"})],
)
def test_of_what_stops_nobody_nobody_is_told(kind: str, more: dict[str, str]) -> None:
    decided(kind, **more)
    assert told() == []


def test_a_decision_corrected_in_other_fields_is_told_once() -> None:
    practitioner()
    record = decided("suspend", valid_to=(today() + timedelta(days=30)).isoformat())
    before = told()
    registers_by = officer(PROVINCE, "province")
    with speaking_as(registers_by):
        registers.change(register=ACTS, id=record.pk, patch={"signer": "B"}, by=registers_by, source="form")
        registers.submit(register=ACTS, id=record.pk, by=registers_by)
    lead = officer(PROVINCE, "province_lead")
    with speaking_as(lead):
        registers.confirm(register=ACTS, id=record.pk, by=lead, version=2)
    assert told() == before
