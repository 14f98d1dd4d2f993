"""expat with the guards that bytes from outside need; all XML of this package is read through it.

No document type, so no entities and no second file; nothing of unlimited size is kept; only UTF-8. The rest
of the package is written as expat handlers on top and may trust what they are given.
"""

import re
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from khoyte.submissions.reader.limits import Limits

RootHandler = Callable[[str, list[str]], None]

_CODES = expat.errors.codes
_ERRORS = expat.errors
_CODE_OF_ERROR = {
    _CODES[_ERRORS.XML_ERROR_NO_ELEMENTS]: "cut",
    _CODES[_ERRORS.XML_ERROR_UNCLOSED_TOKEN]: "cut",
    _CODES[_ERRORS.XML_ERROR_UNCLOSED_CDATA_SECTION]: "cut",
    _CODES[_ERRORS.XML_ERROR_PARTIAL_CHAR]: "cut",
    _CODES[_ERRORS.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: "trailing",
    _CODES[_ERRORS.XML_ERROR_MISPLACED_XML_PI]: "xml-declaration-misplaced",
    _CODES[_ERRORS.XML_ERROR_UNDEFINED_ENTITY]: "undefined-entity",
}
_INVALID_TOKEN = _CODES[_ERRORS.XML_ERROR_INVALID_TOKEN]
_UTF8_NAMES = {"utf-8", "utf8", "us-ascii", "ascii"}
_FOREIGN_BEGINNINGS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"<\x00": "UTF-16",
    b"\x00<": "UTF-16",
    b"\x00\x00": "UTF-32",
}
_VERSION = re.compile(r"1\.[0-9]+")
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


