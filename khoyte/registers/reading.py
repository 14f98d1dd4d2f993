"""Tables as offices send them, read in pieces to columns of text that know their cells.

CSV, XLSX, XLS, and the longest table of a DOCX.

Found by themselves: the sheet with the table (books begin with a cover or instructions), the line of headings
below titles, headings in two lines, lines of totals, blank lines.
None of those is counted as a row. A value that stands in cells merged over several lines counts for each of
them. Headings a unit has once said the meaning of are known by their fingerprint (`mapping`). A piece has at
most `PIECE` rows; a workbook is held whole while it is read, CSV never is.
"""

import csv
import dataclasses
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from khoyte.foundation.language import Text
from khoyte.foundation.legacy_text import WAYS
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import FileRefused, HeadingsUnknown
from khoyte.registers.layouts import incoming_headings
from khoyte.terminology.sheets import as_text, column_letters, heading_key
from khoyte.terminology.workbook_guard import unfit

PIECE = 50_000
_TURNED = 400
MOST_COLUMNS = 200
MOST_SHEETS = 20
HEADING_WITHIN = 30  # lines
LONGEST_HEADING = 200
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
class Mapped:
    """What a unit said once of headings it uses: property → column, and of values: property → writing → code.

    Writings are folded. `number` counts the versions of what was said.
    """

    columns: Mapping[str, int]
    values: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    number: int = 0
    made_by: str = ""
    made_at: Any = None


Remembered = Mapping[bytes, Mapped]
"""What one unit has said so far, by the fingerprint of the headings."""


@dataclass(frozen=True)
class Headings:
    """Where the table begins and which property stands in which column (0 is A).

    `cells` are the headings as written, a column each; `samples` the first lines below them.
    """

    line: int
    columns: dict[str, int]
    unknown: tuple[str, ...]
    cells: tuple[str, ...] = ()
    samples: tuple[Sequence[str], ...] = ()
    mapped: Mapped | None = None

    def letters(self, name: str) -> str:
        """The column of a property; that of the first one known when the file has none for it."""
        place = self.columns.get(name)
        return column_letters(place if place is not None else min(self.columns.values()))


Worth = Callable[[Sequence[Line]], int]
"""How much the first lines of a sheet look like the table that is wanted."""


class Source:
    """A file in hand, given as bytes or as a path; its first bytes tell what it is."""

    def __init__(self, name: str, data: bytes | Path):
        self.name = name
        self.data = data
        # Cells merged over lines: (first line, last line, column); known once the lines are read.
        self.merged: list[tuple[int, int, int]] = []
        # The sheet that was read, where it is not the first.
        self.sheet = ""

    def opened(self) -> BinaryIO:
        if isinstance(self.data, Path):
            return self.data.open("rb")
        return io.BytesIO(self.data)

    def lines(self, worth: "Worth | None" = None) -> Iterator[Line]:
        """`worth` chooses among the sheets of a workbook by their first lines; without, the first counts."""
        with self.opened() as file:
            head = file.read(4)
            file.seek(0)
            if head.startswith(b"PK"):
                yield from _docx_lines(file) if _is_docx(file) else _workbook_lines(file, self, worth)
            elif head == _OLD_WORKBOOK:
                yield from _workbook_lines(file, self, worth)
            else:
                yield from _csv_lines(file, head)


def read(
    declaration: Declaration, source: Source, remembered: Remembered | None = None
) -> tuple[Headings, Iterator[Piece]]:
    """Headings and pieces. Raises FileRefused, also while the pieces are read; HeadingsUnknown."""
    lines = source.lines(lambda first: _worth(declaration, first, remembered or {}))
    first = list(islice(lines, HEADING_WITHIN))
    headings = _find_headings(declaration, first, remembered or {})
    samples = tuple(cells for number, cells in first if number > headings.line and any(cells))
    rest = chain((line for line in first if line[0] > headings.line), lines)
    # Not asked of every line of a million that has no merged cells.
    filled = _filled_down(source.merged, rest) if source.merged else rest
    return replace(headings, samples=samples), _pieces(headings, filled)


def _filled_down(merged: Sequence[tuple[int, int, int]], lines: Iterator[Line]) -> Iterator[Line]:
    """Lines in which a value merged over several of them stands in each that has something of its own."""
    open_at: dict[int, tuple[int, str]] = {}  # column -> last line, value
    starts: dict[int, list[tuple[int, int]]] = {}
    for start, end, column in merged:
        starts.setdefault(start, []).append((end, column))
    for number, cells in lines:
        if open_at and any(cells):
            filled = list(cells)
            for column, (end, value) in list(open_at.items()):
                if number > end:
                    del open_at[column]
                elif column < len(filled) and not filled[column]:
                    filled[column] = value
            cells = filled
        for end, column in starts.get(number, ()):
            if column < len(cells) and cells[column]:
                open_at[column] = (end, cells[column])
        yield number, cells


