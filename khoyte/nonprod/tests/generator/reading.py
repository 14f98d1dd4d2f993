"""Reading back what the generator wrote, by plain lxml and not by the platform's own reader."""

import base64
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lxml import etree

Row = dict[str, str]


@dataclass
class ReadFile:
    facility: str
    made_on: str
    declared: int
    dossiers: list[dict[str, list[Row]]]
    layouts: dict[str, set[tuple[str, ...]]]


def read_file(path: Path) -> ReadFile:
    """The envelope and every table of a submission."""
    root = etree.fromstring(path.read_bytes())
    layouts: dict[str, set[tuple[str, ...]]] = {}
    dossiers = [_read_dossier(hoso, layouts) for hoso in root.iter("HOSO")]
    return ReadFile(
        root.findtext("THONGTINDONVI/MACSKCB"),
        root.findtext("THONGTINHOSO/NGAYLAP"),
        int(root.findtext("THONGTINHOSO/SOLUONGHOSO")),
        dossiers,
        layouts,
    )


def _read_dossier(hoso: etree._Element, layouts: dict[str, set[tuple[str, ...]]]) -> dict[str, list[Row]]:
    tables = {}
    for part in hoso.iter("FILEHOSO"):
        table = part.findtext("LOAIHOSO")
        inner = etree.fromstring(base64.b64decode(part.findtext("NOIDUNGFILE"), validate=True))
        rows = [inner] if len(inner) and not len(inner[0]) else list(inner[0])
        for row in rows:
            layouts.setdefault(table, set()).add(tuple(field.tag for field in row))
        tables[table] = [{field.tag: field.text or "" for field in row} for row in rows]
    return tables


def total(rows: list[Row], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))
