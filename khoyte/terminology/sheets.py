"""Tables as people send them: CSV and XLSX, read to plain text rows that know their cells.

Limits keep a hostile or mistaken file from filling memory; they are far above any official list (the largest,
techniques by scope of practice, has 26,000 rows).
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from khoyte.foundation.language import Text
from khoyte.foundation.text import fold, nfc
from khoyte.terminology.errors import CatalogueRefused, Problem
from khoyte.terminology.workbook_guard import unfit

LARGEST_FILE_BYTES = 64 * 1024 * 1024
MOST_ROWS = 500_000
MOST_COLUMNS = 200
LONGEST_CELL = 32_767

# UTF-8 read as a western code page: "Bá»‡nh" for "Bệnh". None of these pairs occurs in Vietnamese.
_MISREAD = ("á»", "áº", "Ä‘", "Æ°", "Ã¡", "Ã´", "\ufffd")


@dataclass(frozen=True)
class Row:
    """One line: `number` as the sheet counts it (first line 1), cells as text with outer spaces cut."""

    number: int
    cells: tuple[str, ...]

    def cell_name(self, column: int) -> str:
        """Like "C9"."""
        return f"{column_letters(column)}{self.number}"


def read_rows(path: Path, misread: list[Problem] | None = None) -> list[Row]:
    """All rows of a CSV file or of the first sheet of a workbook that are not blank.

    Raises CatalogueRefused for what is too large, of no known kind, in no known encoding, or misread before;
    with a list for them, cells misread before are put there, to be told with what else is wrong.
    """
    data = _read_limited(path)
    rows = _workbook_rows(path.name, data) if data.startswith(b"PK") else _csv_rows(path.name, data)
    filled = [row for row in rows if any(row.cells)]
    found = _misread_cells(filled)
    if misread is not None:
        misread += found
    elif found:
        raise CatalogueRefused(path.name, found)
    return filled


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook that `read_rows` has read, in their order; none of a CSV file."""
    data = _read_limited(path)
    if not data.startswith(b"PK"):
        return []
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(data), read_only=True, keep_links=False).sheetnames


def column_letters(column: int) -> str:
    """The letters of a column, 0 is A."""
    letters, rest = "", column + 1
    while rest:
        rest, place = divmod(rest - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def heading_key(heading: str) -> str:
    """A heading as an attribute name: "Tên bệnh (VN)" is ten_benh_vn."""
    words = "".join(sign if sign.isalnum() else " " for sign in fold(heading)).split()
    return "_".join(words)


def _read_limited(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE_BYTES + 1)
    if len(data) > LARGEST_FILE_BYTES:
        raise refused(
            path.name,
            "A1",
            f"tệp lớn hơn {LARGEST_FILE_BYTES >> 20} MB",
            f"the file is larger than {LARGEST_FILE_BYTES >> 20} MB",
        )
    return data


def _csv_rows(name: str, data: bytes) -> list[Row]:
    written = _decoded(name, data)
    delimiter = _delimiter_of(written.partition("\n")[0])
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    try:
        return _limited(name, enumerate(reader, 1))
    except csv.Error as wrong:
        raise refused(
            name, f"A{reader.line_num}", f"dòng không đúng dạng CSV ({wrong})", f"not a line of CSV ({wrong})"
        ) from wrong


def _decoded(name: str, data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise refused(
            name,
            f"A{line}",
            "tệp không ở bảng mã UTF-8; lưu lại bằng “CSV UTF-8”",
            'the file is not in UTF-8; save it again as "CSV UTF-8"',
        ) from wrong


def _delimiter_of(heading: str) -> str:
    return max(",;\t", key=heading.count)


def _workbook_rows(name: str, data: bytes) -> list[Row]:
    # Imported here because it takes a tenth of a second that CSV does not need.
    from openpyxl import load_workbook

    reason = unfit(data)
    if reason is not None:
        raise refused(name, "A1", reason.text.vi, reason.text.en)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        return _limited(name, enumerate(book.worksheets[0].iter_rows(values_only=True), 1))
    except CatalogueRefused:
        raise
    except Exception as wrong:
        # The library raises errors of every kind for parts that are not as it expects.
        raise refused(
            name, "A1", "không mở được tệp bảng tính XLSX", "the XLSX workbook cannot be opened"
        ) from wrong


def _limited(name: str, lines: Iterable[tuple[int, Iterable[object]]]) -> list[Row]:
    rows = []
    for number, values in lines:
        cells = tuple(as_text(value) for value in values)
        if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
            raise refused(
                name,
                f"A{number}",
                f"quá {MOST_ROWS} dòng hoặc {MOST_COLUMNS} cột",
                f"more than {MOST_ROWS} rows or {MOST_COLUMNS} columns",
            )
        rows.append(Row(number, cells))
    return rows


def as_text(value: object) -> str:
    """A cell of a workbook as text: days as yyyy-mm-dd, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return nfc(str(value)[:LONGEST_CELL]).strip()


def _misread_cells(rows: list[Row]) -> list[Problem]:
    return [
        Problem(
            row.cell_name(column),
            Text(
                "chữ bị lỗi bảng mã; lưu lại tệp bằng UTF-8",
                "letters in a wrong encoding; save the file again as UTF-8",
            ),
        )
        for row in rows
        for column, cell in enumerate(row.cells)
        if not cell.isascii() and any(pair in cell for pair in _MISREAD)
    ]


def refused(name: str, cell: str, vi: str, en: str) -> CatalogueRefused:
    """The refusal of a file for one place in it."""
    return CatalogueRefused(name, [Problem(cell, Text(vi=vi, en=en))])
