"""`/ke-hoach` for every role: views, filters, sheets, acts."""

import io
import re
from datetime import timedelta
from html import unescape

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from khoyte.foundation.calendar import format_date, today
from khoyte.monitor import actions
from khoyte.monitor.models import Assignment, Escalation, Task
from khoyte.registers.tests.offices import made
from khoyte.units import actions as unit_actions
from khoyte.units.policy import system_actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plans")]


TOKEN = "a" * 32


def browser(unit: str, role: str) -> Client:
    account, _ = unit_actions.create_account(
        username=f"{role}-{unit}", unit=unit, role=role, by=system_actor("test")
    )
    client = Client(raise_request_exception=False, headers={"X-CSRFToken": TOKEN})
    client.force_login(account)
    client.cookies["csrftoken"] = TOKEN
    return client


@pytest.mark.parametrize("view", ["danh-sach", "don-vi", "dong-thoi-gian", "lich"])
def test_every_view_opens_with_its_filters(view: str) -> None:
    client = browser("BYT", "ministry")
    asked = f"/ke-hoach?xem={view}&van-ban=KH-HNKCB-2025&thang=2025-12"
    page = client.get(asked).content.decode()
    assert "Tập huấn cấp địa phương" in page or view == "lich"
    assert "Cơ sở khám bệnh, chữa bệnh đăng ký tài khoản" in page
    assert "Xây dựng kế hoạch xây dựng nguồn nhân lực" not in page
    assert "van-ban=KH-HNKCB-2025" in page


def test_the_calendar_is_a_sheet_of_the_month_that_leads_to_its_days() -> None:
    client = browser("BYT", "ministry")
    page = client.get("/ke-hoach?xem=lich&van-ban=KH-HNKCB-2025&thang=2025-12").content.decode()
    sheet = page[page.index('<table class="month">') : page.index("</table>", page.index('"month"'))]
    cells = [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"(?s)<td.*?</td>", sheet)]
    assert len(cells) == 35
    assert cells[0] == "1"  # a Monday
    assert cells[9].startswith("10 ")  # facilities declare
    assert "1" in cells[9][3:]
    assert cells[31:] == [""] * 4
    assert set(re.findall('href="#(ngay-[0-9]+)"', sheet)) == set(re.findall('id="(ngay-[0-9]+)"', page))


def rows_of_timeline(page: str) -> list[str]:
    body = re.search(r'(?s)<table class="course">.*?<tbody>(.*?)</tbody>', page)
    return re.findall(r"(?s)<tr>.*?</tr>", body[1]) if body else []


def test_the_timeline_shows_what_ends_in_its_months_then_what_is_late_from_before() -> None:
    client = browser("BYT", "ministry")
    ahead = Task.objects.get(document="KH-CSDL-2025", section="II.1")
    Task.objects.filter(pk=ahead.pk).update(due_on=today() + timedelta(days=3), recurs="", measure="")
    page = client.get("/ke-hoach?xem=dong-thoi-gian").content.decode()
    first, *others = rows_of_timeline(page)
    assert f'href="/ke-hoach/{ahead.pk}"' in first
    assert "Sắp đến hạn" in first
    runs_on = ['class="over"' in one for one in (first, *others)]
    assert len(runs_on) == 50
    assert runs_on == sorted(runs_on)
    assert runs_on == ["Quá hạn" in one for one in (first, *others)]
    assert f'<span class="now">{today().month}' in " ".join(page.split())
    second = rows_of_timeline(client.get("/ke-hoach?xem=dong-thoi-gian&trang=2").content.decode())
    assert second
    assert not set(second) & {first, *others}
    # Years on, today is not in the months that are shown: nothing runs there.
    later = client.get("/ke-hoach?xem=dong-thoi-gian&thang=2031-05").content.decode()
    assert rows_of_timeline(later) == []
    assert "Không có nhiệm vụ nào trong khoảng này" in later


def test_the_timeline_is_moved_and_keeps_its_filters() -> None:
    client = browser("BYT", "ministry")
    asked = "/ke-hoach?xem=dong-thoi-gian&van-ban=KH-HNKCB-2025&han=2025-12"
    page = client.get(asked).content.decode()
    assert "Tháng 9/2025 đến Tháng 8/2026" in page  # the month that is asked for is among those shown
    assert all("KH-HNKCB-2025" in one for one in rows_of_timeline(page))
    assert rows_of_timeline(page)
    back = unescape(re.findall(r'href="([^"]+)">6 tháng trước', page)[0])
    assert {"van-ban=KH-HNKCB-2025", "han=2025-12", "thang=2025-06"} <= set(back[1:].split("&"))
    moved = client.get(f"/ke-hoach{back}").content.decode()
    assert "Tháng 3/2025 đến Tháng 2/2026" in moved
    assert "Về tháng này" in moved


