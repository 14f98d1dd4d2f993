"""Reports: when they are due, what they say, what changed since the last, what is recorded of sending."""

import io
from datetime import date

import docx
import openpyxl
import pypdfium2
import pytest

from khoyte.audit.models import AuditEntry
from khoyte.monitor import reports
from khoyte.monitor.models import SentReport, Task
from khoyte.monitor.tests.test_pages import browser


@pytest.mark.parametrize(
    ("role", "today", "due"),
    [
        ("with", date(2026, 11, 13), date(2026, 11, 14)),
        ("with", date(2026, 11, 14), date(2026, 12, 14)),
        ("lead", date(2026, 11, 14), date(2026, 11, 15)),
        ("lead", date(2026, 12, 31), date(2027, 1, 15)),
        ("lead", date(2025, 4, 21), None),
    ],
)
def test_the_day_of_the_next_report(role: str, today: date, due: date | None) -> None:
    assert reports.next_due(role, today) == due


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
def test_a_report_is_made_sent_and_compared_with() -> None:
    client = browser("97", "province")
    made = client.get("/bao-cao?ky=month&tai=docx")
    book = docx.Document(io.BytesIO(made.content))
    words = "\n".join(
        [one.text for one in book.paragraphs]
        + [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    )
    for expected in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Tính đến",
                     "Tập huấn cấp địa phương"):  # fmt: skip
        assert expected in words
    assert client.get("/bao-cao?tai=pdf").content.startswith(b"%PDF")
    assert client.post("/bao-cao", {"ky": "month", "vai-tro": "lead"}).status_code == 302
    sent = SentReport.objects.get()
    assert (sent.unit, sent.period, sent.role, len(sent.sha256)) == ("97", "month", "lead", 64)
    task = Task.objects.get(document="KH-HNKCB-2025", number="I.2")
    form = {"viec": "cap-nhat", "tinh-trang": "done", "ty-le": "100", "minh-chung": "5/BC-SYT"}
    assert client.post(f"/ke-hoach/{task.pk}", form).status_code == 302
    page = client.get("/bao-cao?ky=month&vai-tro=lead").content.decode()
    assert f"/ke-hoach/{task.pk}" in page
    assert "Đã gửi" not in page or "Báo cáo đã gửi" in page


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
def test_the_ministrys_desk_records_to_whom_its_report_went() -> None:
    client = browser("BYT", "ministry")
    form = {"ky": "day", "vai-tro": "lead"}
    page = client.get("/bao-cao?ky=day").content.decode()
    assert "Văn phòng Chính phủ\nTổ công tác Đề án 06\nLãnh đạo Bộ</textarea>" in page
    to = "Văn phòng Chính phủ;\r\n- Tổ công tác Đề án 06\n\nVăn phòng Chính phủ"
    assert client.post("/bao-cao", form | {"noi-nhan": to}).status_code == 302
    sent = SentReport.objects.get()
    assert (sent.unit, sent.facility, sent.province, sent.period) == ("BYT", "", "", "day")
    assert sent.recipients == ["Văn phòng Chính phủ", "Tổ công tác Đề án 06"]
    written = AuditEntry.objects.filter(action="plan.report").get()
    assert (written.subject_id, written.details["recipients"]) == (str(sent.pk), 2)
    said = pypdfium2.PdfDocument(client.get(f"/bao-cao?tep={sent.pk}").content)
    words = " ".join("\n".join(one.get_textpage().get_text_range() for one in said).split())
    assert "- Văn phòng Chính phủ" in words
    assert "Lãnh đạo Bộ" not in words
    # Of a request the one who asked is the first to get it, and nobody below reads what went above.
    asked = {"ky": "asked", "vai-tro": "lead", "theo-yeu-cau": "Văn phòng Chính phủ (CV 9/VPCP)"}
    assert client.post("/bao-cao", asked).status_code == 302
    assert SentReport.objects.get(period="asked").recipients == [asked["theo-yeu-cau"], "Lãnh đạo Bộ"]
    assert browser("97", "province").get(f"/bao-cao?tep={sent.pk}").status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize(
    ("to", "said"),
    [
        (" \n - ", "Chưa ghi nơi nhận"),
        ("x" * 301, "Nơi nhận quá nhiều"),
        ("\n".join(map(str, range(21))), "Nơi nhận quá nhiều"),
    ],
)
def test_a_report_of_the_ministry_without_recipients_is_refused(to: str, said: str) -> None:
    answer = browser("BYT", "ministry").post("/bao-cao", {"ky": "day", "noi-nhan": to})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SentReport.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
def test_a_province_does_not_choose_who_gets_its_report() -> None:
    form = {"ky": "day", "vai-tro": "lead", "noi-nhan": "Công ty Mẫu"}
    assert browser("97", "province").post("/bao-cao", form).status_code == 302
    assert "Công ty Mẫu" not in SentReport.objects.get().recipients


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
def test_the_reports_sent_are_a_sheet_that_runs_nothing() -> None:
    client, other = browser("97", "province"), browser("98", "province")
    formula = '=HYPERLINK("http://a","b")'
    client.post("/bao-cao", {"ky": "asked", "vai-tro": "lead", "theo-yeu-cau": formula})
    other.post("/bao-cao", {"ky": "week", "vai-tro": "lead"})
    assert 'href="?tai=xlsx"' in client.get("/bao-cao").content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/bao-cao?tai=xlsx").content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    words = [cell.value for cell in cells]
    assert formula in words
    assert not any(cell.data_type == "f" for cell in cells)
    assert all(cell.quotePrefix for cell in cells if cell.value == formula)
    assert {"Theo yêu cầu", "chưa ký số", SentReport.objects.get(unit="97").sha256} <= set(words)
    assert "Tuần" not in words  # of another province
    whole = openpyxl.load_workbook(io.BytesIO(
        browser("BYT", "ministry").get("/bao-cao?tai=xlsx").content
    )).active  # fmt: skip
    assert {"Theo yêu cầu", "Tuần"} <= {cell for row in whole.iter_rows(values_only=True) for cell in row}


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
def test_the_page_for_the_meeting_begins_with_what_is_in_dispute() -> None:
    client = browser("97001", "facility")
    disputed = Task.objects.get(document="KH-HNKCB-2025", number="I.3")
    form = {"viec": "cap-nhat", "tinh-trang": "done", "ty-le": "100", "minh-chung": "5/BC-BV"}
    assert client.post(f"/ke-hoach/{disputed.pk}", form).status_code == 302
    book = docx.Document(io.BytesIO(client.get("/bao-cao?ky=week&mau=hop&tai=docx").content))
    rows = [row.cells[0].text for table in book.tables for row in table.rows]
    tasks = [one for one in rows if one.startswith("Cơ sở khám bệnh, chữa bệnh")]
    assert tasks[0].startswith("Cơ sở khám bệnh, chữa bệnh đăng ký tài khoản")
    assert tasks[1].startswith("Cơ sở khám bệnh, chữa bệnh rà soát")


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize(
    ("unit", "role", "place"), [("CUC", "department", "Hà Nội, ngày"), ("97", "province", "Đơn vị 97, ngày")]
)
def test_a_report_is_dated_at_the_seat_of_its_unit(unit: str, role: str, place: str) -> None:
    book = docx.Document(io.BytesIO(browser(unit, role).get("/bao-cao?ky=day&tai=docx").content))
    words = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    assert any(place in one for one in words)
