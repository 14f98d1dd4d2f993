"""Batches: what hospitals really send is read, and what is wrong with one dossier is told of that one."""

import base64
import textwrap
from typing import Any

import pytest

from khoyte.foundation.blobs import BytesSource
from khoyte.submissions.reader import Batch, index_file, read_batch
from khoyte.submissions.tests.reader.files import (
    STANDARD,
    claims_file,
    dossier,
    hoso,
    part,
    row_of,
    table_xml,
    visit,
)

SUMMARY = table_xml("XML1", visit("LK1")["XML1"])
DRUGS = table_xml("XML2", visit("LK1")["XML2"], declaration=False)
NESTED = DRUGS.decode()
WRAPPED = "\n".join(textwrap.wrap(base64.b64encode(DRUGS).decode(), 64))


def read(*dossiers: bytes, **options: Any) -> Batch:
    source = BytesSource(claims_file(dossiers))
    return read_batch(source, index_file(source).dossiers, **options)


def told(batch: Batch) -> list[tuple[int | None, str, str | None, str, str | None]]:
    return [(f.dossier, f.rule, f.table, f.params["reason"], f.level) for f in batch.findings]


@pytest.mark.parametrize(
    ("content", "way", "level"),
    [(WRAPPED, "base64-lines", "I"),
     (f"\r\n  {WRAPPED}\r\n", "base64-lines", "I"),
     (NESTED, "nested", "W"),
     (f"\n{NESTED}\n", "nested", "W"),
     (f"<!-- x -->{NESTED}", "nested", "W"),
     (NESTED.replace("CHI_TIET_THUOC>", "bh:CHI_TIET_THUOC>").replace("_bh:", "_"), "nested", "W"),
     (f"<![CDATA[{NESTED}]]>", "cdata", "W"),
     (f"<![CDATA[\n{base64.b64encode(DRUGS).decode()}\n]]>", "cdata", "W"),
     (f"<![CDATA[<?xml version='1.0'?>{NESTED}]]>", "cdata", "W"),
     (NESTED.replace("<", "&lt;").replace(">", "&gt;"), "escaped", "W"),
     (base64.b64encode(b"<?xml version='1.0' encoding='utf-16'?>" + DRUGS).decode(),
      "declared-encoding", "W"),
     (base64.b64encode(DRUGS.replace(b">Paracetamol 500 mg<", b"><![CDATA[Paracetamol 500 mg]]><")).decode(),
      "cdata-values", "I")],
)  # fmt: skip
def test_a_table_is_read_however_it_came(content: str, way: str, level: str) -> None:
    batch = read(hoso([part("XML1", SUMMARY), part("XML2", content)]))
    assert told(batch) == [(0, "V-006", "XML2", way, level)]
    assert batch.findings[0].params["tables"] == ["XML2"]
    assert not batch.findings[0].quarantine
    assert batch.tables["XML2"].columns["TEN_THUOC"] == ["Paracetamol 500 mg"] * 2


@pytest.mark.parametrize("content", [
    base64.b64encode(DRUGS).decode(), f"  {base64.b64encode(DRUGS).decode()}\n",
    base64.b64encode(b"\xef\xbb\xbf" + DRUGS).decode(), base64.b64encode(b"\n" + DRUGS + b"\r\n").decode(),
], ids=["plain", "spaces around", "byte order mark", "blank lines inside"])  # fmt: skip
def test_ordinary_base64_needs_no_word(content: str) -> None:
    batch = read(hoso([part("XML1", SUMMARY), part("XML2", content)]))
    assert batch.findings == []
    assert len(batch.tables["XML2"].row) == 2


@pytest.mark.parametrize(("table", "content", "way"), [
    ("XML3", "", "empty-part"), ("XML3", "\n", "empty-part"), ("XML3", "<![CDATA[]]>", "empty-part"),
    ("XML3", "\n" * 500, "empty-part"), ("XML3", table_xml("XML3", []), "empty-list"),
    ("XML3", b"<CHITIEU_CHITIET_DVKT_VTYT/>", "empty-list"), ("XML12", "", "empty-part"),
])  # fmt: skip
def test_what_is_empty_is_passed_over(table: str, content: bytes | str, way: str) -> None:
    batch = read(hoso([part("XML1", SUMMARY), part(table, content)]))
    assert told(batch) == [(0, "V-006", table, way, "I")]
    assert not batch.tables.get("XML3") or batch.tables["XML3"].row == []