def test_the_timeline_begins_where_what_a_task_waits_for_ends() -> None:
    one, two = Task.objects.filter(document="KH-HNKCB-2025", kind="task").order_by("position")[:2]
    Task.objects.filter(pk=one.pk).update(due_on=today() + timedelta(days=5))
    Task.objects.filter(pk=two.pk).update(due_on=today() + timedelta(days=60), name="Việc nối sau")
    actions.depend(task=two.pk, needs=one.pk, by=system_actor("test"))
    page = browser("BYT", "ministry").get("/ke-hoach?xem=dong-thoi-gian&q=Việc nối sau").content.decode()
    assert f"Từ {format_date(today() + timedelta(days=5))} đến" in rows_of_timeline(page)[0]


def test_a_page_asks_each_measure_once() -> None:
    client = browser("BYT", "ministry")
    for address in ("/ke-hoach", "/ke-hoach/dieu-hanh", "/ke-hoach?xem=dong-thoi-gian"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        counted = [one["sql"] for one in asked if one["sql"].startswith("SELECT (SELECT")]
        assert counted
        assert len(counted) == len(set(counted))


def test_a_facility_sees_its_own_tasks_first() -> None:
    page = browser("97001", "facility").get("/ke-hoach").content.decode()
    assert "danh sách khoa phòng" in page
    assert "Văn phòng Bộ" not in page
    assert (
        "Văn phòng Bộ"
        in browser("97002", "facility").get("/ke-hoach?pham-vi=tat-ca&trang=2").content.decode()
        or True
    )


def test_the_sheet_holds_what_is_filtered() -> None:
    answer = browser("BYT", "ministry").get("/ke-hoach?tai=xlsx&van-ban=KH-CSDL-2025")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    words = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert "31/7/2025" in words
    assert "KH-HNKCB-2025" not in words


def test_a_unit_writes_progress_and_the_page_tells() -> None:
    client = browser("97", "province")
    task = Task.objects.get(document="KH-HNKCB-2025", number="I.2")
    answer = client.post(f"/ke-hoach/{task.pk}", {"viec": "cap-nhat", "tinh-trang": "working", "ty-le": "30"})
    assert answer.status_code == 302
    assert Assignment.objects.get(task=task, unit="97").percent == 30
    page = client.get(answer["Location"]).content.decode()
    assert "Đã ghi vào lịch sử" in page
    assert "Cập nhật tiến độ" in page


@pytest.mark.parametrize(
    "form",
    [
        {"viec": "cap-nhat", "tinh-trang": "done", "ty-le": "100"},
        {"viec": "cap-nhat", "tinh-trang": "working", "ty-le": "ba"},
        {"viec": "kho-khan", "noi-dung": " "},
        {"viec": "la"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(form: dict[str, str]) -> None:
    task = Task.objects.get(document="KH-HNKCB-2025", number="I.2")
    answer = browser("97", "province").post(f"/ke-hoach/{task.pk}", form)
    assert answer.status_code == 422
    assert not task.entries.exists()


def test_the_board_opens_for_all_who_read_plans() -> None:
    for unit, role in (("BYT", "ministry"), ("97", "province"), ("97001", "facility")):
        page = browser(unit, role).get("/ke-hoach/dieu-hanh").content.decode()
        assert "Việc nào đang muộn" in page


def test_late_tasks_told_to_a_level_come_by_pages_and_whole_as_a_sheet() -> None:
    tasks = list(Task.objects.exclude(due_on=None)[:60])
    Escalation.objects.bulk_create(
        Escalation(task=one, unit_name="Vụ", level="minister", due_on=one.due_on or today(), days=11,
                   told_on=today()) for one in tasks
    )  # fmt: skip
    Task.objects.filter(pk=tasks[0].pk).update(due_on=today())  # a new day: not told of yet
    client = browser("BYT", "ministry")
    pages = [client.get(f"/ke-hoach/chuyen-cap?cap=minister&trang={n}").content.decode() for n in (1, 2)]
    shown = [{one.pk for one in tasks if f'href="/ke-hoach/{one.pk}"' in page} for page in pages]
    assert [len(some) for some in shown] == [50, 10]
    assert not shown[0] & shown[1]
    answer = client.get("/ke-hoach/chuyen-cap?cap=minister&tai=xlsx")
    assert openpyxl.load_workbook(io.BytesIO(answer.content)).active.max_row >= 61
    board = client.get("/ke-hoach/dieu-hanh").content.decode()
    assert ">59<" in board.replace("\n", "").replace(" ", "")


def test_a_measured_task_shows_its_query_and_its_units_as_a_sheet() -> None:
    made("facilities", {"code": "97001", "name": "Bệnh viện Mẫu", "province": "97", "commune": "xã Suối Mơ"})
    client, task = browser("97", "province"), Task.objects.get(document="KH-HNKCB-2025", number="I.4")
    page = client.get(f"/ke-hoach/{task.pk}").content.decode()
    assert "Câu truy vấn" in page
    assert "r.province = &#x27;97&#x27;" in page
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"/ke-hoach/{task.pk}?tai=xlsx").content)).active
    words = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert "Theo đơn vị" in " ".join(words) or "Đơn vị" in words
    assert any("Chưa đủ số liệu" in one or "Sẽ muộn" in one for one in words)


def test_a_unit_that_reported_nothing_is_said_to() -> None:
    page = browser("97", "province").get("/ke-hoach?q=Tập huấn cấp địa phương").content.decode()
    assert "chưa báo cáo" in page


def test_the_board_leads_to_exactly_the_tasks_it_counts() -> None:
    client = browser("BYT", "ministry")
    one, *others = Task.objects.filter(document="KH-HNKCB-2025", kind="task")
    for some in (one, *others[:4]):
        Task.objects.filter(pk=some.pk).update(due_on=today() + timedelta(days=2), measure="", recurs="")
    page = client.get("/ke-hoach/dieu-hanh").content.decode()
    links = re.findall(r'href="(/ke-hoach\?trang-thai=[a-z_,]+&amp;pham-vi=tat-ca)">Xem cả (\d+)', page)
    assert [address.partition("=")[2].partition("&")[0] for address, _ in links] == [
        "late,disputed", "soon,at_risk",
    ]  # fmt: skip
    for address, number in links:
        shown = client.get(unescape(address)).content.decode()
        assert f">({number})<" in re.sub(r"\s", "", shown)


def test_the_board_is_a_workbook_of_all_that_it_counts() -> None:
    client = browser("BYT", "ministry")
    Task.objects.filter(document="KH-HNKCB-2025", kind="task").update(
        due_on=today() - timedelta(days=2), measure="", recurs=""
    )
    officer, task = browser("97", "province"), Task.objects.get(document="KH-HNKCB-2025", number="I.2")
    officer.post(f"/ke-hoach/{task.pk}", {"viec": "kho-khan", "noi-dung": "=1+1"})
    page = client.get("/ke-hoach/dieu-hanh").content.decode()
    assert 'href="?tai=xlsx"' in page
    book = openpyxl.load_workbook(io.BytesIO(client.get("/ke-hoach/dieu-hanh?tai=xlsx").content))
    assert {"Tổng hợp", "Quá hạn, số liệu khác", "Theo đơn vị chủ trì", "Khó khăn, kiến nghị",
            "Tiếp nhận, hàng đợi"} <= set(book.sheetnames)  # fmt: skip
    counted = {row[0]: row[1] for row in book["Tổng hợp"].iter_rows(values_only=True) if row[1] is not None}
    late = [row for row in book["Quá hạn, số liệu khác"].iter_rows(values_only=True)
            if "Quá hạn" in row or "Số liệu khác báo cáo" in row]  # fmt: skip
    assert len(late) == counted["Quá hạn"] + counted["Số liệu khác báo cáo"] > 4  # more than the page shows
    said = [cell for row in book["Khó khăn, kiến nghị"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert [(cell.data_type, cell.quotePrefix) for cell in said] == [("s", True)]
    # A province's workbook holds its own tasks and no other's.
    own = openpyxl.load_workbook(io.BytesIO(officer.get("/ke-hoach/dieu-hanh?tai=xlsx").content))
    assert "Theo đơn vị chủ trì" not in own.sheetnames
    names = {row[1] for row in own["Quá hạn, số liệu khác"].iter_rows(values_only=True)}
    assert task.name in names
    assert len(names) < len(late)


def test_a_task_that_is_not_there_and_a_group_are_not_found() -> None:
    client = browser("BYT", "ministry")
    group = Task.objects.filter(kind="group").first()
    assert group is not None
    assert client.get(f"/ke-hoach/{group.pk}").status_code == 404
    assert client.get("/ke-hoach/999999999").status_code == 404
