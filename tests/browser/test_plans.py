"""The demonstration plan as a unit, a province, a department's head and the minister's desk meet it."""

import io
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.visitor import PHONE

pytestmark = pytest.mark.browser
DECLARE = "Cơ sở khám bệnh, chữa bệnh đăng ký tài khoản"


def sheet_of_tasks(folder: Path) -> Path:
    """As offices make them: a merged cell, a deadline in words, several units in one cell."""
    book = openpyxl.Workbook()
    for row in (
        ["KẾ HOẠCH THỬ"],
        ["TT", "Tên nhiệm vụ", "Đơn vị chủ trì", "Đơn vị phối hợp", "Sản phẩm", "Thời gian hoàn thành"],
        [
            1,
            "Xây dựng quy chế thử",
            "Vụ Pháp chế",
            "Văn phòng Bộ; Vụ Bảo hiểm y tế",
            "Quy chế",
            "Quý IV/2026",
        ],
        [2, "Báo cáo thử", None, "Các đơn vị liên quan", "Báo cáo", "trước ngày 15 hằng tháng"],
    ):
        book.active.append(row)
    book.active.merge_cells("C3:C4")
    book.save(folder / "ke-hoach.xlsx")
    return folder / "ke-hoach.xlsx"


def test_a_unit_officer_reports_and_the_data_say_otherwise(enter: Enter):
    # Given an officer of a facility with a phone,
    clerk = enter("clerk", viewport=PHONE)
    page = clerk.open("/ke-hoach")
    # when the officer opens what the plan gives to every facility and says it is done,
    page.get_by_role("link", name=DECLARE).click()
    page.get_by_label("Tình trạng").select_option("done")
    page.get_by_label("Minh chứng").fill("Công văn 12/BV")
    page.get_by_role("button", name="Ghi cập nhật").click()
    # then it is in the history, and the page says that the data have not reached it;
    expect(page.get_by_role("status")).to_contain_text("Đã ghi vào lịch sử")
    expect(page.locator("main")).to_contain_text("số liệu đo được chưa đạt mục tiêu")
    # and the list of what differs holds the task.
    clerk.open("/ke-hoach?trang-thai=disputed&pham-vi=don-vi")
    expect(page.get_by_role("link", name=DECLARE)).to_be_visible()


def test_a_province_sees_what_is_late_and_sends_its_report(enter: Enter, tmp_path: Path):
    # Given an officer of a province,
    officer = enter("officer")
    page = officer.open("/ke-hoach/dieu-hanh")
    # when the first late task is opened from the board,
    late = page.locator("#late, section").filter(has_text="Quá hạn, số liệu khác báo cáo").last
    late.get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("Quá hạn")
    # and the report of the week is sent,
    officer.open("/bao-cao?ky=week&vai-tro=lead")
    page.get_by_role("button", name="Gửi báo cáo và lưu bản đã gửi").click()
    expect(page.get_by_role("status")).to_contain_text("Đã ghi nhận")
    # then the PDF is there as it was sent, in the form of an official paper.
    path = officer.download(page.locator("tbody").get_by_role("link", name="PDF").first.click, tmp_path)
    words = pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
    for expected in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "BÁO CÁO", "Tiến độ thực hiện nhiệm vụ tuần"):
        assert expected in words


def test_a_department_head_imports_a_plan_and_keeps_filters(enter: Enter, tmp_path: Path):
    # Given a spreadsheet of tasks as offices make them,
    head = enter("head")
    page = head.open("/ke-hoach/nhap")
    page.locator("input[type=file]").set_input_files(str(sheet_of_tasks(tmp_path)))
    page.get_by_role("button", name="Đọc thử, chưa lưu").click()
    # when the doubtful cells are shown, confirmed and stored,
    expect(page.locator("main")).to_contain_text("C4")
    expect(page.locator("main")).to_contain_text("Các đơn vị liên quan")
    page.wait_for_load_state()
    for box in page.locator("input[type=checkbox][name^=xac-nhan]").all():
        box.check()
    page.locator("input[name=ma]").fill("KH-THU-1")
    page.locator("input[name=ten]").fill("Kế hoạch thử")
    page.get_by_role("button", name="Nhập các nhiệm vụ").click()
    # then the plan is there with the last day of the quarter and the day of each month;
    expect(page.locator("tbody")).to_contain_text("31/12/2026")
    expect(page.locator("tbody")).to_contain_text("trước ngày 15 hằng tháng")
    # and the filters stay in the address from view to view, and in the spreadsheet.
    for view in ("Dòng thời gian", "Theo đơn vị", "Lịch", "Danh sách"):
        page.get_by_role("navigation", name="Cách xem").get_by_role("link", name=view).click()
        assert "van-ban=KH-THU-1" in page.url
    path = head.download(page.get_by_role("link", name="XLSX").first.click, tmp_path)
    words = [cell for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True) for cell in row]
    assert "Xây dựng quy chế thử" in words
    assert not any(DECLARE in str(cell) for cell in words)


def test_the_ministers_desk_hears_what_is_late_and_prints_one_page(enter: Enter, tmp_path: Path):
    # Given tasks that were late longer than a department may keep them to itself,
    chief = enter("chief")
    page = chief.open("/thong-bao")
    # when the desk opens the notice of them,
    page.get_by_role("link").filter(has_text="quá hạn chuyển đến Lãnh đạo Bộ").first.click()
    # then it sees which, whose, and how many days late;
    expect(page.locator("h1")).to_have_text("Nhiệm vụ nào đã chuyển lên cấp trên")
    expect(page.locator("tbody tr").first).to_contain_text("Lãnh đạo Bộ")
    # the direction board says the whole on one sheet of A4,
    chief.open("/ke-hoach/dieu-hanh")
    # even when as many will be late as are shown,
    page.evaluate(
        """() => {
          const [late, coming] = document.querySelectorAll(".one-page tbody");
          while (coming.rows.length < 2) coming.append(late.rows[2].cloneNode(true));
        }"""
    )
    expect(page.locator(".one-page tbody").nth(1).locator("tr")).to_have_count(2)
    printed = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    assert len(printed) == 1
    words = printed[0].get_textpage().get_text_range()
    for expected in ("Việc nào đang muộn", "Theo đơn vị chủ trì", "Khó khăn, kiến nghị", "Đo từ dữ liệu",
                     "Gói hồ sơ nhận hôm nay", "tính đến", "Chất lượng theo đơn vị chủ quản",
                     "Đơn vị thấp nhất"):  # fmt: skip
        assert expected in words
    # and a number leads to its records.
    page.locator(".counts a").first.click()
    assert "trang-thai=late" in page.url
    expect(page.locator("tbody tr").first).to_contain_text("Quá hạn")
    # and what goes above is recorded with those it went to, and comes as a spreadsheet.
    chief.open("/bao-cao?ky=day")
    page.get_by_label("Nơi nhận").fill("Văn phòng Chính phủ")
    page.get_by_role("button", name="Gửi báo cáo và lưu bản đã gửi").click()
    expect(page.get_by_role("status")).to_contain_text("Đã ghi nhận")
    path = chief.download(page.get_by_role("link", name="XLSX").click, tmp_path)
    words = [cell for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True) for cell in row]
    assert "Văn phòng Chính phủ" in words
