"""What a paper says, without how it is drawn."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from khoyte.foundation.calendar import as_of_text

Align = Literal["justify", "left", "center", "right"]

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"  # quốc hiệu
MOTTO = "Độc lập - Tự do - Hạnh phúc"  # tiêu ngữ
RECIPIENTS = "Nơi nhận:"
DEAR = "Kính gửi:"


@dataclass(frozen=True)
class Run:
    """Words in one look."""

    text: str
    bold: bool = False
    italic: bool = False


Words = str | Sequence[str | Run]


@dataclass(frozen=True)
class Paragraph:
    """`indent`: the first line goes in by 1 cm, as in running text. `size` in points; 13 where not said."""

    words: Words
    align: Align = "justify"
    bold: bool = False
    italic: bool = False
    indent: bool = True
    size: float = 13
    keep_with_next: bool = False


@dataclass(frozen=True)
class PaperColumn:
    """`width` is a share of the whole, in any unit."""

    label: str
    width: float
    align: Align = "left"


@dataclass(frozen=True)
class PaperTable:
    """A table with its lines drawn; its head stands again on every page.

    `groups` is a second head above: (label, how many columns); "" for columns that have none, whose own label
    then takes both lines. `numbers` writes (1), (2) ... under the head, as forms do.
    """

    columns: Sequence[PaperColumn]
    rows: Sequence[Sequence[Words]]
    groups: Sequence[tuple[str, int]] = ()
    foot: Sequence[Words] = ()
    numbers: bool = False
    size: float = 12


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a new page."""


Block = Paragraph | PaperTable | PageBreak


@dataclass(frozen=True)
class Signatory:
    """Who signs: lines of authority ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), the name, a note in italics between."""

    authority: Sequence[str]
    name: str = ""
    note: str = ""


@dataclass(frozen=True)
class Paper:
    """One paper.

    `above` is the body over the issuing one (cơ quan chủ quản); `number` the whole number and symbol
    ("12/QĐ-SYT"), "" leaves room to write it by hand, None has no such line. `place` and `day` likewise:
    without a day the line is left to fill in. `form` names the form of a decree at the top right ("Mẫu 01").
    `grounds` are the căn cứ in italics; `enacting` the line that closes them ("QUYẾT ĐỊNH:"). `mark` is the
    small line at the foot of every page: reference, who took it.
    """

    issuer: str
    above: str = ""
    number: str | None = ""
    place: str | None = ""
    day: date | None = None
    form: str = ""
    kind: str = ""
    about: str = ""
    as_of: datetime | None = None
    to: Sequence[str] = ()
    grounds: Sequence[str] = ()
    enacting: str = ""
    body: Sequence[Block] = ()
    recipients: Sequence[str] = ()
    signatories: Sequence[Signatory] = ()
    mark: str = ""
    landscape: bool = False

    @property
    def title(self) -> str:
        """For the properties of the file."""
        return composed(" ".join(part for part in (self.kind, self.about) if part)) or "Văn bản"


def composed(text: str) -> str:
    """NFC and without control signs, which neither format can hold."""
    kept = (sign if sign.isprintable() or sign in "\n\u00a0" else " " for sign in text)
    return unicodedata.normalize("NFC", "".join(kept))


def runs_of(words: Words, *, bold: bool = False, italic: bool = False) -> list[Run]:
    parts = [words] if isinstance(words, str) else words
    runs = [Run(part) if isinstance(part, str) else part for part in parts]
    return [Run(composed(run.text), run.bold or bold, run.italic or italic) for run in runs]


def plain(words: Words) -> str:
    return "".join(run.text for run in runs_of(words))


# Lines both writers draw; each is said once.


def number_line(paper: Paper) -> str:
    """ "Số: 05/QĐ-SYT"; numbers under 10 with a 0 before them."""
    if not paper.number:
        return "Số: ........../.........."
    head, slash, symbol = composed(paper.number).partition("/")
    return f"Số: {head.zfill(2) if head.isdecimal() else head}{slash}{symbol}"


