"""Workbooks that would fill memory or run are refused with a sentence before they are opened."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from khoyte.terminology import workbook_guard as guard
from khoyte.terminology.errors import CatalogueRefused
from khoyte.terminology.sheets import read_rows
from khoyte.terminology.workbook_guard import unfit

FRAME = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def sound() -> bytes:
    book, written = Workbook(), io.BytesIO()
    for row in (["code", "name"], ["A00", "Bệnh tả"]):
        book.active.append(row)
    book.save(written)
    return written.getvalue()


SOUND = sound()


def packed(
    parts: Mapping[str, bytes], frame: Mapping[str, bytes] = FRAME, way: int = zipfile.ZIP_DEFLATED
) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", way) as archive:
        for name, content in {**frame, **parts}.items():
            archive.writestr(name, content)
    return written.getvalue()


def test_a_sound_workbook_is_fit_and_read(tmp_path):
    (tmp_path / "list.xlsx").write_bytes(sound())
    assert unfit(sound()) is None
    assert [row.cells for row in read_rows(tmp_path / "list.xlsx")] == [("code", "name"), ("A00", "Bệnh tả")]


def locked() -> bytes:
    """The mark of encryption in the list of parts."""
    data = bytearray(sound())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    return bytes(data)


def twice() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/workbook.xm_", b"<workbook/>")
    return written.getvalue().replace(b"xl/workbook.xm_", b"xl/workbook.xml")


def laughs(code: str) -> bytes:
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    text = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">{entities}]><a>&a9;</a>'
    return packed({"xl/sharedStrings.xml": text.encode(code)})


HOSTILE = {
    "bomb": (lambda: packed({"xl/worksheets/sheet1.xml": bytes(64 * 2**20)}), guard.RATIO),
    "parts": (lambda: packed({f"xl/{n}.xml": b"" for n in range(1001)}), guard.PARTS),
    "two of one name": (twice, guard.PARTS),
    "locked": (locked, guard.LOCKED),
    "macros": (lambda: packed({"xl/vbaProject.bin": b"x"}), guard.MACROS),
    "no workbook": (lambda: packed({"a.txt": b"x"}, frame={}), guard.NOT_A_WORKBOOK),
    "document": (
        lambda: packed({"word/document.xml": b"<w/>"}, frame={"[Content_Types].xml": b"x"}),
        guard.NOT_A_WORKBOOK,
    ),
    "billion laughs": (lambda: laughs("utf-8"), guard.ENTITIES),
    "billion laughs in UTF-16": (lambda: laughs("utf-16"), guard.ENTITIES),
    "another way of packing": (lambda: packed({}, way=zipfile.ZIP_BZIP2), guard.NOT_A_WORKBOOK),
    "cut": (lambda: sound()[:-60], guard.BROKEN),
    "noise": (lambda: b"PK\x03\x04" + bytes(100), guard.BROKEN),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_workbook_is_refused_with_a_sentence(tmp_path, kind: str):
    make, reason = HOSTILE[kind]
    data = make()
    assert unfit(data) == reason
    path = tmp_path / "list.xlsx"
    path.write_bytes(data)
    with pytest.raises(CatalogueRefused) as refused:
        read_rows(path)
    assert reason.text.vi in refused.value.say("vi")


def test_a_part_too_large_is_refused_by_what_the_list_says():
    data = bytearray(packed({"xl/big.xml": b"<a/>"}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 200 * 2**20)
    assert unfit(bytes(data)) == guard.TOO_LARGE


def test_a_list_that_lies_about_sizes_unpacks_no_more_than_it_says(tmp_path):
    """The list says 4 KB where 64 MB lie: what is read stays small and the end is a refusal."""
    whole = bytearray(packed({"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 64 * 2**20}))
    place = whole.rindex(b"PK\x01\x02")
    whole[place + 24 : place + 28] = struct.pack("<I", 4096)
    path = tmp_path / "list.xlsx"
    path.write_bytes(bytes(whole))
    tracemalloc.start()
    assert unfit(bytes(whole)) == guard.BROKEN
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20
    with pytest.raises(CatalogueRefused):
        read_rows(path)


def test_a_sheet_wider_and_longer_than_any_list_is_refused(tmp_path):
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    )
    sheet += '<c r="XFD1"><v>1</v></c></row></sheetData></worksheet>'
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(io.BytesIO(sound())) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet.encode() if name == "xl/worksheets/sheet1.xml" else old.read(name))
    with pytest.raises(CatalogueRefused, match="columns"):
        read_rows(path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused_but_never_breaks(tmp_path_factory, data):
    whole = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(2, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "list.xlsx"
    path.write_bytes(bytes(whole))
    try:
        read_rows(path)
    except CatalogueRefused:
        return
