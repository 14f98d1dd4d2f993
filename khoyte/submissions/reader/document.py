"""The whole document of one visit, assembled when somebody reads it."""

from khoyte.foundation.byte_sources import ByteSource
from khoyte.submissions.reader.content import Unreadable
from khoyte.submissions.reader.dossiers import DossierRef
from khoyte.submissions.reader.limits import LIMITS, Limits
from khoyte.submissions.reader.shapes import shapes
from khoyte.submissions.reader.table_parser import Layout, Row
from khoyte.submissions.reader.tables import open_part, read_table, shape_of

Rows = list[dict[str, str]]


def document(source: ByteSource, ref: DossierRef, limits: Limits = LIMITS) -> dict[str, Rows]:
    """Table -> rows -> field: text, of one dossier; tables in the order of the standard, fields as sent.

    A field absent from the row is absent here. Tags the standard does not know are shown as well, since they
    were sent. What cannot be read is left out: an accepted visit has nothing of the kind.
    """
    found: dict[str, Rows] = {}
    dossier_bytes = source.read_at(ref.offset, ref.length)
    for part in ref.parts:
        shape = shape_of(part, ref)
        if shape is None or part.kind in found:
            continue
        try:
            data = open_part(part, ref, dossier_bytes, limits).data
            runs = read_table(shape, data, limits).runs if data else []
        except Unreadable:
            continue
        if data:
            found[part.kind] = [_named(layout, row) for layout, rows in runs for row in rows]
    return {kind: found[kind] for kind in shapes() if kind in found}


def _named(layout: Layout, row: Row) -> dict[str, str]:
    named: dict[str, str] = {}
    for name, text in zip(layout, row, strict=False):
        named.setdefault(name, text.strip())
    return named
