"""Weekly hours as people write them → minutes of the week, kept beside the words.

"T2-T6 7:00-11:30, 13:00-16:30; T7 7h-11h; CN nghỉ" and "24/7" are understood. Minutes count from Monday 0:00
(thứ hai); a week has 10,080. What is not understood has no minutes, so that nothing can be said of it:
registers refuse it where it is typed and warn of it in files.
"""

import re
from collections.abc import Callable, Iterator

import polars as pl

from khoyte.foundation.text import fold

DAY = 24 * 60
WEEK = 7 * DAY
_DAYS = {"t2": 0, "t3": 1, "t4": 2, "t5": 3, "t6": 4, "t7": 5, "cn": 6}
_DAY_WORDS = (
    (r"thu\s*hai|thu\s*2", "t2"),
    (r"thu\s*ba|thu\s*3", "t3"),
    (r"thu\s*tu|thu\s*4", "t4"),
    (r"thu\s*nam|thu\s*5", "t5"),
    (r"thu\s*sau|thu\s*6", "t6"),
    (r"thu\s*bay|thu\s*7", "t7"),
    (r"chu\s*nhat", "cn"),
    (r"hang ngay|hang tuan|ca tuan|tat ca cac ngay", "t2-cn"),
    (r"\bden\b|–|—", "-"),
    (r"\bva\b", ","),
)
_TIME = r"(\d{1,2})(?:[:hg.](\d{2})?)?"
_SPAN = re.compile(rf"{_TIME}\s*-\s*{_TIME}")
_DAY_SPAN = re.compile(r"\b(t[2-7]|cn)\b(?:\s*-\s*\b(t[2-7]|cn)\b)?")
_NO_DAY = re.compile(r"\bt(?![2-7]\b)\d+\b")
_ALWAYS = re.compile(r"\b24\s*/\s*(?:7|24)\b|24/24")


def spans(written: str | None) -> list[tuple[int, int]] | None:
    """(first minute, minute after the last) in order; None when the words are not understood.

    A span that ends at or before its beginning goes on into the next day.
    """
    text = fold(written or "")
    for words, plain in _DAY_WORDS:
        text = re.sub(words, plain, text)
    if not text or _NO_DAY.search(text):
        return None
    if _ALWAYS.search(text) and not _DAY_SPAN.search(text):
        return [(0, WEEK)]
    found: list[tuple[int, int]] = []
    for part in text.split(";"):
        if not part.strip():
            continue
        one = list(_part_spans(part))
        if None in one or (not one and "nghi" not in part):
            return None
        found += [span for span in one if span]
    return merged(found) if found else None


def _part_spans(part: str) -> Iterator[tuple[int, int] | None]:
    """Groups of days followed by their times: "t2-t6 7:00-11:30, 13:00-16:30, t7 7:00-11:00".

    None for a time that does not exist or has no day: the rest of the words cannot be trusted either.
    """
    days: list[int] = []
    place, after_time = 0, True
    while place < len(part):
        day = _DAY_SPAN.match(part, place)
        time = _SPAN.match(part, place)
        if day:
            days = ([] if after_time else days) + _days_between(day.group(1), day.group(2) or day.group(1))
            after_time, place = False, day.end()
        elif time:
            span = _minutes(*time.groups())
            if span is None or not days:
                yield None
                return
            yield from (_on(one, span) for one in days)
            after_time, place = True, time.end()
        else:
            place += 1


def _days_between(first: str, last: str) -> list[int]:
    start, end = _DAYS[first], _DAYS[last]
    return [day % 7 for day in range(start, (end if end >= start else end + 7) + 1)]


def _minutes(h1: str, m1: str | None, h2: str, m2: str | None) -> tuple[int, int] | None:
    start, end = int(h1) * 60 + int(m1 or 0), int(h2) * 60 + int(m2 or 0)
    if start > DAY or end > DAY or int(m1 or 0) > 59 or int(m2 or 0) > 59:
        return None
    return start, end if end > start else end + DAY


def _on(day: int, span: tuple[int, int]) -> tuple[int, int]:
    return day * DAY + span[0], day * DAY + span[1]


CLOSED_WORDS = ("nghi", "dong cua")


def holiday_spans(written: str | None) -> list[tuple[int, int]] | None:
    """Hours on holidays, "7:00-11:00, 13:00-16:00", "24/7" or "Nghỉ": minutes of such a day, clipped to it.

    [] where the place is closed; None where nothing is written or the words are not understood.
    """
    text = fold(written or "").strip(" .")
    if text.startswith(CLOSED_WORDS) and not _SPAN.search(text):
        return []
    if not text or _DAY_SPAN.search(text) or ";" in text:
        return None
    found = [(0, DAY)] if _ALWAYS.search(text) else spans(f"t2 {text}")
    return found and [(start, min(end, DAY)) for start, end in found if start < DAY]


def merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order and without overlap; what runs over Sunday's end begins the week."""
    wrapped = [(start, min(end, WEEK)) for start, end in found]
    wrapped += [(0, end - WEEK) for _, end in found if end > WEEK]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(wrapped):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def week_of(written: str | None) -> str | None:
    """The minutes as PostgreSQL's int4multirange; None where the words are not understood or missing."""
    found = spans(written)
    return None if found is None else "{" + ",".join(f"[{start},{end})" for start, end in found) + "}"


def contains(written: str | None, minute: int) -> bool | None:
    """Whether a minute of the week lies within the hours; None when they are not understood."""
    found = spans(written)
    return None if found is None else any(start <= minute < end for start, end in found)


def unreadable(name: str, read: Callable[[str], object] = spans) -> pl.Expr:
    """True where a column holds words that are no hours; empty ones are another matter."""

    def judged(column: pl.Series) -> pl.Series:
        wrong = [text for text in column.drop_nulls().unique() if read(text) is None]
        return column.is_in(wrong)

    return pl.col(name).map_batches(judged, return_dtype=pl.Boolean)
