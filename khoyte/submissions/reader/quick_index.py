"""The quick way over an envelope: dossiers of the usual making are recognised, the rest is parsed.

The parser sees everything of a file but the dossiers that a strict pattern accounts for byte by byte: HOSO
with nothing but FILEHOSO, each with LOAIHOSO (capital letters and digits) and NOIDUNGFILE (base64 without a
gap), no attribute, comment, reference, CDATA, prefix or odd element, white space only between elements. Such
dossiers are whole, balanced and change nothing of what the parser knows, so leaving them out leaves it where
it would be. They are looked for only right behind the start of the list or the end of a dossier, where the
parser has no token in hand.
"""

import binascii
import re

import pybase64

from khoyte.submissions.reader.envelope import Envelope, PartPlace
from khoyte.submissions.reader.limits import Limits

_LIST, _END = b"<DANHSACHHOSO>", b"</HOSO>"
_BEGIN = re.compile(rb"[ \t\r\n]*+(<)HOSO>[ \t\r\n]*+")
_BEFORE = re.compile(rb"<FILEHOSO>[ \t\r\n]*+<LOAIHOSO>([A-Z0-9]{1,12})</LOAIHOSO>[ \t\r\n]*+<NOIDUNGFILE>")
_AFTER = re.compile(rb"</NOIDUNGFILE>[ \t\r\n]*+</FILEHOSO>[ \t\r\n]*+")
# So much of a dossier is awaited over the ends of chunks; of larger ones the parser gets every byte.
_LONGEST_AWAITED = 8 << 20
_CUT, _OTHER = -1, -2
# More than the tags between two contents take, white space included; what has more goes to the parser.
_LONGEST_TAG = 400


class QuickIndex:
    """Feeds an envelope. What the parser refuses must be parsed again whole: it has not seen every line."""

    def __init__(self, limits: Limits) -> None:
        self.envelope = Envelope(limits)
        self._limits = limits
        self._pending = b""
        self._pending_at = 0

    def feed(self, chunk: bytes) -> None:
        data = self._pending + chunk if self._pending else chunk
        at = 0
        while at < len(data):
            if self.envelope.between_dossiers:
                at, cut = self._pass_over_dossiers(data, at)
                if cut and len(data) - at < _LONGEST_AWAITED:
                    break
            stop = self._next_stop(data, at)
            self.envelope.feed(data[at:stop])
            at = stop
        self._pending = data[at:]
        self._pending_at += at

    def close(self) -> None:
        if self._pending:
            self.envelope.feed(self._pending)
        self.envelope.close()

    def _next_stop(self, data: bytes, at: int) -> int:
        """The next place where the parser may be between dossiers."""
        mark = _END if self.envelope.in_list else _LIST
        found = data.find(mark, at)
        return len(data) if found < 0 else found + len(mark)

    def _pass_over_dossiers(self, data: bytes, at: int) -> tuple[int, bool]:
        """The end of the dossiers accounted for; whether the next may be one too, cut where `data` ends."""
        while len(self.envelope.dossiers) < self._limits.dossiers:
            begin = _BEGIN.match(data, at)
            if begin is None:
                return at, len(data) - at < _LONGEST_TAG
            parts: list[PartPlace] = []
            end = self._parts_in(data, begin.end(), parts)
            if end < 0:
                return at, end == _CUT
            if end - begin.start(1) > self._limits.dossier_bytes:
                return at, False
            start = self._pending_at + begin.start(1)
            self.envelope.pass_over(parts, start, self._pending_at + end, end - at)
            at = end
        return at, False

    def _parts_in(self, data: bytes, at: int, parts: list[PartPlace]) -> int:
        """Where a dossier whose first part begins at `at` ends, its parts added; _CUT or _OTHER."""
        while not data.startswith(_END, at):
            before = _BEFORE.match(data, at)
            if before is None:
                return _CUT if len(data) - at < _LONGEST_TAG else _OTHER
            content = before.end()
            # Base64 has no "<", so the next one ends the content.
            end = data.find(b"<", content)
            after = _AFTER.match(data, end) if end >= 0 else None
            if after is None:
                return _CUT if end < 0 or len(data) - end < _LONGEST_TAG else _OTHER
            if after.end() == len(data):
                return _CUT
            if len(parts) == self._limits.parts_per_dossier or not _is_base64(data[content:end]):
                return _OTHER
            parts.append((before[1].decode(), self._pending_at + content, end - content))
            at = after.end()
        return at + len(_END) if parts else _OTHER


def _is_base64(content: bytes) -> bool:
    """Nothing but base64, so that no byte of it could mean anything to a parser."""
    try:
        return bool(pybase64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        return False
