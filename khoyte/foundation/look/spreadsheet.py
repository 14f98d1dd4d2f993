"""A Table as an XLSX workbook: the same words, all rows, real numbers and dates, ready to print on A4."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.look import formats
from khoyte.foundation.look.formulas import runs_as_formula
from khoyte.foundation.look.parts import Cell, Column, Kind, Table, Tag

_WIDTHS: dict[Kind, int] = {
    "text": 32,
    "number": 14,
    "share": 12,
    "day": 13,
    "moment": 18,
    "tag": 20,
    "chart": 0,
}
_NUMBER_FORMATS = {
    "number": "#,##0",
    "decimal": "#,##0.00",
    "share": "0%",
    "near": "0.0###%",  # a share that would be shown as nothing or as the whole, which it is not
    "day": "dd/mm/yyyy",
    "moment": "hh:mm dd/mm/yyyy",
}


def workbook(tables: Sequence[Table], heading: Sequence[str], at: datetime) -> bytes:
    """One sheet per table. `heading` are lines above each (unit, filters); the time of reading follows them.

    Text that looks like a formula stays text: data of hospitals must never run in a reader's spreadsheet.
    """
    written = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "dd/mm/yyyy",
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(written, options) as book:
        for table in tables:
            _add_sheet(book, table, [*heading, _first_capital(formats.as_of(at))])
    return written.getvalue()


def _add_sheet(book: xlsxwriter.Workbook, table: Table, heading: Sequence[str]) -> None:
    columns = [column for column in table.columns if column.kind != "chart"]
    sheet = book.add_worksheet(_sheet_name(formats.said(table.title), book))
    sheet.write_string(0, 0, formats.said(table.title), book.add_format({"bold": True, "font_size": 14}))
    for line, words in enumerate(heading, start=1):
        sheet.write_string(line, 0, words)
    first = len(heading) + 2
    bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
    for place, column in enumerate(columns):
        sheet.write_string(first, place, formats.said(column.label), bold)
    looks = {
        kind: book.add_format({"num_format": shape, "valign": "top"})
        for kind, shape in _NUMBER_FORMATS.items()
    }
    looks["text"] = looks["tag"] = book.add_format({"text_wrap": True, "valign": "top"})
    # Marked as quoted: stays text even when somebody edits the cell.
    looks["quoted"] = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    rows = [*table.rows, *([table.foot] if table.foot else [])]
    for line, row in enumerate(rows, start=first + 1):
        for place, column in enumerate(columns):
            _write(sheet, line, place, row.get(column.name), column.kind, looks)
    _set_up_for_paper(sheet, columns, first)


def _write(sheet, line: int, place: int, value: object, kind: Kind, looks: dict) -> None:
    value = value.value if isinstance(value, Cell) else value
    if value is None:
        return
    if isinstance(value, Tag):
        value = formats.said(value.label)
    if isinstance(value, datetime):
        sheet.write_datetime(line, place, in_vietnam(value).replace(tzinfo=None), looks.get(kind))
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value, looks.get(kind))
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, float(value), looks.get(_shape(float(value), kind)))
    else:
        text = formats.said(value)
        sheet.write_string(line, place, text, looks["quoted" if runs_as_formula(text) else "text"])


def _shape(value: float, kind: Kind) -> str:
    """Name of the number format of a value."""
    if kind == "number" and value != int(value):
        return "decimal"
    if kind == "share" and (0 < value < 0.005 or 0.995 <= value < 1):
        return "near"
    return kind


def _set_up_for_paper(sheet, columns: Iterable[Column], first: int) -> None:
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(first)
    sheet.freeze_panes(first + 1, 0)
    sheet.set_footer("&R&P/&N")
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS[column.kind])


def _sheet_name(title: str, book: xlsxwriter.Workbook) -> str:
    """Excel allows 31 characters, none of []:*?/\\ , and no name twice."""
    plain = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)[:28].strip() or "1"
    taken = {sheet.get_name().lower() for sheet in book.worksheets()}
    return next(
        name for name in (plain, *(f"{plain} {n}" for n in range(2, 100))) if name.lower() not in taken
    )


def _first_capital(words: str) -> str:
    return words[:1].upper() + words[1:]
