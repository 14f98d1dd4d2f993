"""What the first pass learns from whole and sound files."""

import pytest

from khoyte.foundation.blobs import BytesSource
from khoyte.submissions.reader import (
    FileIndex,
    UnreadableFile,
    document,
    index_file,
    locate,
    read_batch,
)
from khoyte.submissions.tests.reader.files import (
    checkin_file,
    claims_file,
    dossier,
    hoso,
    part,
    row_of,
    table_xml,
    visit,
    visits_file,
)

FILE = visits_file(3)


def indexed(data: bytes) -> FileIndex:
    return index_file(BytesSource(data))


def test_the_header_is_read() -> None:
    index = indexed(FILE)
    assert (index.kind, index.facility, index.made_on, index.declared) == ("claims", "99001", "20260901", 3)
    assert (index.signature, index.findings, len(index.dossiers)) == ("empty", [], 3)


def test_dossiers_are_a_sequence() -> None:
    dossiers = indexed(FILE).dossiers
    assert [ref.position for ref in dossiers] == [1, 2, 3]
    assert dossiers[-1] == dossiers[2] == list(dossiers)[2]
    assert dossiers[1:] == list(dossiers)[1:]
    for out in (3, -4):
        with pytest.raises(IndexError):
            dossiers[out]


@pytest.mark.parametrize(
    ("written", "state"),
    [("", "absent"), ("<CHUKYDONVI/>", "empty"), ("<CHUKYDONVI>\n \n</CHUKYDONVI>", "empty"),
     ("<CHUKYDONVI>abc</CHUKYDONVI>", "present"), ("<CHUKYDONVI><Signature/></CHUKYDONVI>", "present")],
)  # fmt: skip
def test_the_signature_is_seen(written: str, state: str) -> None:
    assert indexed(visits_file(1, signature=written)).signature == state


@pytest.mark.parametrize(
    ("change", "found"),
    [((b"<MACSKCB>99001</MACSKCB>", b""), [("V-001", "MACSKCB", "missing")]),
     ((b"<THONGTINDONVI><MACSKCB>99001</MACSKCB></THONGTINDONVI>", b""),
      [("V-001", "THONGTINDONVI", "missing")]),
     ((b"<NGAYLAP>20260901</NGAYLAP>", b""), [("V-001", "NGAYLAP", "missing")]),
     ((b"20260901", b"01/09/2026"), [("V-001", "NGAYLAP", "not-understood")]),
     ((b"<SOLUONGHOSO>3</SOLUONGHOSO>", b""), [("V-001", "SOLUONGHOSO", "missing")]),
     ((b"<SOLUONGHOSO>3", b"<SOLUONGHOSO>ba"), [("V-001", "SOLUONGHOSO", "not-understood")]),
     ((b"<SOLUONGHOSO>3", b"<SOLUONGHOSO>"), [("V-001", "SOLUONGHOSO", "not-understood")]),
     ((b"<MACSKCB>99001", b"<MACSKCB>990"), [("V-002", "MACSKCB", "length")]),
     ((b"<MACSKCB>99001</MACSKCB>", b"<MACSKCB>99001</MACSKCB><MACSKCB>99002</MACSKCB>"),
      [("V-001", "MACSKCB", "doubled")]),
     ((b"<DANHSACHHOSO>", b"<DANHSACHHOSO></DANHSACHHOSO><DANHSACHHOSO>"),
      [("V-001", "DANHSACHHOSO", "doubled")]),
     ], ids=lambda value: value[0][1] if isinstance(value, list) else "",
)  # fmt: skip
def test_an_incomplete_envelope_is_a_finding_of_the_file(
    change: tuple[bytes, bytes], found: list[tuple[str, str, str]]
) -> None:
    index = indexed(FILE.replace(*change, 1))
    assert [(f.rule, f.field, f.params["reason"]) for f in index.findings] == found
    assert all(f.dossier is None for f in index.findings)
    assert len(index.dossiers) == 3
    assert index.facility in ("99001", "990", None)


def test_dossiers_without_their_list_are_not_lost() -> None:
    index = indexed(FILE.replace(b"<DANHSACHHOSO>", b"").replace(b"</DANHSACHHOSO>", b""))
    assert [(f.field, f.params["reason"]) for f in index.findings] == [
        ("DANHSACHHOSO", "missing"), ("HOSO", "misplaced")]  # fmt: skip
    assert read_batch(BytesSource(b""), []).positions == []
    assert len(index.dossiers) == 3


def test_an_empty_list_is_a_file_without_dossiers() -> None:
    index = indexed(visits_file(0))
    assert (len(index.dossiers), index.declared, index.findings) == (0, 0, [])


def test_a_content_outside_its_part_is_told() -> None:
    index = indexed(claims_file([b"<HOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>QUJD</NOIDUNGFILE></HOSO>"]))
    assert [(f.field, f.params["reason"]) for f in index.findings] == [("NOIDUNGFILE", "misplaced")]
    assert index.dossiers[0].parts == ()


def test_exact_places_survive_a_byte_order_mark_and_prefixes() -> None:
    data = b"\xef\xbb\xbf" + FILE
    for written in (data, prefixed(data)):
        for number, ref in enumerate(indexed(written).dossiers, 1):
            sent = written[ref.offset : ref.offset + ref.length]
            assert sent.startswith((b"<HOSO>", b"<bh:HOSO>"))
            assert sent.endswith((b"</HOSO>", b"</bh:HOSO>"))
            assert read_batch(BytesSource(written), [ref]).ma_lk == [f"LK{number:05d}"]


