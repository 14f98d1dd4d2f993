"""The envelope as expat handlers: what the header says, and the place of every dossier and table.

Letter 1245/BHXH-CNTT: GIAMDINHHS holds THONGTINDONVI/MACSKCB and THONGTINHOSO with NGAYLAP, SOLUONGHOSO and
DANHSACHHOSO; each HOSO holds one FILEHOSO (LOAIHOSO, NOIDUNGFILE) per table; CHUKYDONVI follows. The check-in
form comes alone: CHI_TIEU_TRANG_THAI_KCB / DSACH_TRANG_THAI_KCB / TRANG_THAI_KCB, then CHUKYDONVI.

Elements are known by their names without prefix. A HOSO counts wherever in the envelope it stands, so that
none is lost to a missing or doubled list element; what is out of place becomes a finding V-001. MACSKCB is
believed only in its own place, because it says whose file this is.
"""

import re
from collections.abc import Callable

from khoyte.submissions.reader.content_pass import ContentPass
from khoyte.submissions.reader.dossiers import BASE64, EMPTY, EXCESS, NESTED, SEVERAL, Dossiers
from khoyte.submissions.reader.findings import StructuralFinding
from khoyte.submissions.reader.guarded import GuardedParser, local_name
from khoyte.submissions.reader.limits import Limits

CLAIMS_ROOT = "GIAMDINHHS"
CHECKIN_ROOT = "CHI_TIEU_TRANG_THAI_KCB"
CHECKIN_ROW = "TRANG_THAI_KCB"
CHECKIN = "CHECKIN"
DOSSIER = "HOSO"

_UNIT, _RECORDS = (CLAIMS_ROOT, "THONGTINDONVI"), (CLAIMS_ROOT, "THONGTINHOSO")
_LIST = (*_RECORDS, "DANHSACHHOSO")
_CHECKIN_LIST = (CHECKIN_ROOT, "DSACH_TRANG_THAI_KCB")
_MUST_STAND = {
    CLAIMS_ROOT: (
        _UNIT,
        (*_UNIT, "MACSKCB"),
        _RECORDS,
        (*_RECORDS, "NGAYLAP"),
        (*_RECORDS, "SOLUONGHOSO"),
        _LIST,
    ),
    CHECKIN_ROOT: (_CHECKIN_LIST,),
}
_HEADER_PATHS = {path[-1]: path for paths in _MUST_STAND.values() for path in paths}
_HEADER_TEXTS = ("MACSKCB", "NGAYLAP", "SOLUONGHOSO")
_DOSSIER_PATHS = {(*_LIST, DOSSIER), (*_CHECKIN_LIST, CHECKIN_ROW)}
_MADE_ON = re.compile("[0-9]{8}([0-9]{4})?")
_NUMBER = re.compile("[0-9]{1,9}")
_TEXT_KEPT = 200
_LIST_TAG = b"<DANHSACHHOSO>"

PartPlace = tuple[str, int, int]
"""LOAIHOSO, place in the file and length of a content in base64."""


