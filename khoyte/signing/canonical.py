"""The canonical bytes of a file of records, without the file in memory.

A signature covers the canonical form (Canonical XML 1.0 or Exclusive) of the file, which libxml2 makes of a
tree. The tree of a file of 1 GB does not fit. So the file is seen through windows: the frame around all
records stands once with a mark in the place of the records, and each window is the frame with some records in
it, between two marks. The canonical form of the file is that of the frame up to the mark, of each window
between its marks, and of the frame after the mark. libxml2 makes each of them in the true context of the
element, so namespaces and attributes inherited from above are right.

A window that already is in canonical form (plain tags, no attributes, references, comments: what most
software writes) is taken as it stands; `is_canonical` proves it by exclusion and its context by a trial of
libxml2.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from khoyte.foundation.byte_sources import ByteSource

FRAME_BYTES = 1 << 20
"""What stands around the records, signature included."""
WINDOW_BYTES = 1 << 20
IRREGULAR_WINDOW_BYTES = 16 << 20
"""One record that is not in canonical form already is read as a tree; a larger one is not judged."""

# One pass that stops at every "<" finds them all in a third of the time of a search for each.
_NOT_PLAIN_TAG = re.compile(rb"<(?:[!?]|/?+[^>\s:=\"'/]*[\s:=\"'/])")
_XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"


class TooLarge(Exception):
    """The file cannot be canonicalised within the published limits; `what` is "frame" or "record"."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(what)
        self.what, self.limit = what, limit


class NotReadable(Exception):
    """The XML library does not take the bytes that were read before."""


@dataclass(frozen=True)
class Method:
    """How to canonicalise: exclusive or not, and the prefixes an exclusive one treats as inclusive."""

    exclusive: bool
    prefixes: tuple[str, ...] = ()
    comments: bool = False


Find = Callable[[etree._Element], etree._Element]
"""Root of a frame -> the element to canonicalise, in a tree that belongs to the caller."""


def parse(data: bytes) -> etree._Element:
    """The root of a small document; nothing is fetched and no entity is resolved. Raises NotReadable."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_pis=False
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotReadable from error


def canonical(element: etree._Element, method: Method) -> bytes:
    """The canonical form of an element in its tree, all namespaces from above written on it.

    Raises NotReadable where there is none.
    """
    if element.getparent() is not None:
        # In place, libxml2 takes an inherited default namespace off the children again; as a document it is
        # right.
        element = parse(etree.tostring(element, encoding="UTF-8", with_tail=False))
    prefixes = list(method.prefixes) if method.exclusive and method.prefixes else None
    try:
        return etree.tostring(
            element,
            method="c14n",
            exclusive=method.exclusive,
            with_comments=method.comments,
            inclusive_ns_prefixes=prefixes,
        )
    except (etree.LxmlError, ValueError, RuntimeError) as error:  # a relative namespace has no canonical form
        raise NotReadable from error


def inherits_xml_attributes(element: etree._Element) -> bool:
    """Whether an element above carries xml:lang or the like, which Canonical XML 1.0 would carry down."""
    return any(
        str(name).startswith(_XML_NAMESPACE) for above in element.iterancestors() for name in above.attrib
    )


def is_canonical(window: bytes) -> bool:
    """Whether well-formed bytes of plain elements are their own canonical form.

    True only where nothing stands in them that canonical form writes otherwise: carriage returns, references,
    CDATA, comments, instructions, empty-element tags, attributes, prefixes, blanks in tags, ">" in text.
    """
    return not (
        b"\r" in window
        or b"&" in window
        or window.count(b"<") != window.count(b">")
        or _NOT_PLAIN_TAG.search(window)
    )


@dataclass
class Windows:
    """A file, cut at its records. `places` are (offset, length) of the records in order, without overlap.

    Every record has the same parent element; the caller has made sure of it.
    """

    source: ByteSource
    places: Sequence[tuple[int, int]]
    _head: bytes = field(init=False)
    _tail: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._mark = "k" + secrets.token_hex(16)
        begin = self.places[0][0] if self.places else 0
        end = sum(self.places[-1]) if self.places else 0
        frame = begin + self.source.size - end
        if frame > FRAME_BYTES:
            raise TooLarge("frame", FRAME_BYTES)
        self._head = self.source.read_at(0, begin)
        self._tail = self.source.read_at(end, self.source.size - end)

    def frame(self) -> etree._Element:
        """The root of the file with a mark in the place of its records."""
        return parse(self._head + self._pi() + self._tail)

    def mark_in(self, root: etree._Element) -> etree._Element | None:
        """The mark that stands for the records, None in a file without any."""
        marks = list(root.iter(etree.ProcessingInstruction))
        return next((one for one in marks if getattr(one, "target", "") == self._mark), None)

    def digests(self, wanted: Sequence[tuple[Find, Method, str]]) -> list[bytes]:
        """The digest of each of several elements, the records read once.

        `wanted`: how to find the element in a frame, its method, the name of the hash ("sha256"). What `find`
        raises (an Id that stands in a record as well) goes through. Raises TooLarge, NotReadable.
        """
        streams = [_Stream(self, find, method, name) for find, method, name in wanted]
        if any(stream.holds_records for stream in streams):
            for window in self.windows():
                plain = is_canonical(window)
                for stream in streams:
                    stream.add(window, plain)
        return [stream.digest() for stream in streams]

    def windows(self) -> Iterator[bytes]:
        """All bytes from the first record to the end of the last, cut between records."""
        begin = end = self.places[0][0] if self.places else 0
        last = sum(self.places[-1]) if self.places else 0
        for offset, length in self.places:
            if end > begin and offset + length - begin > WINDOW_BYTES:
                yield self.source.read_at(begin, offset - begin)
                begin = offset
            end = offset + length
        if last > begin:
            yield self.source.read_at(begin, last - begin)

    def filled(self, window: bytes) -> etree._Element:
        """The root of a frame that holds these records between two marks."""
        if len(window) > IRREGULAR_WINDOW_BYTES:
            raise TooLarge("record", IRREGULAR_WINDOW_BYTES)
        return parse(self._head + self._pi() + window + self._pi() + self._tail)

    def _pi(self) -> bytes:
        return b"<?" + self._mark.encode() + b"?>" if self.places else b""

    def split(self, form: bytes) -> list[bytes]:
        """A canonical form, cut at its marks."""
        return form.split(self._pi()) if self.places else [form]


class _Stream:
    """The digest of one element of the file, fed window by window."""

    def __init__(self, windows: Windows, find: Find, method: Method, name: str) -> None:
        self._windows, self._find, self._method = windows, find, method
        self._hash = hashlib.new(name)
        parts = windows.split(canonical(find(windows.frame()), method))
        self._hash.update(parts[0])
        self.holds_records = len(parts) == 2
        self._rest = parts[1] if self.holds_records else b""
        self._plain_stays = self.holds_records and self._body(_TRIAL) == _TRIAL

    def add(self, window: bytes, plain: bool) -> None:
        if self.holds_records:
            self._hash.update(window if plain and self._plain_stays else self._body(window))

    def digest(self) -> bytes:
        self._hash.update(self._rest)
        return self._hash.digest()

    def _body(self, window: bytes) -> bytes:
        root = self._windows.filled(window)
        return self._windows.split(canonical(self._find(root), self._method))[1]


# What an element without attributes becomes in its place tells whether plain ones stay as they are.
_TRIAL = b"<k><k></k></k>"
