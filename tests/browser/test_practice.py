"""A person works at a facility when both say so, and shows a licence that anybody can check."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from khoyte.registers.tests import files
from tests.browser.acts import field_of, fill
from tests.browser.conftest import Enter
from tests.browser.visitor import PHONE

pytestmark = pytest.mark.browser

REGISTRATION = {
    "Số định danh cá nhân": "999185777002",
    "Hành nghề từ ngày": "2026-01-05",
    "Thời gian hành nghề trong tuần": "T2-CN 0:00-24:00",
    "Vị trí chuyên môn": "Bác sỹ điều trị",
}
PERSON = re.compile("Lê Thị Bình Yên")


class TestTwoSides:
    def test_offered_by_the_facility_confirmed_on_a_phone_published_and_verified_by_anybody(
        self, enter: Enter
    ) -> None:
        # Given a clerk who enters where and when a practitioner is to work,
        clerk = enter("clerk")
        clerk.open("/dang-ky-hanh-nghe")
        clerk.page.get_by_role("link", name="Đăng ký người hành nghề").click()
        for label, value in REGISTRATION.items():
            field_of(clerk.page, label).fill(value)
        clerk.page.get_by_role("button", name="Lưu và gửi rà soát").click()
        expect(clerk.page.get_by_text("Người hành nghề xác nhận").first).to_be_visible()
        clerk.open("/dang-ky-hanh-nghe")
        # (who is short of education stands on the same page)
        registered = clerk.page.locator("a[href^='/so-dang-ky/practice_registrations/']")
        expect(registered.filter(has_text=PERSON)).to_be_visible()

        # when the practitioner opens the own file on a phone without scripts,
        herself = enter("practitioner", viewport=PHONE, java_script_enabled=False)
        herself.open("/")
        assert herself.heading == "Chưa có đăng ký hành nghề được xác nhận"
        expect(herself.page.get_by_text("1 đăng ký hành nghề chờ ông/bà xác nhận")).to_be_visible()
        herself.page.get_by_role("main").get_by_role("link", name=re.compile("99001")).click()
        herself.page.get_by_role("button", name="Xác nhận hành nghề tại đây").click()
        expect(herself.page.get_by_text("Chờ: Cơ sở rà soát")).to_be_visible()

        # and facility and province confirm it,
        for name in ("reviewer", "officer"):
            visitor = enter(name)
            visitor.open("/ra-soat?so=practice_registrations")
            expect(visitor.page.get_by_text(re.compile("Còn \\d ngày làm việc")).first).to_be_visible()
            visitor.page.get_by_role("link", name=PERSON).click()
            visitor.page.get_by_role("button", name="Xác nhận hồ sơ").click()
            visitor.page.wait_for_url(re.compile("/ra-soat"))

        # then the person may practise there now, and has a code to show,
        herself.open("/hanh-nghe")
        assert herself.heading == "Hiện được hành nghề tại 1 cơ sở"
        herself.page.get_by_text("Mở mã QR để xuất trình").click()
        code = herself.page.locator(".scan img")
        expect(code).to_be_visible()
        expect(code).to_have_js_property("complete", True)
        assert code.evaluate("picture => picture.naturalWidth > 0")
        address = herself.page.get_by_role("link", name="Xem trang xác minh").get_attribute("href")

        # which tells anybody what the licence is worth, and nothing of the number.
        anybody = enter(java_script_enabled=False, viewport=PHONE)
        anybody.open(str(address))
        expect(anybody.page.get_by_role("status")).to_contain_text("còn hiệu lực")
        expect(anybody.page.get_by_text("Bác sỹ điều trị")).to_be_visible()
        assert "999185777002" not in anybody.page.content()
        stranger = enter(complaints="404")
        stranger.open(f"{str(address)[:-2]}AA")
        assert stranger.heading == "Mã không hợp lệ"


DIPLOMA = {
    "Loại văn bằng, chứng chỉ": "DH",
    "Ngành, chuyên ngành": "Y khoa",
    "Số hiệu": "B 777002",
    "Nơi cấp": "Trường Đại học Y (minh họa)",
}


class TestDiploma:
    def test_a_photo_taken_on_a_phone_survives_an_error_and_lies_before_the_reviewer(
        self, enter: Enter, tmp_path: Path
    ) -> None:
        # Given a practitioner on a phone without scripts, who takes a photo and mistypes the day,
        photo = tmp_path / "IMG_0001.jpg"
        photo.write_bytes(files.photo(1_200, 900))
        herself = enter("practitioner", viewport=PHONE, java_script_enabled=False, complaints="422")
        herself.open("/hanh-nghe")
        herself.page.get_by_role("link", name="Thêm văn bằng, chứng chỉ").click()
        fill(herself.page, DIPLOMA | {"Ngày cấp": "31/02/2010"})
        field_of(herself.page, "Ảnh hoặc bản quét").set_input_files(str(photo))
        herself.page.get_by_role("button", name="Lưu và gửi rà soát").click()

        # when the form comes back with the photo still there and only the day to correct,
        expect(herself.page.get_by_text("không phải ngày có thật").first).to_be_visible()
        expect(herself.page.get_by_text("Đã có tệp")).to_be_visible()
        fill(herself.page, {"Ngày cấp": "2010"})
        herself.page.get_by_role("button", name="Lưu và gửi rà soát").click()
        expect(herself.page.get_by_role("link", name=re.compile("Bằng đại học – Y khoa"))).to_be_visible()

        # then the facility's reviewer sees the photo, upright, beside what was typed, and confirms it,
        reviewer = enter("reviewer")
        reviewer.open("/ra-soat?so=diplomas")
        reviewer.page.get_by_role("link", name=PERSON).click()
        picture = reviewer.page.get_by_role("img", name="Ảnh hoặc bản quét")
        expect(picture).to_be_visible()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [900, 1200]
        expect(reviewer.page.get_by_text("B 777002")).to_be_visible()
        reviewer.page.get_by_role("button", name="Xác nhận hồ sơ").click()
        reviewer.page.wait_for_url(re.compile("/ra-soat"))

        # and so does the province.
        officer = enter("officer")
        officer.open("/ra-soat?so=diplomas")
        officer.page.get_by_role("link", name=PERSON).click()
        expect(officer.page.get_by_role("img", name="Ảnh hoặc bản quét")).to_be_visible()
        officer.page.get_by_role("button", name="Xác nhận hồ sơ").click()
        officer.page.wait_for_url(re.compile("/ra-soat"))
        herself.open("/hanh-nghe")
        expect(
            herself.page.get_by_role("row", name=re.compile("Bằng đại học")).get_by_text("Đã xác nhận")
        ).to_be_visible()

    def test_a_chosen_file_is_saved_with_the_draft_and_sent_once(self, enter: Enter, tmp_path: Path) -> None:
        # Given a clerk whose form saves itself,
        photo = tmp_path / "IMG_0002.jpg"
        photo.write_bytes(files.photo(300, 200, shade=90))
        clerk = enter("clerk")
        clerk.open("/so-dang-ky/diplomas/moi")
        field_of(clerk.page, "Ảnh hoặc bản quét").set_input_files(str(photo))
        # when nothing is pressed,
        expect(clerk.page.get_by_text("Đã có tệp")).to_be_visible()
        expect(field_of(clerk.page, "Ảnh hoặc bản quét")).to_have_value("")
        # then another day the file is there.
        clerk.open("/so-dang-ky/diplomas/moi")
        expect(clerk.page.get_by_text("Đã có tệp")).to_be_visible()


class TestHoursOfEducation:
    def test_declared_on_a_phone_with_the_certificate_and_taken_back_before_anybody_confirms(
        self, enter: Enter, tmp_path: Path
    ) -> None:
        # Given a practitioner on a phone without scripts, who sends hours and forgets the certificate,
        photo = tmp_path / "IMG_0003.jpg"
        photo.write_bytes(files.photo(1_200, 900, shade=40))
        herself = enter("practitioner", viewport=PHONE, java_script_enabled=False, complaints="422")
        herself.open("/hanh-nghe")
        herself.page.get_by_role("link", name="Thêm giờ cập nhật kiến thức").click()
        fill(
            herself.page,
            {
                "Hình thức": "course",
                "Nội dung": "Cấp cứu nhi khoa",
                "Đơn vị tổ chức": "Bệnh viện minh họa",
                "Đến ngày": "2026-09-01",
                "Số giờ tín chỉ": "16",
            },
        )
        herself.page.get_by_role("button", name="Lưu và gửi rà soát").click()
        expect(herself.page.get_by_text("Chưa có ảnh hoặc bản quét giấy tờ").first).to_be_visible()

        # when the photo is added, it waits for the facility's reviewer;
        field_of(herself.page, "Ảnh hoặc bản quét chứng nhận").set_input_files(str(photo))
        herself.page.get_by_role("button", name="Lưu và gửi rà soát").click()
        row = herself.page.get_by_role("row", name=re.compile("Cấp cứu nhi khoa"))
        expect(row.get_by_text("Chờ rà soát")).to_be_visible()
        reviewer = enter("reviewer")
        reviewer.open("/ra-soat?so=cme_records")
        expect(reviewer.page.get_by_role("link", name=PERSON)).to_be_visible()

        # then she takes it back: nobody waits for it any more, and what was done is still told.
        row.get_by_role("link", name=re.compile("Cấp cứu nhi khoa")).click()
        herself.page.get_by_text("Rút hồ sơ này").click()
        herself.page.get_by_role("button", name="Rút hồ sơ").click()
        expect(herself.page.get_by_text("Đã rút", exact=True)).to_be_visible()
        expect(herself.page.locator(".timeline").get_by_text("Rút hồ sơ")).to_be_visible()
        reviewer.open("/ra-soat?so=cme_records")
        expect(reviewer.page.get_by_role("link", name=PERSON)).to_have_count(0)
