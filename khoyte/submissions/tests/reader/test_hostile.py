"""Files made to break a reader, and files broken on their way: each gets a refusal that says what and where.

Every case must end quickly, in little memory, as UnreadableFile with its own stable code and words in both
languages; nothing else may come out.
"""

import dataclasses
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from khoyte.foundation.blobs import BytesSource
from khoyte.submissions.reader import LIMITS, UnreadableFile, facility_of, index_file, read_batch
from khoyte.submissions.reader.errors import MESSAGES
from khoyte.submissions.tests.reader.files import claims_file, dossier, hoso, part, visit, visits_file

FILE = visits_file(3)
HEAD = FILE[: FILE.index(b"<HOSO>")]
ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE GIAMDINHHS [<!ENTITY e0 "ha">'
    + ENTITIES
    + b"]><GIAMDINHHS>&e11;</GIAMDINHHS>"
)

BROKEN = {
    "empty body": (b"", "empty"),
    "only white space": (b" \r\n\t ", "empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "empty"),
    "text": (b"xin ch\xc3\xa0o", "not-xml"),
    "JSON": (b'{"GIAMDINHHS": 1}', "not-xml"),
    "a zip": (b"PK\x03\x04\x14\x00", "not-xml"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "not-xml"),
    "HTML": (b"<html><body>Login</body></html>", "wrong-root"),
    "another record": (b"<GIAMDINHYTE/>", "wrong-root"),
    "a table alone": (b"<TONG_HOP><MA_LK>1</MA_LK></TONG_HOP>", "wrong-root"),
    "cut in the header": (FILE[:100], "cut"),
    "cut in base64": (FILE[: len(FILE) // 2], "cut"),
    "cut in the last tag": (FILE[:-5], "cut"),
    "cut before the last tag": (FILE[: FILE.rindex(b"</GIAM")], "cut"),
    "cut in the declaration": (b"<?xml version=", "cut"),
    "cut in a character": (b"<GIAMDINHHS><A>\xe1\xba", "cut"),
    "declaration alone": (b'<?xml version="1.0"?>', "cut"),
    "two files in one": (FILE + FILE, "trailing"),
    "text after the end": (FILE + b"OK", "trailing"),
    "blank line before the declaration": (b"\n" + FILE, "xml-declaration-misplaced"),
    "nested with its declaration": (
        FILE.replace(b"<HOSO>", b'<HOSO><?xml version="1.0"?>', 1),
        "xml-declaration-misplaced",
    ),
    "wrong end tag": (FILE.replace(b"</LOAIHOSO>", b"</LOAIHS>", 1), "not-well-formed"),
    "bare ampersand": (FILE.replace(b"</MACSKCB>", b"&</MACSKCB>"), "not-well-formed"),
    "attribute twice": (b"<GIAMDINHHS a='1' a='2'/>", "not-well-formed"),
    "unknown entity": (FILE.replace(b"</MACSKCB>", b"&nbsp;</MACSKCB>"), "undefined-entity"),
    "NUL in text": (FILE.replace(b"</MACSKCB>", b"\x00</MACSKCB>"), "nul"),
    "NUL at the beginning": (b"\x00\x01<GIAMDINHHS/>", "nul"),
    "NUL after the end": (FILE + b"\x00\x00", "nul"),
    "control character": (FILE.replace(b"</MACSKCB>", b"\x08</MACSKCB>"), "not-well-formed"),
    "UTF-16 little end": (b"\xff\xfe" + "<GIAMDINHHS/>".encode("utf-16-le"), "encoding"),
    "UTF-16 big end": (b"\xfe\xff" + "<GIAMDINHHS/>".encode("utf-16-be"), "encoding"),
    "UTF-16 without mark": ("<GIAMDINHHS/>".encode("utf-16-le"), "encoding"),
    "UTF-32": (b"\x00\x00\xfe\xff" + "<GIAMDINHHS/>".encode("utf-32-be"), "encoding"),
    "declared as Windows-1258": (b'<?xml version="1.0" encoding="windows-1258"?><GIAMDINHHS/>', "encoding"),
    "declared as UTF-16": (b'<?xml version="1.0" encoding="utf-16"?><GIAMDINHHS/>', "encoding"),
    "declared as nonsense": (b'<?xml version="1.0" encoding="x-klingon"?><GIAMDINHHS/>', "encoding"),
    "bytes of Windows-1258": (FILE.replace(b"</MACSKCB>", b"\xd0\xe0 N\xb5ng</MACSKCB>"), "encoding"),
    "overlong UTF-8": (FILE.replace(b"</MACSKCB>", b"\xc0\xbc</MACSKCB>"), "encoding"),
    "surrogate in UTF-8": (FILE.replace(b"</MACSKCB>", b"\xed\xa0\x80</MACSKCB>"), "encoding"),
    "document type": (b"<!DOCTYPE GIAMDINHHS><GIAMDINHHS/>", "doctype"),
    "entity bomb": (BOMB, "doctype"),
    "file of this machine": (
        b'<!DOCTYPE G [<!ENTITY x SYSTEM "file:///etc/passwd">]><GIAMDINHHS>&x;</GIAMDINHHS>',
        "doctype",
    ),
    "parameter entity from the network": (
        b'<!DOCTYPE G [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]><GIAMDINHHS/>',
        "doctype",
    ),
    "external document type": (b'<!DOCTYPE G SYSTEM "http://127.0.0.1:9/g.dtd"><GIAMDINHHS/>', "doctype"),
    "too deep": (HEAD + b"<a>" * 100, "too-deep"),
    "too deep in a table": (HEAD + b"<HOSO><FILEHOSO><NOIDUNGFILE>" + b"<a>" * 100, "too-deep"),
    "too many attributes": (
        HEAD + b"<HOSO " + b" ".join(b'a%d="1"' % n for n in range(100)) + b">",
        "too-many-attributes",
    ),
    "too many attributes on the root": (
        b"<GIAMDINHHS " + b" ".join(b'a%d="1"' % n for n in range(100)) + b">",
        "too-many-attributes",
    ),
    "too many attributes in a table": (
        HEAD + b"<HOSO><FILEHOSO><NOIDUNGFILE><a " + b" ".join(b'a%d="1"' % n for n in range(100)) + b">",
        "too-many-attributes",
    ),
    "endless prolog": (b"<!--" + b">" * 40_000, "prolog-too-long"),
    "endless prolog of many comments": (b"<!-- x -->" * 4_000, "prolog-too-long"),
    "too many names": (HEAD + b"".join(b"<a%d/>" % n for n in range(30_000)), "too-many-names"),
}


@pytest.mark.parametrize(("data", "code"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_with_its_reason(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        index_file(BytesSource(data))
    error = caught.value
    assert error.code == code
    for language in ("vi", "en"):
        said = error.say(language)
        assert len(said) > 20
        assert "{" not in said, "every place is filled"
    assert error.exit_status == 2
    assert not error.retry


@pytest.mark.parametrize("data", [data for data, _ in BROKEN.values()], ids=BROKEN.keys())
def test_the_same_is_said_when_bytes_come_one_by_one(data: bytes) -> None:
    if len(data) > 20_000:
        data = data[:20_000]
    whole, single = (refusal_of(BytesSource(data)), refusal_of(Trickle(data)))
    assert single == whole


class Trickle(BytesSource):
    """Delivers few bytes at a time, so that every token is cut somewhere."""

    def chunks(self, size: int = 7) -> Iterator[bytes]:
        return super().chunks(7)


def refusal_of(source: BytesSource) -> tuple[str, int | None, int | None] | None:
    try:
        index_file(source)
    except UnreadableFile as error:
        # Where a limit of length is noticed depends on how the bytes come.
        return error.code, error.line, None if "long" in error.code else error.offset
    return None


def test_every_refusal_of_one_file_has_a_case_here_or_below() -> None:
    covered = {code for _, code in BROKEN.values()} | {
        "too-large",
        "token-too-long",
        "too-many-elements",
        "too-many-dossiers",
    }
    assert covered == {code for code in MESSAGES if not code.startswith("zip-")}


class Endless(BytesSource):
    """A file that begins with some bytes and goes on with others, without holding them all."""

    def __init__(self, beginning: bytes, more: bytes, size: int) -> None:
        super().__init__(beginning)
        self._more, self._size_told = more, size
        self.given = 0

    @property
    def size(self) -> int:
        return self._size_told

    def chunks(self, size: int = 1 << 20) -> Iterator[bytes]:
        yield self._data
        more = self._more * (size // len(self._more))
        while self.given < self._size_told:
            self.given += len(more)
            yield more


@pytest.mark.parametrize(
    ("beginning", "more", "code"),
    [
        (HEAD + b'<HOSO a="', b"x", "token-too-long"),
        (HEAD + b"<HOSO ", b" ", "token-too-long"),
        (HEAD + b"<", b"x", "token-too-long"),
        (HEAD + b"<!-- ", b"x", "token-too-long"),
        (HEAD + b"<?x ", b"x", "token-too-long"),
        (HEAD + b'<HOSO><FILEHOSO><NOIDUNGFILE><a b="', b"x", "token-too-long"),
    ],
    ids=["attribute", "tag", "name", "comment", "instruction", "attribute in a table"],
)
def test_a_token_of_200_megabytes_is_refused_after_a_few(beginning: bytes, more: bytes, code: str) -> None:
    source = Endless(beginning, more, 200 << 20)
    tracemalloc.start()
    with pytest.raises(UnreadableFile) as caught:
        index_file(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == code
    assert source.given <= 4 << 20
    assert peak < 20 << 20


def test_texts_of_any_length_are_not_kept() -> None:
    """A header text, a LOAIHOSO or other text of 16 MB takes no memory."""
    for beginning in (
        b"<GIAMDINHHS><THONGTINDONVI><MACSKCB>",
        HEAD + b"<HOSO><FILEHOSO><LOAIHOSO>",
        HEAD,
        HEAD + b"<HOSO><FILEHOSO><NOIDUNGFILE>",
        HEAD + b"<HOSO><FILEHOSO><NOIDUNGFILE><![CDATA[",
    ):
        source = Endless(beginning, b"x 1\n", 16 << 20)
        tracemalloc.start()
        with pytest.raises(UnreadableFile) as caught:
            index_file(source)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert caught.value.code == "cut"
        assert peak < 6 << 20


def test_numbers_have_limits() -> None:
    small = dataclasses.replace(LIMITS, dossiers=2, elements=20, file_bytes=2_000_000)
    with pytest.raises(UnreadableFile, match="more than 2 dossiers") as caught:
        index_file(BytesSource(FILE), dataclasses.replace(LIMITS, dossiers=2))
    assert (caught.value.code, caught.value.dossiers) == ("too-many-dossiers", 2)
    with pytest.raises(UnreadableFile, match="more than 20 elements") as caught:
        index_file(BytesSource(claims_file([b"<x><y/></x>" * 20])), small)
    assert caught.value.code == "too-many-elements"
    with pytest.raises(UnreadableFile, match="2000000 bytes") as caught:
        index_file(Endless(HEAD, b" ", 3_000_000), small)
    assert caught.value.code == "too-large"


def test_ten_thousand_dossiers_are_accepted_quickly() -> None:
    data = claims_file([hoso([part("XML1", b"<TONG_HOP/>")])] * 10_000)
    began = time.process_time()
    index = index_file(BytesSource(data))
    assert len(index.dossiers) == index.declared == 10_000
    assert time.process_time() - began < 5


def test_a_cut_file_keeps_what_its_header_said() -> None:
    with pytest.raises(UnreadableFile) as caught:
        index_file(BytesSource(visits_file(5, declared=7)[:-3000]))
    error = caught.value
    assert (error.facility, error.made_on, error.declared, error.dossiers) == ("99001", "20260901", 7, 4)
    assert error.line == 2
    assert error.offset is not None
    assert error.offset > 10_000


def test_a_file_cut_in_its_header_promises_nothing() -> None:
    with pytest.raises(UnreadableFile) as caught:
        index_file(BytesSource(FILE[: FILE.index(b"<SOLUONGHOSO>") + 14]))
    assert (caught.value.facility, caught.value.declared, caught.value.dossiers) == ("99001", None, 0)


@pytest.mark.parametrize("data", [data for data, _ in BROKEN.values()], ids=BROKEN.keys())
def test_the_facility_is_looked_up_without_trouble_in_any_bytes(data: bytes) -> None:
    assert facility_of(data[: 64 << 10]) in (None, "99001")


def test_the_facility_of_a_file_is_found_in_its_first_bytes() -> None:
    assert facility_of(FILE) == "99001"
    assert facility_of(FILE[:1000]) == "99001"
    assert facility_of(FILE[:85]) is None
    assert facility_of(BOMB) is None
    misplaced = FILE.replace(b"<THONGTINDONVI>", b"<X>").replace(b"</THONGTINDONVI>", b"</X>")
    assert facility_of(misplaced) is None, "a code elsewhere does not say whose file this is"


BAD_TABLES = {
    "not base64": (part("XML2", "không phải base64"), "base64"),
    "base64 without its end": (part("XML2", "QUJ"), "base64"),
    "base64 with a hole": (part("XML2", "QUJD=QUJD"), "base64"),
    "not XML": (part("XML2", b"hello"), "xml"),
    "cut XML": (part("XML2", b"<CHITIEU_CHITIET_THUOC><DSACH"), "xml"),
    "another table's root": (part("XML2", b"<TONG_HOP/>"), "root"),
    "root of the old form": (part("XML2", b"<DSACH_CHI_TIET_THUOC/>"), "root"),
    "rows without their list": (
        part("XML2", b"<CHITIEU_CHITIET_THUOC><CHI_TIET_THUOC/></CHITIEU_CHITIET_THUOC>"),
        "structure",
    ),
    "entity bomb": (part("XML2", BOMB.replace(b"GIAMDINHHS", b"CHITIEU_CHITIET_THUOC")), "doctype"),
    "NUL": (part("XML2", b"<CHITIEU_CHITIET_THUOC>\x00</CHITIEU_CHITIET_THUOC>"), "nul"),
    "UTF-16": (part("XML2", "\ufeff<CHITIEU_CHITIET_THUOC/>".encode("utf-16-le")), "encoding"),
    "bytes of Windows-1258": (
        part("XML2", b"<CHITIEU_CHITIET_THUOC>\xd0\xe0 </CHITIEU_CHITIET_THUOC>"),
        "encoding",
    ),
    "too deep": (part("XML2", b"<CHITIEU_CHITIET_THUOC>" + b"<a>" * 100), "guard"),
    "too many tags": (part("XML2", b"<CHITIEU_CHITIET_THUOC>" + b"<a/>" * 700_000), "too-much-markup"),
    "too many attributes": (part("XML2", b"<CHITIEU_CHITIET_THUOC " + b'a=""' * 700_000), "too-much-markup"),
    "too many fields": (
        part("XML2", b"<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC>" + b"<a/>" * 500),
        "too-many-fields",
    ),
    "too large": (part("XML2", b" <x>" + b"x" * (17 << 20)), "too-large"),
    "two contents": (
        part("XML2", b"<a/>").replace(b"</FILE", b"<NOIDUNGFILE>QUJD</NOIDUNGFILE></FILE"),
        "several-contents",
    ),
    "two kinds": (
        part("XML2", b"<a/>").replace(b"</FILE", b"<LOAIHOSO>XML3</LOAIHOSO></FILE"),
        "several-contents",
    ),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
def test_a_bad_table_quarantines_its_dossier_alone(bad: bytes, reason: str) -> None:
    good = dossier(visit("LK1"))
    summary = dossier({"XML1": visit("LK2")["XML1"]})
    mixed = summary.replace(b"</HOSO>", bad + b"</HOSO>")
    source = BytesSource(claims_file([good, mixed, good]))
    batch = read_batch(source, index_file(source).dossiers)
    assert [(f.rule, f.dossier, f.table, f.params["reason"], f.quarantine) for f in batch.findings] == [
        ("V-006", 1, "XML2", reason, True)
    ]
    assert batch.ma_lk == ["LK1", "LK2", "LK1"]
    assert batch.present == [("XML1", "XML2"), ("XML1",), ("XML1", "XML2")]
    assert batch.tables["XML2"].dossier == [0, 0, 2, 2]
    assert len(set(batch.content_sha256)) == 2


def test_an_oversized_dossier_is_not_read() -> None:
    source = BytesSource(claims_file([dossier(visit("LK1")), dossier(visit("LK2", drugs=30))]))
    limits = dataclasses.replace(LIMITS, dossier_bytes=10_000)
    batch = read_batch(source, index_file(source).dossiers, limits=limits)
    assert [(f.rule, f.dossier, f.params["reason"]) for f in batch.findings] == [("V-006", 1, "too-large")]
    assert batch.ma_lk == ["LK1", None]


def test_too_many_parts_are_not_kept_one_by_one() -> None:
    source = BytesSource(claims_file([hoso([part("XML1", b"<TONG_HOP/>")] + [part("XML2", b"x")] * 500)]))
    (ref,) = index_file(source).dossiers
    assert len(ref.parts) == LIMITS.parts_per_dossier + 1
    reasons = {f.params["reason"] for f in read_batch(source, [ref]).findings}
    assert "too-many" in reasons


def test_invented_kinds_without_end_take_no_room() -> None:
    data = claims_file([hoso([part(f"KIND{n}", b"x")]) for n in range(2_000)])
    index = index_file(BytesSource(data))
    assert len({ref.parts[0].kind for ref in index.dossiers}) == 251
    assert index.dossiers[1_999].parts[0].kind == "…"
