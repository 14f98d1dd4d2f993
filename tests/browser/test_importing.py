"""A file is checked, then stored: it stays chosen between the two."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from khoyte.registers.tests.offices import PHARMACY, csv_of
from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser
PAGE = "/so-dang-ky/pharmacies/nhap"


def test_a_file_that_was_checked_is_stored_without_being_chosen_again(enter: Enter, tmp_path: Path) -> None:
    # Given an officer of a province with a list of pharmacies, one of which has no kind,
    rows = [
        PHARMACY | {"name": f"Nhà thuốc Mây {number}", "certificate_number": f"{number}/ĐKKDD-BA"}
        for number in (701, 702)
    ]
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_bytes(csv_of([rows[0], rows[1] | {"kind": ""}]))
    right.write_bytes(csv_of(rows))
    officer = enter("officer", complaints="422")
    page = officer.open(PAGE)
    file = page.get_by_label("Tệp XLSX")

    # when the file is checked and stored though a row is wrong,
    file.set_input_files(wrong)
    page.get_by_role("button", name="Nhập vào sổ").click()
    # then nothing is stored, what is wrong stands in the focus of the page, and the file is still chosen;
    expect(page.get_by_role("alert")).to_contain_text("1 dòng cần sửa. Chưa lưu dòng nào.")
    expect(page.get_by_role("alert")).to_be_focused()
    assert file.evaluate("input => input.files[0].name") == "wrong.csv"

    # and when the right one is checked and then stored without choosing it again,
    file.set_input_files(right)
    page.get_by_role("button", name="Kiểm tra thử").click()
    expect(page.get_by_role("status").first).to_contain_text("Tệp đạt, chưa lưu dòng nào.")
    page.get_by_role("button", name="Nhập vào sổ").click()
    # then both are there, and the page asks for the next file.
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu 2 hồ sơ")
    assert file.evaluate("input => input.files.length") == 0
    page.get_by_role("link", name="Xem các hồ sơ chưa gửi").click()
    expect(page.get_by_role("link", name=re.compile("Nhà thuốc Mây 70[12]"))).to_have_count(2)


def test_a_file_that_does_not_get_through_is_asked_for_again(enter: Enter, tmp_path: Path) -> None:
    """A cut line, or a file that was changed after it was chosen: browsers then refuse to send it."""
    file = tmp_path / "one.csv"
    file.write_bytes(csv_of([PHARMACY]))
    page = enter("officer", complaints="ERR_FAILED").open(PAGE)
    page.route(f"**{PAGE}", lambda route: route.abort())
    page.get_by_label("Tệp XLSX").set_input_files(file)
    page.get_by_role("button", name="Kiểm tra thử").click()
    expect(page.get_by_text("chọn lại tệp rồi thử lại")).to_be_visible()
    expect(page.get_by_role("button", name="Kiểm tra thử")).to_be_enabled()
