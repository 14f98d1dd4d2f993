"""Zips of record files: ordinary ones are taken apart, all others refused with their reason."""

import dataclasses
import io
import struct
import tracemalloc
import zipfile
import zlib
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.foundation.blobs import BytesSource
from khoyte.submissions.reader import LIMITS, UnreadableFile, iter_zip
from khoyte.submissions.reader.archive import is_zip
from khoyte.submissions.tests.reader.files import visits_file

FILE = visits_file(2)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def unpacked(data: bytes, limits=LIMITS) -> list[tuple[str, bytes]]:
    return [(entry.name, b"".join(entry.chunks)) for entry in iter_zip(BytesSource(data), limits)]


def refusal(data: bytes, limits=LIMITS) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        unpacked(data, limits)
    for language in ("vi", "en"):
        assert "{" not in caught.value.say(language)
    return caught.value


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_come_out_in_their_order_and_folders_do_not(method: int) -> None:
    data = zipped({"b.xml": FILE, "ngày 1/": b"", "ngày 1/a.xml": FILE[::-1], "empty.xml": b""}, method)
    assert is_zip(data)
    assert unpacked(data) == [("b.xml", FILE), ("a.xml", FILE[::-1]), ("empty.xml", b"")]


def test_names_are_labels_and_never_paths() -> None:
    names = [
        "../../etc/passwd",
        "/abs/x.xml",
        "C:\\windows\\y.xml",
        "a\x1b[31m\nb.xml",
        "đ" * 300,
        "..",
        "x/ ",
    ]
    labels = [name for name, _ in unpacked(zipped(dict.fromkeys(names, b"<a/>")))]
    assert labels == ["passwd", "x.xml", "y.xml", "a [31m b.xml", "đ" * 120, "..", "?"]


def test_a_zip_bomb_is_stopped_early() -> None:
    bomb = zipped({"a.xml": b"\n" * (90 << 20)})
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    (entry,) = iter_zip(BytesSource(bomb))
    with pytest.raises(UnreadableFile) as caught:
        deque(entry.chunks, maxlen=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (caught.value.code, caught.value.facts["entry"]) == ("zip-ratio", "a.xml")
    assert peak < 8 << 20


def test_many_entries_over_the_same_bytes_are_stopped_by_their_sum() -> None:
    limits = dataclasses.replace(LIMITS, file_bytes=len(FILE) * 5)
    assert refusal(zipped({f"{n}.xml": FILE for n in range(9)}), limits).code == "zip-too-large"


def test_too_many_entries_are_refused_before_the_directory_is_read() -> None:
    limits = dataclasses.replace(LIMITS, zip_entries=3)
    assert len(unpacked(zipped({f"{n}.xml": FILE for n in range(3)}), limits)) == 3
    assert refusal(zipped({f"{n}.xml": FILE for n in range(4)}), limits).code == "zip-too-many-entries"
    large = dataclasses.replace(LIMITS, zip_directory_bytes=100)
    assert refusal(zipped({"x" * 200 + ".xml": FILE}), large).code == "zip-too-many-entries"


@pytest.mark.parametrize(
    "inside",
    [zipped({"a.xml": FILE}), zipped({}), b"\x1f\x8b\x08\x00", b"Rar!\x1a\x07"],
    ids=["zip", "empty zip", "gzip", "rar"],  # a zip holds the time it was made
)
def test_an_archive_inside_is_refused_whatever_its_name(inside: bytes) -> None:
    assert refusal(zipped({"a.xml": inside})).code == "zip-nested"


def test_a_password_is_refused() -> None:
    data = bytearray(zipped({"a.xml": FILE}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    assert refusal(bytes(data)).code == "zip-encrypted"


def test_other_methods_are_refused() -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert refusal(zipped({"a.xml": FILE}, method)).code == "zip-method"


WHOLE = zipped({"a.xml": FILE})


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04", b"PK\x05\x06", b"", b"x" * 100_000, WHOLE[:-30], WHOLE[40:]],
    ids=["beginning", "end mark", "nothing", "no zip", "cut", "beginning lost"],
)
def test_a_broken_zip_is_told(data: bytes) -> None:
    assert refusal(data).code == "zip-broken"


def test_an_empty_zip_is_told() -> None:
    assert refusal(zipped({})).code == "zip-empty"
    assert refusal(zipped({"folder/": b""})).code == "zip-empty"


def test_a_wrong_checksum_is_told() -> None:
    data = zipped({"a.xml": FILE}, zipfile.ZIP_STORED)
    assert refusal(data.replace(b"99001", b"99002")).code == "zip-broken"


def test_what_the_directory_does_not_promise_does_not_come_out() -> None:
    whole = zipped({"a.xml": FILE})
    packed = zlib.compress(FILE * 50, wbits=-15)
    start, directory = whole.index(b"PK\x03\x04") + 30 + len("a.xml"), whole.index(b"PK\x01\x02")
    swollen = bytearray(whole[:start] + packed + whole[directory:])
    moved = start + len(packed)
    swollen[moved + 20 : moved + 28] = struct.pack("<LL", len(packed), len(FILE))
    swollen[-6:-2] = struct.pack("<L", moved)
    assert unpacked(bytes(swollen)) == [("a.xml", FILE)]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_damage_gives_a_refusal_or_whole_files(data: st.DataObject) -> None:
    """Whatever is changed in a zip: no other error comes out, and what comes out passed its checksum."""
    whole = zipped({"a.xml": FILE, "b.xml": b"<b/>"})
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        contents = {content for _, content in unpacked(bytes(broken))}
    except UnreadableFile:
        contents = set()
    assert contents <= {FILE, b"<b/>", b""}