def prefixed(data: bytes) -> bytes:
    for name in (b"GIAMDINHHS", b"HOSO", b"FILEHOSO", b"LOAIHOSO", b"NOIDUNGFILE", b"MACSKCB"):
        data = data.replace(b"<" + name + b">", b"<bh:" + name + b">")
        data = data.replace(b"</" + name + b">", b"</bh:" + name + b">")
    return data.replace(b"<bh:GIAMDINHHS>", b'<bh:GIAMDINHHS xmlns:bh="urn:bh">')


# --- check-in ---


def test_a_checkin_file_has_one_dossier_a_row() -> None:
    data = checkin_file(["LK1", "LK2"])
    index = indexed(data)
    assert (index.kind, index.facility, index.made_on, index.declared) == ("checkin", "99001", "", None)
    assert (index.signature, index.findings) == ("present", [])
    batch = read_batch(BytesSource(data), index.dossiers, facility=index.facility)
    assert (batch.ma_lk, batch.present, batch.findings) == (["LK1", "LK2"], [("CHECKIN",)] * 2, [])
    assert batch.tables["CHECKIN"].row == [1, 2]
    assert batch.tables["CHECKIN"].columns["MA_LK"] == ["LK1", "LK2"]


def test_a_checkin_of_another_facility_is_quarantined() -> None:
    data = checkin_file(["LK1", "LK2"]).replace(b"<MA_CSKCB>99001", b"<MA_CSKCB>99002", 1)
    index = indexed(data)
    assert index.facility == "99002"
    batch = read_batch(BytesSource(data), index.dossiers, facility=index.facility)
    assert [(f.rule, f.dossier, f.quarantine) for f in batch.findings] == [("V-002", 1, True)]


def test_a_checkin_row_without_its_list_is_not_lost() -> None:
    data = (
        checkin_file(["LK1"]).replace(b"<DSACH_TRANG_THAI_KCB>", b"").replace(b"</DSACH_TRANG_THAI_KCB>", b"")
    )
    index = indexed(data)
    assert len(index.dossiers) == 1
    assert {f.params["reason"] for f in index.findings} == {"missing", "misplaced"}


def test_a_claim_cannot_pass_as_a_checkin() -> None:
    data = claims_file([hoso([part("CHECKIN", b"<TRANG_THAI_KCB/>"), part("XML1", b"<TONG_HOP/>")])])
    batch = read_batch(BytesSource(data), indexed(data).dossiers)
    assert ("V-005", "unknown") in [(f.rule, f.params["reason"]) for f in batch.findings]
    assert batch.present == [("XML1",)]


# --- Decision 4210 ---

OLD_DRUGS = b"<DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><MA_LK>1</MA_LK></CHI_TIET_THUOC></DSACH_CHI_TIET_THUOC>"
OLD_SUMMARY = b"<TONG_HOP><MA_LK>1</MA_LK><MA_THE>x</MA_THE><MA_LYDO_VVIEN>1</MA_LYDO_VVIEN></TONG_HOP>"


@pytest.mark.parametrize(
    "parts",
    [[part("XML1", OLD_SUMMARY), part("XML2", OLD_DRUGS)], [part("XML1", OLD_SUMMARY)],
     [part("XML2", OLD_DRUGS.decode())], [part("XML1", ""), part("XML2", OLD_DRUGS)]],
    ids=["both", "summary alone", "nested", "empty summary"],
)  # fmt: skip
def test_files_of_decision_4210_are_recognised(parts: list[bytes]) -> None:
    assert indexed(claims_file([hoso(parts)])).kind == "old-4210"
    assert indexed(claims_file([hoso([])] * 5 + [hoso(parts)])).kind == "old-4210"


def test_one_old_table_does_not_make_an_old_file() -> None:
    mixed = claims_file([dossier(visit("LK1")), hoso([part("XML1", OLD_SUMMARY), part("XML2", OLD_DRUGS)])])
    assert indexed(mixed).kind == "claims"


# --- one visit read again ---


def test_one_visit_is_found_again_by_its_place_alone() -> None:
    source = BytesSource(FILE)
    ref = index_file(source).dossiers[1]
    again = locate(source, ref.offset, ref.length)
    assert (again.offset, again.length, again.parts) == (ref.offset, ref.length, ref.parts)
    for offset, length in ((ref.offset, ref.length - 1), (ref.offset + 1, ref.length), (0, 50)):
        with pytest.raises(UnreadableFile):
            locate(source, offset, length)


def test_a_document_shows_what_was_sent() -> None:
    rows = [row_of("XML2", MA_LK="LK1", TEN_THUOC=" Paracetamol ") | {"LẠ": "x"}]
    parts = [part("XML2", table_xml("XML2", rows)), part("XML1", table_xml("XML1", visit("LK1")["XML1"])),
             part("XML3", ""), part("XML4", "không phải base64"), part("XML99", b"<x/>")]  # fmt: skip
    source = BytesSource(claims_file([hoso(parts)]))
    shown = document(source, index_file(source).dossiers[0])
    assert list(shown) == ["XML1", "XML2"]
    assert shown["XML1"] == visit("LK1")["XML1"]
    assert shown["XML2"] == [rows[0] | {"TEN_THUOC": "Paracetamol"}]
    assert list(shown["XML2"][0]) == list(rows[0])


def test_a_checkin_document_is_one_row() -> None:
    source = BytesSource(checkin_file(["LK1", "LK2"]))
    ref = index_file(source).dossiers[1]
    again = locate(source, ref.offset, ref.length)
    assert document(source, again)["CHECKIN"][0]["MA_LK"] == "LK2"
