"""One key for all writings of a licence number, so that a person is not two by the way a number is typed.

Licence numbers have no fixed form (`registers.practitioners`): they are kept as printed, and found by this
key. It is looser than `standing.licence_key`, by whose hashes the gate and stored dossiers find licences.
"""

import re
import unicodedata
from functools import lru_cache

from khoyte.practice.standing import licence_key

LONGEST = 120
_ZEROS = re.compile(r"^0+(?=\d)")


@lru_cache(maxsize=100_000)
def same_number(written: str | None) -> str:
    """Letters and digits alone, without marks, case, zeros in front or the suffix of staff sent elsewhere.

    "000123/DEMO–GPHN", "123 / demo-gphn" and "0123/ĐEMO GPHN" are one. "" for what has neither letter nor
    digit.
    """
    key = licence_key(unicodedata.normalize("NFKC", written or ""))
    return _ZEROS.sub("", "".join(sign for sign in key if sign.isalnum()))[:LONGEST]
