"""Hours nobody can read are refused where they are typed: the overlap of two registrations hangs on them."""

import pytest

from khoyte.practice import actions
from khoyte.practice.models import PracticeRegistration
from khoyte.practice.registers.groups import HOURS_EXAMPLE
from khoyte.practice.tests.people import NUMBER, practitioner, registration
from khoyte.registers import actions as registers
from khoyte.registers import importing
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.reading import Source
from khoyte.registers.tests.offices import OWN, PERSON, Machine, csv_of, made, officer
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
HERE = register("practice_registrations")
WORKS = {"personal_number": NUMBER, "facility": OWN, "valid_from": "2025-01-01", "position": "Bác sỹ"}
UNREAD = ["T8 8:00-10:00", "linh tinh", "T2 25:00-26:00", "T3 8:00-10:00, T8 8:00-10:00"]


@pytest.fixture(autouse=True)
def known(country: None) -> None:
    made("practitioners", PERSON, confirmed=True)


def imported(hours: str) -> importing.Report:
    clerk = officer(OWN, "facility")
    with speaking_as(clerk):
        return importing.run(HERE, Source("a.csv", csv_of([WORKS | {"hours": hours}])), by=clerk, dry=False)


@pytest.mark.parametrize("hours", UNREAD)
def test_a_page_and_a_program_are_told_how_to_write_them(hours: str) -> None:
    page = browser(OWN, "facility").post(
        "/so-dang-ky/practice_registrations/moi", WORKS | {"hours": hours, "viec": "gui"}
    )
    assert page.status_code == 422
    assert "Không đọc được giờ, chưa kiểm tra được trùng giờ." in text_of(page)
    assert f"ví dụ {HOURS_EXAMPLE}" in text_of(page)
    answer = Machine(OWN).post("/practice_registrations/records", WORKS | {"hours": hours})
    assert answer.status_code == 422
    assert HOURS_EXAMPLE in answer.content.decode()
    assert not PracticeRegistration.objects.exists()


def test_a_readable_week_is_changed_for_no_unread_one() -> None:
    record = registration(hours="T3 8:00-10:00")
    clerk = officer(OWN, "facility")
    with speaking_as(clerk), pytest.raises(WrongRecord):
        registers.change(register=HERE, id=record.pk, patch={"hours": "T8 8-10h"}, by=clerk, source="api")
    herself = practitioner()
    with speaking_as(herself), pytest.raises(WrongRecord):
        actions.say_otherwise(name=HERE.name, id=record.pk, typed={"hours": "linh tinh"}, by=herself)


def test_old_lists_come_in_with_a_warning_and_their_other_fields_may_be_changed() -> None:
    report = imported("giờ hành chính")
    assert report.stored == 1
    (warning,) = [one for one in report.document("vi")["warnings"] if one["field"] == "hours"]
    assert "chưa kiểm tra được trùng giờ" in warning["message"]
    record = PracticeRegistration.objects.get()
    page = text_of(browser(OWN, "facility").get(f"/so-dang-ky/practice_registrations/{record.pk}"))
    assert "chưa kiểm tra được trùng giờ" in page
    clerk = officer(OWN, "facility")
    with speaking_as(clerk):
        patch = {"valid_to": "2025-12-31", "hours": "giờ hành chính"}
        registers.change(register=HERE, id=record.pk, patch=patch, by=clerk, source="form")
        registers.submit(register=HERE, id=record.pk, by=clerk)


def test_a_facility_is_warned_of_its_own_hours() -> None:
    content = {"code": OWN, "name": "Phòng khám", "province": "97"}
    unread = made("facilities", content | {"hours": "giờ hành chính"})
    window = browser(OWN, "facility")
    assert "Không đọc được thời gian làm việc." in text_of(window.get(f"/so-dang-ky/facilities/{unread.pk}"))
    clerk = officer(OWN, "facility")
    with speaking_as(clerk):
        registers.change(
            register=register("facilities"), id=unread.pk, patch={"hours": "24/7"}, by=clerk, source="form"
        )
    assert "Không đọc được" not in text_of(window.get(f"/so-dang-ky/facilities/{unread.pk}"))
