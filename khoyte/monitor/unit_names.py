"""Several units in one cell: split as officials write them, nothing dropped, nothing guessed.

Semicolons and line breaks part units. A comma parts them only where each piece begins as the name of a unit
does ("Cục Quản lý Khám, chữa bệnh" is one unit). A crowd ("các đơn vị thuộc Bộ") is doubtful.
"""

import re
from dataclasses import dataclass

from khoyte.foundation.language import Text

_BEGINS = (
    "cục", "vụ", "trung tâm", "văn phòng", "sở", "viện", "bệnh viện", "bộ", "ubnd", "thanh tra", "tổng cục",
    "bảo hiểm xã hội", "các", "y tế", "trường", "cơ sở", "đơn vị", "tập đoàn", "ban", "người hành nghề", "tổ",
)  # fmt: skip
_CROWD = re.compile(
    r"^(các|y tế các|cơ sở|đơn vị|người hành nghề|Sở Y tế( các| tỉnh|$))|liên quan", re.IGNORECASE
)
_BEGIN = "|".join(sorted(_BEGINS, key=len, reverse=True))
_COMMA = re.compile(rf",\s*(?=(?:{_BEGIN})\b)", re.IGNORECASE)
_AND = re.compile(rf"\s+và\s+(?=(?:{_BEGIN})\b)", re.IGNORECASE)
_COLON = re.compile(r"^(Sở Y tế các tỉnh):\s*(.+)$", re.IGNORECASE)
DOUBT = Text(
    "Ô nêu một nhóm đơn vị, không nêu tên từng đơn vị; cần xác nhận giao cho ai.",
    "A group of units and no names: confirm to whom it is given.",
)


@dataclass(frozen=True)
class NamedUnit:
    name: str
    doubt: Text | None = None


def read_units(printed: str) -> tuple[NamedUnit, ...]:
    """The units of a cell in their order, each once."""
    found: dict[str, NamedUnit] = {}
    for piece in re.split(r"[;\n]+", printed):
        for name in _pieces(" ".join(piece.split())):
            found.setdefault(name.casefold(), NamedUnit(name, DOUBT if _CROWD.search(name) else None))
    return tuple(found.values())


def _pieces(text: str) -> list[str]:
    several = _COLON.match(text)
    if several:  # "Sở Y tế các tỉnh: Bắc Ninh, Thái Nguyên"
        return [f"Sở Y tế tỉnh {name.strip(' .')}" for name in several[2].split(",") if name.strip(" .")]
    parts: list[str] = []
    for part in _COMMA.split(text):
        # "các Vụ, Cục", "các cơ quan, đơn vị liên quan": one crowd, not two units.
        if parts and _goes_on(parts[-1], part):
            parts[-1] = f"{parts[-1]}, {part}"
        else:
            parts.extend(_AND.split(part))
    return [part for part in (one.strip(" .,-–") for one in parts) if part]


def _goes_on(before: str, part: str) -> bool:
    if not before.casefold().startswith("các ") or part.casefold().startswith("các "):
        return False
    return part[:1].islower() or before.casefold() == "các vụ"
