"""The reader against lxml: another parser, whole trees, no shortcuts. Both must see the same in every file.

The files are generated with what XML allows anywhere: comments, CDATA, white space, references, prefixes,
attributes, empty elements, decomposed letters; then broken at random, where the reader may only refuse.
"""

import base64
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from khoyte.foundation.blobs import BytesSource
from khoyte.submissions.reader import LIMITS, PartRef, index_file, locate, read_batch
from khoyte.submissions.reader.content import Unreadable, document_in
from khoyte.submissions.reader.learned import LearnedTables
from khoyte.submissions.reader.shapes import Shape, shapes
from khoyte.submissions.reader.table_parser import TableRead, parse_table
from khoyte.submissions.tests.reader.files import claims_file, dossier, escaped, row_of

SPACE = st.sampled_from(["", "", "", " ", "\n  ", "\r\n", "\t"])
COMMENT = st.sampled_from(["", "", "", "<!-- x -->", "<!--<HOSO></HOSO>-->", "<?note a > b?>"])
GAP = st.builds(lambda *parts: "".join(parts), SPACE, COMMENT, SPACE)
TEXT = st.text(
    st.one_of(
        st.sampled_from("aĐ09 &<>]\"'\t\n\r.ộự́́̉̇\u0338\u00a0\u2126\uf900\u2265"),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    ),
    max_size=12,
)


def lxml_tree(data: bytes) -> etree._Element:
    """The whole document as lxml reads it, whatever encoding it claims."""
    return etree.fromstring(
        data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, encoding="utf-8")
    )


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def children(element: etree._Element, name: str | None = None) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and name in (None, local(child))]


def text_of(element: etree._Element) -> str:
    return str(element.xpath("string()"))


# --- the envelope ---

DOCUMENTS = st.builds(lambda text: f"<TONG_HOP><MA_LK>{escaped(text)}</MA_LK></TONG_HOP>", TEXT)


@st.composite
def contents(draw: st.DrawFn) -> str:
    document = draw(DOCUMENTS)
    encoded = base64.b64encode(document.encode()).decode()
    if draw(st.booleans()):
        encoded = "\n".join(encoded[at : at + 16] for at in range(0, len(encoded), 16))
    half = len(encoded) // 2
    gap = draw(SPACE)
    return draw(
        st.sampled_from(
            [
                gap + encoded + gap,
                gap + document + gap,
                draw(COMMENT) + encoded,
                encoded[:half] + "<!-- c -->" + encoded[half:],
                f"<![CDATA[{encoded}]]>",
                f"{gap}<![CDATA[{document.replace(']]>', '')}]]>",
                escaped(document),
                encoded.replace("A", "&#65;"),
                gap,
            ]
        )
    )


@st.composite
def envelopes(draw: st.DrawFn) -> bytes:
    prefix = draw(st.sampled_from(["", "", "bh:"]))
    inside = prefix

    def element(name: str, content: str, attributes: str = "") -> str:
        if not content and draw(st.booleans()):
            return f"<{prefix}{name}{attributes}{draw(st.sampled_from(['', ' ']))}/>"
        return f"<{prefix}{name}{attributes}>{content}</{prefix}{name}{draw(st.sampled_from(['', ' ']))}>"

    def file_part() -> str:
        kind = element("LOAIHOSO", draw(st.sampled_from(["XML1", " XML2 ", "XML13", "lạ", ""])))
        content = element("NOIDUNGFILE", draw(contents()), draw(st.sampled_from(["", " a='>'", ' b="/>"'])))
        both = [kind, content]
        return element("FILEHOSO", draw(GAP).join(both if draw(st.booleans()) else both[::-1]))

    def one_dossier() -> str:
        parts = [file_part() for _ in range(draw(st.integers(0, 3)))]
        return element("HOSO", draw(GAP).join(parts), draw(st.sampled_from(["", " id='>'", " id='/>'"])))

    dossiers = draw(GAP).join(one_dossier() for _ in range(draw(st.integers(0, 4)))) + draw(GAP)
    unit = element(
        "THONGTINDONVI", draw(GAP) + element("MACSKCB", draw(st.sampled_from(["99001", " 9&#57;001\n"])))
    )
    declared = element("SOLUONGHOSO", draw(st.sampled_from(["3", " 03 ", "", "ba"])))
    listed = declared + draw(GAP) + element("DANHSACHHOSO", dossiers)
    records = element("THONGTINHOSO", element("NGAYLAP", "20260901") + listed)
    signature = draw(
        st.sampled_from(["", element("CHUKYDONVI", ""), element("CHUKYDONVI", "<S><V>x</V></S>")])
    )
    namespace = ' xmlns:bh="urn:x"' if inside else draw(st.sampled_from(["", ' xmlns="urn:y"']))
    body = element("GIAMDINHHS", draw(GAP).join([unit, records, signature]), namespace)
    start = draw(
        st.sampled_from(["", '<?xml version="1.0"?>', '\ufeff<?xml version="1.0" encoding="utf-8"?>'])
    )
    return (start + draw(COMMENT) + body + draw(GAP)).encode()


