"""A paper as PDF, by reportlab. The same paper gives the same bytes."""

import io
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus import PageBreak as NewPage
from reportlab.platypus import Paragraph as Drawn

from khoyte.foundation.papers import model
from khoyte.foundation.papers.model import Align, PageBreak, Paper, PaperTable, Paragraph, Signatory, Words

LEFT, RIGHT, ABOVE, BELOW = 30 * mm, 15 * mm, 20 * mm, 20 * mm
FAMILY, SPARE = "Papers", "PapersSpare"
_FILES = {"": "Regular", "-Bold": "Bold", "-Italic": "Italic", "-BoldItalic": "BoldItalic"}
_ALIGN = {"justify": TA_JUSTIFY, "left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT}


def written(paper: Paper) -> bytes:
    _fonts()
    size = landscape(A4) if paper.landscape else A4
    target = io.BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=size,
        title=paper.title,
        author=model.composed(paper.issuer),
        creator="Khoyte",
        lang="vi-VN",
        invariant=1,
        initialFontName=FAMILY,
    )
    frame = Frame(LEFT, BELOW, size[0] - LEFT - RIGHT, size[1] - ABOVE - BELOW, 0, 0, 0, 0)

    def draw(canvas: Any, _: Any) -> None:
        _draw_edges(canvas, paper, size)

    document.addPageTemplates([PageTemplate(frames=[frame], onPage=draw)])
    document.build(_story(paper, frame._width))
    return target.getvalue()


@lru_cache(maxsize=1)
def _fonts() -> frozenset[int]:
    """Register the fonts once in a process; the letters the serif has."""
    serif = Path(import_module("fontpkg_crimson_text").ROOT) / "files"
    for suffix, name in _FILES.items():
        pdfmetrics.registerFont(TTFont(FAMILY + suffix, serif / f"CrimsonText-{name}.ttf"))
    pdfmetrics.registerFontFamily(FAMILY, *(FAMILY + suffix for suffix in _FILES))
    # The serif lacks a few signs (₫ among them); the font of the pages has those.
    spare = Path(import_module("fontpkg_be_vietnam_pro").ROOT) / "files"
    pdfmetrics.registerFont(TTFont(SPARE, spare / "BeVietnamPro-Regular.ttf"))
    pdfmetrics.registerFontFamily(SPARE, SPARE, SPARE, SPARE, SPARE)
    return frozenset(pdfmetrics.getFont(FAMILY).face.charToGlyph)


def _draw_edges(canvas: Any, paper: Paper, size: tuple[float, float]) -> None:
    if canvas.getPageNumber() > 1:
        canvas.setFont(FAMILY, 13)
        canvas.drawCentredString((LEFT + size[0] - RIGHT) / 2, size[1] - 12 * mm, str(canvas.getPageNumber()))
    if paper.mark:
        line = Drawn(_marked(paper.mark), _style(8, "left", leading=9.5))
        _, height = line.wrap(size[0] - LEFT - RIGHT, BELOW)
        line.drawOn(canvas, LEFT, max(6 * mm, 13 * mm - height))


# Words


def _style(size: float = 13, align: Align = "justify", **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        "paper",
        fontName=FAMILY,
        fontSize=size,
        alignment=_ALIGN[align],
        textColor=black,
        **{"leading": size * 1.22, "allowWidows": 0, "allowOrphans": 0, **more},
    )


def _marked(words: Words, *, bold: bool = False, italic: bool = False) -> str:
    """reportlab's own little markup, our text escaped."""
    return "".join(_wrapped(_spared(run.text), run) for run in model.runs_of(words, bold=bold, italic=italic))


def _wrapped(text: str, run: model.Run) -> str:
    text = f"<b>{text}</b>" if run.bold else text
    return f"<i>{text}</i>" if run.italic else text


