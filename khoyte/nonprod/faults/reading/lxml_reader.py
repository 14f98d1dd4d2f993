"""The referee: the same documents through lxml, whole trees, no shortcuts, nothing of ours."""

import unicodedata

from lxml import etree

from khoyte.submissions.reader.shapes import Shape

Written = tuple[list[tuple[str, ...]], list[list[str]]]
"""Layouts and values of all rows of a table, in order."""


class NotWellFormed(Exception):
    """lxml takes these bytes for no XML document."""


def lxml_tree(data: bytes) -> etree._Element:
    """The whole document as lxml reads it, whatever encoding it claims; raises NotWellFormed.

    Prefixes carry no meaning in these files, so one without declaration is read as well.
    """
    parser = _parser(recover=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        if {entry.domain_name for entry in parser.error_log} != {"NAMESPACE"}:
            raise NotWellFormed from None
    except ValueError:  # what lxml refuses before it parses
        raise NotWellFormed from None
    return etree.fromstring(data, _parser(recover=True))


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, encoding="utf-8", recover=recover
    )


def without_declaration(data: bytes) -> bytes:
    """lxml minds a version such as "1.N" in what stands first, or a colon in its name; expat does not, and
    nothing hangs on it."""
    return data[data.find(b"?>") + 2 :] if data.removeprefix(b"\xef\xbb\xbf").startswith(b"<?xml") else data


def local(element: etree._Element) -> str:
    # Not by etree.QName: a prefix without declaration leaves a name it does not take.
    return element.tag.rpartition("}")[2].rpartition(":")[2]


def children(element: etree._Element, name: str | None = None) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and name in (None, local(child))]


def text_of(element: etree._Element) -> str:
    if not len(element):
        return element.text or ""
    return str(element.xpath("string()"))


def table_by_lxml(shape: Shape, data: bytes) -> Written:
    """What a table's document says; raises as `lxml_tree`."""
    tree = lxml_tree(data)
    rows = [tree]
    if shape.row_element:
        rows = [
            row for each in children(tree, shape.list_element) for row in children(each, shape.row_element)
        ]
    layouts = [tuple(local(field) for field in children(row)) for row in rows]
    values = [[unicodedata.normalize("NFC", text_of(field)) for field in children(row)] for row in rows]
    return layouts, values


def contents_by_lxml(data: bytes) -> list[list[tuple[str, bytes]]]:
    """LOAIHOSO and NOIDUNGFILE of the dossiers of an envelope that stand in their usual place."""
    tree = lxml_tree(data)
    dossiers = tree.findall("{*}THONGTINHOSO/{*}DANHSACHHOSO/{*}HOSO")
    return [
        [
            (part.findtext("{*}LOAIHOSO", "").strip(), part.findtext("{*}NOIDUNGFILE", "").strip().encode())
            for part in dossier.findall("{*}FILEHOSO")
        ]
        for dossier in dossiers
    ]
