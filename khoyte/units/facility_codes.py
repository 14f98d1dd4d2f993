"""Codes of facilities, issued here after approval and never a second time.

The 5-character code (Decision 384/QĐ-BYT): two figures of the province, three characters. The 13-digit one
(Decision 1551/QĐ-BYT) in the manner of a GLN: prefix, serial, GS1 check digit. No text fixes its structure;
the prefix is the operator's (KHOYTE_GS1_PREFIX), else one of those GS1 leaves to everybody's own use. Every
code stands in the ledger (`FacilityCode`) for ever; the database lets no row of it go.
"""

import os
import re
from collections.abc import Iterator
from datetime import date
from itertools import product

from django.db import connection

from khoyte.foundation.identifiers import gs1_check_digit
from khoyte.foundation.language import Text
from khoyte.units.errors import WrongUnit
from khoyte.units.models import FacilityCode, Unit
from khoyte.units.policy import Actor

OWN_USE_PREFIX = "29"
_DIGITS = 12
_AFTER_FIGURES = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_SHORT = re.compile(r"[0-9]{2}[0-9A-Z]{3}\Z")


def national_code(serial: int, prefix: str = "") -> str:
    """The 13-digit code with this serial number. Raises ValueError when the prefix leaves no room for it."""
    prefix = prefix or os.environ.get("KHOYTE_GS1_PREFIX", "") or OWN_USE_PREFIX
    room = _DIGITS - len(prefix)
    if not (prefix.isascii() and prefix.isdigit()) or not 0 <= serial < 10**room:
        raise ValueError("KHOYTE_GS1_PREFIX must be figures and leave room for the serial number")
    digits = f"{prefix}{serial:0{room}d}"
    return digits + gs1_check_digit(digits)


def issue_national(unit: Unit, *, by: Actor) -> str:
    """The facility's 13-digit code, issued now unless it has one. Within the caller's transaction."""
    if unit.national_code:
        return unit.national_code
    with connection.cursor() as cursor:
        _one_at_a_time("national")
        cursor.execute("SELECT count(*) FROM facility_code WHERE kind = 'national'")
        serial = cursor.fetchone()[0] + 1
    # A prefix that was changed, or codes taken over from elsewhere, may stand in the way.
    code = next(made for made in _from(serial) if not FacilityCode.objects.filter(pk=made).exists())
    keep(unit, code, "national", by=by)
    unit.national_code = code
    unit.save(update_fields=["national_code"])
    return code


def _from(serial: int) -> Iterator[str]:
    while True:
        yield national_code(serial)
        serial += 1


def free_short(place: str) -> str:
    """The lowest 5-character code of a province that nobody has or had; figures first, then letters."""
    _one_at_a_time("short")
    taken = {
        *FacilityCode.objects.filter(code__startswith=place).values_list("code", flat=True),
        *Unit.objects.filter(code__startswith=place).values_list("code", flat=True),
    }
    for code in _shorts(place):
        if code not in taken:
            return code
    raise WrongUnit(Text(vi=f"Tỉnh {place} đã hết mã 5 ký tự.", en=f"No code is left in province {place}."))


def _shorts(place: str) -> Iterator[str]:
    yield from (f"{place}{number:03d}" for number in range(1, 1000))
    yield from (f"{place}{letter}{number:02d}" for letter, number in product(_AFTER_FIGURES, range(100)))


def check_free(code: str) -> None:
    """Raise WrongUnit for what is no 5-character code, or one that a facility has or had."""
    if not _SHORT.match(code):
        raise WrongUnit(
            Text(vi=f"Mã cơ sở {code} không đúng dạng.", en=f"{code} is not a facility code."),
            remedy=Text(
                vi="Mã gồm 2 chữ số của tỉnh và 3 ký tự là chữ số hoặc chữ in hoa.",
                en="Two figures of the province and three figures or capital letters.",
            ),
        )
    if FacilityCode.objects.filter(code=code).exists():
        raise WrongUnit(
            Text(
                vi=f"Mã {code} đã cấp cho một cơ sở và không cấp lại.",
                en=f"{code} was given to a facility and is not given again.",
            )
        )


def keep(unit: Unit, code: str, kind: str, *, by: Actor) -> FacilityCode:
    """Write a code into the ledger as the unit's. A code in the ledger stays whose it is."""
    row, _ = FacilityCode.objects.get_or_create(
        code=code, defaults={"kind": kind, "unit": unit, "issued_by": by.name}
    )
    if row.unit_id != unit.pk:
        raise WrongUnit(
            Text(vi=f"Mã {code} là của cơ sở {row.unit_id}.", en=f"{code} belongs to {row.unit_id}.")
        )
    return row


def end(unit: Unit, day: date) -> None:
    """The unit's codes are of the past from this day on; records that name them keep them."""
    FacilityCode.objects.filter(unit=unit, ended_on=None).update(ended_on=day)


def in_force(code: str) -> Unit | None:
    """The facility that answers now for what a code, old or new, of 5 or 13 signs, was given to."""
    row = FacilityCode.objects.select_related("unit").filter(code=code).first()
    unit = row.unit if row else Unit.objects.filter(code=code, kind="facility").first()
    seen: set[str] = set()
    while unit is not None and unit.succeeded_by_id and unit.code not in seen:
        seen.add(unit.code)
        unit = unit.succeeded_by
    return unit


def _one_at_a_time(kind: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"facility_code.{kind}"])
