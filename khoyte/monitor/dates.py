"""Deadlines as documents print them, read without guessing.

"Tháng 12/2025" is the last day of that month, "Quý IV/2026" of that quarter, "trước ngày 15 hằng tháng" a day
of every month, "thường xuyên" no end at all. "2022-2025", the term of a programme, ends with its last year
and is marked doubtful. "trước ngày 31/12/2025" is printed for the day itself and for
the day before; the day itself is taken and the phrase is marked doubtful. What is not understood is doubtful
and has no day: a person decides.
"""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from khoyte.foundation.language import Text

_DOUBT_BEFORE = Text(
    "“Trước ngày” có thể là chính ngày ấy hoặc ngày liền trước; đã lấy chính ngày ấy.",
    '"Before" may mean the day itself or the day before; the day itself is taken.',
)
_DOUBT_UNREAD = Text(
    "Không đọc được thời hạn này; ghi ngày, hoặc để trống nếu không có ngày cụ thể.",
    "This deadline cannot be read; give a day, or leave it empty where there is none.",
)
_DOUBT_SEVERAL = Text(
    "Ô có nhiều thời hạn; đã lấy thời hạn muộn nhất, cần tách thành các bước.",
    "Several deadlines in one cell; the latest is taken, split the task into steps.",
)
_DOUBT_TERM = Text(
    "Ô ghi khoảng năm; đã lấy ngày cuối của năm sau cùng.",
    "A term of years; the last day of its last year is taken.",
)
_DOUBT_NO_YEAR = Text("Thời hạn không ghi năm.", "The deadline has no year.")
_DOUBT_NO_DAY = Text("Ngày này không có trong lịch.", "There is no such day.")
_DOUBT_NUMBER = Text(
    "Ô chứa số, có thể là ngày do Excel lưu dạng số; cần xác nhận.",
    "A number, perhaps a day that Excel stored as one; confirm it.",
)


@dataclass(frozen=True)
class Due:
    """`kind`: day, month, quarter, year, term, monthly, weekly, daily, yearly, continuous, relative, none,
    unread.

    `recurs` of a recurrence: "month:15" (before the 15th of every month), "week", "day", "year".
    `also` are the other days of a cell with several. `doubt` says what a person has to confirm.
    """

    printed: str
    kind: str
    on: date | None = None
    recurs: str = ""
    doubt: Text | None = None
    also: tuple[date, ...] = ()


_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_DAY = re.compile(r"(?<![\d/])(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})(?!\d)")
_LONG_DAY = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})(?:\s+năm\s+(\d{4}))?")
_MONTH = re.compile(
    "|".join((r"\btháng\s+(\d{1,2})\s*(?:[/-]|năm)\s*(\d{4})", r"(?<![\d/.-])(\d{1,2})/(\d{4})(?!\d)"))
)
_QUARTER = re.compile(r"qu[ýí]\s+(iv|iii|ii|i|[1-4])\s*(?:[/.-]|năm)?\s*(\d{4})")
_YEAR = re.compile(r"^(?:trong |hết |cuối |đến (?:hết )?)?năm\s+(\d{4})$")
_TERM = re.compile(r"^(?:giai đoạn |năm |từ (?:năm )?)?(\d{4})\s*(?:[-–]|đến (?:năm )?)\s*(\d{4})$")
_MONTHLY = re.compile(r"ngày\s+(\d{1,2})\s+(?:hằng|hàng|mỗi)\s+tháng")
_EVERY = (
    (re.compile(r"(hằng|hàng|mỗi)\s+ngày"), "daily", "day"),
    (re.compile(r"(hằng|hàng|mỗi)\s+tuần"), "weekly", "week"),
    (re.compile(r"(hằng|hàng|mỗi)\s+tháng"), "monthly", "month"),
    (re.compile(r"(hằng|hàng|mỗi)\s+năm"), "yearly", "year"),
)
_RELATIVE = re.compile(r"theo (?:tiến độ|lộ trình|quy định|yêu cầu|kế hoạch)")
_NOTHING = {"", "-", "–", "...", "không", "không có"}
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)
_EXCEL_EPOCH = date(1899, 12, 30)


