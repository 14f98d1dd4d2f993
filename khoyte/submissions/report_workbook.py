"""The verdict as an XLSX workbook of three sheets: summary, causes, all lines; ready to print on A4.

Cells of text are written as text and never as formulas. Rows go to the disk as they come (below the blob
folder, never in the temporary folder), so that memory does not grow with the report.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import xlsxwriter
from django.utils import timezone

from khoyte.foundation.calendar import as_of_text, format_instant
from khoyte.foundation.language import Text
from khoyte.foundation.look.formulas import runs_as_formula
from khoyte.foundation.look.parts import Column, spoken
from khoyte.submissions import parts, queries
from khoyte.submissions.enums import State
from khoyte.submissions.models import COUNTS, Judgement, Submission
from khoyte.submissions.presenters.words import LEVELS, STATES
from khoyte.submissions.reports import COLUMNS, lines
from khoyte.submissions.words import cause_words

LINES = 50_000
"""Lines of a workbook at most: 20 seconds of computing (0.4 ms a line). CSV has no such end."""

TITLE = Text("Kết quả kiểm tra dữ liệu", "Verdict on the data")
SUMMARY = Text("Tổng hợp", "Summary")
CAUSES = Text("Nguyên nhân", "Causes")
DETAILS = Text("Chi tiết", "Details")
CUT_OFF = Text(
    "Trang tính này chỉ hiển thị {lines} dòng; tải tệp CSV để xem đầy đủ.",
    "This sheet ends at {lines} lines; the CSV has all.",
)
COUNT_WORDS = {
    "declared": Text("Số hồ sơ khai báo trong tệp (SOLUONGHOSO)", "Declared (SOLUONGHOSO)"),
    "undeclared": Text("Ngoài khai báo", "Beyond the number declared"),
    "received": Text("Nhận được", "Received"),
    "accepted": Text("Đạt", "Accepted"),
    "rejected": Text("Chưa đạt", "Rejected"),
    "quarantined": Text("Tạm giữ", "Quarantined"),
    "duplicate": Text("Trùng", "Duplicate"),
    "missing": Text("Thiếu (có khai báo, không có trong tệp)", "Declared but missing"),
}
CAUSE_COLUMNS = (
    Column("number", Text("STT", "No."), "number"),
    Column("cause", Text("Nguyên nhân", "Cause")),
    Column("rule", Text("Quy tắc", "Rule")),
    Column("level", Text("Mức", "Level")),
    Column("findings", Text("Số vị trí", "Findings"), "number"),
    Column("dossiers", Text("Số hồ sơ", "Dossiers"), "number"),
    Column("refused", Text("Hồ sơ chưa đạt vì nguyên nhân này", "Dossiers refused by it"), "number"),
    Column("cured", Text("Hồ sơ sẽ đạt khi khắc phục", "Dossiers cured by correcting it"), "number"),
    Column(
        "share", Text("Tỷ lệ trong số hồ sơ có nội dung cần xem", "Share of dossiers with findings"), "share"
    ),
    Column("message", Text("Ví dụ", "Example")),
    Column("hint", Text("Cách sửa", "Remedy")),
    Column("legal", Text("Căn cứ pháp lý", "Legal basis")),
)
_WIDTHS = {"number": 10, "share": 10, "text": 18}
_WIDE = {"cause": 40, "message": 60, "hint": 50, "legal": 30, "ma_lk": 24}


def xlsx_of(found: Submission, heading: Sequence[str], language: str) -> IO[bytes]:
    """The workbook as an open nameless file at its beginning; `heading` says for and by whom it is."""
    file = parts.spooled(1)
    with parts.scratch() as scratch:
        options = {
            "constant_memory": True,
            "tmpdir": str(scratch),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(file, options) as book:
            _Report(book, found, language).write(heading)
    file.seek(0)
    return file


class _Report:
    """One workbook in the making."""

    def __init__(self, book: xlsxwriter.Workbook, found: Submission, language: str):
        self.book, self.found, self.language = book, found, language
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.heading = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        self.looks = {
            "text": book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"}),
            # Marked as quoted: stays text even when somebody edits the cell.
            "quoted": book.add_format(
                {"text_wrap": True, "valign": "top", "num_format": "@", "quote_prefix": True}
            ),
            "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
            "share": book.add_format({"num_format": "0%", "valign": "top"}),
        }

    def write(self, heading: Sequence[str]) -> None:
        judged = queries.judgement(self.found) if self.found.judgement else None
        self._summary(heading, judged)
        self._table(CAUSES, CAUSE_COLUMNS, self._causes(judged))
        self._table(DETAILS, COLUMNS, lines(self.found, self.language))

    def _summary(self, heading: Sequence[str], judged: Judgement | None) -> None:
        sheet = self.book.add_worksheet(SUMMARY.say(self.language))
        sheet.set_paper(9)
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 1, 60)
        sheet.write_string(0, 0, TITLE.say(self.language), self.title)
        as_of = as_of_text(timezone.now(), self.language)
        above = [*heading, as_of[:1].upper() + as_of[1:]]
        for line, words in enumerate(above, start=1):
            sheet.write_string(line, 0, words)
        for line, (label, value) in enumerate(self._facts(judged), start=len(above) + 2):
            sheet.write_string(line, 0, label.say(self.language), self.looks["text"])
            self._cell(sheet, line, 1, value, "number" if isinstance(value, int) else "text")

    def _facts(self, judged: Judgement | None) -> Iterable[tuple[Text, object]]:
        found = self.found
        yield Text("Tệp", "File"), found.file_name
        yield Text("Mã gói hồ sơ", "Submission"), str(found.pk)
        yield Text("Mã cơ sở", "Facility"), found.facility
        yield Text("Thời điểm tiếp nhận", "Received at"), format_instant(found.received_at)
        yield Text("Trạng thái", "State"), spoken(STATES[State(found.state)].label, self.language)
        if judged is not None:
            yield Text("Thời điểm có kết quả", "Judged at"), format_instant(judged.judged_at)
            yield Text("Lần kiểm tra", "Judgement"), judged.number
            yield Text("Bộ dữ liệu tham chiếu", "Reference pack"), judged.pack
        for name in COUNTS:
            yield COUNT_WORDS[name], found.counts()[name]
        for level, tag in LEVELS.items():
            yield Text(f"Mức {level}", f"Level {level}"), spoken(tag.label, self.language)

    def _causes(self, judged: Judgement | None) -> Iterable[Mapping[str, Any]]:
        for number, cause in enumerate(judged.causes if judged else [], start=1):
            yield {"number": number, **cause_words(cause, self.language)}

    def _table(self, name: Text, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> None:
        sheet = self.book.add_worksheet(name.say(self.language))
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 0)
        sheet.set_footer("&R&P/&N")
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDE.get(column.name, _WIDTHS[column.kind]))
            sheet.write_string(0, place, spoken(column.label, self.language), self.heading)
        for number, row in enumerate(rows, start=1):
            if number > LINES:
                sheet.write_string(number, 0, CUT_OFF.fill(lines=LINES).say(self.language))
                break
            for place, column in enumerate(columns):
                self._cell(sheet, number, place, row[column.name], column.kind)

    def _cell(self, sheet: Any, line: int, place: int, value: object, kind: str) -> None:
        if value == "":
            return
        if isinstance(value, int | float):
            sheet.write_number(line, place, value, self.looks[kind])
        else:
            text = str(value)
            sheet.write_string(line, place, text, self.looks["quoted" if runs_as_formula(text) else "text"])
