"""The timeline of plans: twelve months across, one bar per task from where it begins to its last day.

How a task stands is told by the form of its bar and by the words beside it, never by colour alone: an outline
is the time a task has, its filling the progress, stripes the days beyond the last one, a line through the
middle that data say otherwise. Documents seldom print where a task begins; what they do not print is drawn
with a broken outline or, where nothing is known, as the mark of the last day alone.
"""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Tag, Words
from khoyte.monitor.dates import read_due
from khoyte.monitor.models import Document
from khoyte.monitor.overview import Brief
from khoyte.monitor.presenters import TAGS, due_words
from khoyte.monitor.queries import Line
from khoyte.monitor.standing import State

MONTHS = 12
BEFORE = 3
"""Months shown before the one in the middle of attention, so that what has just been missed is still seen."""
_WIDE, _HIGH = 1200, 20  # units of the drawing; a month is 100 wide
_BEYOND = (State.LATE, State.DISPUTED)


@dataclass(frozen=True)
class Window:
    """The months that are shown; `first` is the first day of the first of them."""

    first: date

    @classmethod
    def around(cls, day: date) -> "Window":
        return cls(moved(day.replace(day=1), -BEFORE))

    @property
    def end(self) -> date:
        """The first day that is no more shown."""
        return moved(self.first, MONTHS)

    @property
    def months(self) -> list[date]:
        return [moved(self.first, number) for number in range(MONTHS)]

    def place(self, day: date) -> int:
        """Where a day begins, 0 to 1200, all months alike wide; what lies outside stands at the edge."""
        if day < self.first:
            return 0
        if day >= self.end:
            return _WIDE
        month = (day.year - self.first.year) * 12 + day.month - self.first.month
        return round(100 * (month + (day.day - 1) / monthrange(day.year, day.month)[1]))


