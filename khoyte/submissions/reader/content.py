"""From the content of a NOIDUNGFILE to the bytes of the table's own document.

The letter asks for base64. Seen in the field and accepted: base64 in lines, text in CDATA, the table nested
as plain XML, the table written with &lt; for <. Each way has a name, which goes into a finding V-006.
"""

import binascii
from dataclasses import dataclass
from typing import Any

import pybase64

from khoyte.submissions.reader.guarded import GuardedParser, Refused
from khoyte.submissions.reader.limits import Limits

_BLANK = b" \t\r\n"


class Unreadable(Exception):
    """A table that cannot be read; `reason` is stable, `facts` go into the finding's parameters."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


def unreadable_of(refused: Refused) -> Unreadable:
    """What the guarded parser refused in one table: the file's codes, told in fewer cases."""
    facts = refused.facts
    if refused.code in ("encoding", "nul", "doctype"):
        return Unreadable(refused.code)
    if "limit" in facts:
        return Unreadable("guard", limit=facts["limit"])
    return Unreadable("xml", line=facts.get("line", 1), column=facts.get("column", 1))


@dataclass(frozen=True)
class Document:
    """`data` is the table's XML document, b"" if nothing was sent; `way` is how it came: "base64",
    "base64-lines", "cdata", "escaped" or "nested"."""

    data: bytes
    way: str


def document_in(raw: bytes, form: str, limits: Limits) -> Document:
    """The document in the content `raw` of a part of this form; raises Unreadable.

    Base64 is strict: its alphabet, its padding, white space between and nothing else.
    """
    if form == "nested":
        document = Document(raw.strip(_BLANK), "nested")
    elif form == "base64" and b"<" not in raw and b"&" not in raw:
        document = _from_base64(raw)
    elif form == "empty":
        document = Document(b"", "base64")
    else:
        document = _from_marked_text(raw, limits)
    if len(document.data) > limits.part_bytes:
        raise Unreadable("too-large", limit=limits.part_bytes)
    return document


def _from_base64(raw: bytes) -> Document:
    text, way = raw.strip(_BLANK), "base64"
    try:
        data = pybase64.b64decode(text, validate=True)
    except binascii.Error:
        # Taking out line ends copies everything, so it waits until it is known to be needed.
        text, way = text.translate(None, _BLANK), "base64-lines"
        try:
            data = pybase64.b64decode(text, validate=True)
        except binascii.Error:
            raise Unreadable("base64") from None
    return Document(data.strip(_BLANK), way)


def _from_marked_text(raw: bytes, limits: Limits) -> Document:
    """Content with CDATA, comments or references: its plain text is a document or base64."""
    pieces: list[str] = []
    sections: list[bool] = []

    def take_text(_name: str, _attributes: list[str]) -> None:
        parser.expat.StartElementHandler = None
        parser.expat.CharacterDataHandler = pieces.append
        parser.expat.StartCdataSectionHandler = lambda: sections.append(True)

    parser = GuardedParser(limits, take_text)
    try:
        parser.feed(b"<x>" + raw + b"</x>")
        parser.close()
    except Refused as refused:
        raise unreadable_of(refused) from refused
    data = "".join(pieces).encode().strip(_BLANK)
    way = "cdata" if sections else "escaped"
    if data.startswith(b"<"):
        return Document(data, way)
    decoded = _from_base64(data)
    return Document(decoded.data, "cdata" if sections else decoded.way)
