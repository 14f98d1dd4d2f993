"""`/ra-soat`: the work queue of a level of review, and one case: declared beside confirmed, then decided."""

import base64
import uuid
from datetime import date

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.calendar import today
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.registers import actions, presenters, queries
from khoyte.registers import content as contents
from khoyte.registers.checking import check
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import Changed, NotNow, OwnFile, WrongRecord
from khoyte.registers.known import register, registers
from khoyte.registers.models import Case
from khoyte.registers.return_letter import RETURN_LETTER
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded

ROWS = 50
MOST_COUNTED = 1_000


@guarded("register.review", methods=READING)
def queue(request: ActingRequest) -> HttpResponse:
    labels = {one.name: one.declaration.label for one in registers()}
    chosen = request.GET.get("so", "")
    rows = queries.waiting_cases(request.actor)
    if chosen in labels:
        rows = rows.filter(register=chosen)
    # Counting hundreds of thousands costs more than the page; nobody needs more than "over a thousand".
    counted = rows[: MOST_COUNTED + 1].count()
    cases = list(_after(rows, request.GET.get("sau", ""))[: ROWS + 1])
    more = None
    if len(cases) > ROWS:
        last = cases[ROWS - 1]
        place = base64.urlsafe_b64encode(f"{last.due_on} {last.pk}".encode()).decode()
        more = Link(f"?so={chosen}&sau={place}", Text(vi="Xem tiếp", en="Next"))
    context = {
        "table": presenters.queue_table(cases[:ROWS], labels, today=today(), more=more),
        "more": more,
        "labels": labels,
        "chosen": chosen,
        "counted": min(counted, MOST_COUNTED),
        "over": counted > MOST_COUNTED,
        "overdue": rows.filter(due_on__lt=today())[: MOST_COUNTED + 1].count(),
    }
    return render(request, "registers/queue.html", context)


def _after(rows: QuerySet[Case], place: str) -> QuerySet[Case]:
    try:
        day, _, id = base64.urlsafe_b64decode(place.encode()).decode().partition(" ")
        due, key = date.fromisoformat(day), uuid.UUID(id)
    except ValueError:
        return rows
    return rows.filter(due_on__gte=due).filter(Q(due_on__gt=due) | Q(id__gt=key))


@guarded("register.review", transaction=False)
@require_http_methods(["GET", "POST"])
def review(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    if request.method == "GET":
        with strangers_noted(request.actor, "case", id), speaking_as(request.actor):
            return _page(request, queries.case_of(id))
    problem: KhoyteError
    try:
        with strangers_noted(request.actor, "case", id), speaking_as(request.actor):
            _decide(request, id)
            if request.POST.get("viec") == "tra-lai-van-ban":
                case = queries.case_of(id)
                address = f"/so-dang-ky/{case.register}/{case.record}/van-ban/{RETURN_LETTER.name}"
                return HttpResponseRedirect(address)
            following = queries.waiting_cases(request.actor).values_list("pk", flat=True).first()
        return HttpResponseRedirect(f"/ra-soat/{following}?xong=1" if following else "/ra-soat")
    except (WrongRecord, NotNow, Changed, OwnFile) as refused:
        problem = refused
    with speaking_as(request.actor):
        return _page(request, queries.case_of(id), problem=problem, status=getattr(problem, "status", 422))


def _decide(request: ActingRequest, id: uuid.UUID) -> None:
    case = queries.case_of(id)
    found = register(case.register)
    seen = request.POST.get("phien-ban", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 9 else 0
    if request.POST.get("viec") == "xac-nhan":
        actions.confirm(register=found, id=case.record, by=request.actor, version=version)
        return
    reasons = {name: request.POST.get(f"ly-do-{name}", "") for name in found.declaration.by_name}
    reasons[""] = request.POST.get("ly-do", "")
    actions.return_for_correction(
        register=found, id=case.record, by=request.actor, version=version, reasons=reasons
    )


def _page(
    request: ActingRequest, case: Case, *, problem: KhoyteError | None = None, status: int = 200
) -> HttpResponse:
    found = register(case.register)
    declaration = found.declaration
    record = queries.record_of(found, case.record, request.actor)
    before = queries.confirmed_version(record)
    now = contents.content_of(declaration, record)
    then = contents.opened_content(declaration, before) if before else None
    note_read(request.actor, found.name, record, purpose="review")
    lines = presenters.compared(declaration, now, then)
    context = {
        "case": case,
        "declaration": declaration,
        "record": record,
        "level": declaration.level(case.level).label,
        "due": presenters.due_tag(case.due_on, today()),
        "open": case.closed_at is None,
        "lines": lines,
        "changed": [line for line in lines if line.changed],
        "unchanged": [line for line in lines if not line.changed],
        "has_before": then is not None,
        "warnings": warnings(declaration, now),
        "history": presenters.history(declaration, queries.versions(record), queries.steps(record)),
        "problem": problem,
        "done": request.GET.get("xong") == "1",
    }
    return render(request, "registers/review.html", context, status=status)


def warnings(declaration: Declaration, content: contents.Content) -> list[Text]:
    """What the rules find worth looking at, though it stops nothing."""
    found = check(declaration, contents.frame_of(declaration, [content]))
    return [problem.message for problem in found.problems if problem.level == "W"]