def moved(first: date, months: int) -> date:
    """The first day of the month so many months on."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True)
class Begin:
    """From when a task runs. `printed`: the document, or the last day of what it waits for, says so."""

    on: date | None
    printed: bool = False


def begins(line: Line, document: Document | None, waits_until: date | None) -> Begin:
    """The latest of what is known: the day of the document, the term of the task, what it waits for.

    Where a document leaves its day empty, the year that it prints, or else the day the task was entered here:
    not as printed. A beginning behind the last day is the document's own contradiction and is not drawn.
    """
    task = line.task
    term = (
        re.search(r"(?<!\d)(\d{4})\s*[-–]\s*\d{4}(?!\d)", task.due_printed)
        if task.due_kind == "term"
        else None
    )
    printed = read_due(document.day_printed) if document and document.day_printed else None
    known = [
        day
        for day in (
            waits_until,
            date(int(term[1]), 1, 1) if term else None,
            printed.on if printed and printed.kind == "day" else None,
        )
        if day
    ]
    found = Begin(max(known), printed=True) if known else Begin(_year_of(document) or _entered(line))
    return found if found.on and task.due_on and found.on <= task.due_on else Begin(None)


def _entered(line: Line) -> date | None:
    return in_vietnam(line.task.recorded_at).date() if line.task.recorded_at else None


def _year_of(document: Document | None) -> date | None:
    year = re.search(r"năm (\d{4})", document.day_printed) if document else None
    return date(int(year[1]), 1, 1) if year else None


@dataclass(frozen=True)
class Split:
    """Tasks with a last day, parted by the window: `shown` in order, those wholly before and after it."""

    shown: Sequence[Brief]
    before: int
    after: int


def split(found: Sequence[Brief], window: Window, today: date) -> Split:
    """What ends in the window by its last day; then what is late from before it and runs on to today."""
    dated = sorted((one for one in found if one.due_on), key=lambda one: one.due_on or date.max)
    inside = [one for one in dated if one.due_on and window.first <= one.due_on < window.end]
    runs_on = window.first <= today
    late = [one for one in dated if one.due_on and one.due_on < window.first
            and one.state in _BEYOND and runs_on]  # fmt: skip
    after = sum(1 for one in dated if one.due_on and one.due_on >= window.end)
    return Split([*inside, *late], len(dated) - len(inside) - len(late) - after, after)


def drawing(line: Line, begin: Begin, window: Window, today: date) -> SafeString:
    """The bar of one task as a drawing that says itself what it shows."""
    due = line.task.due_on
    if due is None:
        return mark_safe("")
    last = window.place(due + timedelta(days=1))
    first = window.place(begin.on) if begin.on else last
    share = _share(line)
    drawn = mark_safe("")
    if begin.on and begin.on < window.end:
        css = "span" if begin.printed else "span vague"
        # What began before the window has no left edge.
        left = "" if begin.on < window.first else f"M{first} 16V4"
        right = f"M{last} 4V16" if window.first <= due < window.end else ""
        drawn += (format_html('<path class="{}" d="M{} 4H{}M{} 16H{}{}{}"/>',
                                 css, first, last, first, last, left, right))  # fmt: skip
        # The filling is a share of the whole time, also of what lies outside the window.
        filled = begin.on + timedelta(days=round(((due - begin.on).days + 1) * share))
        if (end := window.place(filled)) > first:
            drawn += format_html('<path class="fill" d="M{} 4H{}V16H{}Z"/>', first, end, first)
    if line.state in _BEYOND and due < today and (now := window.place(today)) > last:
        drawn += format_html('<path class="over" d="M{} 10H{}"/>', last, now)
    if line.state is State.DISPUTED:
        drawn += format_html('<path class="against" d="M{} 10H{}"/>', first, max(last, first + 12))
    if window.first <= due < window.end:
        drawn += format_html('<path class="last" d="M{} 0V20"/>', last)
    if window.first <= today < window.end:
        drawn += format_html('<path class="now" d="M{} -99V99"/>', window.place(today))
    return format_html(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        _WIDE,
        _HIGH,
        formats.said(told(line, begin, today)),
        drawn,
    )


def _share(line: Line) -> float:
    if line.measured is not None and line.measured.share is not None:
        return line.measured.share
    return 1.0 if line.state is State.DONE else (line.percent or 0) / 100


def told(line: Line, begin: Begin, today: date) -> Words:
    """What the bar shows, in words: "Từ 22/4/2025 đến 31/12/2025, xong 40%, quá 12 ngày"."""
    due = line.task.due_on or today
    share = formats.share(_share(line))
    words = Text("Đến {due}, xong {share}", "Until {due}, {share} done").fill(
        due=formats.day(due), share=share
    )
    if begin.on and begin.printed:
        words = Text("Từ {on} đến {due}, xong {share}", "{on} to {due}, {share} done").fill(
            on=formats.day(begin.on), due=formats.day(due), share=share
        )
    if line.state in _BEYOND and due < today:
        return Text("{words}, quá {n} ngày", "{words}, {n} days past").fill(
            words=words, n=formats.number((today - due).days)
        )
    return words


@dataclass(frozen=True)
class Row:
    """A task on the timeline, `tag` and `due` how it stands in words, `drawn` its bar."""

    line: Line
    tag: Tag
    due: Words
    drawn: SafeString


@dataclass(frozen=True)
class Month:
    """A month at the head; `year` is written under the first and under each January."""

    number: int
    year: int | None
    is_now: bool


def heads(window: Window, today: date) -> list[Month]:
    return [
        Month(one.month, one.year if one.month == 1 or one == window.first else None,
              (one.year, one.month) == (today.year, today.month))
        for one in window.months
    ]  # fmt: skip


def rows(
    found: Sequence[Line], documents: Mapping[str, Document], waits: Mapping[int, date], window: Window,
    today: date,
) -> list[Row]:  # fmt: skip
    """`waits`: task -> the last day of all that it waits for."""
    return [
        Row(
            line,
            TAGS[line.state],
            due_words(line, today)[0],
            drawing(
                line, begins(line, documents.get(line.task.document_id), waits.get(line.pk)), window, today
            ),
        )
        for line in found
    ]
