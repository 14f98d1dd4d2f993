"""Reading one table of one dossier, by whichever way its form and its making allow."""

from khoyte.submissions.reader.content import Document, Unreadable, document_in
from khoyte.submissions.reader.dossiers import DossierRef, PartRef
from khoyte.submissions.reader.envelope import CHECKIN
from khoyte.submissions.reader.learned import LearnedTables
from khoyte.submissions.reader.limits import Limits
from khoyte.submissions.reader.shapes import Shape, shapes
from khoyte.submissions.reader.switch import QUICK_WAY
from khoyte.submissions.reader.table_parser import TableRead, parse_table

_learned = LearnedTables()


def shape_of(part: PartRef, dossier: DossierRef) -> Shape | None:
    """The expected shape of a part, None for a kind that may not come in a file."""
    # A check-in dossier is its own only part; a claim file may not call a table so.
    if (part.kind == CHECKIN) != (part.offset == dossier.offset and part.form == "nested"):
        return None
    return shapes().get(part.kind)


def open_part(part: PartRef, dossier: DossierRef, dossier_bytes: bytes, limits: Limits) -> Document:
    """The table's own document; raises Unreadable. `dossier_bytes` are those of the whole dossier."""
    if part.form == "several":
        raise Unreadable("several-contents")
    # Base64 in lines takes 1.4 times the room of its content.
    if part.length > 1.5 * limits.part_bytes:
        raise Unreadable("too-large", limit=limits.part_bytes)
    start = part.offset - dossier.offset
    return document_in(dossier_bytes[start : start + part.length], part.form, limits)


def read_table(
    shape: Shape, data: bytes, limits: Limits, learned: LearnedTables = _learned, *, quick: bool = QUICK_WAY
) -> TableRead:
    """The rows of a table's document; raises Unreadable."""
    if len(data) > limits.part_markup and data.count(b"<") + data.count(b"=") > limits.part_markup:
        raise Unreadable("too-much-markup", limit=limits.part_markup)
    if not quick:
        return parse_table(shape, data, limits)
    read = learned.read(shape, data)
    if read is None:
        read = parse_table(shape, data, limits)
        learned.learn(shape, data, read)
    return read
