"""The quick way through a table: one compiled pattern that must account for every character.

Programs that write these files write every document of a table alike. Once the careful parser has read some
documents of one making, the text before the first row (head), the text after the last (tail) and the layout
of a row are known to be well-formed around any number of such rows. Another document is read by pattern only
if it is exactly this head, then nothing but rows of exactly this layout with plain text in them, then this
tail; anything else goes to the careful parser. So the pattern never decides what is well-formed or in order:
it only recognises what the parser has already judged. No layout is built in: any vendor's is learnt.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

from khoyte.submissions.reader.shapes import Shape
from khoyte.submissions.reader.table_parser import Layout, Row, TableRead

# Compiling takes some milliseconds, so a making is learnt when it has come a few times; sizes and numbers
# are bounded against files made to be learnt from.
_TIMES_SEEN = 3
_SEEN_KEPT = 500
_KEPT_PER_TABLE = 32
_LONGEST_FRAME = 4_000
_LONGEST_LAYOUT = 150

# Signs that need no second look: printable ASCII but "&" and "]", and white space. Taking them out of a
# document is one fast step, and of most documents almost nothing is left.
_ORDINARY = bytes({*range(0x20, 0x80), *b"\t\n\r"} - {*b"&]"})
# Letters that are the same in every normal form of text: Latin with marks, Vietnamese among them.
_SETTLED = re.compile("[\x80-\u02ff\u1ea0-\u1eff&\\]]*+")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile("&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));")
_OTHER_REFERENCE = re.compile(b"(?!%s)&" % _REFERENCE.pattern.encode())
_SIGNS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_BLANK = r"[ \t\n]*+"

Making = tuple[str, str, str, Layout]  # table, head, tail, layout


class LearnedTables:
    """What has been learnt so far; one a process, shared by its threads (lists are replaced, not changed)."""

    def __init__(self) -> None:
        self._patterns: dict[str, list[_Pattern]] = {}
        self._seen: Counter[Making] = Counter()

    def read(self, shape: Shape, data: bytes) -> TableRead | None:
        """The same as the careful parser would read, or None if it has to."""
        patterns = self._patterns.get(shape.table)
        if not patterns:
            return None
        try:
            special = data.translate(None, _ORDINARY).decode("utf-8")
            text = _one_kind_of_line_end(data.decode("utf-8"))
        except UnicodeDecodeError:
            return None
        if not _is_plain(data, special):
            return None
        for place, pattern in enumerate(patterns):
            rows = pattern.rows_of(text)
            if rows is not None:
                if place:
                    self._patterns[shape.table] = [pattern, *patterns[:place], *patterns[place + 1 :]]
                return _read_as(pattern.layout, rows, text, special)
        return None

    def learn(self, shape: Shape, data: bytes, read: TableRead) -> None:
        """Take note of a document the careful parser has read."""
        making = _making_of(shape, data, read)
        known = self._patterns.get(shape.table, [])
        # A document of a known making may still need the parser, for a sign the pattern cannot judge.
        if making is None or any(pattern.making == making for pattern in known):
            return
        self._seen[making] += 1
        if self._seen[making] >= _TIMES_SEEN:
            del self._seen[making]
            self._patterns[shape.table] = [_Pattern(shape, making), *known][:_KEPT_PER_TABLE]
        if len(self._seen) > _SEEN_KEPT:
            self._seen.clear()


class _Pattern:
    def __init__(self, shape: Shape, making: Making) -> None:
        self.making = making
        _, self._head, self._tail, self.layout = making
        self._one_row = shape.row_element is None
        self._find_rows = _compiled(shape.row_element, self.layout)

    def rows_of(self, text: str) -> list[Row] | None:
        end = len(text) - len(self._tail)
        if end < len(self._head) or not text.startswith(self._head) or not text.endswith(self._tail):
            return None
        rows = self._find_rows(text, len(self._head), end)
        # The last group holds what is not a row.
        if (rows and rows[-1][-1]) or (self._one_row and len(rows) != 1):
            return None
        return rows


def _compiled(row_element: str | None, layout: Layout) -> Callable[[str, int, int], list[Row]]:
    fields = "".join(rf"<{tag}(?:>([^<]*+)</{tag}>|[ \t\n]*+/>){_BLANK}" for tag in map(re.escape, layout))
    row = f"<{row_element}>{_BLANK}{fields}</{row_element}>{_BLANK}" if row_element else fields
    return re.compile(rf"{row}|([\s\S]++)").findall


def _making_of(shape: Shape, data: bytes, read: TableRead) -> Making | None:
    if read.rows_at is None or len(read.runs) != 1 or read.oddities or read.has_cdata or read.label:
        return None
    start, end = read.rows_at
    layout = read.runs[0][0]
    if start + len(data) - end > _LONGEST_FRAME or not 0 < len(layout) <= _LONGEST_LAYOUT:
        return None
    head, tail = (_one_kind_of_line_end(part.decode("utf-8")) for part in (data[:start], data[end:]))
    return shape.table, head, tail, layout


def _is_plain(data: bytes, special: str) -> bool:
    """Holds nothing the pattern cannot judge: characters XML forbids, "]]>" in text, other references."""
    return not (
        (special and _FORBIDDEN.search(special))
        or ("]" in special and b"]]>" in data)
        or ("&" in special and _OTHER_REFERENCE.search(data))
    )


def _one_kind_of_line_end(text: str) -> str:
    # As every XML parser does before anything else.
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _read_as(layout: Layout, rows: list[Row], text: str, special: str) -> TableRead | None:
    """Rows with references resolved and in NFC, as the careful parser gives them; None if it would not."""
    if "&" in special or not (_SETTLED.fullmatch(special) or unicodedata.is_normalized("NFC", text)):
        try:
            rows = [tuple(map(_settled, row)) for row in rows]
        except _ForbiddenSign:
            return None
    return TableRead([(layout, rows)] if rows else [])


def _settled(value: str) -> str:
    if "&" in value:
        value = _REFERENCE.sub(_sign, value)
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _sign(reference: re.Match[str]) -> str:
    name, decimal, hexadecimal = reference.groups()
    if name:
        return _SIGNS[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    sign = chr(code) if code < 0x110000 else "\x00"
    if 0xD800 <= code < 0xE000 or _FORBIDDEN.match(sign):
        raise _ForbiddenSign
    return sign


class _ForbiddenSign(ValueError):
    """A reference to a character that XML does not allow."""