def read_due(printed: str | date | int | float | None) -> Due:
    """A cell or phrase as a deadline. Never raises; what is doubtful says so."""
    if isinstance(printed, date):
        return Due(printed.strftime("%d/%m/%Y"), "day", date(printed.year, printed.month, printed.day))
    shown = " ".join(unicodedata.normalize("NFC", str(printed if printed is not None else "")).split())
    words = shown.lower().strip(" .;,")
    if words in _NOTHING:
        return Due(shown, "none")
    if re.fullmatch(r"\d+(\.0+)?", words):
        return _number(shown, words)
    found = _term(shown, words) or _recurrence(shown, words) or _dated(shown, words)
    return found or _without_day(shown, words)


def _number(shown: str, words: str) -> Due:
    serial = int(float(words)) if len(words) < 10 else 0
    on = _EXCEL_EPOCH + timedelta(days=serial) if 36_526 <= serial <= 73_050 else None
    return Due(shown, "day" if on else "unread", on, doubt=_DOUBT_NUMBER if on else _DOUBT_UNREAD)


def _term(shown: str, words: str) -> Due | None:
    """Years from one to another: "2022-2025"."""
    found = _TERM.match(words)
    if not found:
        return None
    first, last = int(found[1]), int(found[2])
    if not _EARLIEST.year <= first <= last < _LATEST.year:
        return Due(shown, "unread", doubt=_DOUBT_UNREAD)
    return Due(shown, "term", date(last, 12, 31), doubt=_DOUBT_TERM)


def _recurrence(shown: str, words: str) -> Due | None:
    monthly = _MONTHLY.search(words)
    if monthly:
        day = int(monthly[1])
        if not 1 <= day <= 31:
            return Due(shown, "unread", doubt=_DOUBT_NO_DAY)
        return Due(shown, "monthly", recurs=f"month:{day}")
    if _DAY.search(words) or _LONG_DAY.search(words):
        return None
    return next(
        (Due(shown, kind, recurs=recurs) for found, kind, recurs in _EVERY if found.search(words)), None
    )


def _dated(shown: str, words: str) -> Due | None:
    days, impossible, left = _all_of(words)
    if impossible and not days:
        return Due(shown, "unread", doubt=_DOUBT_NO_DAY)
    if not days:
        return None
    last_on, kind = max(days)
    several = len({on for on, _ in days}) > 1
    doubt = _DOUBT_NO_DAY if impossible else _DOUBT_SEVERAL if several else None
    if doubt is None and kind == "day" and re.search(r"\btrước\b", words):
        doubt = _DOUBT_BEFORE
    if doubt is None and re.search(r"\d", left):
        doubt = _DOUBT_UNREAD
    also = tuple(sorted({on for on, _ in days} - {last_on}))
    return Due(shown, kind, last_on, doubt=doubt, also=also)


def _all_of(words: str) -> tuple[list[tuple[date, str]], bool, str]:
    """Every day named, whether one of them is in no calendar, and what of the words is left."""
    days: list[tuple[date, str]] = []
    impossible = False
    for pattern, kind, make in (
        (_DAY, "day", lambda m: date(int(m[3]), int(m[2]), int(m[1]))),
        (_LONG_DAY, "day", lambda m: date(int(m[3] or 0), int(m[2]), int(m[1]))),
        (_QUARTER, "quarter", lambda m: _end_of(int(m[2]), 3 * _quarter(m[1]))),
        (_MONTH, "month", lambda m: _end_of(int(m[2] or m[4]), int(m[1] or m[3]))),
        (_YEAR, "year", lambda m: date(int(m[1]), 12, 31)),
    ):
        for match in pattern.finditer(words):
            try:
                on = make(match)
            except ValueError:
                impossible = True
                continue
            if _EARLIEST <= on < _LATEST:
                days.append((on, kind))
            else:
                impossible = True
        words = pattern.sub(" ", words)
    return days, impossible, words


def _without_day(shown: str, words: str) -> Due:
    if "thường xuyên" in words or "liên tục" in words:
        return Due(shown, "continuous", recurs="always")
    if _RELATIVE.search(words):
        return Due(shown, "relative")
    if re.search(r"(tháng|quý)\s+(\d{1,2}|[ivx]+)$", words):
        return Due(shown, "unread", doubt=_DOUBT_NO_YEAR)
    return Due(shown, "unread", doubt=_DOUBT_UNREAD)


def _quarter(written: str) -> int:
    return _ROMAN.get(written) or int(written)


def _end_of(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise ValueError(month)
    return date(year, month, monthrange(year, month)[1])
