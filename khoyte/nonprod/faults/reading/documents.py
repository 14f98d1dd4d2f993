"""Small documents as several programs would write them, and the ways in which they come damaged."""

import base64
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from xml.sax.saxutils import escape

from khoyte.submissions.reader.shapes import Shape, shapes

TABLES = ("XML1", "XML2", "XML4", "XML7", "CHECKIN")
_GAPS = ("", "", "\n", "\r\n  ", "\t", " ")
_HEADS = (
    "",
    '<?xml version="1.0" encoding="utf-8"?>',
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
    '<?xml version="1.0" encoding="utf-16"?>',
    "\ufeff",
)
_ATTRIBUTES = ("", "", ' xmlns:xsi="urn:xsi"', ' xmlns="urn:z"')
_TEXTS = (
    "", "", "0", "1", "202609011030", "Nguyễn Thị Ánh", "Paracetamol 500 mg", "J06.9", "<5", "a & b", "99.5",
    " x ", "y  z",
    "Đặng Ước", "e\u0323\u0302", "\u212b", "“trích”", "]]", "]] >", "'\"", "\u00a0", "😀", "\t", "\n",
)  # fmt: skip
_VALUES_OF_MARKUP = ("&#65;", "&#x1F600;", "&quot;&apos;", "&#10;", "&#xD;", "&#9;")


@dataclass(frozen=True)
class Making:
    """How one program writes one table: everything that is the same in all its documents."""

    shape: Shape
    layout: tuple[str, ...]
    gap: str
    head: str
    attributes: str
    closes_itself: bool

    def write(self, chance: Random) -> bytes:
        count = chance.choice((1, 1, 2, 3)) if self.shape.row_element else 1
        rows = [self.gap.join(self._field(tag, chance) for tag in self.layout) for _ in range(count)]
        element, gap = self.shape.row_element, self.gap
        if element:
            rows = [f"<{element}>{gap}{row}{gap}</{element}>{gap}" for row in rows]
            inside = f"<{self.shape.list_element}>{gap}{''.join(rows)}</{self.shape.list_element}>"
        else:
            inside = rows[0]
        root = self.shape.root
        return f"{self.head}<{root}{self.attributes}>{gap}{inside}{gap}</{root}>".encode()

    def _field(self, tag: str, chance: Random) -> str:
        value = escape(chance.choice(_TEXTS))
        if chance.random() < 0.05:
            value += chance.choice(_VALUES_OF_MARKUP)
        if not value and self.closes_itself:
            return f"<{tag}/>"
        return f"<{tag}>{value}</{tag}>"


def any_making(chance: Random) -> Making:
    shape = shapes()[chance.choice(TABLES)]
    names = chance.sample(shape.fields, min(chance.randint(2, 7), len(shape.fields)))
    if chance.random() < 0.2:
        names.append(chance.choice((names[0], "LẠ_2", "x.y-z")))
    return Making(
        shape, tuple(names), chance.choice(_GAPS), chance.choice(_HEADS), chance.choice(_ATTRIBUTES),
        chance.random() < 0.5,
    )  # fmt: skip


