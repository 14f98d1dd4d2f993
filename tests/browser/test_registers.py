"""What people do with the registers: declare, review, correct, and look up."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.acts import field_of
from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser

PERSON = {
    "Họ và tên": "Nguyễn Thị Minh Họa",
    "Số định danh cá nhân": "999190777001",
    "Ngày sinh": "1990",
    "Số giấy phép hành nghề": "777001/DEMO-GPHN",
    "Ngày cấp giấy phép hành nghề": "2024-05-06",
    "Nơi cấp giấy phép hành nghề": "Sở Y tế tỉnh Bình An (minh họa)",
}
CHOICES = {"Giới tính": "Nữ", "Chức danh chuyên môn": "Điều dưỡng"}


class TestDeclaring:
    def test_a_practitioner_is_declared_returned_corrected_confirmed_and_found_by_anybody(self, enter: Enter):
        # Given a clerk of a hospital who types a person and leaves before sending,
        clerk = enter("clerk", complaints="422")
        clerk.open("/so-dang-ky/practitioners/moi")
        for label, value in PERSON.items():
            field_of(clerk.page, label).fill(value)
        expect(clerk.page.get_by_role("status")).to_contain_text("Đã tự lưu nháp", timeout=15_000)
        # when they come back, what was typed is still there,
        clerk.open("/so-dang-ky/practitioners/moi")
        expect(field_of(clerk.page, "Họ và tên")).to_have_value(PERSON["Họ và tên"])
        # and what is missing is told, with the way to it.
        clerk.page.get_by_role("button", name="Lưu và gửi rà soát").click()
        clerk.page.get_by_role("link", name=re.compile("Giới tính chưa có giá trị")).click()
        for label, value in CHOICES.items():
            field_of(clerk.page, label).select_option(label=value)
        clerk.page.get_by_role("button", name="Lưu và gửi rà soát").click()
        expect(clerk.page.get_by_text("Chờ rà soát")).to_be_visible()
        record = clerk.page.url.partition("#")[0]

        # When the reviewer returns it with a reason at its field,
        reviewer = enter("reviewer")
        reviewer.open("/ra-soat")
        reviewer.page.get_by_role("link", name=re.compile("Nguyễn Thị Minh Họa")).click()
        reviewer.page.get_by_label("Lý do trả lại: Ngày sinh").fill("Bổ sung ngày, tháng sinh")
        reviewer.page.get_by_role("button", name="Trả lại bổ sung").click()
        reviewer.page.wait_for_url(re.compile("/ra-soat$"))
        # then the clerk reads why, corrects that and sends it again.
        clerk.page.goto(record)
        expect(clerk.page.get_by_text("Bổ sung ngày, tháng sinh").first).to_be_visible()
        clerk.page.get_by_role("link", name="Sửa hồ sơ").click()
        field_of(clerk.page, "Ngày sinh").fill("02/04/1990")
        clerk.page.get_by_role("button", name="Lưu và gửi rà soát").click()
        expect(clerk.page.get_by_text("Chờ rà soát")).to_be_visible()

        # When facility and province confirm it,
        for name in ("reviewer", "officer"):
            visitor = enter(name)
            visitor.open("/ra-soat")
            visitor.page.get_by_role("link", name=re.compile("Nguyễn Thị Minh Họa")).click()
            visitor.page.get_by_role("button", name="Xác nhận hồ sơ").click()
            visitor.page.wait_for_url(re.compile("/ra-soat$"))
        # then anybody finds the person, without marks, and without the number.
        anybody = enter(java_script_enabled=False)
        anybody.open("/tra-cuu?q=nguyen thi minh hoa")
        anybody.page.get_by_role("link", name="Nguyễn Thị Minh Họa").click()
        expect(anybody.page.get_by_text("777001/DEMO-GPHN")).to_be_visible()
        assert "999190777001" not in anybody.page.content()
