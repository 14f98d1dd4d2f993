"""Defects of structure: tables, tags, numbering, the key that links the tables (V-002 to V-010)."""

from __future__ import annotations

import re

from khoyte.nonprod.generator.defects.kinds import Kind, Spot, care_is, lacks
from khoyte.nonprod.generator.dossier import Dossier, part_text, table_text


def _parts(dossier: Dossier) -> dict[str, str]:
    """The inner document of every table."""
    return {name: table_text(dossier.forms, name, rows) for name, rows in dossier.tables.items()}


def _hoso(parts: list[str]) -> str:
    return f"<HOSO>{''.join(parts)}</HOSO>"


def _with_inner(dossier: Dossier, table: str, inner: str) -> str:
    """The dossier with one inner document replaced."""
    parts = _parts(dossier) | {table: inner}
    return _hoso([part_text(name, text) for name, text in parts.items()])


def _without_summary(dossier: Dossier) -> Spot:
    """A dossier without XML1."""
    parts = _parts(dossier)
    del parts["XML1"]
    return Spot("XML1", 1, "", _hoso([part_text(name, text) for name, text in parts.items()]))


def _unknown_table(dossier: Dossier) -> Spot:
    """A part of a kind that the standard does not know."""
    parts = [part_text(name, text) for name, text in _parts(dossier).items()]
    unknown = part_text("XML20", table_text(dossier.forms, "XML1", dossier.tables["XML1"]))
    return Spot("", 1, "", _hoso([*parts, unknown]))


def _table_twice(dossier: Dossier) -> Spot | None:
    if "XML5" not in dossier.tables:
        return None
    parts = [part_text(name, text) for name, text in _parts(dossier).items()]
    again = part_text("XML5", table_text(dossier.forms, "XML5", dossier.tables["XML5"]))
    return Spot("XML5", 1, "", _hoso([*parts, again]))


def _cut_table(dossier: Dossier) -> Spot | None:
    """An inner document that ends in the middle; of visits, whose other tables do not depend on it."""
    if "XML5" not in dossier.tables or not care_is("01")(dossier):
        return None
    inner = table_text(dossier.forms, "XML5", dossier.tables["XML5"])
    return Spot("XML5", 1, "", _with_inner(dossier, "XML5", inner[: len(inner) // 2]))


def _missing_tag(dossier: Dossier) -> Spot:
    inner = table_text(dossier.forms, "XML1", dossier.tables["XML1"])
    return Spot(
        "XML1", 1, "NHOM_MAU", _with_inner(dossier, "XML1", re.sub("<NHOM_MAU>.*?</NHOM_MAU>", "", inner))
    )


def _tags_out_of_order(dossier: Dossier) -> Spot | None:
    if "XML2" not in dossier.tables:
        return None
    inner = table_text(dossier.forms, "XML2", dossier.tables["XML2"])
    pair = re.compile("(<DANG_BAO_CHE>[^<]*</DANG_BAO_CHE>)(<LIEU_DUNG>[^<]*</LIEU_DUNG>)")
    return Spot("XML2", 1, "LIEU_DUNG", _with_inner(dossier, "XML2", pair.sub(r"\2\1", inner, count=1)))


def _unknown_tag(dossier: Dossier) -> Spot:
    inner = table_text(dossier.forms, "XML1", dossier.tables["XML1"])
    extra = inner.replace("<GHI_CHU>", "<NHIP_TIM>80</NHIP_TIM><GHI_CHU>", 1)
    return Spot("XML1", 1, "NHIP_TIM", _with_inner(dossier, "XML1", extra))


def _other_link(dossier: Dossier) -> Spot | None:
    """Drugs that belong to another episode."""
    if "XML2" not in dossier.tables:
        return None
    for row in dossier.tables["XML2"]:
        row["MA_LK"] = f"{dossier.ma_lk}X"
    return Spot("XML2", 1, "MA_LK")


def _same_link_as_before(dossier: Dossier) -> Spot | None:
    """The key of the dossier before it: two episodes in one file under one key, neither can be attributed."""
    if dossier.before is None:
        return None
    dossier.ma_lk = dossier.before
    for rows in dossier.tables.values():
        for row in rows:
            row["MA_LK"] = dossier.before
    return Spot("XML1", 1, "MA_LK")


def _gap_in_numbers(dossier: Dossier) -> Spot | None:
    rows = dossier.tables.get("XML2", [])
    if len(rows) < 2:
        return None
    rows[-1]["STT"] = str(len(rows) + 3)
    return Spot("XML2", len(rows), "STT")


def _other_facility(dossier: Dossier) -> Spot | None:
    """A dossier of another facility inside the file."""
    if not lacks("XML6", "XML13", "XML14", "XML15")(dossier):
        return None
    dossier.tables["XML1"][0]["MA_CSKCB"] = "99046"
    return Spot("XML1", 1, "MA_CSKCB")


KINDS: tuple[Kind, ...] = (
    Kind("V-002", _other_facility),
    Kind("V-004", _without_summary),
    Kind("V-005", _unknown_table),
    Kind("V-005", _table_twice),
    Kind("V-006", _cut_table),
    Kind("V-007", _missing_tag),
    Kind("V-007", _tags_out_of_order),
    Kind("V-007", _unknown_tag),
    Kind("V-009", _other_link),
    Kind("V-009", _same_link_as_before),
    Kind("V-010", _gap_in_numbers),
)
