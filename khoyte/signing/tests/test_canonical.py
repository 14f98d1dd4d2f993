"""The canonical form made through windows is that of the whole file, for any file."""

import hashlib
import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from khoyte.foundation.byte_sources import BytesSource
from khoyte.signing import canonical
from khoyte.signing.canonical import Method, TooLarge, Windows, is_canonical, parse

METHODS = [Method(False), Method(True), Method(True, ("b",)), Method(False, comments=True)]

# What may stand in a record: all that canonical form writes otherwise, and what looks like it.
PIECES = [
    "<T>Nguyễn Thị Ánh</T>",
    "<T></T>",
    "<T/>",
    "<T >x</T >",
    '<T b="2" a="1">x</T>',
    "<T a='&quot;'/>",
    "&amp;",
    "&#13;",
    "\r\n",
    "\n",
    "\t",
    " ",
    "<![CDATA[a<b]]>",
    "<!-- c -->",
    "<?p i?>",
    "<?p?>",
    "a > b",
    "&gt;",
    "x=y",
    "'",
    '"',
    "<b:T>x</b:T>",
    '<T xmlns="urn:t"><U/></T>',
    "<T>😀</T>",
    '<T xml:lang="vi">x</T>',
    "&#9;",
    '<T a="&#10;"/>',
    '<T a="x\ny"/>',
    '<c:T xmlns:c="urn:c"/>',
    "<é>x</é>",
]
HEADS = [
    "<F><L>",
    '<F xmlns:b="urn:b"><L>',
    '<F xmlns="urn:f" xmlns:b="urn:b"><L>',
    '<F xml:lang="vi"><L a="1">',
    '<b:F xmlns:b="urn:b" xmlns="urn:f"><b:L>',
    '<?xml version="1.0" encoding="utf-8"?>\r\n<!-- c --><F><L>\r\n',
]
TAILS = {"<F": "</L><S>x</S></F>", "<b": "</b:L></b:F>", "<?": "</L></F>\n"}


def file_of(head: str, records: Sequence[Sequence[str]]) -> bytes:
    if "xmlns:b" not in head:
        records = [[one for one in record if "b:T" not in one] for record in records]
    body = "".join(f"<HOSO>{''.join(record)}</HOSO>" for record in records)
    return (head + body + TAILS[head[:2]]).encode()


def places(data: bytes) -> list[tuple[int, int]]:
    return [(found.start(), len(found[0])) for found in re.finditer(rb"<HOSO>.*?</HOSO>", data, re.DOTALL)]


records = st.lists(st.lists(st.sampled_from(PIECES), max_size=4), max_size=6)


def whole(data: bytes, method: Method, path: str) -> str:
    root = parse(data)
    element = root if path == "." else root[0]
    return hashlib.sha256(canonical.canonical(element, method)).hexdigest()


@settings(deadline=None, max_examples=150)
@example(HEADS[2], [["<T>x</T>"]], Method(True), "0", 1)
@example(HEADS[4], [["<T>x</T>"], ["<b:T>x</b:T>"]], Method(True), ".", 1)
@given(
    st.sampled_from(HEADS),
    records,
    st.sampled_from(METHODS),
    st.sampled_from([".", "0"]),
    st.sampled_from([1, 60, 1 << 20]),
)
def test_the_digest_through_windows_is_that_of_the_whole(
    head: str, inside: list[list[str]], method: Method, path: str, size: int
) -> None:
    data = file_of(head, inside)
    before = canonical.WINDOW_BYTES
    canonical.WINDOW_BYTES = size
    try:
        windows = Windows(BytesSource(data), places(data))

        def find(root: etree._Element) -> etree._Element:
            return root if path == "." else next(one for one in root if isinstance(one.tag, str))

        [digest] = windows.digests([(find, method, "sha256")])
    finally:
        canonical.WINDOW_BYTES = before
    assert digest.hex() == whole(data, method, path)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_what_is_taken_for_canonical_is(pieces: list[str]) -> None:
    inside = "".join(one for one in pieces if "b:T" not in one)
    window = f"<HOSO>{inside}</HOSO>".encode()
    if is_canonical(window):
        assert etree.tostring(parse(window), method="c14n") == window


def test_what_software_writes_is_taken_as_it_stands() -> None:
    assert is_canonical(
        b"<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO>\n<NOIDUNGFILE>PD94+/==</NOIDUNGFILE></FILEHOSO></HOSO>"
    )


@pytest.mark.parametrize(
    "piece", ["<T/>", "&amp;", "\r", "<!-- -->", "<?p?>", "<T a=''></T>", "a>b", "<b:T></b:T>", "<T >x</T>"]
)
def test_what_canonical_form_writes_otherwise_is_not(piece: str) -> None:
    assert not is_canonical(f"<HOSO>{piece}</HOSO>".encode())


def test_a_frame_or_record_over_its_limit_is_said_to_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file_of(HEADS[0], [["<T/>" * 100]])
    monkeypatch.setattr(canonical, "IRREGULAR_WINDOW_BYTES", 50)
    with pytest.raises(TooLarge) as refused:
        Windows(BytesSource(data), places(data)).digests([(lambda root: root, Method(False), "sha256")])
    assert (refused.value.what, refused.value.limit) == ("record", 50)
    monkeypatch.setattr(canonical, "FRAME_BYTES", 10)
    with pytest.raises(TooLarge) as refused:
        Windows(BytesSource(data), places(data))
    assert refused.value.what == "frame"


def test_no_more_than_a_window_is_read_at_once() -> None:
    """A file of 40 MB in canonical form passes in pieces of about a megabyte."""
    record = b"<HOSO><T>" + b"x" * 200_000 + b"</T></HOSO>"
    data = b"<F><L>" + record * 200 + b"</L></F>"
    longest = 0

    class Watched(BytesSource):
        def read_at(self, offset: int, length: int) -> bytes:
            nonlocal longest
            longest = max(longest, length)
            return super().read_at(offset, length)

    at = [(6 + number * len(record), len(record)) for number in range(200)]
    [digest] = Windows(Watched(data), at).digests([(lambda root: root, Method(False), "sha256")])
    assert digest == hashlib.sha256(data).digest()
    assert longest <= canonical.WINDOW_BYTES
