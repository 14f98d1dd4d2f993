"""Which tag of XML1 to XML5 goes to which typed column, from the field list of the standard.

The tables themselves are made by migrations; a test holds the two against each other.
"""

from dataclasses import dataclass

from khoyte.foundation.calendar import today
from khoyte.foundation.crypto import PERSON
from khoyte.standards import standard_on


@dataclass(frozen=True)
class Column:
    tag: str
    name: str
    kind: str  # "text" | "numeric" | "date" | "timestamp"


# Tag -> (column prefix, purpose of the keyed hash). Never stored in the clear.
SEALED = {"SO_CCCD": ("person", PERSON), "MA_THE_BHYT": ("card", "card")}
_KINDS = {"number": "numeric", "date8": "date", "date12": "timestamp"}
# Birth dates may lack day, month, hour: kept as sent.
_AS_SENT = {"NGAY_SINH"}


def _columns(table: str) -> tuple[Column, ...]:
    fields = standard_on(today()).tables[table].fields
    return tuple(
        Column(f.name, f.name.lower(), "text" if f.name in _AS_SENT else _KINDS.get(f.kind, "text"))
        for f in fields
        if f.name != "MA_LK" and not (table == "XML1" and f.name in SEALED)
    )


COLUMNS: dict[str, tuple[Column, ...]] = {
    table: _columns(table) for table in ("XML1", "XML2", "XML3", "XML4", "XML5")
}
