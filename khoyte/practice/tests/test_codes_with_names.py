"""Codes as people meet them: departments offered from the list in force, provinces and facilities by name."""

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client

from khoyte.practice import departments
from khoyte.practice.tests.people import registration
from khoyte.practice.tests.test_facility_services import Pack, row
from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.models import Case, Record
from khoyte.registers.presenters import record_table, value_words
from khoyte.registers.template import template
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PERSON, PROVINCE, Machine, csv_of, made, officer
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.models import Unit
from khoyte.units.queries import areas_of
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
PLACE = {"code": OWN, "name": "Bệnh viện Suối Mơ", "province": PROVINCE, "hours": "24/7"}


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of departments is in force."""
    monkeypatch.setattr(departments, "load_pack", lambda: Pack("K01", "K02", "K02.1"))


@pytest.fixture
def province() -> str:
    Unit.objects.filter(code=PROVINCE).update(name="Sở Y tế tỉnh Bình An")
    return f"Tỉnh Bình An ({PROVINCE})"


def stored() -> Any:
    return register("facilities").model.objects.get()


@pytest.mark.usefixtures("listed")
class TestDepartments:
    def test_the_form_offers_the_list_in_force_and_keeps_what_is_beside_it(self) -> None:
        made("facilities", PLACE | {"departments": ["K02", "K99"]})
        clerk = browser(OWN, "facility")
        at = f"/so-dang-ky/facilities/{stored().pk}/sua"
        page = " ".join(clerk.get(at).content.decode().split())
        assert "đã chọn 1 trong 3 mục" in page
        assert 'value="K02" checked' in page
        assert 'value="K01" >' in page
        assert "K02.1 Tên K02.1" in page
        assert 'id="departments-khac" name="departments" value="K99"' in page
        sent = PLACE | {"departments": ["K01", "K02.1", "K99; K01"], "phien-ban": "1", "viec": "luu"}
        assert clerk.post(at, sent).status_code == 302
        assert stored().departments == ["K01", "K02.1", "K99"]
        assert clerk.post(at, sent | {"departments": [""], "phien-ban": "2"}).status_code == 302
        assert stored().departments == []

    def test_what_is_no_code_stays_in_its_place_to_be_corrected(self) -> None:
        answer = browser(OWN, "facility").post(
            "/so-dang-ky/facilities/moi", PLACE | {"departments": ["K01", "Khoa Nội"], "viec": "luu"}
        )
        assert answer.status_code == 422
        page = " ".join(answer.content.decode().split())
        assert 'value="K01" checked' in page
        assert 'name="departments" value="Khoa Nội"' in page
        assert "mã khoa như K01" in page

    def test_the_record_says_what_the_codes_are_called(self) -> None:
        record = made("facilities", PLACE | {"departments": ["K01", "K99"]})
        page = text_of(browser(OWN, "facility").get(f"/so-dang-ky/facilities/{record.pk}"))
        assert "Tên K01 (K01); K99" in page

    def test_the_sheet_has_a_drop_down_that_forbids_nothing_and_is_read_back(self) -> None:
        declaration = register("facilities").declaration
        book = openpyxl.load_workbook(io.BytesIO(template(declaration)))
        place = [cell.value for cell in book["Dữ liệu"][3]].index(declaration.by_name["departments"].label.vi)
        letter = openpyxl.utils.get_column_letter(place + 1)
        (rule,) = [
            one
            for one in book["Dữ liệu"].data_validations.dataValidation
            if str(one.sqref).startswith(f"{letter}4")
        ]
        assert (rule.type, rule.showErrorMessage) == ("list", False)
        sheet, _, cells = rule.formula1.replace("$", "").partition("!")
        values = [cell.value for line in book[sheet.strip("'")][cells] for cell in line]
        assert values == ["K01 – Tên K01", "K02 – Tên K02", "K02.1 – Tên K02.1"]
        chosen = csv_of([PLACE | {"departments": f"{values[0]}; K99"}])
        answer = Machine(OWN).send("facilities", chosen).json()
        assert (answer["good"], answer["bad"]) == (1, 0)
        assert stored().departments == ["K01", "K99"]


def test_without_a_list_the_form_asks_for_codes_as_before() -> None:
    page = text_of(browser(OWN, "facility").get("/so-dang-ky/facilities/moi"))
    assert 'id="departments"' in page
    assert "trong danh mục đang áp dụng: đã chọn" not in page


class TestNames:
    def test_the_public_reads_the_province_by_its_name(self, province: str) -> None:
        record = made("facilities", PLACE, confirmed=True)
        page = text_of(Client().get(f"/tra-cuu/facilities/{record.pk}"))
        assert province in page
        assert f"<dd>{PROVINCE}</dd>" not in page.replace(" ", "").replace("\n", "")
        assert "Mã tỉnh" not in page

    def test_a_technique_names_its_facility_in_the_results_and_on_its_page(
        self, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(1, 4):
            technique = made("facility_services", row(number), confirmed=True)
        name = f"Đơn vị {OWN} ({OWN})"
        with django_assert_max_num_queries(12):
            page = text_of(Client().get("/tra-cuu?q=ky+thuat+so&so=facility_services"))
        assert page.count(name) == 3
        assert name in text_of(Client().get(f"/tra-cuu/facility_services/{technique.pk}"))

    def test_a_list_asks_once_for_all_names_and_a_sheet_has_codes(
        self, django_assert_num_queries: Any
    ) -> None:
        made("practitioners", PERSON, confirmed=True)
        for facility in (OWN, NEIGHBOUR):
            registration(facility=facility)
        found = register("practice_registrations")
        rows = list(found.model.objects.all())
        with django_assert_num_queries(2):  # whose they are, what their facilities are called
            table = record_table(found.declaration, rows)
        assert {str(one["facility"]) for one in table.rows} == {
            f"Đơn vị {code} ({code})" for code in (OWN, NEIGHBOUR)
        }
        whole = record_table(found.declaration, rows, whole=True)
        assert {str(one["facility"]) for one in whole.rows} == {OWN, NEIGHBOUR}

    def test_a_reviewer_reads_whose_record_it_is(self, province: str) -> None:
        clerk = officer(OWN, "facility")
        record: Record = made("practitioners", PERSON, by=clerk)
        with speaking_as(clerk):
            actions.submit(register=register("practitioners"), id=record.pk, by=clerk)
        page = text_of(browser(OWN, "facility_reviewer").get(f"/ra-soat/{Case.objects.get().pk}"))
        assert f"Đơn vị {OWN} ({OWN})" in page

    def test_a_code_nobody_knows_stands_alone(self, province: str) -> None:
        field = register("facilities").declaration.by_name["province"]
        assert value_words(field, "00") == "00"
        Unit.objects.create(code="QP", kind="province", name="Cục Quân y", province="QP")
        assert areas_of(["QP", PROVINCE]) == {"QP": "Cục Quân y", PROVINCE: "Tỉnh Bình An"}
