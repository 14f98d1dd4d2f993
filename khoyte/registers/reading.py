"""Tables as offices send them, read in pieces to columns of text that know their cells.

CSV, XLSX, XLS, and the longest table of a DOCX.

Found by themselves: the line of headings below titles, headings in two lines, lines of totals, blank lines.
None of those is counted as a row. Memory stays flat: a piece has at most `PIECE` rows.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from khoyte.foundation.language import Text
from khoyte.foundation.legacy_text import WAYS
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import FileRefused
from khoyte.terminology.sheets import as_text, column_letters, heading_key
from khoyte.terminology.workbook_guard import unfit

PIECE = 50_000
MOST_COLUMNS = 200
HEADING_WITHIN = 30  # lines
LARGEST_DOCUMENT_BYTES = 64 * 2**20
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
DATA_SHEET = "Dữ liệu"
_TOTAL = r"(?i)^(?:tổng|tổng số|tổng cộng|cộng|tong|tong so|tong cong|total)\b"

Line = tuple[int, Sequence[str]]


@dataclass(frozen=True)
class Piece:
    """Rows of the file: `rows` has one text column per property found, `numbers` the sheet's row numbers."""

    rows: pl.DataFrame
    numbers: pl.Series


@dataclass(frozen=True)
class Headings:
    """Where the table begins and which property stands in which column (0 is A)."""

    line: int
    columns: dict[str, int]
    unknown: tuple[str, ...]

    def letters(self, name: str) -> str:
        """The column of a property; that of the first one known when the file has none for it."""
        place = self.columns.get(name)
        return column_letters(place if place is not None else min(self.columns.values()))


class Source:
    """A file in hand, given as bytes or as a path; its first bytes tell what it is."""

    def __init__(self, name: str, data: bytes | Path):
        self.name = name
        self.data = data

    def opened(self) -> BinaryIO:
        if isinstance(self.data, Path):
            return self.data.open("rb")
        return io.BytesIO(self.data)

    def lines(self) -> Iterator[Line]:
        with self.opened() as file:
            head = file.read(4)
            file.seek(0)
            if head.startswith(b"PK"):
                yield from _docx_lines(file) if _is_docx(file) else _workbook_lines(file)
            elif head == _OLD_WORKBOOK:
                yield from _old_workbook_lines(file)
            else:
                yield from _csv_lines(file, head)


def read(declaration: Declaration, source: Source) -> tuple[Headings, Iterator[Piece]]:
    """Headings and pieces. Raises FileRefused, also while the pieces are read."""
    lines = source.lines()
    first = list(islice(lines, HEADING_WITHIN))
    headings = _find_headings(declaration, first)
    rest = (line for line in chain(first, lines) if line[0] > headings.line)
    return headings, _pieces(headings, rest)


def _pieces(headings: Headings, lines: Iterator[Line]) -> Iterator[Piece]:
    while block := list(islice(lines, PIECE)):
        piece = _piece(headings, block)
        if piece.rows.height:
            yield piece


