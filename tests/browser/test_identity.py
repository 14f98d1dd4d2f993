"""Keeping an account: the second step, passwords, sessions, seen by their person."""

import time

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.site import Site
from tests.browser.test_every_page import WIDER_THAN_THE_WINDOW, faults
from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser
DRAWN = "image => image.getBoundingClientRect().width > 150 && image.querySelectorAll('path').length > 1"


def clean(visitor: Visitor) -> bool:
    """No accessibility fault and nothing sideways, at the desk and on a phone."""
    for width in (1280, 390):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        assert faults(visitor.page) == []
        assert visitor.page.evaluate(WIDER_THAN_THE_WINDOW) <= 0
    return True


def test_an_administrator_sets_up_the_second_step_and_uses_it(enter: Enter, site: Site):
    # Given an officer who administers and signs in for the first time,
    visitor = enter(complaints="status of 422")
    visitor.open("/tinh")
    visitor.sign_in(site.accounts["newcomer"])
    # when the second step is asked, with a picture of its key,
    visitor.page.wait_for_url("**/cai-dat-xac-thuc")
    assert visitor.page.locator("main .scan svg").evaluate(DRAWN)
    assert clean(visitor)
    # and it is set up,
    secret = visitor.set_up_second_step()
    # then the page asked for first opens;
    visitor.page.wait_for_url("**/tinh")
    # and from then on a code is asked: a wrong one is told, the app's lets in.
    again = enter(complaints="status of 422")
    again.open("/tinh")
    again.sign_in(site.accounts["newcomer"])
    again.page.wait_for_url("**/ma-xac-thuc")
    assert clean(again)
    again.page.get_by_label("Mã 6 số").fill("000000")
    again.page.get_by_role("button", name="Tiếp tục đăng nhập").click()
    expect(again.page.get_by_role("alert")).to_be_focused()
    # The code of setting up is used: the next period's counts already.
    next_code = pyotp.TOTP(secret).at(int(time.time()), counter_offset=1)
    again.page.get_by_label("Mã 6 số").fill(next_code)
    again.page.get_by_role("button", name="Tiếp tục đăng nhập").click()
    again.page.wait_for_url("**/tinh")


def test_a_recovery_code_lets_in_once(enter: Enter, site: Site):
    # Given somebody who has set the second step up and kept the recovery codes,
    visitor = enter()
    visitor.open("/tai-khoan/xac-thuc")
    visitor.sign_in(site.accounts["careful"])
    visitor.page.wait_for_url("**/tai-khoan/xac-thuc")
    secret = visitor.page.locator("#secret").inner_text().replace(" ", "")
    visitor.page.get_by_label("Mã 6 số").fill(pyotp.TOTP(secret).now())
    visitor.page.get_by_role("button", name="Bật xác thực hai bước").click()
    codes = visitor.page.locator("#codes code").all_inner_texts()
    assert len(codes) == 10
    assert clean(visitor)
    # when one of them is used for the first and for the second time,
    visitor.page.get_by_role("link", name="Đã lưu, tiếp tục").click()
    expect(visitor.page.get_by_text("Còn 10/10 mã khôi phục")).to_be_visible()
    assert clean(visitor)
    for expected in ("/tai-khoan", "/ma-xac-thuc"):
        other = enter(complaints="status of 422", viewport=PHONE)
        other.open("/tai-khoan")
        other.sign_in(site.accounts["careful"])
        other.page.wait_for_url("**/ma-xac-thuc")
        other.page.get_by_role("link", name="dùng mã khôi phục").click()
        other.page.get_by_label("Mã khôi phục").fill(codes[0])
        other.page.get_by_role("button", name="Tiếp tục đăng nhập").click()
        # then it lets in, and does not again.
        if expected == "/tai-khoan":
            other.page.wait_for_url("**/tai-khoan")
        else:
            expect(other.page.get_by_role("alert")).to_be_visible()
            assert "/ma-xac-thuc" in other.page.url


def test_somebody_ends_the_session_of_another_browser(enter: Enter, site: Site):
    # Given somebody who is signed in at a desk and on a phone,
    desk, phone = enter(), enter(viewport=PHONE)
    for visitor in (desk, phone):
        visitor.open("/tai-khoan/phien")
        visitor.sign_in(site.accounts["twice"])
        visitor.page.wait_for_url("**/tai-khoan/phien")
    # when the other session is ended at the desk,
    desk.open("/tai-khoan/phien")
    expect(desk.page.locator("main tbody tr")).to_have_count(2)
    expect(desk.page.get_by_text("Phiên này")).to_be_visible()
    assert clean(desk)
    desk.page.get_by_role("button", name="Kết thúc phiên").first.click()
    expect(desk.page.get_by_text("Đã kết thúc 1 phiên đăng nhập.")).to_be_visible()
    # then the phone's next page is that of signing in, and the desk stays.
    phone.open("/tai-khoan")
    assert "/dang-nhap" in phone.page.url
    expect(desk.page.locator("main tbody tr")).to_have_count(1)


def test_a_password_is_changed_by_its_person(enter: Enter, site: Site):
    # Given somebody with a password that others know,
    account = site.accounts["changing"]
    visitor = enter(complaints="status of 422", viewport=PHONE)
    visitor.open("/tai-khoan/mat-khau")
    visitor.sign_in(account)
    visitor.page.wait_for_url("**/tai-khoan/mat-khau")
    # when a weak one is tried, and then a good one,
    for new in ("Mật khẩu 123456", "bốn con mèo vàng ngủ trưa"):
        visitor.page.get_by_label("Mật khẩu đang dùng").fill(account["password"])
        visitor.page.get_by_label("Mật khẩu mới", exact=True).fill(new)
        visitor.page.get_by_label("Nhập lại mật khẩu mới").fill(new)
        visitor.page.get_by_role("main").get_by_role("button", name="Đổi mật khẩu").click()
        if new.startswith("Mật"):
            expect(visitor.page.get_by_role("alert")).to_contain_text("dễ đoán")
    # then the first is refused and the second is said to be changed.
    expect(visitor.page.get_by_text("Đã đổi mật khẩu.")).to_be_visible()
    assert clean(visitor)


def test_an_officer_confirms_and_closes_accounts_of_the_province(enter: Enter, site: Site):
    # Given an officer of the province and accounts of its facilities,
    officer = enter("officer")
    page = officer.open("/ra-soat-tai-khoan?loc=tat-ca")
    line = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="reviewed-99001"))
    assert clean(officer)
    # when one is confirmed and then closed,
    line.get_by_role("button", name="Xác nhận").click()
    expect(page.get_by_text("Đã xác nhận tài khoản reviewed-99001.")).to_be_visible()
    line.get_by_role("button", name="Ngừng").click()
    # then it is said, and that person no longer signs in.
    expect(page.get_by_text("Đã ngừng tài khoản reviewed-99001.")).to_be_visible()
    expect(line.get_by_text("Đã ngừng")).to_be_visible()
    other = enter(complaints="status of 422")
    other.open("/dang-nhap")
    other.sign_in(site.accounts["reviewed"])
    expect(other.page.get_by_role("alert")).to_contain_text("chưa đúng")