def _pieces(headings: Headings, lines: Iterator[Line]) -> Iterator[Piece]:
    while True:
        numbers, heads, columns = _gathered(headings, lines)
        if not numbers:
            return
        piece = _piece(headings, numbers, heads, columns)
        if piece.rows.height:
            yield piece


def _gathered(headings: Headings, lines: Iterator[Line]) -> tuple[list[int], list[str], dict[str, list[str]]]:
    """Up to PIECE lines: their numbers, the first cell of each that is filled, the cells of each property.

    Turned some hundred lines at a time: a list per line, kept by the ten thousand, costs the collector of
    garbage as much time as all the reading.
    """
    numbers: list[int] = []
    heads: list[str] = []
    columns: dict[str, list[str]] = {name: [] for name in headings.columns}
    while len(numbers) < PIECE and (block := list(islice(lines, min(_TURNED, PIECE - len(numbers))))):
        turned = list(zip_longest(*(cells for _, cells in block), fillvalue=""))
        nothing = ("",) * len(block)
        for name, place in headings.columns.items():
            columns[name] += turned[place] if place < len(turned) else nothing
        numbers += [number for number, _ in block]
        heads += [cells[0] if cells and cells[0] else _head(cells) for _, cells in block]
    return numbers, heads, columns


def _head(cells: Sequence[str]) -> str:
    return next((cell for cell in cells if cell), "")


def _piece(
    headings: Headings, lines: Sequence[int], first_cells: Sequence[str], columns: Mapping[str, list[str]]
) -> Piece:
    frame = pl.DataFrame(
        {name: pl.Series(cells, dtype=pl.String) for name, cells in columns.items()}
    ).with_columns(pl.all().str.strip_chars().replace("", None))
    numbers = pl.Series(lines, dtype=pl.UInt32)
    heads = pl.Series(first_cells, dtype=pl.String)
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


def fingerprint(headings: Sequence[str]) -> bytes:
    """What headings are known again by, however they are spaced, marked or capitalised."""
    keys = [heading_key(one[:LONGEST_HEADING]) for one in headings]
    while keys and not keys[-1]:
        keys.pop()
    return blake2b("\x1f".join(keys).encode(), digest_size=16).digest()


def _find_headings(declaration: Declaration, first: Sequence[Line], remembered: Remembered) -> Headings:
    """The line, or pair of lines, that a unit has explained, else that knows most declared headings."""
    known = _known_headings(declaration)
    best = Headings(0, {}, ())
    for number, cells in _candidates(first):
        said = remembered.get(fingerprint(cells)) if remembered else None
        if said is not None:
            taken = set(said.columns.values())
            unknown = tuple(cell[:60] for place, cell in enumerate(cells) if cell and place not in taken)
            return Headings(number, dict(said.columns), unknown, tuple(cells), mapped=said)
        found = _match(known, number, cells)
        if len(found.columns) > len(best.columns):
            best = found
    # One word that fits by chance in a table of other words is no heading line of ours.
    guessed = _guessed(first)
    if len(best.columns) < 2 and len(guessed.cells) > 3 and guessed.line >= best.line:
        raise HeadingsUnknown(guessed)
    if not best.columns:
        labels = ", ".join(field.label.vi for field in declaration.fields if field.required)
        raise FileRefused(
            Text(
                vi="Không tìm thấy dòng tiêu đề cột trong 30 dòng đầu của tệp.",
                en="No line of column headings within the first 30 lines of the file.",
            ),
            _remedy(labels),
        )
    return best


def _worth(declaration: Declaration, first: Sequence[Line], remembered: Remembered) -> int:
    """How many columns of a sheet are known; a table of other words comes after, then the rest."""
    try:
        found = _find_headings(declaration, first, remembered)
    except HeadingsUnknown:
        return 1
    except FileRefused:
        return 0
    return len(found.columns)


def _remedy(labels: str) -> Text:
    """What to send instead; a list of elsewhere has no column that it must have."""
    if not labels:
        return Text(
            vi="Tệp phải có dòng tiêu đề với tên các cột. Tải lại tệp từ hệ thống đã lập rồi gửi.",
            en="The file needs a line with the names of its columns. Fetch it again from its system.",
        )
    return Text(
        vi=f"Dùng biểu mẫu của sổ này; các cột bắt buộc: {labels}.",
        en=f"Use the template of this register; required columns: {labels}.",
    )


def _candidates(first: Sequence[Line]) -> Iterator[Line]:
    """Every line, and every line with the one above it: words joined, and the lower word alone."""
    for place, (number, cells) in enumerate(first):
        yield number, cells
        if place:
            above = first[place - 1][1]
            yield number, _two_lines(above, cells)
            yield number, [lower or upper for upper, lower in zip_longest(above, cells, fillvalue="")]