def test_one_finding_names_all_tables_that_came_alike() -> None:
    batch = read(hoso([part("XML1", SUMMARY), part("XML3", ""), part("XML4", ""), part("XML5", "")]))
    assert [f.params["tables"] for f in batch.findings] == [["XML3", "XML4", "XML5"]]


def test_a_part_without_name_or_content_is_nothing() -> None:
    batch = read(hoso([part("XML1", SUMMARY), b"<FILEHOSO/>", part("", ""), part("", "\n")]))
    assert batch.findings == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [([part("XML2", DRUGS)], [("V-004", "XML1", "missing")]),
     ([], [("V-004", "XML1", "missing")]),
     ([part("XML1", ""), part("XML2", DRUGS)],
      [("V-004", "XML1", "missing"), ("V-006", "XML1", "empty-part")]),
     ([part("XML1", SUMMARY)] * 2, [("V-004", "XML1", "doubled")]),
     ([part("XML1", SUMMARY), part("XML2", DRUGS), part("XML2", DRUGS)], [("V-005", "XML2", "doubled")]),
     ([part("XML1", SUMMARY), part("XML99", DRUGS)], [("V-005", None, "unknown")]),
     ([part("XML1", SUMMARY), part("XML12", DRUGS)], [("V-005", None, "unknown")]),
     ([part("XML1", SUMMARY), part("", DRUGS)], [("V-005", None, "unnamed")])],
)  # fmt: skip
def test_tables_missing_doubled_or_unknown(
    parts: list[bytes], expected: list[tuple[str, str | None, str]]
) -> None:
    batch = read(hoso(parts))
    assert [(rule, table, reason) for _, rule, table, reason, _ in told(batch)] == expected
    assert not any(f.quarantine for f in batch.findings)
    assert all(len(table.row) <= 2 for table in batch.tables.values())


@pytest.mark.parametrize(
    ("change", "reason", "element"),
    [(("<DSACH_CHI_TIET_THUOC>", "<LẠ><X>1</X></LẠ><DSACH_CHI_TIET_THUOC>"), "unexpected-element", "LẠ"),
     (("<CHI_TIET_THUOC>", "<DONG>1</DONG><CHI_TIET_THUOC>"), "unexpected-element", "DONG"),
     (("Paracetamol", "<b>Para</b>cetamol"), "nested-element", "TEN_THUOC"),
     (("<CHI_TIET_THUOC>", "chữ<CHI_TIET_THUOC>"), "loose-text", "")],
)  # fmt: skip
def test_what_stands_where_nothing_should_is_told(change: tuple[str, str], reason: str, element: str) -> None:
    batch = read(hoso([part("XML1", SUMMARY), part("XML2", NESTED.replace(*change, 1).encode())]))
    assert told(batch) == [(0, "V-007", "XML2", reason, "W")]
    assert batch.findings[0].params["element"] == element
    assert batch.tables["XML2"].columns["TEN_THUOC"] == ["Paracetamol 500 mg"] * 2


# --- whose record it is ---


def test_the_facility_inside_must_be_that_of_the_envelope() -> None:
    other = visit("LK2")
    other["XML1"][0]["MA_CSKCB"] = "99002"
    unsaid = visit("LK3")
    unsaid["XML1"][0]["MA_CSKCB"] = ""
    batch = read(dossier(visit("LK1")), dossier(other), dossier(unsaid), facility="99001")
    (finding,) = batch.findings
    assert (finding.rule, finding.dossier, finding.field, finding.quarantine) == (
        "V-002",
        1,
        "MA_CSKCB",
        True,
    )
    assert finding.params == {"reason": "differs", "found": "99002", "expected": "99001"}
    assert read(dossier(other)).findings == [], "without an envelope's code nothing can differ"


def test_one_code_of_treatment_in_all_tables() -> None:
    mixed = visit("LK1")
    mixed["XML2"][1]["MA_LK"] = "LK9"
    missing = visit("LK2")
    missing["XML2"][0]["MA_LK"] = " "
    batch = read(dossier(mixed), dossier(missing), dossier(visit("LK3")))
    assert [(f.dossier, f.rule, f.table, f.field, f.params) for f in batch.findings] == [
        (0, "V-009", "XML2", "MA_LK", {"reason": "differs", "found": "LK9", "expected": "LK1"}),
        (1, "V-009", "XML2", "MA_LK", {"reason": "missing"})]  # fmt: skip
    assert batch.ma_lk == ["LK1", "LK2", "LK3"]


