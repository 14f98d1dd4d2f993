"""What people of the journeys do more than once, by the words they read on the pages."""

import re
import time
from collections.abc import Mapping

import pyotp
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Enter
from tests.browser.visitor import Visitor

PASSWORD = "chim sâu hót trên cành khế xanh"


def field_of(page: Page, label: str) -> Locator:
    """The field of this label, whether it must be filled or is said to be optional."""
    return page.get_by_label(re.compile(rf"^\s*{re.escape(label)}(\s*\(nếu có\))?\s*$"))


def fill(page: Page, values: Mapping[str, str]) -> None:
    """Fields by their labels, a choice by its code."""
    for label, value in values.items():
        field = field_of(page, label)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def code_shown(page: Page) -> dict[str, str]:
    """The user name and the one-time code of a page that shows them once."""
    username = page.locator("dd code").first.inner_text()
    return {"username": username, "password": page.locator("#one-time-code").inner_text()}


def first_sign_in(visitor: Visitor, account: Mapping[str, str]) -> str:
    """Come in with the code, set up the app where it is asked, choose a password; the app's key or ""."""
    visitor.open("/dang-nhap")
    visitor.sign_in(dict(account))
    visitor.page.wait_for_url(re.compile("cai-dat-xac-thuc|mat-khau-moi"))
    secret = ""
    if "cai-dat-xac-thuc" in visitor.page.url:
        secret = visitor.set_up_second_step()
        visitor.page.wait_for_url(re.compile("mat-khau-moi"))
    for name in ("new", "again"):
        visitor.page.locator(f"[name={name}]").fill(PASSWORD)
    visitor.page.locator("main form button").first.click()
    visitor.page.wait_for_url(lambda url: "/dang-nhap" not in url)
    return secret


def colleague(administrator: Visitor, name: str, role: str) -> dict[str, str]:
    """The administrator makes an account for a colleague."""
    administrator.open("/ra-soat-tai-khoan/moi")
    page = administrator.page
    page.get_by_label("Họ và tên").fill(name)
    page.get_by_label("Vai trò").select_option(role)
    page.get_by_role("button", name="Lập tài khoản").click()
    return code_shown(page)


def declare(visitor: Visitor, register: str, values: Mapping[str, str]) -> str:
    """Fill the form of a register in and send it; the address of the page that follows."""
    visitor.open(f"/so-dang-ky/{register}/moi")
    fill(visitor.page, values)
    visitor.page.get_by_role("button", name="Lưu và gửi rà soát").click()
    visitor.page.wait_for_url(re.compile(rf"/so-dang-ky/{register}/[0-9a-f-]{{36}}"))
    return visitor.page.url


def answer_for(visitor: Visitor, secret: str) -> None:
    """Tick the sentence of responsibility and give the app's code."""
    page = visitor.page
    page.get_by_role("checkbox").check()
    # The code of the next half minute: that of this one may have been used when the app was set up.
    page.get_by_label("Mã xác thực").fill(pyotp.TOTP(secret).at(int(time.time()) + 30))
    page.get_by_role("button", name="Cam đoan và gửi rà soát").click()
    expect(page.get_by_text("Chờ rà soát").first).to_be_visible()


def open_case(reviewer: Visitor, title: str, register: str = "") -> Page:
    """Open a case of one's queue by the words of its title."""
    reviewer.open(f"/ra-soat?so={register}")
    reviewer.page.get_by_role("link", name=title).first.click()
    return reviewer.page


def confirm(reviewer: Visitor, title: str, register: str = "") -> None:
    """Confirm the case with this title."""
    page = open_case(reviewer, title, register)
    page.get_by_role("button", name="Xác nhận hồ sơ").click()
    page.wait_for_url(re.compile(r"/ra-soat($|/[0-9a-f-]{36}\?xong=1)"))


def let_in(enter: Enter, account: Mapping[str, str], **options: object) -> Visitor:
    """Somebody with a one-time code, signed in for the first time."""
    visitor = enter(**options)
    first_sign_in(visitor, account)
    return visitor