_DIGITS = re.compile(r"\d{3}")


def _guessed(first: Sequence[Line]) -> Headings:
    """The line of headings nobody has explained: the first as full as any of words without numbers."""

    def words(cells: Sequence[str]) -> int:
        return sum(bool(cell) and not _DIGITS.search(cell) and not cell.isdecimal() for cell in cells)

    fullest = max((words(cells) for _, cells in first), default=0)
    for place, (number, cells) in enumerate(first):
        if words(cells) < max(2, fullest * 0.6) or not any(cells):
            continue
        below = first[place + 1] if place + 1 < len(first) else (0, ())
        gaps = {column for column, cell in enumerate(cells) if not cell}
        second = [column for column, cell in enumerate(below[1]) if cell]
        # A second line of headings stands where the first has gaps, or under a heading of several columns.
        if second and set(second) & gaps and words(below[1]) == len(second) and len(second) < len(cells):
            number, cells = below[0], _two_lines(cells, below[1])
        return _as_guessed(number, cells, first)
    return Headings(0, {}, ())


def _as_guessed(number: int, cells: Sequence[str], first: Sequence[Line]) -> Headings:
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    samples = tuple(line for at, line in first if at > number and any(line))
    return Headings(number, {}, tuple(cell[:60] for cell in kept if cell), tuple(kept), samples)


def _known_headings(declaration: Declaration) -> dict[str, str]:
    # Weakest first: what other systems call things, then what forms have beside, then the declaration.
    known = {heading_key(one): name for one, name in incoming_headings(declaration.name).items()}
    for field in declaration.written:
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
    return Headings(number, columns, tuple(unknown), tuple(cells))


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


def _workbook_lines(file: BinaryIO, source: Source, worth: Worth | None) -> Iterator[Line]:
    """One sheet of a workbook, XLSX or of Excel 97 to 2003, read by calamine; its merged cells."""
    # Imported here because most files are CSV.
    from python_calamine import CalamineWorkbook

    data = file.read(LARGEST_DOCUMENT_BYTES + 1)
    if len(data) > LARGEST_DOCUMENT_BYTES:
        raise FileRefused(Text(vi="Tệp bảng tính quá lớn.", en="The workbook is too large."), REMEDY)
    kind = "XLSX" if data.startswith(b"PK") else "XLS"
    reason = unfit(data) if kind == "XLSX" else None
    if reason is not None:
        raise FileRefused(_capital(reason.text), REMEDY)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = _sheet_of(book, worth)
        sheet = book.get_sheet_by_name(name)
        source.sheet = name if name != book.sheet_names[0] else ""
        if sheet.total_width > MOST_COLUMNS:
            raise _too_wide()
        for (top, column), (bottom, _) in sheet.merged_cell_ranges or ():
            if bottom > top:
                source.merged.append((top + 1, bottom + 1, column))
        yield from _sheet_lines(sheet)
    except FileRefused:
        raise
    except Exception as wrong:
        # What a damaged or locked workbook makes of the library.
        raise FileRefused(
            Text(vi=f"Không mở được tệp bảng tính {kind}.", en=f"The {kind} workbook cannot be opened."),
            REMEDY,
        ) from wrong


def _sheet_of(book: Any, worth: Worth | None) -> str:
    """The name of the sheet to read: that of our template, else the first of those worth most."""
    names = book.sheet_names
    if DATA_SHEET in names or len(names) == 1 or worth is None:
        return DATA_SHEET if DATA_SHEET in names else names[0]
    best, most = names[0], 0
    for name in names[:MOST_SHEETS]:
        sheet = book.get_sheet_by_name(name)
        if not sheet.total_height or sheet.total_width > MOST_COLUMNS:
            continue
        found = worth(list(islice(_sheet_lines(sheet), HEADING_WITHIN)))
        if found > most:
            best, most = name, found
    return best


def _sheet_lines(sheet: Any) -> Iterator[Line]:
    before = [""] * (sheet.start[1] if sheet.start else 0)
    for number, values in enumerate(sheet.iter_rows(), 1):
        yield number, before + [as_text(value) for value in values]


REMEDY = Text(
    vi="Mở bằng Excel, lưu lại dạng XLSX hoặc “CSV UTF-8” rồi gửi.",
    en='Open it in Excel, save it again as XLSX or "CSV UTF-8", and send that.',
)


def _capital(words: Text) -> Text:
    return Text(vi=words.vi[:1].upper() + words.vi[1:], en=words.en[:1].upper() + words.en[1:])


def _too_wide() -> FileRefused:
    return FileRefused(
        Text(vi=f"Tệp có quá {MOST_COLUMNS} cột.", en=f"More than {MOST_COLUMNS} columns."),
        Text(vi="Dùng biểu mẫu của sổ này.", en="Use the template of this register."),
    )
