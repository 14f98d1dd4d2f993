"""Reports: when they are due, what they say, what changed since the last, what is recorded of sending."""

import io
from datetime import date

import docx
import pytest

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
def test_the_ministry_reads_reports_and_sends_none_here() -> None:
    client = browser("BYT", "ministry")
    assert client.get("/bao-cao?ky=day").status_code == 200
    assert client.post("/bao-cao", {"ky": "day"}).status_code == 403


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
