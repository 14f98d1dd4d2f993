"""`/ke-hoach/{id}`: one task, how it stands and why, and what may be done with it."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.foundation.calendar import now
from khoyte.foundation.calendar import today as current_day
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.monitor import actions, queries
from khoyte.monitor import presenters as present
from khoyte.monitor.errors import PlanProblem
from khoyte.monitor.measures import MEASURES
from khoyte.submissions.pages import files
from khoyte.units.policy import decide
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, allow, guarded

_XLSX = (Link("?tai=xlsx", "XLSX"),)


@guarded("plan.read", transaction=False)
def task(request: ActingRequest, task: int) -> HttpResponse:
    if request.method in READING:
        with speaking_as(request.actor):
            return _units(request, task) if request.GET.get("tai") == "xlsx" else _page(request, task)
    try:
        with speaking_as(request.actor):
            _act(request, task)
    except PlanProblem as problem:
        with speaking_as(request.actor):
            return _page(request, task, problem=problem, status=problem.status)
    return HttpResponseRedirect(f"/ke-hoach/{task}?da-luu=1")


def _units(request: ActingRequest, id: int) -> HttpResponse:
    """The measure of the task unit by unit, with what is foretold of each, for a spreadsheet."""
    line = queries.line_of(id, request.actor)
    table = present.units_table(queries.by_unit(line.task, request.actor), line.task.target)
    return files.sheet(request, f"nhiem-vu-{id}", [table])


def _page(
    request: ActingRequest, id: int, *, problem: KhoyteError | None = None, status: int = 200
) -> HttpResponse:
    line, actor = queries.line_of(id, request.actor), request.actor
    day, note = present.due_words(line, current_day())
    mine = actions.own_assignment(line.task, actor) if decide(actor, "plan.update") else None
    units = queries.by_unit(line.task, actor)
    context = {
        "line": line,
        "task": line.task,
        "tag": present.TAGS[line.state],
        "due": day,
        "due_note": note,
        "progress": present.progress_words(line),
        "measure": present.measure_of(line),
        "asked": measure.asked(queries.scope_of(actor))
        if (measure := MEASURES.get(line.task.measure))
        else "",
        "measured_at": now(),
        "forecast": present.forecast_facts(line.forecast),
        "units": present.units_table(units, line.task.target, _XLSX) if units else None,
        "parts": [(one, present.SAID[one.state]) for one in (*line.leads, *line.withs)],
        "mine": mine,
        "said": [(name, label) for name, label in present.SAID.items()],
        "needed": queries.needed(line.task),
        "others": queries.lines_of_document(line.task) if decide(actor, "plan.manage") else [],
        "told": present.escalations_of_task(list(queries.escalations(actor, task=line.task.pk)[:500])),
        "history": present.history(queries.entries(line.task, actor)),
        "fields": present.FIELDS,
        "manages": bool(decide(actor, "plan.manage")),
        "saved": request.GET.get("da-luu") == "1",
        "problem": problem,
        "typed": request.POST,
    }
    return render(request, "monitor/task.html", context, status=status)


def _act(request: ActingRequest, id: int) -> None:
    """What the form asks for. Raises PlanProblem, UnknownTask, Refused."""
    by, typed = request.actor, request.POST
    wanted = typed.get("viec", "")
    if wanted == "cap-nhat":
        actions.report_progress(
            task=id, by=by, state=typed.get("tinh-trang", ""), percent=_number(typed.get("ty-le", "")) or 0,
            words=typed.get("noi-dung", ""), evidence=typed.get("minh-chung", "").strip()[:300],
            person=typed.get("nguoi", "").strip()[:200], figure=_number(typed.get("so-lieu", "")),
            total=_number(typed.get("tong-so", "")),
        )  # fmt: skip
    elif wanted in ("kho-khan", "de-xuat"):
        kind = {"kho-khan": "difficulty", "de-xuat": "proposal"}[wanted]
        actions.raise_matter(task=id, kind=kind, words=typed.get("noi-dung", ""), by=by)
    elif wanted == "xu-ly":
        entry = _number(typed.get("muc", "")) or 0
        actions.settle_matter(entry=entry, words=typed.get("noi-dung", ""), by=by)
    elif wanted == "sua":
        patch = {name: typed[name] for name in actions.CHANGEABLE if name in typed}
        actions.change_task(task=id, patch=patch, reason=typed.get("ly-do", ""), by=by)
    elif wanted == "phu-thuoc":
        actions.depend(task=id, needs=_number(typed.get("can", "")) or 0, by=by)
    else:
        allow(by, "plan.update")
        raise PlanProblem(Text("Không rõ việc cần làm.", "Nothing is asked for."))


def _number(typed: str) -> int | None:
    """A whole number as people write it; None for none. Raises PlanProblem."""
    plain = typed.replace(".", "").replace(" ", "")
    if not plain:
        return None
    if not plain.isdecimal() or len(plain) > 9:
        raise PlanProblem(
            Text("“{typed}” không phải là số.", '"{typed}" is no number.').fill(typed=typed[:20])
        )
    return int(plain)