def test_without_a_code_in_xml1_the_next_table_says_it() -> None:
    tables = visit("LK1")
    tables["XML1"][0]["MA_LK"] = ""
    batch = read(dossier(tables), hoso([part("XML1", b"<TONG_HOP/>")]))
    assert batch.ma_lk == ["LK1", None]
    assert [(f.dossier, f.rule, f.table, f.params["reason"]) for f in batch.findings] == [
        (0, "V-009", "XML1", "missing"), (1, "V-009", "XML1", "missing")]  # fmt: skip


# --- the hash of the content ---


def test_the_same_content_has_the_same_hash_however_it_was_packed() -> None:
    ways = [
        part("XML2", DRUGS),
        part("XML2", WRAPPED),
        part("XML2", NESTED),
        part("XML2", f"<![CDATA[{NESTED}]]>"),
    ]
    batch = read(*(hoso([part("XML1", SUMMARY), way, part("XML3", "")]) for way in ways))
    assert len(set(batch.content_sha256)) == 1


def test_other_content_has_another_hash() -> None:
    changed = DRUGS.replace(b"500", b"250")
    batch = read(
        hoso([part("XML1", SUMMARY), part("XML2", DRUGS)]),
        hoso([part("XML1", SUMMARY), part("XML2", changed)]),
        hoso([part("XML1", SUMMARY)]),
        hoso([part("XML1", SUMMARY), part("XML3", DRUGS)]),
        hoso([part("XML1", SUMMARY), part("XML2", "hỏng")]),
        hoso([part("XML1", SUMMARY), part("XML2", "hỏng rồi")]),
    )
    assert len(set(batch.content_sha256)) == 6


# --- columns ---


def test_columns_keep_absent_and_empty_apart_and_all_periods() -> None:
    table = read(hoso([part("XML1", SUMMARY), part("XML2", b"<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC>"
                       b"<CHI_TIET_THUOC><MA_LK>LK1</MA_LK><STT/><X>1</X><MA_LK>LK2</MA_LK></CHI_TIET_THUOC>"
                       b"</DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>")])).tables["XML2"]  # fmt: skip
    assert table.layouts == [("MA_LK", "STT", "X", "MA_LK")]
    assert (table.columns["MA_LK"], table.columns["STT"], table.columns["MA_THUOC"]) == (
        ["LK1"],
        [""],
        [None],
    )
    assert set(table.columns) >= {spec.name for spec in STANDARD.tables["XML2"].fields}
    assert "X" not in table.columns


def test_fields_of_older_periods_are_columns_too() -> None:
    row = {"MA_LK": "LK1", "MA_NOI_DI": "99002"}
    batch = read(hoso([part("XML1", SUMMARY), part("XML13", table_xml("XML13", [row]))]))
    assert batch.tables["XML13"].columns["MA_NOI_DI"] == ["99002"]
    assert batch.tables["XML13"].columns["MA_CSKCB_DI"] == [None]


def test_rows_stay_in_order_when_layouts_change() -> None:
    short = {"MA_LK": "LK1", "TEN_THUOC": "b"}
    rows = [row_of("XML2", MA_LK="LK1", TEN_THUOC="a"), short, row_of("XML2", MA_LK="LK1", TEN_THUOC="c")]
    batch = read(hoso([part("XML1", SUMMARY), part("XML2", table_xml("XML2", rows))]), dossier(visit("LK2")))
    table = batch.tables["XML2"]
    assert (table.dossier, table.row, table.layout) == ([0, 0, 0, 1, 1], [1, 2, 3, 1, 2], [0, 1, 0, 0, 0])
    assert table.columns["TEN_THUOC"][:3] == ["a", "b", "c"]
    assert table.columns["STT"] == ["", None, "", "1", "2"]


def test_tables_come_in_the_order_of_the_standard() -> None:
    batch = read(hoso([part("XML2", DRUGS), part("XML1", SUMMARY)]))
    assert batch.present == [("XML2", "XML1")]
    assert list(batch.tables) == ["XML1", "XML2"]
