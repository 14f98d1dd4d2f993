"""`/ke-hoach`: tasks as a list, a board by unit, a timeline or a calendar; filters stay in the address."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from khoyte.foundation.calendar import today as current_day
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Pages
from khoyte.foundation.text import fold
from khoyte.monitor import presenters as present
from khoyte.monitor import queries
from khoyte.monitor.queries import Line
from khoyte.monitor.standing import State
from khoyte.submissions.pages import files
from khoyte.units.policy import decide
from khoyte.units.web import READING, ActingRequest, guarded

ROWS = 50
VIEWS = (
    ("danh-sach", Text("Danh sách", "List")),
    ("don-vi", Text("Theo đơn vị", "By unit")),
    ("dong-thoi-gian", Text("Dòng thời gian", "Timeline")),
    ("lich", Text("Lịch", "Calendar")),
)
SCOPES = (("don-vi", Text("Việc của đơn vị", "Ours")), ("tat-ca", Text("Tất cả", "All")))


@guarded("plan.read", methods=READING)
def plan(request: ActingRequest) -> HttpResponse:
    today = current_day()
    everything = queries.lines(request.actor, document=request.GET.get("van-ban", ""), today=today)
    found = filtered(request, everything)
    if request.GET.get("tai") == "xlsx":
        return files.sheet(request, "ke-hoach", [present.tasks_sheet(found, today)])
    view = next((name for name, _ in VIEWS if name == request.GET.get("xem")), "danh-sach")
    asked = request.GET.copy()
    asked["tai"] = "xlsx"
    context = {
        "views": [_link(request, "xem", name, label, view) for name, label in VIEWS],
        "view": view,
        "scopes": SCOPES,
        "scope": _scope(request),
        "documents": queries.documents(),
        "states": [(state.value, tag.label) for state, tag in present.TAGS.items()],
        "asked": {name: request.GET.get(name, "") for name in ("van-ban", "trang-thai", "q", "thieu")},
        "document": request.GET.get("van-ban", ""),
        "state": request.GET.get("trang-thai", ""),
        "words": request.GET.get("q", ""),
        "counts": present.counts(everything, document=request.GET.get("van-ban", "")),
        "kept": [(name, request.GET[name]) for name in ("thieu", "thang", "han") if request.GET.get(name)],
        "found": len(found),
        "manages": bool(decide(request.actor, "plan.manage")),
        **_VIEW[view](request, found, today, [Link(f"?{asked.urlencode()}", Text("XLSX", "XLSX"))]),
    }
    return render(request, "monitor/plan.html", context)


def filtered(request: ActingRequest, found: Sequence[Line]) -> list[Line]:
    """The tasks the address asks for."""
    state, words = request.GET.get("trang-thai", ""), fold(request.GET.get("q", ""))
    kept = list(found)
    if _scope(request) == "don-vi":
        kept = [line for line in kept if line.mine]
    if state in set(State):
        kept = [line for line in kept if line.state == state]
    if request.GET.get("thieu"):
        kept = [line for line in kept if line.gaps]
    if words:
        kept = [line for line in kept if words in fold(f"{line.task.name} {line.task.lead_printed}")]
    return kept


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


def _as_list(
    request: ActingRequest, found: list[Line], today: date, downloads: Sequence[Link]
) -> dict[str, object]:
    number = request.GET.get("trang", "1")
    page = int(number) if number.isdecimal() and len(number) < 6 else 1
    pages = Pages(max(1, min(page, -(-len(found) // ROWS))), ROWS, len(found))
    start = (pages.number - 1) * ROWS
    table = present.tasks_table(found[start : start + ROWS], today, downloads)
    shown = pages if pages.count > 1 else None
    return {"table": replace(table, total=len(found), pages=shown)}


def _as_board(
    request: ActingRequest, found: list[Line], today: date, downloads: Sequence[Link]
) -> dict[str, object]:
    return {"boards": present.boards(found, today), "downloads": downloads}


def _as_timeline(
    request: ActingRequest, found: list[Line], today: date, downloads: Sequence[Link]
) -> dict[str, object]:
    undated = [line for line in found if line.task.due_on is None]
    return {
        "months": present.months(found),
        "undated": [(line, present.TAGS[line.state], present.due_words(line, today)[0]) for line in undated],
        "downloads": downloads,
    }


def _as_calendar(
    request: ActingRequest, found: list[Line], today: date, downloads: Sequence[Link]
) -> dict[str, object]:
    first = _month(request.GET.get("thang", ""), today)
    before = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    after = date(first.year + (first.month == 12), first.month % 12 + 1, 1)
    label = Text(f"Tháng {first.month}/{first.year}", f"{first.month:02}/{first.year}")
    return {
        "weeks": present.calendar_weeks(found, first.year, first.month),
        "month": label,
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
