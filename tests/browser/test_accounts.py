"""A clinic without an account gets one, and its administrator makes the next."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser

CLINIC = {
    "Tên cơ sở khám bệnh, chữa bệnh": "Phòng khám Hoa Nắng (minh họa)",
    "Hình thức tổ chức": "Phòng khám đa khoa",
    "Địa chỉ": "Số 5 đường Minh Họa, xã Suối Mơ",
    "Thời gian làm việc": "T2-T6 7:00-17:00",
    "Số định danh của chủ cơ sở hoặc người đại diện": "999185000123",
    "Họ và tên người quản trị tài khoản": "Trần Thị Bích",
    "Điện thoại": "0900000001",
    "Thư điện tử": "bich@hoanang.example",
}
OWN_PASSWORD = "chim sâu hót trên cành khế xanh"


def test_a_clinic_asks_its_province_opens_and_the_administrator_signs_in(enter: Enter):
    # Given a clinic that nobody knows yet, which sends the form first without a name,
    clinic = enter(complaints="422")
    clinic.open("/dang-ky-tai-khoan")
    page = clinic.page
    page.get_by_role("button", name="Gửi đề nghị").click()
    page.get_by_role("link", name=re.compile("Tên cơ sở .* chưa nhập")).click()
    # when what is missing is written,
    for label, value in CLINIC.items():
        page.get_by_label(label).fill(value)
    for name in ("tinh", "co-quan"):
        page.locator(f"#{name}").select_option("97")
    page.get_by_role("button", name="Gửi đề nghị").click()
    # then it has a reference, by which its state is read.
    reference = page.locator("#reference").inner_text()
    page.goto("/dang-ky-tai-khoan/tra-cuu")
    page.get_by_label("Mã tra cứu").fill(reference)
    page.get_by_role("button", name="Tra cứu").click()
    expect(page.get_by_text("Đang chờ duyệt")).to_be_visible()

    # When the province approves,
    officer = enter("officer")
    officer.open("/de-nghi-tai-khoan")
    officer.page.get_by_role("link", name="Phòng khám Hoa Nắng").click()
    officer.page.get_by_role("button", name="Duyệt và cấp tài khoản").click()
    code = officer.page.locator("#one-time-code").inner_text()
    username = officer.page.locator("dd code").first.inner_text()
    # then the administrator comes in with the code alone, sets up the app, chooses a password,
    newcomer = enter()
    newcomer.open("/dang-nhap")
    newcomer.sign_in({"username": username, "password": code})
    newcomer.page.wait_for_url(re.compile("cai-dat-xac-thuc"))
    newcomer.set_up_second_step()
    newcomer.page.wait_for_url(re.compile("mat-khau-moi"))
    for name in ("new", "again"):
        newcomer.page.locator(f"[name={name}]").fill(OWN_PASSWORD)
    newcomer.page.locator("main form button").first.click()
    newcomer.page.wait_for_url(lambda url: "/dang-nhap" not in url)
    # and makes an account for a colleague, with a code shown this once.
    newcomer.open("/ra-soat-tai-khoan/moi")
    newcomer.page.get_by_label("Họ và tên").fill("Lê Văn Cường")
    newcomer.page.get_by_label("Vai trò").select_option("facility_reviewer")
    newcomer.page.get_by_role("button", name="Lập tài khoản").click()
    expect(newcomer.page.locator("#one-time-code")).to_be_visible()