@given(envelopes())
@settings(max_examples=100, deadline=None)
def test_every_dossier_and_table_is_found_where_lxml_finds_it(data: bytes) -> None:
    source = BytesSource(data)
    index = index_file(source)
    tree = lxml_tree(data)

    assert index.facility == text_of(tree.xpath("//*[local-name()='MACSKCB']")[0]).strip()
    declared = text_of(tree.xpath("//*[local-name()='SOLUONGHOSO']")[0]).strip()
    assert index.declared == (int(declared) if declared.isdigit() else None)
    signature = children(tree, "CHUKYDONVI")
    assert index.signature == ("absent" if not signature else "present" if len(signature[0]) else "empty")

    expected = tree.xpath("//*[local-name()='HOSO']")
    assert len(index.dossiers) == len(expected)
    for ref, element in zip(index.dossiers, expected, strict=True):
        sent = data[ref.offset : ref.offset + ref.length]
        assert same_tree(sent, element)
        assert locate(source, ref.offset, ref.length).parts == ref.parts
        wanted = [wanted_part(part) for part in children(element, "FILEHOSO")]
        assert [seen_part(data, part) for part in ref.parts] == [
            part for part in wanted if part != ("", None)
        ]


def same_tree(sent: bytes, element: etree._Element) -> bool:
    wrapped = b'<w xmlns:bh="urn:x">%s</w>' % sent
    again = lxml_tree(wrapped)[0]
    return [local(e) for e in again.iter(etree.Element)] == [
        local(e) for e in element.iter(etree.Element)
    ] and (text_of(again) == text_of(element))


def wanted_part(part: etree._Element) -> tuple[str, str | None]:
    kind = text_of(children(part, "LOAIHOSO")[0]).strip()
    content = children(part, "NOIDUNGFILE")[0]
    nested = children(content)
    if nested:
        return kind, text_of(nested[0])
    text = text_of(content).strip()
    if not text or text.startswith("<"):
        return kind, text_of(lxml_tree(text.encode())) if text else None
    return kind, text_of(lxml_tree(base64.b64decode("".join(text.split()))))


def seen_part(data: bytes, part: PartRef) -> tuple[str, str | None]:
    document = document_in(data[part.offset : part.offset + part.length], part.form, LIMITS).data
    return part.kind, text_of(lxml_tree(document)) if document else None


# --- one table ---

TAGS = ("MA_LK", "STT", "MA_THUOC", "TEN_THUOC", "HAM_LUONG", "LẠ_2", "x.y-z")
Written = tuple[list[tuple[str, ...]], list[list[str]]]