class Envelope:
    """Feed it a file; `root`, `texts`, `dossiers` and `signature` say what was learnt so far.

    `feed` and `close` raise Refused. `roots` are the root elements accepted; a HOSO or a check-in row may be
    one, when a single dossier is read again.
    """

    def __init__(self, limits: Limits, roots: tuple[str, ...] = (CLAIMS_ROOT, CHECKIN_ROOT)) -> None:
        self.root = ""
        self.dossiers = Dossiers()
        self.texts: dict[str, str] = {}
        self.signature = "absent"
        self.dossiers_passed_over = 0
        # Place (offset, length) of the first CHUKYDONVI of the file, whole; nowhere while the length is 0.
        self.signature_at = (0, 0)
        self._limits, self._roots = limits, roots
        self._guard = GuardedParser(limits, self._open_root)
        self._expat = self._guard.expat
        self._content = ContentPass(self._guard, self._open, self._close)
        self._path: list[str] = []
        self._seen: set[tuple[str, ...]] = set()
        self._out_of_place: set[tuple[str, str]] = set()
        self._elements = 0
        self._text: list[str] = []
        self._text_length = 0
        # Depth of the open dossier and part; 0 while none is open.
        self._dossier_depth = self._part_depth = 0
        self._dossier_at = self._parts = 0
        self._kinds: list[str] = []
        self._contents: list[tuple[int, int, int]] = []
        # Bytes passed over so far, and the place (among the bytes fed) just behind the start of the list or
        # the end of a dossier, whichever came last.
        self._passed_over, self._behind = 0, -1

    def feed(self, chunk: bytes) -> None:
        self._guard.feed(chunk)
        if self._elements + self._content.elements > self._limits.elements:
            self._guard.refuse("too-many-elements", limit=self._limits.elements)

    def close(self) -> None:
        self._guard.close()

    @property
    def in_list(self) -> bool:
        """The parser is somewhere in a list of dossiers in its right place."""
        return tuple(self._path[: len(_LIST)]) == _LIST

    @property
    def between_dossiers(self) -> bool:
        """The parser has read up to the start of the list or the end of a dossier in it, no byte further."""
        return self._behind == self._guard.fed and tuple(self._path) == _LIST

    def pass_over(self, parts: list[PartPlace], start: int, end: int, length: int) -> None:
        """Note a dossier that the parser does not get; only while `between_dossiers`.

        `start` and `end` are its places in the file; `length` includes the white space before it.
        """
        for kind, offset, size in parts:
            self.dossiers.add_part(kind, offset, size, BASE64)
        self.dossiers.add(start, end)
        # HOSO, and of each part FILEHOSO, LOAIHOSO and NOIDUNGFILE.
        self._elements += 1 + 3 * len(parts)
        self.dossiers_passed_over += 1
        self._passed_over += length

    @property
    def facility(self) -> str | None:
        return self.texts.get("MACSKCB") or None

    @property
    def made_on(self) -> str:
        return self.texts.get("NGAYLAP", "")

    @property
    def declared(self) -> int | None:
        text = self.texts.get("SOLUONGHOSO", "")
        return int(text) if _NUMBER.fullmatch(text) else None

    def findings(self) -> list[StructuralFinding]:
        """V-001 and V-002 of the file as a whole, after `close`."""
        # Where a parent is missing, its children are not named as well.
        missing = [
            path[-1]
            for path in _MUST_STAND.get(self.root, ())
            if path not in self._seen and (len(path) == 2 or path[:-1] in self._seen)
        ]
        found = [_about_envelope("missing", name) for name in missing]
        found += [_about_envelope(reason, name) for reason, name in sorted(self._out_of_place)]
        for name, pattern in (("NGAYLAP", _MADE_ON), ("SOLUONGHOSO", _NUMBER)):
            if name in self.texts and not pattern.fullmatch(self.texts[name]):
                found.append(_about_envelope("not-understood", name))
        if "MACSKCB" in self.texts and len(self.texts["MACSKCB"]) != 5:
            found.append(StructuralFinding("V-002", None, field="MACSKCB", params={"reason": "length"}))
        return found

    # --- elements ---

    def _open_root(self, name: str, attributes: list[str]) -> None:
        self.root = local_name(name)
        if self.root not in self._roots:
            self._guard.refuse("wrong-root", found=self.root[:60])
        self._expat.StartElementHandler = self._open
        self._expat.EndElementHandler = self._close
        self._open(name, attributes)

    def _open(self, name: str, attributes: list[str]) -> None:
        self._elements += 1
        path = self._path
        if len(path) >= self._limits.depth:
            self._guard.refuse("too-deep", limit=self._limits.depth)
        if len(attributes) > 2 * self._limits.attributes:
            self._guard.refuse("too-many-attributes", limit=self._limits.attributes)
        if ":" in name:
            name = local_name(name)
        path.append(name)
        opened = _OPENED.get(name)
        if opened is not None:
            opened(self)

    def _close(self, tag: str) -> None:
        name = self._path[-1]
        closed = _CLOSED.get(name)
        if closed is not None:
            closed(self, tag)
        self._path.pop()

    def _in_dossier(self) -> bool:
        return self._dossier_depth > 0

    def _open_header(self) -> None:
        path = tuple(self._path)
        if path != _HEADER_PATHS[path[-1]]:
            self._out_of_place.add(("misplaced", path[-1]))
            return
        if path in self._seen:
            self._out_of_place.add(("doubled", path[-1]))
        self._seen.add(path)
        if path == _LIST:
            self._note_start_of_list()
        if path[-1] in _HEADER_TEXTS:
            self._keep_text()

    def _note_start_of_list(self) -> None:
        at = self._expat.CurrentByteIndex
        window, place = self._guard.bytes_from(at)
        if window.startswith(_LIST_TAG, place):
            self._behind = at + len(_LIST_TAG)

    def _close_header(self, _tag: str) -> None:
        if tuple(self._path) == _HEADER_PATHS[self._path[-1]]:
            self.texts.setdefault(self._path[-1], self._kept_text())

    def _open_dossier(self) -> None:
        belongs = self._path[-1] == (CHECKIN_ROW if self.root in (CHECKIN_ROOT, CHECKIN_ROW) else DOSSIER)
        if tuple(self._path) not in _DOSSIER_PATHS or not belongs:
            self._out_of_place.add(("misplaced", self._path[-1]))
        if self._in_dossier() or not belongs:
            return
        if len(self.dossiers) >= self._limits.dossiers:
            self._guard.refuse("too-many-dossiers", limit=self._limits.dossiers)
        self._dossier_depth = len(self._path)
        self._dossier_at = self._expat.CurrentByteIndex
        self._parts = 0

    def _close_dossier(self, tag: str) -> None:
        if len(self._path) != self._dossier_depth:
            return
        end = self._end_of(tag)
        start, passed = self._dossier_at, self._passed_over
        if self._path[-1] == CHECKIN_ROW:
            self.dossiers.add_part(CHECKIN, start + passed, end - start, NESTED)
        self.dossiers.add(start + passed, end + passed)
        self._dossier_depth = 0
        self._behind = end

    def _end_of(self, tag: str) -> int:
        """Where the element now being closed ends. expat points at an end tag's "<", but past an empty
        element's "/>"."""
        at = self._expat.CurrentByteIndex
        window, place = self._guard.bytes_from(at)
        if not window.startswith(b"</" + tag.encode(), place):
            return at
        return at + window.index(b">", place) + 1 - place

    # --- parts of a dossier ---

    def _open_part(self) -> None:
        if self._in_dossier() and not self._part_depth:
            self._part_depth = len(self._path)
            self._kinds, self._contents = [], []

    def _close_part(self, _tag: str) -> None:
        if len(self._path) != self._part_depth:
            return
        self._part_depth = 0
        offset, length, form = self._contents[0] if self._contents else (self._dossier_at, 0, EMPTY)
        if len(set(self._kinds)) > 1 or len(self._contents) > 1:
            form = SEVERAL
        if not self._kinds and form == EMPTY:
            return
        self._parts += 1
        offset += self._passed_over
        if self._parts <= self._limits.parts_per_dossier:
            self.dossiers.add_part(self._kinds[0] if self._kinds else "", offset, length, form)
        elif self._parts == self._limits.parts_per_dossier + 1:
            self.dossiers.add_part("", offset, 0, EXCESS)

    def _in_part(self) -> bool:
        return self._part_depth > 0 and len(self._path) == self._part_depth + 1

    def _open_kind(self) -> None:
        if self._in_part():
            self._keep_text()

    def _close_kind(self, _tag: str) -> None:
        if self._in_part() and len(self._kinds) < 2:
            self._kinds.extend(filter(None, [self._kept_text()]))

    def _open_content(self) -> None:
        if self._in_part():
            self._content.begin(len(self._path), self._close_content)
        else:
            self._out_of_place.add(("misplaced", self._path[-1]))

    def _close_content(self, offset: int, length: int, form: int) -> None:
        if form != EMPTY and len(self._contents) < 2:
            self._contents.append((offset, length, form))

    # --- the rest ---

    def _open_signature(self) -> None:
        if len(self._path) == 2:
            if not self.signature_at[1]:
                self.signature_at = (self._expat.CurrentByteIndex + self._passed_over, 0)
            self._content.begin(2, self._close_signature)

    def _close_signature(self, _offset: int, _length: int, form: int) -> None:
        if self.signature != "present":
            self.signature = "empty" if form == EMPTY else "present"

    def _close_signature_element(self, tag: str) -> None:
        start, length = self.signature_at
        if len(self._path) == 2 and not length:
            self.signature_at = (start, self._end_of(tag) + self._passed_over - start)

    def _open_checkin_facility(self) -> None:
        if self._path[-2] == CHECKIN_ROW and "MACSKCB" not in self.texts:
            self._keep_text()

    def _close_checkin_facility(self, _tag: str) -> None:
        if self._path[-2] == CHECKIN_ROW and "MACSKCB" not in self.texts:
            self.texts["MACSKCB"] = self._kept_text()

    def _keep_text(self) -> None:
        self._text, self._text_length = [], 0
        self._expat.CharacterDataHandler = self._add_text

    def _add_text(self, data: str) -> None:
        self._text.append(data[:_TEXT_KEPT])
        self._text_length += len(data)
        if self._text_length > _TEXT_KEPT or len(self._text) > _TEXT_KEPT:
            self._expat.CharacterDataHandler = None

    def _kept_text(self) -> str:
        self._expat.CharacterDataHandler = None
        return "".join(self._text).strip()[:_TEXT_KEPT]


def _about_envelope(reason: str, name: str) -> StructuralFinding:
    return StructuralFinding("V-001", None, field=name, params={"reason": reason, "element": name})


_OPENED: dict[str, Callable[[Envelope], None]] = {
    **dict.fromkeys(_HEADER_PATHS, Envelope._open_header),
    DOSSIER: Envelope._open_dossier,
    CHECKIN_ROW: Envelope._open_dossier,
    "FILEHOSO": Envelope._open_part,
    "LOAIHOSO": Envelope._open_kind,
    "NOIDUNGFILE": Envelope._open_content,
    "CHUKYDONVI": Envelope._open_signature,
    "MA_CSKCB": Envelope._open_checkin_facility,
}
_CLOSED: dict[str, Callable[[Envelope, str], None]] = {
    **dict.fromkeys(_HEADER_TEXTS, Envelope._close_header),
    DOSSIER: Envelope._close_dossier,
    CHECKIN_ROW: Envelope._close_dossier,
    "FILEHOSO": Envelope._close_part,
    "LOAIHOSO": Envelope._close_kind,
    "MA_CSKCB": Envelope._close_checkin_facility,
    "CHUKYDONVI": Envelope._close_signature_element,
}
