"""Record files made for the tests of the reader: small, invented, every part under the test's control."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from khoyte.standards import standard_on

STANDARD = standard_on(date(2026, 9, 1))
FACILITY = "99001"

Fields = Mapping[str, str]
Tables = Mapping[str, Sequence[Fields]]


def row_of(table: str, **values: str) -> dict[str, str]:
    """A row with all fields of the table in order, empty but for `values`."""
    return {spec.name: "" for spec in STANDARD.tables[table].fields} | values


def table_xml(
    table: str, rows: Iterable[Fields], *, gap: str = "", declaration: bool = True, attributes: str = ""
) -> bytes:
    """The document of one table; `gap` stands between all elements."""
    spec = STANDARD.tables[table]
    written = [gap.join(f"<{name}>{escaped(value)}</{name}>" for name, value in row.items()) for row in rows]
    if spec.row_element:
        written = [f"<{spec.row_element}>{gap}{row}{gap}</{spec.row_element}>" for row in written]
        written = [f"<{spec.list_element}>", *written, f"</{spec.list_element}>"]
    parts = [f"<{spec.root}{attributes}>", *written, f"</{spec.root}>"]
    return (('<?xml version="1.0" encoding="UTF-8"?>' if declaration else "") + gap.join(parts)).encode()


def escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def part(kind: str, content: bytes | str) -> bytes:
    """A FILEHOSO; bytes are put in base64, text stands as it is."""
    text = base64.b64encode(content).decode() if isinstance(content, bytes) else content
    return f"<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{text}</NOIDUNGFILE></FILEHOSO>".encode()


def dossier(tables: Tables) -> bytes:
    return hoso(part(kind, table_xml(kind, rows)) for kind, rows in tables.items())


def hoso(parts: Iterable[bytes]) -> bytes:
    return b"<HOSO>" + b"".join(parts) + b"</HOSO>"


def claims_file(
    dossiers: Sequence[bytes],
    *,
    facility: str = FACILITY,
    declared: object = None,
    made_on: str = "20260901",
    signature: str = "<CHUKYDONVI/>",
) -> bytes:
    count = len(dossiers) if declared is None else declared
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<GIAMDINHHS>'
        f"<THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI><THONGTINHOSO><NGAYLAP>{made_on}</NGAYLAP><SOLUONGHOSO>{count}</SOLUONGHOSO>"
        "<DANHSACHHOSO>"
    )
    tail = f"</DANHSACHHOSO></THONGTINHOSO>{signature}</GIAMDINHHS>"
    return head.encode() + b"".join(dossiers) + tail.encode()


def visit(code: str, *, drugs: int = 2, name: str = "Nguyễn Thị Ánh") -> dict[str, list[dict[str, str]]]:
    """The tables of a small visit."""
    summary = row_of("XML1", MA_LK=code, STT="1", HO_TEN=name, MA_CSKCB=FACILITY, NGAY_RA="202609011030")
    lines = [
        row_of("XML2", MA_LK=code, STT=str(number), TEN_THUOC="Paracetamol 500 mg")
        for number in range(1, drugs + 1)
    ]
    return {"XML1": [summary], "XML2": lines}


def visits_file(count: int, **header: object) -> bytes:
    return claims_file([dossier(visit(f"LK{number:05d}")) for number in range(1, count + 1)], **header)  # type: ignore[arg-type]


def checkin_file(codes: Sequence[str], *, facility: str = FACILITY) -> bytes:
    rows = [
        row_of("CHECKIN", MA_LK=code, STT=str(number), MA_CSKCB=facility)
        for number, code in enumerate(codes, 1)
    ]
    whole = table_xml("CHECKIN", rows).decode()
    return whole.replace("</CHI_TIEU", "<CHUKYDONVI>x</CHUKYDONVI></CHI_TIEU").encode()