@st.composite
def table_documents(draw: st.DrawFn, shape: Shape, *, plain: bool = False) -> bytes:
    """A document of the table. A plain one is what one program writes: one layout, nothing unusual."""
    gap = st.just(draw(SPACE)) if plain else GAP

    def value(text: str) -> str:
        if plain:
            return draw(st.sampled_from(["", "", "&#xD;", "&#10;&quot;", "&#x1F600;&apos;&#33;"])) + escaped(
                text
            )
        if draw(st.booleans()):
            return escaped(text)
        return draw(
            st.sampled_from(
                [
                    f"<![CDATA[{text.replace(']]>', '')}]]>",
                    "".join(f"&#{ord(sign)};" for sign in text if sign != "\x0d"),
                    escaped(text[:3]) + "<!-- c -->" + escaped(text[3:]),
                    escaped(text) + "<b>x</b>",
                    escaped(text).replace('"', "&quot;").replace("'", "&apos;"),
                ]
            )
        )

    def field(tag: str) -> str:
        if draw(st.integers(0, 3)) == 0:
            return f"<{tag}/>" if plain or draw(st.booleans()) else f"<{tag} a='1' />"
        return f"<{tag}>{value(draw(TEXT))}</{tag}>"

    layouts = st.lists(st.sampled_from(TAGS), max_size=5)
    only = draw(layouts)
    rows = [
        draw(gap).join(field(tag) for tag in (only if plain else draw(layouts)))
        for _ in range(draw(st.integers(0, 4)) if shape.row_element else 1)
    ]
    if shape.row_element:
        written = [
            f"<{shape.row_element}>{draw(gap)}{row}{draw(gap)}</{shape.row_element}>{draw(gap)}"
            for row in rows
        ]
        extra = "" if plain else draw(st.sampled_from(["", "", "<LẠ><X>1</X></LẠ>", "chữ"]))
        inside = f"<{shape.list_element}>{draw(gap)}{''.join(written)}{extra}</{shape.list_element}>"
    else:
        inside = rows[0]
    head = draw(
        st.sampled_from(
            ["", '<?xml version="1.0" encoding="utf-8"?>', '<?xml version="1.0" encoding="UTF-16"?>']
        )
    )
    mark = draw(st.sampled_from(["", "\ufeff"]))
    attributes = draw(st.sampled_from(["", ' xmlns:xsi="urn:xsi"', ' xmlns="urn:z"']))
    return f"{mark}{head}<{shape.root}{attributes}>{draw(gap)}{inside}{draw(gap)}</{shape.root}>".encode()


def seen_by_lxml(shape: Shape, data: bytes) -> Written:
    tree = lxml_tree(data)
    rows = [tree]
    if shape.row_element:
        rows = [
            row for each in children(tree, shape.list_element) for row in children(each, shape.row_element)
        ]
    layouts = [tuple(local(field) for field in children(row)) for row in rows]
    values = [[unicodedata.normalize("NFC", text_of(field)) for field in children(row)] for row in rows]
    return layouts, values


def seen_by_us(read: TableRead) -> Written:
    rows = [(layout, row) for layout, rows in read.runs for row in rows]
    return [layout for layout, _ in rows], [list(row[: len(layout)]) for layout, row in rows]


SHAPES = (shapes()["XML1"], shapes()["XML2"])
ANY_TABLE = st.sampled_from(SHAPES).flatmap(lambda shape: st.tuples(st.just(shape), table_documents(shape)))
PLAIN_TABLE = st.sampled_from(SHAPES).flatmap(
    lambda shape: st.tuples(st.just(shape), table_documents(shape, plain=True))
)


@given(ANY_TABLE)
@settings(max_examples=150, deadline=None)
def test_the_careful_parser_sees_what_lxml_sees(given_table: tuple[Shape, bytes]) -> None:
    shape, data = given_table
    assert seen_by_us(parse_table(shape, data, LIMITS)) == seen_by_lxml(shape, data)


def taught(shape: Shape, *documents: bytes) -> LearnedTables:
    learned = LearnedTables()
    for data in documents:
        read = parse_table(shape, data, LIMITS)
        for _ in range(3):
            learned.learn(shape, data, read)
    return learned


@given(PLAIN_TABLE)
@settings(max_examples=150, deadline=None)
def test_a_plain_document_is_learnt_and_read_as_lxml_reads_it(given_table: tuple[Shape, bytes]) -> None:
    shape, data = given_table
    read = taught(shape, data).read(shape, data)
    layouts, values = seen_by_lxml(shape, data)
    if read is not None:
        assert seen_by_us(read) == (layouts, values)
    usual = layouts and layouts[0] and b"UTF-16" not in data
    assert not usual or read is not None


