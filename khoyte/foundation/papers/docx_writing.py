"""A paper as DOCX, by python-docx."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from khoyte.foundation.papers import model
from khoyte.foundation.papers.model import Align, PageBreak, Paper, PaperTable, Paragraph, Signatory, Words

FONT = "Times New Roman"
LEFT, RIGHT, ABOVE, BELOW = 30, 15, 20, 20  # mm
_ALIGN = {
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}


def written(paper: Paper) -> bytes:
    document = Document()
    width = _set_page(document, paper)
    _set_type(document)
    about = document.core_properties
    about.title, about.author = paper.title[:255], model.composed(paper.issuer)[:255]
    about.language, about.comments = "vi-VN", ""
    about.created = about.modified = paper.as_of.astimezone(UTC) if paper.as_of else datetime.now(UTC)
    if paper.form:
        _add(document, paper.form, 12, "right", italic=True, after=4)
    _head(document, paper, width)
    _title(document, paper)
    for words in model.dear_lines(paper):
        _add(document, words, 13, "center", after=4)
    for words in model.ground_lines(paper):
        _add(document, words, 13, "justify", italic=True, indent=10, after=5)
    if paper.enacting:
        _add(document, paper.enacting, 13, "center", bold=True, before=6, after=8)
    for block in paper.body:
        _block(document, block, width)
    if paper.recipients or paper.signatories:
        # A signature never stands alone on a page: the last words go with it.
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        _add(document, "", 6).paragraph_format.keep_with_next = True
        _end(document, paper, width)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


# The page


def _set_page(document: Any, paper: Paper) -> float:
    """A4 with the margins of the decree; the width left for words, in mm."""
    section = document.sections[0]
    across, down = (297, 210) if paper.landscape else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(across), Mm(down)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.top_margin, section.bottom_margin = Mm(ABOVE), Mm(BELOW)
    section.header_distance, section.footer_distance = Mm(8), Mm(8)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _add_field(number, "PAGE")
    if paper.mark:
        for footer in (section.first_page_footer, section.footer):
            _fill(footer.paragraphs[0], paper.mark, 8)
    return across - LEFT - RIGHT


def _set_type(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(13)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:eastAsia", "w:cs", "w:hAnsi", "w:ascii"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    shape = style.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing = 1.0


def _add_field(paragraph: Any, code: str) -> None:
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._r.append(part)


# Words


def _add(where: Any, words: Words, size: float, align: Align = "left", **look: Any) -> Any:
    return _fill(where.add_paragraph(), words, size, align, **look)


def _fill(
    paragraph: Any,
    words: Words,
    size: float,
    align: Align = "left",
    *,
    bold: bool = False,
    italic: bool = False,
    indent: float = 0,
    before: float = 0,
    after: float = 0,
) -> Any:
    """Write words into a paragraph; `indent` of its first line in mm, space before and after in points."""
    paragraph.alignment = _ALIGN[align]
    shape = paragraph.paragraph_format
    shape.space_before, shape.space_after = Pt(before), Pt(after)
    if indent:
        shape.first_line_indent = Mm(indent)
    for run in model.runs_of(words, bold=bold, italic=italic):
        made = paragraph.add_run(run.text)
        made.bold, made.italic = run.bold or None, run.italic or None
        made.font.size = Pt(size)
    return paragraph


def _into(cell: Any) -> Any:
    """The first empty paragraph of a cell, else a new one."""
    first = cell.paragraphs[0]
    return first if len(cell.paragraphs) == 1 and not first.text and not first.runs else cell.add_paragraph()


def _put(cell: Any, words: Words, size: float, align: Align = "center", **look: Any) -> Any:
    return _fill(_into(cell), words, size, align, **look)


def _rule(cell: Any, width: float, room: float) -> None:
    """A line `width` mm long in the middle of `room` mm, as the border of an empty paragraph."""
    paragraph = cell.add_paragraph()
    side = Mm(max(0, (room - width) / 2))
    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = side
    shape.space_before, shape.space_after = Pt(4), Pt(4)
    paragraph.add_run().font.size = Pt(2)
    shape.line_spacing = Pt(2)
    borders, border = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        border.set(qn(f"w:{name}"), value)
    borders.append(border)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


# Parts


def _bare_table(document: Any, widths: Sequence[float]) -> Any:
    table = document.add_table(rows=1, cols=len(widths))
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    _set_widths(table, widths)
    return table


def _set_widths(table: Any, widths: Sequence[float]) -> None:
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _head(document: Any, paper: Paper, width: float) -> None:
    right = max(95.0, width * 0.55)
    left = width - right
    table = _bare_table(document, (left, right))
    own, country = table.rows[0].cells
    if paper.above:
        _put(own, paper.above, 12)
    _put(own, paper.issuer, 12, bold=True)
    _rule(own, left * 0.4, left)
    if paper.number is not None:
        _put(own, model.number_line(paper), 13)
    if not paper.kind and paper.about:
        _put(own, model.about_line(paper), 12, before=2)
    _put(country, model.COUNTRY, 12, bold=True)
    _put(country, model.MOTTO, 13, bold=True)
    _rule(country, 60, right)
    if paper.place is not None:
        _put(country, model.place_line(paper), 13, italic=True)
    _add(document, "", 8)


def _title(document: Any, paper: Paper) -> None:
    if paper.kind:
        _add(document, paper.kind, 14, "center", bold=True)
        if paper.about:
            _add(document, paper.about, 13.5, "center", bold=True)
            _rule(document, 35, _inner_width(document))
    if paper.as_of:
        _add(document, model.as_of_line(paper), 13, "center", italic=True)
    if paper.kind or paper.as_of:
        _add(document, "", 6)


def _inner_width(document: Any) -> float:
    section = document.sections[0]
    return (section.page_width - section.left_margin - section.right_margin) / Mm(1)


def _block(document: Any, block: model.Block, width: float) -> None:
    if isinstance(block, PageBreak):
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    elif isinstance(block, PaperTable):
        _table(document, block, width)
        _add(document, "", 6)
    else:
        _paragraph(document, block)


def _paragraph(document: Any, block: Paragraph) -> None:
    indent = 10 if block.indent and block.align in ("justify", "left") else 0
    made = _add(document, block.words, block.size, block.align,
                bold=block.bold, italic=block.italic, indent=indent, after=5)  # fmt: skip
    made.paragraph_format.keep_with_next = block.keep_with_next or None


def _table(document: Any, table: PaperTable, width: float) -> None:
    model.check(table)
    heads = 1 + bool(table.groups) + bool(table.numbers)
    lines = [*table.rows, *([table.foot] if table.foot else [])]
    made = document.add_table(rows=heads + len(lines), cols=len(table.columns), style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    total = sum(column.width for column in table.columns)
    _set_widths(made, [column.width / total * width for column in table.columns])
    rows = list(made.rows)
    _table_head(table, rows[:heads])
    for row in rows[:heads]:
        _mark_row(row, "w:tblHeader")
    for row, line in zip(rows[heads:], lines, strict=True):
        _mark_row(row, "w:cantSplit")
        foot = bool(table.foot) and line is table.foot
        for cell, column, words in zip(row.cells, table.columns, line, strict=True):
            _put(cell, words, table.size, column.align, bold=foot)


def _mark_row(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _table_head(table: PaperTable, rows: Sequence[Any]) -> None:
    label_row = rows[1] if table.groups else rows[0]
    cells = list(label_row.cells)
    if table.groups:
        upper, place = list(rows[0].cells), 0
        for label, span in table.groups:
            if label:
                _head_cell(upper[place].merge(upper[place + span - 1]), label, table.size)
            else:
                for at in range(place, place + span):
                    cells[at] = upper[at].merge(cells[at])
            place += span
    for cell, column in zip(cells, table.columns, strict=True):
        _head_cell(cell, column.label, table.size)
    if table.numbers:
        for n, cell in enumerate(rows[-1].cells, start=1):
            _put(cell, f"({n})", table.size - 1, italic=True)


def _head_cell(cell: Any, words: str, size: float) -> None:
    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    _put(cell, words, size, "center", bold=True)


def _end(document: Any, paper: Paper, width: float) -> None:
    people = list(paper.signatories)
    if len(people) > 1 and not paper.recipients:
        table = _bare_table(document, [width / len(people)] * len(people))
        cells = table.rows[0].cells
    else:
        right = width * (0.55 if len(people) < 2 else 0.68)
        each = [right / max(1, len(people))] * max(1, len(people))
        table = _bare_table(document, [width - right, *each])
        cells = table.rows[0].cells[1:]
        _recipients(table.rows[0].cells[0], paper)
    _mark_row(table.rows[0], "w:cantSplit")
    for cell, one in zip(cells, people, strict=False):
        _signatory(cell, one)


def _recipients(cell: Any, paper: Paper) -> None:
    if paper.recipients:
        _put(cell, model.RECIPIENTS, 12, "left", bold=True, italic=True)
        for words in model.recipient_lines(paper):
            _put(cell, words, 11, "left")


def _signatory(cell: Any, one: Signatory) -> None:
    for words in one.authority:
        _put(cell, words, 13, bold=True)
    if one.note:
        _put(cell, one.note, 12, italic=True)
    cell.add_paragraph().paragraph_format.space_after = Pt(56)
    if one.name:
        _fill(cell.add_paragraph(), one.name, 13, "center", bold=True)
