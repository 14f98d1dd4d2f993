"""The inventory of databases as a register: departments declare theirs, the ministry confirms."""

import pytest

from khoyte.monitor.models import Database
from khoyte.nonprod.demo_plan import databases
from khoyte.registers import actions
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.tests.offices import made, officer
from khoyte.units.models import Unit
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


def content(**more: object) -> dict[str, object]:
    rows = (one for one in databases() if one["code"] == "CSDL-DUOC")
    return next(rows) | more


def department() -> str:
    return Unit.objects.filter(kind="department").values_list("code", flat=True)[0]


def test_a_department_declares_and_the_ministry_confirms() -> None:
    by = officer(department(), "department")
    record = made("databases", content(), by=by)
    assert (record.facility, record.province) == (by.unit_code, "")
    with speaking_as(by):
        actions.submit(register=register("databases"), id=record.pk, by=by)
    chief = officer("BYT", "ministry")
    with speaking_as(chief):
        actions.confirm(register=register("databases"), id=record.pk, by=chief)
    assert Database.objects.get().confirmed_version == 1


def test_a_department_writes_no_register_of_others() -> None:
    by = officer(department(), "department")
    shop = {"name": "Nhà thuốc", "kind": "nha_thuoc", "certificate_number": "1/ĐK", "province": "97"}
    with pytest.raises(WrongRecord):
        made("pharmacies", shop, by=by)
    with pytest.raises(WrongRecord):
        made("databases", content(owner_unit="97001"), by=by)


def test_a_province_lists_its_own_database() -> None:
    record = made("databases", content(code="KHO-97", kind="provincial"), by=officer("97", "province"))
    assert (record.facility, record.province) == ("", "97")


@pytest.mark.parametrize(
    "more",
    [{"survey_group": "5"}, {"security_level": 6}, {"survey_group": "2", "operation_actual": "2025-12-31"}],
)
def test_a_survey_that_contradicts_itself_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(WrongRecord):
        made("databases", content(**more))


def test_the_demonstration_names_databases_that_are_accepted() -> None:
    for row in databases():
        made("databases", row, confirmed=True)
    assert Database.objects.count() == len(list(databases()))
