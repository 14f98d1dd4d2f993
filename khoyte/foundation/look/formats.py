"""Values as people read them, in the language of the page.

Vietnamese is the default: 1.234.567,8 and 93%. Dates are dd/mm/yyyy in both languages; times are those of
Vietnam. Anything unknown is a dash with a word for screen readers left to the caller.
"""

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import get_language

from khoyte.foundation.calendar import as_of_text, format_date, format_instant
from khoyte.foundation.language import Text
from khoyte.foundation.numbers import percent as vn_percent
from khoyte.foundation.numbers import vn_number

NOTHING = "–"

_SWAP = str.maketrans(",.", ".,")


def language() -> str:
    """ "en" when the page is asked for in English, else "vi"."""
    return "en" if (get_language() or "vi").startswith("en") else "vi"


def said(value: object) -> str:
    """A Text in the language of the page; any other value as it stands."""
    if isinstance(value, Text):
        return value.say(language())
    return str(value)


def number(value: float | Decimal | None, decimals: int | None = None) -> str:
    """1.234.567,8 in Vietnamese and 1,234,567.8 in English."""
    if value is None:
        return NOTHING
    written = vn_number(value, decimals)
    return written.translate(_SWAP) if language() == "en" else written


def share(value: float | Decimal | None, decimals: int = 0) -> str:
    """A share of one: "93,4%" in Vietnamese and "93.4%" in English."""
    if value is None:
        return NOTHING
    written = vn_percent(value, decimals)
    return written.translate(_SWAP) if language() == "en" else written


def day(value: date | None) -> str:
    """dd/mm/yyyy of a date, or of a moment as of Vietnam."""
    return NOTHING if value is None else format_date(value)


def moment(value: datetime | None) -> str:
    """Minute of the day first, as on Vietnamese official papers: "14:05 21/11/2026"."""
    return NOTHING if value is None else format_instant(value)


def as_of(value: datetime) -> str:
    """ "tính đến 14 giờ 05, ngày 21/11/2026", the words every quick report carries."""
    return as_of_text(value, language())