def place_line(paper: Paper) -> str:
    """ "Hà Nội, ngày 05 tháng 02 năm 2026": days under 10, January and February have a 0 before them."""
    place = composed(paper.place or "") or ".........."
    if paper.day is None:
        return f"{place}, ngày ..... tháng ..... năm ....."
    month = f"{paper.day.month:02}" if paper.day.month < 3 else str(paper.day.month)
    return f"{place}, ngày {paper.day.day:02} tháng {month} năm {paper.day.year}"


def about_line(paper: Paper) -> str:
    """Trích yếu: of a letter with "V/v" before it."""
    about = composed(paper.about)
    return about if paper.kind or not about else f"V/v {about}"


def as_of_line(paper: Paper) -> str:
    words = as_of_text(paper.as_of) if paper.as_of else ""
    return f"({words[:1].upper()}{words[1:]})" if words else ""


def ground_lines(paper: Paper) -> list[str]:
    """Each on a line of its own, closed by a semicolon, the last by a full stop."""
    last = len(paper.grounds) - 1
    return [f"{composed(one).rstrip('.;')}{'.' if n == last else ';'}" for n, one in enumerate(paper.grounds)]


def recipient_lines(paper: Paper) -> list[str]:
    last = len(paper.recipients) - 1
    return [
        f"- {composed(one).rstrip('.;')}{'.' if n == last else ';'}" for n, one in enumerate(paper.recipients)
    ]


def dear_lines(paper: Paper) -> list[str]:
    """ "Kính gửi: Sở Y tế", or one line a body where there are several."""
    to = [composed(one).rstrip(".;") for one in paper.to]
    if len(to) < 2:
        return [f"{DEAR} {one}" for one in to]
    return [DEAR, *(f"- {one}{'.' if n == len(to) - 1 else ';'}" for n, one in enumerate(to))]


def words_of(paper: Paper) -> Iterator[str]:
    """Everything the paper says, line by line, apart from page numbers and a head of a table said again."""
    yield from _words_of_head(paper)
    yield from dear_lines(paper)
    yield from ground_lines(paper)
    if paper.enacting:
        yield composed(paper.enacting)
    for block in paper.body:
        yield from _words_of_block(block)
    if paper.recipients:
        yield from (RECIPIENTS, *recipient_lines(paper))
    for one in paper.signatories:
        yield from filter(None, map(composed, (*one.authority, one.note, one.name)))
    if paper.mark:
        yield composed(paper.mark)


def _words_of_head(paper: Paper) -> Iterator[str]:
    yield from filter(None, (composed(paper.form), composed(paper.above), composed(paper.issuer)))
    if paper.number is not None:
        yield number_line(paper)
    if not paper.kind and paper.about:
        yield about_line(paper)
    yield from (COUNTRY, MOTTO)
    if paper.place is not None:
        yield place_line(paper)
    if paper.kind:
        yield from filter(None, (composed(paper.kind), about_line(paper)))
    if paper.as_of:
        yield as_of_line(paper)


def _words_of_block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield plain(block.words)
    if isinstance(block, PaperTable):
        yield from (composed(label) for label, _ in block.groups if label)
        yield from (composed(column.label) for column in block.columns)
        if block.numbers:
            yield from (f"({n})" for n in range(1, len(block.columns) + 1))
        for row in (*block.rows, *((block.foot,) if block.foot else ())):
            yield from filter(None, map(plain, row))


def check(table: PaperTable) -> None:
    """Raises ValueError where lines of a table do not have as many cells as it has columns."""
    wanted = len(table.columns)
    lines = [*table.rows, *([table.foot] if table.foot else [])]
    if any(len(line) != wanted for line in lines):
        raise ValueError(f"a line of the table has not {wanted} cells")
    if table.groups and sum(span for _, span in table.groups) != wanted:
        raise ValueError(f"the upper head does not span {wanted} columns")