def _spared(text: str) -> str:
    known = _fonts()
    parts = [
        escape(sign) if ord(sign) in known or sign in "\n " else f'<font name="{SPARE}">{escape(sign)}</font>'
        for sign in text
    ]
    return "".join(parts).replace("\n", "<br/>")


def _line(words: Words, size: float, align: Align = "center", **more: Any) -> Drawn:
    bold, italic = more.pop("bold", False), more.pop("italic", False)
    return Drawn(_marked(words, bold=bold, italic=italic), _style(size, align, **more))


def _width_of(words: str, size: float, suffix: str) -> float:
    return pdfmetrics.stringWidth(words, FAMILY + suffix, size)


# Parts


def _story(paper: Paper, width: float) -> list[Any]:
    story: list[Any] = []
    if paper.form:
        story += [_line(paper.form, 12, "right", italic=True), Spacer(0, 2 * mm)]
    story += [_head(paper, width), Spacer(0, 4 * mm)]
    story += _title(paper)
    for words in model.dear_lines(paper):
        story.append(_line(words, 13, "center", spaceAfter=3))
    if paper.to:
        story.append(Spacer(0, 3 * mm))
    story += [
        _line(words, 13, "justify", italic=True, firstLineIndent=10 * mm, spaceAfter=5)
        for words in model.ground_lines(paper)
    ]
    if paper.enacting:
        story.append(_line(paper.enacting, 13, "center", bold=True, spaceBefore=6, spaceAfter=8))
    for block in paper.body:
        story += _block(block, width)
    if paper.recipients or paper.signatories:
        # A signature never stands alone on a page: the last words go with it.
        last = [story.pop()] if paper.body and isinstance(paper.body[-1], Paragraph) else []
        # Neither does a heading whose words have gone with the signature.
        while last and isinstance(story[-1], Drawn) and story[-1].style.keepWithNext:
            last.insert(0, story.pop())
        story.append(KeepTogether([*last, Spacer(0, 5 * mm), _end(paper, width)]))
    return story


def _head(paper: Paper, width: float) -> Table:
    """Issuing body and number on the left; country, motto, place and day on the right."""
    right = max(_width_of(model.COUNTRY, 12, "-Bold") + 2 * mm, width * 0.5)
    motto = _width_of(model.MOTTO, 13, "-Bold")
    left_lines: list[Any] = []
    if paper.above:
        left_lines.append(_line(paper.above, 12))
    left_lines += [
        _line(paper.issuer, 12, bold=True),
        _Rule((width - right) * 0.4),
    ]
    if paper.number is not None:
        left_lines.append(_line(model.number_line(paper), 13))
    if not paper.kind and paper.about:
        left_lines.append(_line(model.about_line(paper), 12, spaceBefore=2))
    right_lines: list[Any] = [
        _line(model.COUNTRY, 12, bold=True),
        _line(model.MOTTO, 13, bold=True),
        _Rule(motto),
    ]
    if paper.place is not None:
        right_lines.append(_line(model.place_line(paper), 13, italic=True))
    return Table([[left_lines, right_lines]], [width - right, right], style=_BARE)


class _Rule(Flowable):
    """A line in the middle of its room."""

    def __init__(self, length: float) -> None:
        super().__init__()
        self.length, self.room = length, 0.0

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.room = width
        return width, 9

    def draw(self) -> None:
        start = max(0.0, (self.room - self.length) / 2)
        self.canv.setLineWidth(0.7)
        self.canv.line(start, 4, start + min(self.length, self.room), 4)


def _title(paper: Paper) -> list[Any]:
    lines: list[Any] = []
    if paper.kind:
        lines.append(_line(paper.kind, 14, bold=True, leading=18))
        if paper.about:
            lines.append(_line(paper.about, 13.5, bold=True))
            lines.append(_Rule(35 * mm))
    if paper.as_of:
        lines.append(_line(model.as_of_line(paper), 13, italic=True, spaceBefore=2))
    return [*lines, Spacer(0, 4 * mm)] if lines else []