@st.composite
def broken_tables(draw: st.DrawFn) -> tuple[Shape, bytes, bytes]:
    """A plain document and the same with a few bytes taken out, put in, doubled or moved."""
    shape, data = draw(PLAIN_TABLE)
    broken = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(broken)))
        to = min(at + draw(st.integers(0, 25)), len(broken))
        put = draw(
            st.sampled_from(
                [
                    *(b"", b"<", b">", b"/", b"&", b"&#xD;", b"&#x1;", b"]]>", b"\x00", b"\x0b", b"\r"),
                    *(b"\xcc\xb8", b"\xef\xbf\xbe", b"\xc0", b"<!-- -->", b"<![CDATA[x]]>", b"<MA_LK/>"),
                    *(
                        b"</MA_LK>",
                        b"<STT>1</STT>",
                        b"&#55296;",
                        b"&#1114112;",
                        b"&#xfffe;",
                        bytes(broken[at:to]) * 2,
                    ),
                ]
            )
        )
        broken[at:to] = put
    return shape, data, bytes(broken)


@given(broken_tables())
@settings(max_examples=500, deadline=None)
def test_the_quick_way_never_reads_what_the_parser_would_read_otherwise(
    case: tuple[Shape, bytes, bytes],
) -> None:
    shape, data, broken = case
    read = taught(shape, data).read(shape, broken)
    if read is not None:
        assert (
            seen_by_us(read) == seen_by_us(parse_table(shape, broken, LIMITS)) == seen_by_lxml(shape, broken)
        )


@given(broken_tables())
@settings(max_examples=200, deadline=None)
def test_the_careful_parser_and_lxml_agree_on_what_is_broken(case: tuple[Shape, bytes, bytes]) -> None:
    shape, _, broken = case
    try:
        read = parse_table(shape, broken, LIMITS)
    except Unreadable:
        return
    try:
        assert seen_by_us(read) == seen_by_lxml(shape, broken)
    except etree.XMLSyntaxError as error:
        # Prefixes carry no meaning here, so a namespace without declaration or address is no fault.
        assert {entry.domain_name for entry in error.error_log} == {"NAMESPACE"}  # noqa: PT017


@pytest.mark.parametrize("version", [".0", "", "1", "1.x", "2.0", "1.0 "])
def test_a_version_of_xml_that_does_not_exist_is_no_xml(version: str) -> None:
    data = f'<?xml version="{version}" encoding="utf-8"?><TONG_HOP></TONG_HOP>'.encode()
    with pytest.raises(etree.XMLSyntaxError):
        lxml_tree(data)
    with pytest.raises(Unreadable):
        parse_table(SHAPES[0], data, LIMITS)


# --- whole files ---

VISITS = st.lists(
    st.tuples(TEXT, st.lists(TEXT, max_size=3), st.lists(st.sampled_from(TAGS), max_size=4)),
    min_size=1,
    max_size=6,
)


@given(VISITS)
@example([("a", ["b"], []), ("a", ["c"], ["MA_LK"])] * 5)
@settings(max_examples=50, deadline=None)
def test_columns_hold_what_was_sent(visits: list[tuple[str, list[str], list[str]]]) -> None:
    sent = []
    for name, drugs, other_layout in visits:
        lines: list[dict[str, str]] = [row_of("XML2", TEN_THUOC=drug) for drug in drugs]
        lines.append(dict.fromkeys(other_layout, name))
        sent.append({"XML1": [row_of("XML1", HO_TEN=name)], "XML2": lines})
    source = BytesSource(claims_file([dossier(tables) for tables in sent]))
    batch = read_batch(source, index_file(source).dossiers)

    for kind in ("XML1", "XML2"):
        rows = [
            (at, number, row) for at, tables in enumerate(sent) for number, row in enumerate(tables[kind], 1)
        ]
        table = batch.tables[kind]
        assert list(zip(table.dossier, table.row, strict=True)) == [(at, number) for at, number, _ in rows]
        assert [table.layouts[number] for number in table.layout] == [tuple(row) for _, _, row in rows]
        for name, column in table.columns.items():
            assert column == [settled(row.get(name)) for _, _, row in rows]


def settled(value: str | None) -> str | None:
    if value is None:
        return None
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
