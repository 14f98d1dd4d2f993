"""First pages begin with what waits for their reader, and say no more than there is."""

import pytest

from khoyte.foundation.calendar import today
from khoyte.practice import actions as practice
from khoyte.practice.tests.people import practitioner, registration
from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.tests import offices
from khoyte.submissions import desk
from khoyte.submissions.tests.senders import OWN, PROVINCE, account_actor
from khoyte.submissions.tests.test_pages import browser, text
from khoyte.units.models import Account
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.test_requests import hand_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


def waiting(unit: str, role: str) -> list[str]:
    actor = account_actor(unit, role)
    with speaking_as(actor):
        return [link.href for link in desk.waiting(actor)]


def test_a_facility_is_led_step_by_step() -> None:
    steps = ["/ra-soat-tai-khoan/moi", "/so-dang-ky/facilities/moi"]
    assert waiting(OWN, "facility_admin") == steps
    browser(OWN, "facility")
    assert waiting(OWN, "facility_admin") == steps[1:]
    content = {"code": OWN, "name": "Phòng khám", "province": "97"}
    offices.made("facilities", content, confirmed=True)
    assert waiting(OWN, "facility") == ["/so-dang-ky/practitioners/moi"]
    offices.made("practitioners", offices.PERSON, confirmed=True)
    assert waiting(OWN, "facility") == ["/so-dang-ky/practice_registrations/moi"]
    place = {
        "personal_number": offices.PERSON["personal_number"],
        "facility": OWN,
        "valid_from": "2026-01-01",
    }
    offices.made("practice_registrations", place, confirmed=True)
    assert waiting(OWN, "facility") == []


def test_what_was_returned_comes_back_to_the_desk() -> None:
    clerk, reviewer = account_actor(OWN, "facility"), account_actor(OWN, "facility_reviewer")
    record = offices.made("practitioners", offices.PERSON, by=clerk)
    found = register("practitioners")
    with speaking_as(clerk):
        actions.submit(register=found, id=record.pk, by=clerk)
    assert "/ra-soat" in waiting(OWN, "facility_reviewer")
    with speaking_as(reviewer):
        actions.return_for_correction(register=found, id=record.pk, by=reviewer, reasons={"title": "Sai"})
    assert "/so-dang-ky/practitioners?trang-thai=returned" in waiting(OWN, "facility")
    page = text(browser(OWN, "facility").get("/"))
    assert "1 hồ sơ bị trả lại bổ sung: Người hành nghề" in page


def test_an_office_sees_requests_and_reviews_of_its_own() -> None:
    hand_in()
    assert waiting(PROVINCE, "province") == ["/de-nghi-tai-khoan"]
    assert waiting("98", "province") == []
    assert "1 đề nghị cấp tài khoản chờ duyệt" in text(browser(PROVINCE, "province").get("/tinh"))
    assert "Việc cần làm" not in text(browser("98", "province").get("/tinh"))


def test_the_first_page_of_an_administrator_says_how_much_waits() -> None:
    page = text(browser(OWN, "facility_admin").get("/"))
    assert "2 việc cần ông/bà xử lý" in page
    assert Account.objects.count() == 1
    assert "Hiện chưa có việc cần" in text(browser("BYT", "operator").get("/"))


def test_the_first_page_of_an_administrator_names_leavers_and_overlaps() -> None:
    offices.made("facilities", {"code": OWN, "name": "Phòng khám", "province": PROVINCE}, confirmed=True)
    offices.made("practitioners", offices.PERSON, confirmed=True)
    leaver = registration(hours="T2 7:00-11:00", confirmed=True)
    window = browser(OWN, "facility_admin")
    browser(OWN, "facility")  # a colleague: no first steps are left
    assert "Hiện chưa có việc cần" in text(window.get("/"))
    registration(facility=offices.NEIGHBOUR, hours="T2 10:00-12:00", confirmed=True)
    herself = practitioner()
    with speaking_as(herself):
        practice.say_leaving(id=leaver.pk, last_day=today(), by=herself)
    page = text(window.get("/"))
    assert "2 việc cần ông/bà xử lý" in page
    assert "1 người thôi hành nghề phải báo Sở Y tế" in page
    assert "1 trường hợp giờ hành nghề trùng với cơ sở khác" in page
    assert waiting(OWN, "facility_admin") == ["/dang-ky-hanh-nghe"] * 2
