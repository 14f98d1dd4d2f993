"""Recognise files of Decision 4210/QĐ-BYT, which use today's envelope (replaced from 2024-07-01).

In them the list element is the root of a detail table, and the summary still has MA_LYDO_VVIEN (secondary
notes on 4210, its annex was not at hand). A few first tables are enough: one file is one export.
"""

import re
from itertools import islice

from khoyte.foundation.byte_sources import ByteSource
from khoyte.submissions.reader.content import Unreadable, document_in
from khoyte.submissions.reader.dossiers import Dossiers, PartRef
from khoyte.submissions.reader.limits import LIMITS
from khoyte.submissions.reader.shapes import shapes

_DOSSIERS_LOOKED_AT = 20
# A multiple of 4 and of the usual line lengths with their line ends is not needed: what is cut off is cut
# off again to whole groups of 4 characters.
_BYTES_LOOKED_AT = 24_000
_FIRST_ELEMENT = re.compile(rb"<(?:[\w.\-]+:)?([A-Za-z_][\w.\-]*)")
_OLD_SUMMARY, _NEW_SUMMARY = b"<MA_LYDO_VVIEN", b"<MA_DOITUONG_KCB"


def is_old_4210(source: ByteSource, dossiers: Dossiers) -> bool:
    for dossier in islice(dossiers, _DOSSIERS_LOOKED_AT):
        for part in dossier.parts:
            answer = _answer_of(part.kind, _beginning_of(source, part))
            if answer is not None:
                return answer
    return False


def _answer_of(kind: str, beginning: bytes) -> bool | None:
    """Old or not; None where this table does not tell."""
    shape = shapes().get(kind)
    first = _FIRST_ELEMENT.search(beginning)
    if shape is None or first is None:
        return None
    root = first.group(1).decode()
    if kind == "XML1" and root == shape.root:
        if _NEW_SUMMARY in beginning:
            return False
        return True if _OLD_SUMMARY in beginning else None
    if root == shape.root:
        return False
    return True if root == shape.list_element else None


def _beginning_of(source: ByteSource, part: PartRef) -> bytes:
    raw = source.read_at(part.offset, min(part.length, _BYTES_LOOKED_AT))
    if part.form == "nested":
        return raw
    if part.form != "base64":
        return b""
    text = raw.translate(None, b" \t\r\n")
    try:
        return document_in(text[: len(text) - len(text) % 4], "base64", LIMITS).data
    except Unreadable:
        return b""
