"""How sensitive each field of the records is, derived from the declared field list of the standard.

Information on health is sensitive personal data (Law 91/2025/QH15; Decree 356/2025/NĐ-CP, Art. 4). The
standard says which fields identify a person; everything else of a record is health data unless it is money
or serves only to keep rows apart.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from khoyte.foundation.language import Text
from khoyte.standards import standard_on

LABELS = {
    "identifying": Text("Dữ liệu nhận dạng", "Identifies the person"),
    "health": Text("Dữ liệu nhạy cảm: sức khỏe", "Sensitive: health"),
    "money": Text("Chi phí, thanh toán", "Costs"),
    "technical": Text("Kỹ thuật", "Technical"),
}
_TECHNICAL = frozenset({"STT", "MA_LK", "DU_PHONG", "MA_CSKCB", "NAM_QT", "THANG_QT"})
_MONEY = re.compile(r"(T_|THANH_TIEN|DON_GIA|TYLE_TT|MUC_HUONG|PHAM_VI|NGUON_CTRA|TT_THAU)")


@dataclass(frozen=True)
class FieldLabel:
    """One field with its class, a key of LABELS."""

    table: str
    field: str
    label: Text
    sensitivity: str


@lru_cache(maxsize=4)
def labels_on(day: date) -> tuple[FieldLabel, ...]:
    """Every field of every table of the standard in force, in its order."""
    return tuple(
        FieldLabel(table.name, field.name, field.label, _class_of(field.name, field.identifying))
        for table in standard_on(day).tables.values()
        for field in table.fields
    )


def _class_of(name: str, identifying: bool) -> str:
    if identifying:
        return "identifying"
    if name in _TECHNICAL:
        return "technical"
    return "money" if _MONEY.match(name) else "health"