class Refused(Exception):
    """Reading stops; `code` as in errors.MESSAGES, `facts` with the place where there is one."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class GuardedParser:
    """One document, fed in pieces.

    `on_root` gets the first element's name and attributes (a flat list) and installs the handlers for the
    rest. Handlers may raise Refused through `refuse`. `label` is the encoding the document itself declares,
    "" where it declares none; with `trust_label` a label other than UTF-8 is refused.
    """

    def __init__(self, limits: Limits, on_root: RootHandler, *, trust_label: bool = True) -> None:
        self.limits = limits
        self.label = ""
        self.fed = 0
        self._names: dict[str, str] = {}
        # Naming the encoding overrules what the document declares; `_declared` judges the declaration.
        self.expat = expat.ParserCreate("utf-8", intern=self._names)
        self.expat.ordered_attributes = True
        self.expat.StartDoctypeDeclHandler = self._doctype
        self.expat.XmlDeclHandler = self._declared
        self.expat.StartElementHandler = self._root
        self._on_root = on_root
        self._trust_label = trust_label
        self._started = False
        self._chunk, self._chunk_at = b"", 0
        self._carried = b""

    def feed(self, chunk: bytes) -> None:
        """Raises Refused."""
        if not self.fed:
            _check_beginning(chunk)
        self._chunk, self._chunk_at = chunk, self.fed
        self.fed += len(chunk)
        if self.fed > self.limits.file_bytes:
            self.refuse("too-large", limit=self.limits.file_bytes)
        rest = chunk if self._started else self._feed_prolog(chunk)
        self._parse(rest)
        self._check_kept()

    def close(self) -> None:
        """Say that the document is complete; raises Refused where it is not."""
        if not self.fed:
            raise Refused("empty")
        self._parse(b"", final=True)

    def refuse(self, code: str, **facts: Any) -> None:
        raise Refused(
            code,
            line=self.expat.CurrentLineNumber,
            column=self.expat.CurrentColumnNumber + 1,
            offset=max(self.expat.CurrentByteIndex, 0),
            **facts,
        )

    def bytes_from(self, index: int) -> tuple[bytes, int]:
        """Bytes in hand and the place in them of byte `index` of the document, a token now being handled."""
        if index >= self._chunk_at:
            return self._chunk, index - self._chunk_at
        return self._carried + self._chunk, index - self._chunk_at + len(self._carried)

    def _feed_prolog(self, chunk: bytes) -> bytes:
        # Declaration by declaration: after a handler has refused, expat still reads what it was given, and
        # it must not have been given a document full of entities. Returns what follows the root's tag.
        at = 0
        while not self._started and at < len(chunk):
            if self._chunk_at + at > self.limits.prolog_bytes:
                self.refuse("prolog-too-long", limit=self.limits.prolog_bytes)
            end = chunk.find(b">", at, at + self.limits.prolog_bytes + 1) + 1 or at + self.limits.prolog_bytes
            self._parse(chunk[at:end])
            at = end
        return chunk[at:]

    def _parse(self, data: bytes, final: bool = False) -> None:
        try:
            self.expat.Parse(data, final)
        except expat.ExpatError as error:
            self._explain(error)

    def _explain(self, error: expat.ExpatError) -> None:
        place = {"line": error.lineno, "column": error.offset + 1, "offset": self.expat.ErrorByteIndex}
        code = _CODE_OF_ERROR.get(error.code, "not-well-formed")
        if error.code == _INVALID_TOKEN:
            window, at = self.bytes_from(self.expat.ErrorByteIndex)
            code = _code_of_byte(window[at : at + 4])
        raise Refused(code, found="UTF-8?", **place) from error

    def _check_kept(self) -> None:
        unfinished = self.fed - max(self.expat.CurrentByteIndex, 0)
        if unfinished > self.limits.token_bytes:
            self.refuse("token-too-long", limit=self.limits.token_bytes)
        if len(self._names) > self.limits.names:
            self.refuse("too-many-names", limit=self.limits.names)
        together = self._chunk if unfinished <= len(self._chunk) else self._carried + self._chunk
        self._carried = together[len(together) - unfinished :]

    def _root(self, name: str, attributes: list[str]) -> None:
        self._started = True
        if len(attributes) > 2 * self.limits.attributes:
            self.refuse("too-many-attributes", limit=self.limits.attributes)
        self._on_root(name, attributes)

    def _doctype(self, *_: object) -> None:
        self.refuse("doctype")

    def _declared(self, version: str, encoding: str | None, _standalone: int) -> None:
        if not _VERSION.fullmatch(version):  # expat takes any
            self.refuse("not-well-formed")
        self.label = encoding or ""
        if self._trust_label and self.label and self.label.lower() not in _UTF8_NAMES:
            self.refuse("encoding", found=self.label[:40])

    @property
    def label_is_utf8(self) -> bool:
        return not self.label or self.label.lower() in _UTF8_NAMES


def local_name(name: str) -> str:
    """The name without its namespace prefix; prefixes carry no meaning in these files."""
    return name[name.rindex(":") + 1 :] if ":" in name else name


def _check_beginning(chunk: bytes) -> None:
    for beginning, encoding in _FOREIGN_BEGINNINGS.items():
        if chunk.startswith(beginning):
            raise Refused("encoding", found=encoding, line=1, column=1, offset=0)
    visible = chunk.removeprefix(_BOM).lstrip(_BLANK)
    if not visible:
        raise Refused("empty")
    if visible[:1] == b"\x00":
        raise Refused("nul", line=1, column=1, offset=0)
    if visible[:1] != b"<":
        raise Refused("not-xml", line=1, column=1, offset=0)


def _code_of_byte(bytes_there: bytes) -> str:
    """What an invalid token at these bytes is."""
    if bytes_there[:1] == b"\x00":
        return "nul"
    if bytes_there[:1] < b"\x80":
        return "not-well-formed"
    try:
        bytes_there.decode("utf-8")
    except UnicodeDecodeError as error:
        # Four bytes hold the longest character; what follows the first may be cut by the end of these four.
        return "encoding" if error.start == 0 else "not-well-formed"
    return "not-well-formed"