def _piece(headings: Headings, block: list[Line]) -> Piece:
    columns = list(zip_longest(*(cells for _, cells in block), fillvalue=""))
    nothing = ("",) * len(block)
    frame = pl.DataFrame(
        {
            name: pl.Series(columns[place] if place < len(columns) else nothing, dtype=pl.String)
            for name, place in headings.columns.items()
        }
    ).with_columns(pl.all().str.strip_chars().replace("", None))
    numbers = pl.Series([number for number, _ in block], dtype=pl.UInt32)
    heads = pl.Series([next((cell for cell in cells if cell), "") for _, cells in block], dtype=pl.String)
    filled = frame.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    total = heads.str.normalize("NFC").str.strip_chars().str.contains(_TOTAL) & (
        filled <= max(2, len(headings.columns) // 2)
    )
    # "(1) | (2) | (3)": how forms number their columns.
    numbering = frame.select(
        pl.all_horizontal(pl.all().str.contains(r"^\(\d{1,2}\)$").fill_null(True))
    ).to_series()
    counted = (filled > 0) & ~total & ~numbering
    return Piece(frame.filter(counted), numbers.filter(counted))


# Headings


def _find_headings(declaration: Declaration, first: Sequence[Line]) -> Headings:
    """The line, or pair of lines, that knows most of the declared headings."""
    known = _known_headings(declaration)
    best = Headings(0, {}, ())
    for place, (number, cells) in enumerate(first):
        one = _match(known, number, cells)
        pair = _match(known, number, _two_lines(first[place - 1][1], cells)) if place else one
        for found in (one, pair):
            if len(found.columns) > len(best.columns):
                best = found
    if not best.columns:
        labels = ", ".join(field.label.vi for field in declaration.fields if field.required)
        raise FileRefused(
            Text(
                vi="Không tìm thấy dòng tiêu đề cột trong 30 dòng đầu của tệp.",
                en="No line of column headings within the first 30 lines of the file.",
            ),
            Text(
                vi=f"Dùng biểu mẫu của sổ này; các cột bắt buộc: {labels}.",
                en=f"Use the template of this register; required columns: {labels}.",
            ),
        )
    return best


def _known_headings(declaration: Declaration) -> dict[str, str]:
    known: dict[str, str] = {}
    for field in declaration.fields:
        for heading in (*field.headings, field.label.en, field.label.vi, field.name):
            known[heading_key(heading)] = field.name
    for name, headings in (declaration.beside or {}).items():
        for heading in headings:
            known.setdefault(heading_key(heading), name)
    return known


def _match(known: dict[str, str], number: int, cells: Sequence[str]) -> Headings:
    columns: dict[str, int] = {}
    unknown = []
    for place, cell in enumerate(cells):
        key = heading_key(cell.partition("(")[0].rstrip(" *")) if cell else ""
        name = known.get(heading_key(cell)) or known.get(key) or _legacy_heading(known, cell)
        if name and name not in columns:
            columns[name] = place
        elif cell:
            unknown.append(cell[:60])
    return Headings(number, columns, tuple(unknown))


def _legacy_heading(known: dict[str, str], cell: str) -> str | None:
    """The property of a heading written for a font of before Unicode."""
    if cell.isascii():
        return None
    found = (known.get(heading_key(convert(cell))) for convert in WAYS.values())
    return next((name for name in found if name), None)


def _two_lines(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Headings over several columns stand in the first of them; what is alone in its column stays alone."""
    joined, group = [], ""
    for above, below in zip_longest(upper, lower, fillvalue=""):
        group = above or group
        if not below:
            joined.append(above)
        else:
            joined.append(f"{group} {below}".strip())
    return joined


# Lines of the two kinds of file


def _csv_lines(file: BinaryIO, head: bytes) -> Iterator[Line]:
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        start = text.read(4096)
        text.seek(0)
        if "\x00" in start:
            raise UnicodeDecodeError(encoding, b"", 0, 1, "zero bytes")
        reader = csv.reader(text, delimiter=max(",;\t", key=start.partition("\n")[0].count))
        for number, cells in enumerate(reader, 1):
            if len(cells) > MOST_COLUMNS:
                raise _too_wide()
            yield number, cells
    except UnicodeDecodeError:
        raise FileRefused(
            Text(
                vi="Tệp không ở bảng mã UTF-8 hoặc không phải CSV, XLSX.",
                en="The file is not in UTF-8, or neither CSV nor XLSX.",
            ),
            Text(vi="Lưu lại tệp bằng “CSV UTF-8” hoặc XLSX.", en='Save it as "CSV UTF-8" or XLSX.'),
        ) from None
    except csv.Error as wrong:
        raise FileRefused(
            Text(vi="Có dòng không đúng dạng CSV.", en="A line is not CSV."),
            Text(vi="Lưu lại tệp từ Excel bằng “CSV UTF-8”.", en='Save it again as "CSV UTF-8".'),
        ) from wrong


def _is_docx(file: BinaryIO) -> bool:
    """Whether a ZIP is a document of Word; the place in the file stays at its beginning."""
    try:
        with zipfile.ZipFile(file) as parts:
            return "word/document.xml" in parts.namelist()
    except zipfile.BadZipFile:
        return False
    finally:
        file.seek(0)


def _docx_lines(file: BinaryIO) -> Iterator[Line]:
    """The longest table of a document; a cell over several columns or lines stands in its first place."""
    # Imported here because only a filled-in form needs it.
    from docx import Document

    with zipfile.ZipFile(file) as parts:
        if sum(part.file_size for part in parts.infolist()) > LARGEST_DOCUMENT_BYTES:
            raise FileRefused(Text(vi="Tệp DOCX quá lớn khi giải nén.", en="The DOCX is too large."), REMEDY)
    file.seek(0)
    try:
        tables = Document(file).tables
        longest = max(tables, key=lambda table: len(table._tbl.tr_lst), default=None)
        before: set[Any] = set()
        for number, row in enumerate(longest.rows if longest is not None else (), 1):
            cells, here = [], set[Any]()
            for cell in row.cells[:MOST_COLUMNS]:
                again = cell._tc in here or cell._tc in before
                cells.append("" if again else as_text(cell.text))
                here.add(cell._tc)
            before = here
            yield number, cells
    except Exception as wrong:
        # The library raises errors of every kind for parts that are not as it expects.
        raise FileRefused(
            Text(vi="Không mở được tệp DOCX.", en="The DOCX cannot be opened."), REMEDY
        ) from wrong


def _old_workbook_lines(file: BinaryIO) -> Iterator[Line]:
    """The first sheet of an .xls workbook (Excel 97 to 2003), read by calamine."""
    # Imported here because few files are of that age.
    from python_calamine import CalamineWorkbook

    data = file.read(LARGEST_DOCUMENT_BYTES + 1)
    if len(data) > LARGEST_DOCUMENT_BYTES:
        raise FileRefused(Text(vi="Tệp XLS quá lớn.", en="The XLS workbook is too large."), REMEDY)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
        sheet = book.get_sheet_by_name(DATA_SHEET if DATA_SHEET in names else names[0])
        if sheet.width > MOST_COLUMNS:
            raise _too_wide()
        for number, values in enumerate(sheet.to_python(skip_empty_area=False), 1):
            yield number, [as_text(value) for value in values]
    except FileRefused:
        raise
    except Exception as wrong:
        # What a damaged or locked workbook makes of the library.
        raise FileRefused(
            Text(vi="Không mở được tệp bảng tính XLS.", en="The XLS workbook cannot be opened."), REMEDY
        ) from wrong


def _workbook_lines(file: BinaryIO) -> Iterator[Line]:
    # Imported here because it takes a tenth of a second that CSV does not need.
    from openpyxl import load_workbook

    data = file.read()
    reason = unfit(data)
    if reason is not None:
        raise FileRefused(reason.text, REMEDY)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book[DATA_SHEET] if DATA_SHEET in book.sheetnames else book.worksheets[0]
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            if len(values) > MOST_COLUMNS:
                raise _too_wide()
            yield number, [as_text(value) for value in values]
    except FileRefused:
        raise
    except Exception as wrong:
        # The library raises errors of every kind for parts that are not as it expects.
        raise FileRefused(
            Text(vi="Không mở được tệp bảng tính XLSX.", en="The XLSX workbook cannot be opened."), REMEDY
        ) from wrong


REMEDY = Text(
    vi="Mở bằng Excel, lưu lại dạng XLSX hoặc “CSV UTF-8” rồi gửi.",
    en='Open it in Excel, save it again as XLSX or "CSV UTF-8", and send that.',
)


def _too_wide() -> FileRefused:
    return FileRefused(
        Text(vi=f"Tệp có quá {MOST_COLUMNS} cột.", en=f"More than {MOST_COLUMNS} columns."),
        Text(vi="Dùng biểu mẫu của sổ này.", en="Use the template of this register."),
    )
