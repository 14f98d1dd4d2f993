import io
from datetime import UTC, date, datetime

from openpyxl import load_workbook

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Table, Tag
from khoyte.foundation.look.spreadsheet import workbook

AT = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)
COLUMNS = (
    Column("name", Text("Cơ sở", "Facility")),
    Column("count", Text("Hồ sơ", "Dossiers"), "number"),
    Column("share", Text("Tỷ lệ", "Share"), "share"),
    Column("day", Text("Ngày", "Day"), "day"),
    Column("at", Text("Lúc", "At"), "moment"),
    Column("state", Text("Trạng thái", "State"), "tag"),
    Column("line", Text("Xu hướng", "Trend"), "chart"),
)
ROW = {
    "name": Cell("Bệnh viện Đa khoa", href="/x", note="99001"),
    "count": 1234,
    "share": 0.5,
    "day": date(2026, 11, 20),
    "at": AT,
    "state": Tag("good", Text("Đạt", "Accepted")),
}


def table(*rows, title="Cơ sở gửi", **more):
    return Table(title, COLUMNS, rows, empty="", **more)


def read(*tables):
    return load_workbook(io.BytesIO(workbook(tables, ["Sở Y tế 97"], AT)))


def on_the_wall(text):
    """A time as a clock in Vietnam shows it: spreadsheets know no time zones."""
    return datetime.fromisoformat(text)


def cells(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_table_is_written_whole():
    assert cells(read(table(ROW)).active) == [
        ["Cơ sở gửi", None, None, None, None, None],
        ["Sở Y tế 97", None, None, None, None, None],
        ["Tính đến 14 giờ 05, ngày 21/11/2026", None, None, None, None, None],
        [None] * 6,
        ["Cơ sở", "Hồ sơ", "Tỷ lệ", "Ngày", "Lúc", "Trạng thái"],
        ["Bệnh viện Đa khoa", 1234, 0.5, on_the_wall("2026-11-20"), on_the_wall("2026-11-21T14:05"), "Đạt"],
    ]


def test_text_that_looks_like_a_formula_stays_text():
    sheet = read(table({"name": '=HYPERLINK("http://x")'})).active
    cell = sheet.cell(row=6, column=1)
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x")')
    assert cell.hyperlink is None


def test_totals_stand_below_and_gaps_stay_empty():
    rows = cells(read(table(ROW, foot={"name": "Cộng", "count": 1234})).active)
    assert rows[-1] == ["Cộng", 1234, None, None, None, None]


def test_sheets_of_one_name_are_told_apart():
    long = "Phiếu chuyển: [cơ sở] khám bệnh / chữa bệnh"
    book = read(table(ROW, title=long), table(ROW, title=long))
    assert len(set(book.sheetnames)) == 2
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_a_sheet_prints_on_a4_with_its_heading_on_every_page():
    sheet = read(table(ROW)).active
    assert sheet.page_setup.paperSize == 9
    assert sheet.print_title_rows == "$5:$5"
