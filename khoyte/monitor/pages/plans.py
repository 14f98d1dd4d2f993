"""`/ke-hoach`: tasks as a list, a board by unit, a timeline or a calendar; filters stay in the address."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from khoyte.foundation.calendar import today as current_day
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Pages, Words
from khoyte.monitor import overview, queries, timeline
from khoyte.monitor import presenters as present
from khoyte.monitor.overview import Brief
from khoyte.monitor.queries import Line, Reading
from khoyte.monitor.standing import State
from khoyte.submissions.pages import files
from khoyte.units.policy import decide
from khoyte.units.web import READING, ActingRequest, guarded

ROWS = 50
# So that a view of thousands of tasks stays light; each group opens to all of its own.
UNITS, OF_A_UNIT, WITHOUT_A_DAY, OF_A_DAY = 40, 8, 12, 8
VIEWS = (
    ("danh-sach", Text("Danh sách", "List")),
    ("don-vi", Text("Theo đơn vị", "By unit")),
    ("dong-thoi-gian", Text("Dòng thời gian", "Timeline")),
    ("lich", Text("Lịch", "Calendar")),
)
STEP = 6  # months that the timeline is moved by
WEEKDAYS = (
    Text("T2", "Mo"), Text("T3", "Tu"), Text("T4", "We"), Text("T5", "Th"), Text("T6", "Fr"),
    Text("T7", "Sa"), Text("CN", "Su"),
)  # fmt: skip
SCOPES = (("don-vi", Text("Việc của đơn vị", "Ours")), ("tat-ca", Text("Tất cả", "All")))


@guarded("plan.read", methods=READING)
def plan(request: ActingRequest) -> HttpResponse:
    today = current_day()
    reading = queries.reading_of(request.actor, today)
    everything = overview.briefs(request.actor, document=request.GET.get("van-ban", ""), reading=reading)
    found = filtered(request, everything)
    if request.GET.get("tai") == "xlsx":
        lines = queries.lines_of([one.pk for one in found], request.actor, reading=reading)
        return files.sheet(request, "ke-hoach", [present.tasks_sheet(lines, today)])
    view = next((name for name, _ in VIEWS if name == request.GET.get("xem")), "danh-sach")
    asked = request.GET.copy()
    asked["tai"] = "xlsx"
    context = {
        "views": [_link(request, "xem", name, label, view) for name, label in VIEWS],
        "view": view,
        "scopes": SCOPES,
        "scope": _scope(request),
        "documents": queries.documents(),
        "states": [
            *((state.value, tag.label) for state, tag in present.TAGS.items()),
            *present.TOGETHER.items(),
        ],
        "document": request.GET.get("van-ban", ""),
        "state": request.GET.get("trang-thai", ""),
        "words": request.GET.get("q", ""),
        "unclear": bool(request.GET.get("thieu")),
        "due": _due(request),
        "kept": [(name, request.GET[name]) for name in ("thang", "han") if request.GET.get(name)],
        "counts": present.counts(everything, document=request.GET.get("van-ban", "")),
        "found": len(found),
        "manages": bool(decide(request.actor, "plan.manage")),
        **_VIEW[view](request, found, reading, [Link(f"?{asked.urlencode()}", Text("XLSX", "XLSX"))]),
    }
    return render(request, "monitor/plan.html", context)


def filtered(request: ActingRequest, found: Sequence[Brief]) -> list[Brief]:
    """The tasks the address asks for."""
    state, words, due = request.GET.get("trang-thai", ""), request.GET.get("q", "").strip(), _due(request)
    kept = list(found)
    if _scope(request) == "don-vi":
        kept = [one for one in kept if one.mine]
    if state in set(State) or state in present.TOGETHER:
        kept = [one for one in kept if one.state in state.split(",")]
    if request.GET.get("thieu"):
        kept = [one for one in kept if one.gaps]
    if due:
        kept = [one for one in kept if one.due_on and one.due_on.isoformat().startswith(due)]
    if words:
        named = overview.named(words)
        kept = [one for one in kept if one.pk in named]
    return kept


def _due(request: ActingRequest) -> str:
    """The month or the day of the deadline that is asked for: "2026-12", "2026-12-31"."""
    asked = request.GET.get("han", "")
    return asked if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", asked) else ""


def _scope(request: ActingRequest) -> str:
    """Facilities and provinces begin with what is theirs, national readers with everything."""
    asked = request.GET.get("pham-vi", "")
    if asked in ("don-vi", "tat-ca"):
        return asked
    return "don-vi" if request.actor.unit_kind in ("facility", "province") else "tat-ca"


def _link(request: ActingRequest, name: str, value: str, label: Text, current: str) -> Link:
    asked = request.GET.copy()
    asked[name] = value
    asked.pop("trang", None)
    return Link(f"?{asked.urlencode()}", label, current=value == current)


def _address(request: ActingRequest, **asked: str) -> str:
    """The list with the filters of this page and what is asked besides."""
    kept = request.GET.copy()
    for name in ("trang", "thang", "tai"):
        kept.pop(name, None)
    for name, value in {"xem": "danh-sach", **asked}.items():
        kept[name] = value
    return f"?{kept.urlencode()}"


def _lines(request: ActingRequest, groups: Iterable[Sequence[Brief]], reading: Reading) -> dict[int, Line]:
    """The tasks that are shown, with their words."""
    wanted = list(dict.fromkeys(one.pk for group in groups for one in group))
    return {line.pk: line for line in queries.lines_of(wanted, request.actor, reading=reading)}


def _group(
    name: Words,
    href: str,
    found: Sequence[Brief],
    shown: Sequence[Brief],
    lines: Mapping[int, Line],
) -> present.Group:
    today = current_day()
    rows = [
        (lines[one.pk], present.TAGS[one.state], present.due_words(lines[one.pk], today)[0])
        for one in shown
        if one.pk in lines
    ]
    return present.Group(name, href, len(found), present.tags_of(found), rows)


def page_of(request: ActingRequest, total: int) -> tuple[Pages, int]:
    """The page of a list that the address asks for, and the place of its first row."""
    number = request.GET.get("trang", "1")
    page = int(number) if number.isdecimal() and len(number) < 6 else 1
    pages = Pages(max(1, min(page, -(-total // ROWS))), ROWS, total)
    return pages, (pages.number - 1) * ROWS


def _as_list(
    request: ActingRequest, found: list[Brief], reading: Reading, downloads: Sequence[Link]
) -> dict[str, object]:
    pages, start = page_of(request, len(found))
    lines = queries.lines_of([one.pk for one in found[start : start + ROWS]], request.actor, reading=reading)
    table = present.tasks_table(lines, reading.today, downloads)
    shown = pages if pages.count > 1 else None
    return {"table": replace(table, total=len(found), pages=shown)}


def _as_board(
    request: ActingRequest, found: list[Brief], reading: Reading, downloads: Sequence[Link]
) -> dict[str, object]:
    units = present.unit_counts(overview.leads_of(found, request.actor))
    lines = _lines(request, [one.tasks[:OF_A_UNIT] for one in units[:UNITS]], reading)
    groups = [
        _group(one.name or present.NOT_PRINTED, _address(request, q=one.name), one.tasks,
               one.tasks[:OF_A_UNIT], lines)
        for one in units[:UNITS]
    ]  # fmt: skip
    return {"groups": groups, "more_units": max(0, len(units) - UNITS), "downloads": downloads}


def _as_timeline(
    request: ActingRequest, found: list[Brief], reading: Reading, downloads: Sequence[Link]
) -> dict[str, object]:
    today = reading.today
    window = timeline.Window.around(_month(request.GET.get("thang") or _due(request)[:7], today))
    parted = timeline.split(found, window, today)
    pages, start = page_of(request, len(parted.shown))
    shown = [one.pk for one in parted.shown[start : start + ROWS]]
    lines = queries.lines_of(shown, request.actor, reading=reading)
    documents = {one.code: one for one in queries.documents()}
    undated = [one for one in found if one.due_on is None]
    rest = _lines(request, [undated[:WITHOUT_A_DAY]], reading)
    middle = timeline.moved(window.first, timeline.BEFORE)
    return {
        "months": timeline.heads(window, today),
        "rows": timeline.rows(lines, documents, queries.waits_until(shown), window, today),
        "total": len(parted.shown),
        "pages": pages,
        "span": Text("{a} đến {b}", "{a} to {b}").fill(
            a=present.month_words(window.first.year, window.first.month),
            b=present.month_words(window.months[-1].year, window.months[-1].month),
        ),
        "outside": [
            (number, _moved(request, timeline.moved(middle, step), label))
            for number, step, label in (
                (parted.before, -STEP, Text("6 tháng trước", "6 months before")),
                (parted.after, STEP, Text("6 tháng sau", "6 months after")),
            )
        ],
        "now": _moved(request, today, Text("Về tháng này", "To this month"))
        if middle != today.replace(day=1) else None,
        "undated": _group(Text("Không có ngày cụ thể", "Without a day"), _address(request), undated,
                          undated[:WITHOUT_A_DAY], rest) if undated else None,
        "downloads": downloads,
    }  # fmt: skip


def _moved(request: ActingRequest, month: date, label: Text) -> Link:
    return _link(request, "thang", f"{month:%Y-%m}", label, "")


def _as_calendar(
    request: ActingRequest, found: list[Brief], reading: Reading, downloads: Sequence[Link]
) -> dict[str, object]:
    first = _month(request.GET.get("thang", ""), reading.today)
    before = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    after = date(first.year + (first.month == 12), first.month % 12 + 1, 1)
    days = present.by_day(found, first.year, first.month)
    lines = _lines(request, [own[:OF_A_DAY] for own in days.values()], reading)
    groups = [
        _group(
            present.formats.day(day),
            _address(request, han=day.isoformat()),
            own,
            own[:OF_A_DAY],
            lines,
        )
        for day, own in days.items()
    ]
    return {
        "days": list(zip(days, groups, strict=True)),
        "weeks": present.weeks(first.year, first.month, days, reading.today),
        "weekdays": WEEKDAYS,
        "month": present.month_words(first.year, first.month),
        "before": _link(request, "thang", f"{before:%Y-%m}", Text("Tháng trước", "Month before"), ""),
        "after": _link(request, "thang", f"{after:%Y-%m}", Text("Tháng sau", "Month after"), ""),
        "downloads": downloads,
    }


def _month(asked: str, today: date) -> date:
    try:
        first = date.fromisoformat(f"{asked}-01")
    except ValueError:
        return today.replace(day=1)
    return first if 2000 < first.year < 2100 else today.replace(day=1)


_VIEW: dict[str, Callable[..., dict[str, object]]] = {
    "danh-sach": _as_list,
    "don-vi": _as_board,
    "dong-thoi-gian": _as_timeline,
    "lich": _as_calendar,
}
