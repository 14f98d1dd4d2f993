"""The training province (tỉnh tập huấn): invented units in which everything may be tried and nothing counts.

It is known by its codes alone: those of its office and facilities begin with TH, and no other office or
facility has such a code (a constraint of the table of units). Nobody outside it sees its records, also not
those who see everything; it sees nobody's. What leaves the platform or is counted over the country leaves it
out. PostgreSQL knows the same beginning (`guidance/migrations/0002_walls.py`).
"""

import re

from khoyte.foundation.language import Text

BEGINNING = "TH"
MARK = "TAPHUAN"
"""What numbers of licences and certificates hold in the training province, so that none is a real one."""
INVENTED_PERSON = "999"
"""Place code no real personal number has (Circular 59/2021/TT-BCA gives 001 to 096)."""

_OFFICE = re.compile(rf"{BEGINNING}[0-9A-Z]{{2}}")
# SQL for "this unit or row is not of the training province"; the column is one of ours.
NOT_TRAINING = f"left({{}}, {len(BEGINNING)}) <> '{BEGINNING}'"


def is_training(code: str) -> bool:
    """Whether a unit's code (of an office or a facility) is of the training province."""
    return code.startswith(BEGINNING) and len(code) in (4, 5)


def is_office(code: str) -> bool:
    return _OFFICE.fullmatch(code) is not None


def looks_real(field: str, value: str) -> Text | None:
    """Why a value may not stand in a register of the training province; None when it may.

    `field` is a name of a declared register's field. Real persons and licences have no place there.
    """
    if not value:
        return None
    if field == "personal_number" and not value.startswith(INVENTED_PERSON):
        return REAL_PERSON
    if field in NUMBERS and MARK not in value.upper():
        return REAL_NUMBER
    return None


NUMBERS = ("licence_number", "old_certificate", "certificate_number", "gpp_number")
FIELDS = ("personal_number", *NUMBERS)
REAL_PERSON = Text(
    vi=f"Tỉnh tập huấn chỉ nhận số định danh bịa, bắt đầu bằng {INVENTED_PERSON}. "
    "Không nhập số của người thật.",
    en=f"The training province takes invented personal numbers only; they begin with {INVENTED_PERSON}.",
)
REAL_NUMBER = Text(
    vi=f"Tỉnh tập huấn chỉ nhận số giấy phép, chứng nhận bịa, có chữ {MARK}, ví dụ 000123/{MARK}-GPHN.",
    en=f"The training province takes invented numbers only, with {MARK} in them: 000123/{MARK}-GPHN.",
)
FIX = Text(
    vi=f"Thay bằng số bịa: số định danh bắt đầu bằng {INVENTED_PERSON}; số giấy phép có chữ {MARK}.",
    en=f"Use invented numbers: {INVENTED_PERSON}… for persons, {MARK} in those of licences.",
)