def any_envelope(chance: Random) -> bytes:
    """A claims file of some tiny dossiers."""
    gap = chance.choice(_GAPS)

    usual = chance.random() < 0.7

    def part() -> str:
        kind = chance.choice(("XML1", "XML2", "XML13") if usual else ("XML1", "CHECKIN", "la", " XML3 "))
        size = chance.choice((1, 2, 3, 30) if usual else (0, 1, 2, 3, 30))
        content = base64.b64encode(chance.randbytes(size)).decode()
        return (
            f"<FILEHOSO>{gap}<LOAIHOSO>{kind}</LOAIHOSO>{gap}<NOIDUNGFILE>{content}</NOIDUNGFILE>{gap}"
            f"</FILEHOSO>{gap}"
        )

    def dossier() -> str:
        count = chance.choice((1, 1, 2, 3) if usual else (0, 1, 2, 65))
        return f"<HOSO>{gap}{''.join(part() for _ in range(count))}</HOSO>{gap}"

    dossiers = "".join(dossier() for _ in range(chance.choice((1, 2, 4))))
    head = chance.choice(_HEADS)
    return (
        f"{head}<GIAMDINHHS{chance.choice(_ATTRIBUTES)}>{gap}<THONGTINDONVI><MACSKCB>99001</MACSKCB></THONGTINDONVI>"
        f"{gap}<THONGTINHOSO><NGAYLAP>20260901</NGAYLAP><SOLUONGHOSO>2</SOLUONGHOSO>{gap}<DANHSACHHOSO>{gap}"
        f"{dossiers}</DANHSACHHOSO>{gap}</THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    ).encode()


_INSERTED = (
    b"&", b"&amp;", b"&#1;", b"&#xD;", b"&#55296;", b"&#1114112;", b"&#xfffe;", b"&lt;", b"&nbsp;",
    b"&x;", b"<", b">", b"/", b"]]>", b"]]", b"<![CDATA[x]]>", b"<![CDATA[", b"<!-- c -->", b"<!--",
    b"-->", b"<?pi a?>", b"<?", b"<!DOCTYPE a>", b'<!DOCTYPE a [<!ENTITY x "y">]>',
    b"<?xml version='1.0'?>", b"<x/>", b"<x>", b"</x>", b" a='1'", b" a='>'", b"a:", b"\x00", b"\x0b",
    b"\x1f", b"\x7f", b"\xc0", b"\xc3", b"\xff\xfe", b"\xef\xbb\xbf", b"\xef\xbf\xbe", b"\xed\xa0\x80",
    b"\xcc\xb8", b"\xc2\x85", b"\xe2\x80\xa8", b"\r", b"\n", b"\r\n", b" ", b"\t", b"</HOSO>",
    b"<HOSO>", b"<DANHSACHHOSO>", b"</DANHSACHHOSO>", b"<FILEHOSO>", b"</FILEHOSO>", b"=", b"A",
    b"\xef\xbc\xa1", b"<CHUKYDONVI/>", b"<MACSKCB>1</MACSKCB>",
)  # fmt: skip
Harm = Callable[[bytes, Random], bytes]


def _flip(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _insert(data: bytes, chance: Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(_INSERTED) + data[at:]


def _insert_by_tag(data: bytes, chance: Random) -> bytes:
    """Where markup meets text: the places a pattern could be wrong about."""
    places = [place for place, byte in enumerate(data) if byte in b"<>"]
    if not places:
        return _insert(data, chance)
    at = chance.choice(places) + chance.randint(0, 1)
    return data[:at] + chance.choice(_INSERTED) + data[at:]


def _slice(data: bytes, chance: Random) -> tuple[int, int]:
    at = chance.randint(0, len(data))
    return at, min(len(data), at + chance.randint(1, 40))


def _drop(data: bytes, chance: Random) -> bytes:
    at, to = _slice(data, chance)
    return data[:at] + data[to:]


def _double(data: bytes, chance: Random) -> bytes:
    at, to = _slice(data, chance)
    return data[:to] + data[at:]


def _elements(data: bytes, chance: Random) -> tuple[int, int] | None:
    """From the "<" of one tag to the ">" of the same or a later one."""
    opens = [place for place, byte in enumerate(data) if byte == 0x3C]
    if not opens:
        return None
    at = chance.randrange(len(opens))
    end = data.find(b">", opens[min(len(opens) - 1, at + chance.choice((0, 0, 1, 1, 3)))])
    return None if end < 0 else (opens[at], end + 1)


def _drop_tags(data: bytes, chance: Random) -> bytes:
    found = _elements(data, chance)
    return data[: found[0]] + data[found[1] :] if found else data


def _double_tags(data: bytes, chance: Random) -> bytes:
    found = _elements(data, chance)
    return data[: found[1]] + data[found[0] :] if found else data


def _nest(data: bytes, chance: Random) -> bytes:
    """Some elements inside others, where they do not belong."""
    found, at = _elements(data, chance), chance.randint(0, len(data))
    return data[:at] + data[found[0] : found[1]] + data[at:] if found else data


def _move(data: bytes, chance: Random) -> bytes:
    (at, to), there = _slice(data, chance), chance.randint(0, len(data))
    taken, rest = data[at:to], data[:at] + data[to:]
    return rest[:there] + taken + rest[there:]


def _cut(data: bytes, chance: Random) -> bytes:
    return data[: chance.randint(0, len(data))]


def _recode(data: bytes, chance: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    codec = chance.choice(("utf-16", "utf-16-le", "utf-32", "cp1258", "latin-1", "utf-8-sig", "utf-7"))
    return text.encode(codec, "xmlcharrefreplace")


def _renormalise(data: bytes, chance: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return unicodedata.normalize(chance.choice(("NFD", "NFKD", "NFKC")), text).encode()


def _change_case(data: bytes, chance: Random) -> bytes:
    at, to = _slice(data, chance)
    return data[:at] + data[at:to].swapcase() + data[to:]


def _append(data: bytes, chance: Random) -> bytes:
    return data + chance.choice((b"\n", b" ", b"x", b"<!-- end -->", b"<x/>", b"\x00", data[-20:]))


def _insert_in_value(data: bytes, chance: Random) -> bytes:
    at = _value(data, chance)[0]
    return data[:at] + chance.choice(_INSERTED) + data[at:]


def _new_value(data: bytes, chance: Random) -> bytes:
    """Text that is safe, or not, in place of another."""
    at, to = _value(data, chance)
    text = chance.choice((*_TEXTS, *_VALUES_OF_MARKUP, chr(chance.randrange(0x20, 0x3000)) * 2))
    return data[:at] + text.encode("utf-8", "surrogatepass") + data[to:]


def _value(data: bytes, chance: Random) -> tuple[int, int]:
    """A text between two tags, from a place by chance on."""
    at = data.find(b">", chance.randint(0, len(data))) + 1
    end = data.find(b"<", at)
    return at, end if end >= 0 else at


def _nothing(data: bytes, chance: Random) -> bytes:
    return data


HARMS: dict[str, Harm] = {
    harm.__name__.strip("_"): harm
    for harm in (
        _flip, _insert, _insert_by_tag, _drop, _double, _drop_tags, _double_tags, _nest, _move, _cut, _recode,
        _renormalise, _change_case, _append, _insert_in_value, _new_value, _nothing,
    )
}  # fmt: skip
# What leaves most documents readable comes more often: there the quick way has something to be wrong about.
_USUAL = (*HARMS, *("insert_in_value", "new_value", "nothing", "renormalise", "change_case") * 4)


def damaged(data: bytes, chance: Random) -> tuple[bytes, str]:
    """The document with one to three harms, and the name of the last one."""
    name = ""
    for _ in range(chance.choice((1, 1, 1, 1, 2, 3))):
        name = chance.choice(_USUAL)
        data = HARMS[name](data, chance) if data else data
    return data, name
