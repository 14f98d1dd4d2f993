"""Approved techniques: thousands at once, codes held against the catalogue of their day, in the look-up."""

from datetime import date

import pytest
from django.test import Client

from khoyte.practice import departments
from khoyte.practice.models import FacilityService
from khoyte.practice.registers import facility_services
from khoyte.practice.tests.test_rules import broken
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PROVINCE, Machine, csv_of, made
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.terminology.model import CatalogueRelease

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
ROWS = 2_000
CHANGE = date(2026, 1, 1)


class Pack:
    """Two releases of a catalogue: the second knows one code more."""

    def __init__(self, *codes: str) -> None:
        self.codes = codes

    def on(self, day: date) -> "Pack":
        return Pack(*self.codes) if day >= CHANGE else Pack(*self.codes[:-1])

    def catalogue(self, name: str) -> CatalogueRelease:
        codes = {code: {"name_vi": f"Tên {code}"} for code in self.codes}
        return CatalogueRelease(name, CHANGE, None, True, "test", codes)


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facility_services, "load_pack", lambda: Pack("03.1", "03.2"))
    monkeypatch.setattr(departments, "load_pack", lambda: Pack("K01", "K02", "K02.1"))


def row(number: int, facility: str = OWN) -> dict[str, str]:
    return {"facility": facility, "code": f"03.{number:04d}", "name": f"Kỹ thuật số {number}",
            "decision": "5/QĐ-SYT", "decision_date": "2026-02-01", "valid_from": "2026-02-01"}  # fmt: skip


def test_a_facility_sends_thousands_and_its_record_counts_them():
    record = made("facilities", {"code": OWN, "name": "BV", "province": PROVINCE}, confirmed=True)
    rows = [row(number) for number in range(ROWS)]
    report = Machine(OWN).send("facility_services", csv_of([*rows, row(1, NEIGHBOUR)])).json()
    assert (report["good"], report["bad"]) == (ROWS, 1)
    assert not FacilityService.objects.exists()
    report = Machine(OWN).send("facility_services", csv_of(rows)).json()
    assert (report["good"], report["bad"]) == (ROWS, 0)
    assert FacilityService.objects.filter(facility=OWN).count() == ROWS
    page = browser(OWN, "facility").get(f"/so-dang-ky/facilities/{record.pk}")
    assert "2.000" in text_of(page)
    assert f"/so-dang-ky/facility_services?q={OWN}" in page.content.decode()


def test_techniques_crowd_out_no_facility_and_are_a_link_away_from_it():
    facility = made("facilities", {"code": OWN, "name": "BV", "province": PROVINCE}, confirmed=True)
    made("facility_services", row(1), confirmed=True)
    everything = text_of(Client().get(f"/tra-cuu?q={OWN}"))
    assert "BV" in everything
    assert "Kỹ thuật số 1" not in everything
    address = f"/tra-cuu?so=facility_services&amp;q={OWN}"
    assert address in Client().get(f"/tra-cuu/facilities/{facility.pk}").content.decode()
    assert "Kỹ thuật số 1" in text_of(Client().get(address.replace("&amp;", "&")))


def test_the_public_finds_a_confirmed_technique_and_no_draft():
    made("facility_services", row(1), confirmed=True)
    made("facility_services", row(2))
    page = text_of(Client().get("/tra-cuu?q=ky+thuat+so&so=facility_services"))
    assert "Kỹ thuật số 1" in page
    assert "Kỹ thuật số 2" not in page


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("code", "day", "known"),
    [
        ("03.1", "2025-06-01", True),
        ("03.2", "2026-01-01", True),
        ("03.2", "2025-12-31", False),
        ("09.9", "2026-06-01", False),
    ],
)
def test_a_code_is_held_against_the_catalogue_of_its_day(code: str, day: str, known: bool):
    found = broken("facility_services", code=code, decision_date=day, valid_from="2026-06-01")
    assert found == ({} if known else {"code_in_catalogue": "W"})


@pytest.mark.usefixtures("catalogue")
def test_a_department_that_is_not_in_the_list_is_told_with_the_nearest():
    place = {"code": OWN, "name": "BV", "province": PROVINCE, "hours": "24/7"}
    record = made("facilities", place | {"departments": ["K01", "K021"]}, confirmed=True)
    page = text_of(browser(OWN, "facility").get(f"/so-dang-ky/facilities/{record.pk}"))
    assert "Có mã khoa không có trong danh mục" in page
    assert "K021; mã gần nhất là K02" in page
    other = made("facilities", place | {"code": NEIGHBOUR, "departments": ["K01", "K02.1"]}, confirmed=True)
    page = text_of(browser(NEIGHBOUR, "facility").get(f"/so-dang-ky/facilities/{other.pk}"))
    assert "Có mã khoa không có" not in page


def test_without_hours_a_form_asks_for_them_and_nothing_is_refused():
    answer = Machine(OWN).send("facilities", csv_of([{"code": OWN, "name": "BV"}])).json()
    assert (answer["good"], answer["bad"]) == (1, 0)
    assert broken("facilities", code=OWN) == {"hours_are_said": "W"}
    assert broken("facilities", code=OWN, hours="24/7") == {}
    assert broken("facilities", hours="24/7", holiday_hours="lúc rảnh") == {"holiday_hours_readable": "W"}
