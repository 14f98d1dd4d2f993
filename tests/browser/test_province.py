"""What somebody of a provincial health department sees of the day, and takes away as a spreadsheet."""

import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, expect

from khoyte.foundation.calendar import today
from tests.browser.conftest import Enter
from tests.browser.site import Site
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

COUNTS = {
    "files": "Gói hồ sơ",
    "received": "Hồ sơ tiếp nhận",
    "accepted": "Đạt",
    "rejected": "Chưa đạt",
    "quarantined": "Tạm giữ",
}


def take_sheet(officer: Visitor, table: Locator, folder: Path) -> list[dict[str, Any]]:
    """Lines of the first sheet by their headings, which stand below unit and time."""
    path = officer.download(table.get_by_role("link", name="XLSX").click, folder)
    rows = list(load_workbook(path).worksheets[0].iter_rows(values_only=True))
    first = next(place for place, row in enumerate(rows) if row[0] == "Mã cơ sở")
    return [dict(zip(rows[first], row, strict=True)) for row in rows[first + 1 :]]


class TestDay:
    def test_officer_sees_each_facility_as_its_ledger_has_it(
        self, site: Site, enter: Enter, judged: dict, picture, tmp_path: Path
    ):
        # Given a day on which one of two facilities has sent a file,
        sent_on = judged["received_at"][:10]
        [day] = site.get(f"/api/v1/ledger?facility=99001&day={sent_on}")["days"]
        # when an officer of the province opens the first page,
        officer = enter("officer")
        page = officer.open("/")
        # then it is the day of the province, and says who has sent and who has not,
        assert page.url.endswith("/tinh")
        if sent_on != str(today()):  # midnight has passed since
            page = officer.open(f"/tinh?ngay={sent_on}")
        assert re.match(r"[1-9]\d*/\d+ cơ sở đã gửi", officer.heading)
        table = page.locator("#facilities")
        sent = table.get_by_role("row").filter(has_text="99001")
        assert [sent.locator("td").nth(0).inner_text(), sent.locator("td").nth(1).inner_text()] == [
            number(day["files"]),
            number(day["received"]),
        ]
        expect(table.get_by_role("row").filter(has_text="99002")).to_contain_text("Chưa gửi")
        expect(page.locator(".chart svg[role=img]")).to_be_visible()
        expect(page.locator(".causes > li").first).to_be_visible()
        picture(officer, "province-day")
        # and the spreadsheet has the counts of the ledger.
        [line] = [row for row in take_sheet(officer, table, tmp_path) if row["Mã cơ sở"] == "99001"]
        assert {name: line[label] for name, label in COUNTS.items()} == {name: day[name] for name in COUNTS}

    def test_cause_leads_to_the_files_and_one_verdict_of_the_facility(
        self, enter: Enter, judged: dict, site: Site
    ):
        # Given the province's list of what was sent,
        officer = enter("officer")
        page = officer.open("/goi-ho-so?co-so=99001&phai-sua=1")
        # when the oldest file is opened,
        page.get_by_role("link", name=judged["file"]).last.click()
        # then the officer reads the same verdict as the facility.
        assert page.url.endswith(judged["id"])
        assert f"{judged['ledger']['rejected']} hồ sơ chưa đạt" in officer.heading

    def test_a_day_without_files_says_so(self, enter: Enter):
        officer = enter("officer")
        officer.open("/tinh?ngay=2025-01-05")
        assert officer.heading == "Chưa có cơ sở nào gửi hồ sơ"


class TestPapers:
    def test_officer_sees_who_sends_which_papers(self, enter: Enter, judged: dict, tmp_path: Path):
        # Given accepted visits of which some need a paper,
        officer = enter("officer")
        page = officer.open("/tinh")
        # when the officer goes from the day to the papers,
        page.get_by_role("link", name="giấy tờ").click()
        # then each facility has its expected and received papers, on the page and in the spreadsheet.
        page.wait_for_url("**/tinh/loai-giay-to?*")
        table = page.locator("section.sheet").first
        shown = table.get_by_role("row").filter(has_text="99001").first
        [line] = [row for row in take_sheet(officer, table, tmp_path) if row["Mã cơ sở"] == "99001"]
        expected_and_received = [count for count in line.values() if isinstance(count, int)]
        assert len(expected_and_received) >= 8
        for received, expected in zip(expected_and_received[1::2], expected_and_received[::2], strict=True):
            assert received <= expected
            if expected:
                expect(shown).to_contain_text(f"{number(received)}/{number(expected)}")


def number(value: int) -> str:
    return f"{value:,}".replace(",", ".")
