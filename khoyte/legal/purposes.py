"""Purposes for which personal data are processed, each with its legal basis, as dated data.

The register of processing activities (Law 91/2025/QH15, Decree 356/2025/NĐ-CP) is printed from here; reading
a person's record names one of these codes, which stands in the audit log.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from khoyte.foundation.language import Text

BASES = {
    "state": Text("Hoạt động của cơ quan nhà nước theo luật", "State activity by law"),
    "law": Text("Nghĩa vụ theo luật", "Duty by law"),
    "emergency": Text("Tình huống khẩn cấp", "Emergency"),
    "contract": Text("Thực hiện hợp đồng", "Contract"),
    "consent": Text("Sự đồng ý của chủ thể dữ liệu", "Consent of the data subject"),
}
"""Căn cứ xử lý dữ liệu cá nhân."""


@dataclass(frozen=True)
class Purpose:
    """One purpose in force from a day on; `basis` is one of BASES."""

    code: str
    valid_from: date
    basis: str
    label: Text
    data: Text
    recipients: Text
    legal: str
    confidence: str

    @property
    def needs_consent(self) -> bool:
        return self.basis == "consent"


@cache
def _all() -> tuple[Purpose, ...]:
    with (Path(__file__).parent / "data" / "purposes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_purpose(row) for row in csv.DictReader(file))


def _purpose(row: dict[str, str]) -> Purpose:
    return Purpose(
        code=row["code"],
        valid_from=date.fromisoformat(row["valid_from"]),
        basis=row["basis"],
        label=Text(row["label_vi"], row["label_en"]),
        data=Text(row["data_vi"], row["data_en"]),
        recipients=Text(row["recipients_vi"], row["recipients_en"]),
        legal=row["legal"],
        confidence=row["confidence"],
    )


def purposes_on(day: date) -> dict[str, Purpose]:
    """By code the purposes in force on a day: of several lines of one code the one that began last."""
    begun = sorted((one for one in _all() if one.valid_from <= day), key=lambda one: one.valid_from)
    return {one.code: one for one in begun}


def purpose_of(code: str, day: date) -> Purpose:
    """KeyError for a purpose that is not in force."""
    return purposes_on(day)[code]