_BARE = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ]
)


def _block(block: model.Block, width: float) -> list[Any]:
    if isinstance(block, PageBreak):
        return [NewPage()]
    if isinstance(block, PaperTable):
        return [Spacer(0, 1.5 * mm), _table(block, width), Spacer(0, 2.5 * mm)]
    return [_paragraph(block)]


def _paragraph(block: Paragraph) -> Drawn:
    indent = 10 * mm if block.indent and block.align in ("justify", "left") else 0
    return Drawn(
        _marked(block.words, bold=block.bold, italic=block.italic),
        _style(
            block.size,
            block.align,
            firstLineIndent=indent,
            spaceAfter=5,
            keepWithNext=int(block.keep_with_next),
        ),
    )


def _table(table: PaperTable, width: float) -> Table:
    model.check(table)
    total = sum(column.width for column in table.columns)
    heads, spans = _heads(table)
    lines = [_cells(table, row) for row in table.rows]
    if table.foot:
        lines.append(_cells(table, table.foot, bold=True))
    look: list[tuple[Any, ...]] = [
        ("GRID", (0, 0), (-1, -1), 0.6, black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, len(heads) - 1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3.5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3.5),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        *spans,
    ]
    widths = [column.width / total * width for column in table.columns]
    # A line higher than half a page may be cut; others are not.
    return Table(
        [*heads, *lines], widths, repeatRows=len(heads), style=TableStyle(look), splitByRow=1, splitInRow=1
    )


def _heads(table: PaperTable) -> tuple[list[list[Any]], list[tuple[Any, ...]]]:
    def head(words: str) -> Drawn:
        return _line(words, table.size, bold=True)

    labels = [head(column.label) for column in table.columns]
    heads: list[list[Any]] = [list(labels)]
    spans: list[tuple[Any, ...]] = []
    if table.groups:
        upper: list[Any] = []
        for label, span in table.groups:
            place = len(upper)
            if label:
                upper += [head(label), *[""] * (span - 1)]
                spans.append(("SPAN", (place, 0), (place + span - 1, 0)))
            else:
                upper += labels[place : place + span]
                for column in range(place, place + span):
                    heads[0][column] = ""
                    spans.append(("SPAN", (column, 0), (column, 1)))
        heads.insert(0, upper)
    if table.numbers:
        numbers = [_line(f"({n})", table.size - 1, italic=True) for n in range(1, len(labels) + 1)]
        heads.append(numbers)
    return heads, spans


def _cells(table: PaperTable, row: Sequence[Words], *, bold: bool = False) -> list[Drawn]:
    return [
        Drawn(_marked(words, bold=bold), _style(table.size, column.align))
        for column, words in zip(table.columns, row, strict=True)
    ]


def _end(paper: Paper, width: float) -> Table:
    """Nơi nhận on the left, who signs on the right; two who sign stand side by side."""
    signing = [_signatory(one) for one in paper.signatories]
    if len(signing) > 1 and not paper.recipients:
        return Table([signing], [width / len(signing)] * len(signing), style=_BARE)
    left: list[Any] = []
    if paper.recipients:
        left.append(_line(model.RECIPIENTS, 12, "left", bold=True, italic=True))
        left += [_line(words, 11, "left") for words in model.recipient_lines(paper)]
    right = width * 0.55 if len(signing) < 2 else width * 0.68
    each = [right / max(1, len(signing))] * max(1, len(signing))
    return Table([[left, *(signing or [[]])]], [width - right, *each], style=_BARE)


def _signatory(one: Signatory) -> list[Any]:
    lines: list[Any] = [_line(words, 13, bold=True) for words in one.authority]
    if one.note:
        lines.append(_line(one.note, 12, italic=True))
    lines.append(Spacer(0, 24 * mm))
    if one.name:
        lines.append(_line(one.name, 13, bold=True))
    return lines
