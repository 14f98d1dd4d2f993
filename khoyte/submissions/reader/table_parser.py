"""One table's document read element by element; slow, complete, and the referee of the quick way."""

import unicodedata
from dataclasses import dataclass, field

from khoyte.submissions.reader.content import Unreadable, unreadable_of
from khoyte.submissions.reader.guarded import GuardedParser, Refused, local_name
from khoyte.submissions.reader.limits import Limits
from khoyte.submissions.reader.shapes import Shape

Layout = tuple[str, ...]
Row = tuple[str, ...]


@dataclass
class TableRead:
    """Rows of one table of one dossier in the order sent, as runs of rows with the same layout.

    A layout is the tags of a row in the order sent; a row begins with the texts of these tags in the same
    order, NFC, not yet stripped. `oddities` are (reason, element) of what stands where nothing should.
    `rows_at` is where in the document the first row begins and the last ends, None without rows. `label` is
    the encoding the document claims if it is not UTF-8.
    """

    runs: list[tuple[Layout, list[Row]]] = field(default_factory=list)
    oddities: dict[tuple[str, str], None] = field(default_factory=dict)
    has_cdata: bool = False
    label: str = ""
    rows_at: tuple[int, int] | None = None

    @property
    def row_count(self) -> int:
        return sum(len(rows) for _, rows in self.runs)


def parse_table(shape: Shape, data: bytes, limits: Limits) -> TableRead:
    """Read a whole document; raises Unreadable where it is none or not of this table."""
    handlers = _TableHandlers(shape, limits)
    try:
        handlers.guard.feed(data)
        handlers.guard.close()
    except Refused as refused:
        raise unreadable_of(refused) from refused
    return handlers.finish(data)


class _TableHandlers:
    """Depths: root 1, list 2, row 3, field 4; where a table has no list its root is the row."""

    def __init__(self, shape: Shape, limits: Limits) -> None:
        # Vendors label UTF-8 bytes as UTF-16 (a string made in memory keeps its own label); the bytes decide.
        self.guard = GuardedParser(limits, self._open_root, trust_label=False)
        self._expat = self.guard.expat
        self._expat.buffer_text = True
        self._shape, self._limits = shape, limits
        self._row_depth = 3 if shape.list_element else 1
        self._field_depth = self._row_depth + 1
        self._depth = 0
        self._skipped_depth = 0
        self._list_seen = shape.list_element is None
        self._tags: list[str] = []
        self._values: list[str] = []
        self._pieces: list[str] = []
        self._first_at = self._last_at = -1
        self._last_tag = ""
        self._read = TableRead()

    def finish(self, data: bytes) -> TableRead:
        read = self._read
        if not self._list_seen and read.oddities:
            raise Unreadable("structure", expected=self._shape.list_element)
        if self._first_at >= 0:
            read.rows_at = (self._first_at, _end_of(self._last_tag, self._last_at, data))
        if not self.guard.label_is_utf8:
            read.label = self.guard.label[:40]
        return read

    def _open_root(self, name: str, _attributes: list[str]) -> None:
        found = local_name(name)
        if found != self._shape.root:
            raise Unreadable("root", expected=self._shape.root, found=found[:60])
        self._depth = 1
        self._expat.StartElementHandler = self._open
        self._expat.EndElementHandler = self._close
        self._expat.CharacterDataHandler = self._data
        self._expat.StartCdataSectionHandler = self._cdata

    def _open(self, name: str, _attributes: list[str]) -> None:
        self._depth += 1
        depth = self._depth
        if depth > self._limits.depth:
            self.guard.refuse("too-deep", limit=self._limits.depth)
        if self._skipped_depth:
            return
        name = local_name(name)
        if depth == self._field_depth:
            self._open_field(name)
        elif depth > self._field_depth:
            self._read.oddities["nested-element", self._tags[-1]] = None
        elif depth == self._row_depth and name == self._shape.row_element:
            self._mark_first()
        elif depth < self._row_depth and name == self._shape.list_element:
            self._list_seen = True
        else:
            self._read.oddities["unexpected-element", name[:60]] = None
            self._skipped_depth = depth

    def _open_field(self, name: str) -> None:
        if len(self._tags) >= self._limits.fields_per_row:
            raise Unreadable("too-many-fields", limit=self._limits.fields_per_row)
        if self._row_depth == 1:
            self._mark_first()
        self._tags.append(name)

    def _mark_first(self) -> None:
        if self._first_at < 0:
            self._first_at = self._expat.CurrentByteIndex

    def _close(self, tag: str) -> None:
        depth = self._depth
        self._depth -= 1
        if self._skipped_depth:
            if depth == self._skipped_depth:
                self._skipped_depth = 0
        elif depth == self._field_depth:
            self._close_field()
            if self._row_depth == 1:
                self._mark_last(tag)
        elif depth == self._row_depth:
            self._close_row()
            if self._row_depth > 1:
                self._mark_last(tag)

    def _mark_last(self, tag: str) -> None:
        self._last_at, self._last_tag = self._expat.CurrentByteIndex, tag

    def _close_field(self) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        self._values.append(text if text.isascii() else unicodedata.normalize("NFC", text))

    def _close_row(self) -> None:
        layout, row = tuple(self._tags), tuple(self._values)
        self._tags, self._values = [], []
        runs = self._read.runs
        if not runs or runs[-1][0] != layout:
            runs.append((layout, []))
        runs[-1][1].append(row)

    def _data(self, data: str) -> None:
        if self._skipped_depth:
            return
        if self._depth >= self._field_depth:
            self._pieces.append(data)
        elif not data.isspace():
            self._read.oddities["loose-text", ""] = None

    def _cdata(self) -> None:
        self._read.has_cdata = True


def _end_of(tag: str, at: int, data: bytes) -> int:
    # expat points at an end tag's "<", but past an empty element's "/>".
    return data.index(b">", at) + 1 if data.startswith(b"</" + tag.encode(), at) else at
