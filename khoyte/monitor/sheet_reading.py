"""A spreadsheet of tasks as offices make them: merged cells, a head said again on every page, dates as text.

What a cell says is read; what is doubtful is told cell by cell and left for a person. Nothing is stored here.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from khoyte.foundation.language import Text
from khoyte.foundation.text import fold
from khoyte.monitor.dates import Due, read_due
from khoyte.monitor.errors import PlanProblem
from khoyte.monitor.unit_names import read_units

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS = 2_000, 40
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": ("tt", "stt", "so tt"),
    "name": ("ten nhiem vu", "nhiem vu", "noi dung", "noi dung cong viec", "cong viec"),
    "lead": ("don vi chu tri", "chu tri"),
    "with": ("don vi phoi hop", "phoi hop"),
    "product": ("san pham", "ket qua"),
    "due": ("thoi gian hoan thanh", "thoi han hoan thanh", "thoi han", "thoi gian", "han hoan thanh"),
}
_NO_SHEET = Text("Tệp không phải là bảng tính XLSX đọc được.", "This is no XLSX workbook that can be read.")
_NO_HEAD = Text(
    "Không tìm thấy dòng tiêu đề có “Tên nhiệm vụ” và “Thời gian hoàn thành”.",
    "No head with the task's name and its deadline was found.",
)
_TOO_LARGE = Text("Bảng quá lớn: tối đa 5 MB và 2.000 dòng.", "Too large: 5 MB and 2,000 rows at most.")
_JOINED = Text(
    "Ô gộp nhiều dòng: giá trị được dùng cho cả các dòng này.",
    "A merged cell: its value is used for all its rows.",
)
_LINES = Text(
    "Ô có nhiều dòng chữ: mỗi dòng được coi là một đơn vị.",
    "Several lines in a cell: each is read as a unit.",
)
_NO_LEAD = Text("Chưa có đơn vị chủ trì.", "No leading unit.")
_CONTINUED = Text(
    "Dòng không có số thứ tự: có thể là phần tiếp của dòng trên.", "No number: perhaps the row above goes on."
)


@dataclass(frozen=True)
class Doubt:
    """A cell a person has to look at: where it is, what it says, what was made of it."""

    cell: str
    field: str
    printed: str
    why: Text
    read_as: str = ""


@dataclass
class ReadRow:
    line: int
    values: dict[str, str]
    due: Due
    doubts: list[Doubt] = field(default_factory=list)


def read_sheet(data: bytes) -> list[ReadRow]:
    """The rows of the first sheet that has a head. Raises PlanProblem."""
    if len(data) > MOST_BYTES or _unpacked(data) > 20 * MOST_BYTES:
        raise PlanProblem(_TOO_LARGE)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError):
        raise PlanProblem(_NO_SHEET) from None
    for sheet in book.worksheets:
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            raise PlanProblem(_TOO_LARGE)
        found = _rows(sheet)
        if found:
            return found
    raise PlanProblem(_NO_HEAD)


def _unpacked(data: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return sum(one.file_size for one in packed.infolist())
    except zipfile.BadZipFile:
        raise PlanProblem(_NO_SHEET) from None


def _rows(sheet) -> list[ReadRow]:
    joined = _joined(sheet)
    columns: dict[str, int] = {}
    found = []
    for line in range(1, sheet.max_row + 1):
        cells = [sheet.cell(line, place).value for place in range(1, sheet.max_column + 1)]
        head = _head(cells)
        if head:
            columns = head  # the head may be said again
        elif columns and any(value not in (None, "") for value in cells):
            found.append(_row(sheet, line, columns, joined))
    return [row for row in found if any(row.values.values())]


def _joined(sheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Every cell of a merged range -> its first cell."""
    return {
        (line, place): (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for line in range(area.min_row, area.max_row + 1)
        for place in range(area.min_col, area.max_col + 1)
        if (line, place) != (area.min_row, area.min_col)
    }


def _head(cells: Sequence[object]) -> dict[str, int]:
    names = {name: field for field, names in HEADINGS.items() for name in names}
    found: dict[str, int] = {}
    for place, value in enumerate(cells, start=1):
        field_name = names.get(" ".join(fold(str(value or "")).split()))
        if field_name:
            found.setdefault(field_name, place)
    return found if {"name", "due"} <= set(found) else {}


def _row(
    sheet, line: int, columns: Mapping[str, int], joined: Mapping[tuple[int, int], tuple[int, int]]
) -> ReadRow:
    values, doubts = {}, []
    due = read_due(None)
    for name, place in columns.items():
        first = joined.get((line, place))
        # Merged over columns (a heading over the whole line) says nothing of the other columns.
        value = sheet.cell(*first).value if first and first[1] == place else sheet.cell(line, place).value
        cell = sheet.cell(line, place).coordinate
        printed = _printed(value)
        if name in ("lead", "with"):
            printed, by_lines = _units_printed(value)
            if by_lines:
                doubts.append(Doubt(cell, name, printed, _LINES))
        values[name] = printed
        if first and first[1] == place and printed:
            doubts.append(Doubt(cell, name, printed, _JOINED))
        if name == "due":
            due = read_due(value if isinstance(value, date | int | float) else printed)
            if due.doubt:
                doubts.append(
                    Doubt(cell, name, printed, due.doubt, due.on.strftime("%d/%m/%Y") if due.on else "")
                )
        if name in ("lead", "with"):
            doubts += [
                Doubt(cell, name, printed, one.doubt, one.name) for one in read_units(printed) if one.doubt
            ]
    row = ReadRow(line, values, due, doubts)
    _whole_row(row, sheet, columns)
    return row


def _whole_row(row: ReadRow, sheet, columns: Mapping[str, int]) -> None:
    """What only the row as a whole shows. Headings of groups (a name alone) are no tasks and not doubted."""
    if not row.values.get("number") and "number" in columns:
        cell = sheet.cell(row.line, columns["number"]).coordinate
        row.doubts.append(Doubt(cell, "number", "", _CONTINUED))
    elif "lead" in columns and not row.values.get("lead") and row.values.get("due"):
        cell = sheet.cell(row.line, columns["lead"]).coordinate
        row.doubts.append(Doubt(cell, "lead", "", _NO_LEAD))


def _units_printed(value: object) -> tuple[str, bool]:
    """Units as a cell names them, parted by semicolons; whether a line of the cell alone parted some.

    A line that goes on with a small letter is the name before it, broken by its width.
    """
    lines = [line for line in (" ".join(one.split()) for one in str(value or "").splitlines()) if line]
    found, by_lines = "", False
    for line in lines:
        begins = line.lstrip("-–+•* ")
        if not found:
            found = begins
        elif begins[:1].islower() or found.endswith((",", ";")):
            found = f"{found} {begins}"
        else:
            found, by_lines = f"{found.rstrip(' .')}; {begins}", True
    return found, by_lines


def _printed(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split()) if value is not None else ""
