"""Spreadsheets of tasks: read as offices make them, doubtful cells confirmed, nothing stored before."""

import io
import re
from html import unescape

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.monitor.errors import PlanProblem
from khoyte.monitor.models import Document, Task
from khoyte.monitor.sheet_reading import read_sheet
from khoyte.monitor.tests.test_pages import browser
from khoyte.monitor.unit_names import read_units

HEAD = ["TT", "Tên nhiệm vụ", "Đơn vị chủ trì", "Đơn vị phối hợp", "Sản phẩm", "Thời gian hoàn thành"]
ROWS = [
    ["BẢNG CÁC NHIỆM VỤ"],
    HEAD,
    [1, "Công tác chỉ đạo"],
    ["1.1", "Xây dựng kế hoạch", "Vụ Pháp chế", "Văn phòng Bộ; Vụ Bảo hiểm y tế", "Kế hoạch", "Quý IV/2026"],
    ["1.2", "Báo cáo", None, "Các đơn vị liên quan", "Báo cáo", None],
    HEAD,
    ["1.3", "Đôn đốc", "Văn phòng Bộ", None, None, "thường xuyên"],
    ["1.4", "Rà soát", "Văn phòng Bộ", None, None, "sớm"],
]


def sheet(rows: list[list[object]] = ROWS, merged: tuple[str, ...] = ("C4:C5", "F4:F5")) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_merged_cells_heads_and_words_are_read_and_doubts_told_by_cell() -> None:
    found = {row.values["number"]: row for row in read_sheet(sheet())}
    assert list(found) == ["1", "1.1", "1.2", "1.3", "1.4"]
    assert found["1.2"].values["lead"] == "Vụ Pháp chế"
    assert str(found["1.2"].due.on) == "2026-12-31"
    assert {(one.cell, one.field) for one in found["1.2"].doubts} == {
        ("C5", "lead"),
        ("D5", "with"),
        ("F5", "due"),
    }
    assert found["1.1"].doubts == []
    assert found["1.3"].due.recurs == "always"
    assert [one.cell for one in found["1.4"].doubts] == ["F8"]


@pytest.mark.parametrize(
    ("cell", "units", "is_doubted"),
    [
        ("Vụ Pháp chế\nVăn phòng Bộ", ["Vụ Pháp chế", "Văn phòng Bộ"], True),
        ("- Vụ Pháp chế;\n- Văn phòng Bộ.", ["Vụ Pháp chế", "Văn phòng Bộ"], False),
        ("Trung tâm Thông tin\ny tế Quốc gia", ["Trung tâm Thông tin y tế Quốc gia"], False),
        ("Cục Quản lý Khám,\nchữa bệnh\nVụ Bảo hiểm y tế",
         ["Cục Quản lý Khám, chữa bệnh", "Vụ Bảo hiểm y tế"], True),
    ],
)  # fmt: skip
def test_lines_of_a_cell_part_its_units_and_are_doubted(
    cell: str, units: list[str], is_doubted: bool
) -> None:
    (row,) = read_sheet(sheet([HEAD, [1, "Việc", cell, cell, None, "31/12/2026"]], ()))
    for field in ("lead", "with"):
        assert [one.name for one in read_units(row.values[field])] == units
        assert any(one.field == field for one in row.doubts) is is_doubted


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no book", b"a;b;c", sheet([["a", "b"]], ())])
def test_what_is_no_such_table_is_refused(data: bytes) -> None:
    with pytest.raises(PlanProblem):
        read_sheet(data)


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.one_of(st.none(), st.integers(-5, 99999), st.text("ab Quý/;12", max_size=12)),
                         min_size=6, max_size=6), min_size=1, max_size=6))  # fmt: skip
def test_any_cells_are_read_and_a_day_without_its_words_is_doubted(rows: list[list[object]]) -> None:
    try:
        found = read_sheet(sheet([HEAD, *rows], ()))
    except PlanProblem:
        return
    for row in found:
        if row.due.on and str(row.due.on.year) not in row.values["due"]:
            assert any(one.field == "due" for one in row.doubts)


DEADLINES = ("Quý IV/2026", "Tháng 12/2025", "thường xuyên", "trước ngày 15 hằng tháng", "31/12/2026", "sớm")
LEADS = ("Vụ Pháp chế", "Văn phòng Bộ; Vụ Bảo hiểm y tế", "Vụ Pháp chế, Văn phòng Bộ và các Vụ, Cục", "")


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from(LEADS), st.sampled_from(DEADLINES)), min_size=3, max_size=9),
    st.sampled_from("CF"), st.integers(0, 6), st.integers(1, 4),
)  # fmt: skip
def test_a_merged_cell_gives_its_value_to_every_row_and_each_of_them_is_doubted(
    told: list[tuple[str, str]], column: str, start: int, length: int
) -> None:
    first = 2 + start % len(told)
    last = min(first + length, 1 + len(told))
    rows = [[n, f"Việc {n}", lead, None, None, due] for n, (lead, due) in enumerate(told, start=1)]
    area = (f"{column}{first}:{column}{last}",) if last > first else ()
    field, place = {"C": ("lead", 0), "F": ("due", 1)}[column]
    found = {row.line: row for row in read_sheet(sheet([HEAD, *rows], area))}
    for line, row in found.items():
        inside = bool(area) and first <= line <= last
        wanted = told[first - 2][place] if inside else told[line - 2][place]
        assert row.values[field] == wanted
        if inside and line > first and wanted:
            assert any(doubt.cell == f"{column}{line}" for doubt in row.doubts)
        # What is read as a day stands in the cell; what has none says why or comes again.
        assert row.due.on or row.due.recurs or row.due.doubt
        if "các Vụ, Cục" in row.values["lead"] or not row.values["lead"]:
            assert any(doubt.field == "lead" for doubt in row.doubts)


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_nothing_is_stored_until_every_doubtful_row_is_confirmed() -> None:
    client = browser("BYT", "ministry")
    page = client.post("/ke-hoach/nhap", {"tep": io.BytesIO(sheet())}).content.decode()
    assert "F8" in page
    assert not Task.objects.exists()
    carried = unescape(re.search(r'name="dong" value="([^"]*)"', page)[1])  # type: ignore[index]
    form = {"viec": "nhap", "dong": carried, "ma": "KH-MOI", "ten": "Kế hoạch mới", "8.due": "31/12/2026"}
    refused = client.post("/ke-hoach/nhap", form)
    assert refused.status_code == 422
    assert not Document.objects.exists()
    done = client.post("/ke-hoach/nhap", form | {"xac-nhan-5": "1", "xac-nhan-8": "1"})
    assert done.status_code == 302
    assert {task.number: str(task.due_on) for task in Task.objects.exclude(kind="group")} == {
        "1.1": "2026-12-31", "1.2": "2026-12-31", "1.3": "None", "1.4": "2026-12-31",
    }  # fmt: skip
    heading = Task.objects.get(kind="group")
    assert set(Task.objects.exclude(kind="group").values_list("parent", flat=True)) == {heading.pk}
    assert client.post("/ke-hoach/nhap", form | {"xac-nhan-5": "1", "xac-nhan-8": "1"}).status_code == 422


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_rows_that_were_not_carried_by_the_page_are_refused() -> None:
    client = browser("BYT", "ministry")
    for carried in ("", "[", "{}", '[{"line": "x"}]', "[1]"):
        answer = client.post("/ke-hoach/nhap", {"viec": "nhap", "dong": carried, "ma": "KH-A", "ten": "A"})
        assert answer.status_code == 422
