"""`/ra-soat`: the work queue of a level of review, and one case: declared beside confirmed, then decided."""

import base64
import uuid
from datetime import date

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from khoyte.foundation.calendar import today
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.registers import actions, presenters, queries, reviewing
from khoyte.registers import content as contents
from khoyte.registers.declaration import FACILITY_LEVEL, PROVINCE_LEVEL
from khoyte.registers.errors import Changed, NotNow, NotOpened, OwnFile, WrongRecord
from khoyte.registers.known import register, registers
from khoyte.registers.ladder import Act
from khoyte.registers.models import Case, is_uuid
from khoyte.registers.return_letter import RETURN_LETTER
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded

ROWS = 50
LEADS = {role for level in (FACILITY_LEVEL, PROVINCE_LEVEL) for role in level.lead_roles}
MOST_COUNTED = 1_000


@guarded("register.review", methods=READING)
def queue(request: ActingRequest) -> HttpResponse:
    return _queue(request, request.GET.get("so", ""))


def _queue(request: ActingRequest, chosen: str, problem: KhoyteError | None = None) -> HttpResponse:
    labels = {one.name: one.declaration.label for one in registers()}
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
        "escalated": rows.filter(escalated_at__isnull=False)[: MOST_COUNTED + 1].count()
        if request.actor.role in LEADS
        else 0,
        "overdue": rows.filter(due_on__lt=today())[: MOST_COUNTED + 1].count(),
        "problem": problem,
    }
    return render(request, "registers/queue.html", context, status=getattr(problem, "status", 200))


def _after(rows: QuerySet[Case], place: str) -> QuerySet[Case]:
    try:
        day, _, id = base64.urlsafe_b64decode(place.encode()).decode().partition(" ")
        due, key = date.fromisoformat(day), uuid.UUID(id)
    except ValueError:
        return rows
    return rows.filter(due_on__gte=due).filter(Q(due_on__gt=due) | Q(id__gt=key))


@guarded("register.review", methods=("POST",))
@require_POST
def begin_batch(request: ActingRequest) -> HttpResponse:
    """Take the first so many of the queue, as filtered, to be confirmed together."""
    rows = queries.waiting_cases(request.actor).filter(kind="review")
    asked = request.POST.get("so", "")[:40]
    if asked:
        rows = rows.filter(register=asked)
    wanted = request.POST.get("bao-nhieu", "")
    most = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 0
    chosen = list(rows.values_list("pk", flat=True)[: min(most, reviewing.LARGEST_BATCH)])
    try:
        made = reviewing.begin_batch(cases=chosen, by=request.actor)
    except NotOpened as problem:
        return _queue(request, asked, problem)
    return HttpResponseRedirect(f"/ra-soat/dot/{made.pk}")


@guarded("register.review")
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """One's own batch: the sample to open, then the whole to confirm."""
    found = reviewing.batch_of(id, request.actor)
    problem: KhoyteError | None = None
    if found.state == "open" and reviewing.is_broken(found):
        found = reviewing.end_broken(found, by=request.actor)
    elif request.method == "POST":
        try:
            reviewing.confirm_batch(id, by=request.actor)
            return HttpResponseRedirect(request.path)
        except NotOpened as refused:
            problem = refused
    context = {
        "batch": found,
        "sample": [(case, str(case.pk) in found.opened) for case in queries.cases_of(found.sample)],
        "doubtful": [(case, str(case.pk) in found.opened) for case in queries.cases_of(found.doubtful)],
        "problem": problem,
        "broken": reviewing.BROKEN,
        "together": len(found.cases) - len(set(found.doubtful) - set(found.opened)),
        "all_opened": set(found.sample) <= set(found.opened),
    }
    return render(request, "registers/batch.html", context, status=409 if problem else 200)


@guarded("register.review", transaction=False)
@require_http_methods(["GET", "POST"])
def review(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    if request.method == "GET":
        with strangers_noted(request.actor, "case", id), speaking_as(request.actor):
            case = queries.case_to_review(id, request.actor)
            batch = is_uuid(request.GET.get("dot", ""))
            if batch is not None:
                reviewing.note_opened(batch, case.pk, by=request.actor)
            return _page(request, case)
    problem: KhoyteError
    try:
        with strangers_noted(request.actor, "case", id), speaking_as(request.actor):
            _decide(request, id)
            if request.POST.get("viec") == "tra-lai-van-ban":
                case = queries.case_of(id)
                address = f"/so-dang-ky/{case.register}/{case.record}/van-ban/{RETURN_LETTER.name}"
                return HttpResponseRedirect(address)
            if is_uuid(request.GET.get("dot", "")) is not None:
                return HttpResponseRedirect(f"/ra-soat/dot/{is_uuid(request.GET['dot'])}")
            following = queries.waiting_cases(request.actor).values_list("pk", flat=True).first()
        return HttpResponseRedirect(f"/ra-soat/{following}?xong=1" if following else "/ra-soat")
    except (WrongRecord, NotNow, Changed, OwnFile) as refused:
        problem = refused
    with speaking_as(request.actor):
        return _page(
            request,
            queries.case_to_review(id, request.actor),
            problem=problem,
            status=getattr(problem, "status", 422),
        )


def _decide(request: ActingRequest, id: uuid.UUID) -> None:
    case = queries.case_to_review(id, request.actor)
    found = register(case.register)
    if case.kind == "mismatch":
        reason, chosen = request.POST.get("ly-do", ""), request.POST.getlist("lay-theo-nguoi")
        reviewing.settle_mismatch(id, chosen=chosen, reason=reason, by=request.actor)
        return
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
    told = reviewing.differences(case) if case.kind == "mismatch" else []
    lines = presenters.compared(declaration, now, then)
    steps = queries.steps(record)
    context = {
        "case": case,
        "declaration": declaration,
        "record": record,
        "facility": presenters.unit_words(case.facility),
        "level": declaration.level(case.level).label,
        "due": presenters.due_tag(case.due_on, today()),
        "open": case.closed_at is None,
        "lines": lines,
        "changed": [line for line in lines if line.changed],
        "unchanged": [line for line in lines if not line.changed],
        "has_before": then is not None,
        "documents": presenters.documents_shown(
            declaration, record, queries.documents_of(declaration, record), then
        ),
        "warnings": [
            *presenters.warnings(declaration, now),
            *queries.unheld(declaration, now),
            *found.doubts(record, now),
        ],
        "history": presenters.history(declaration, queries.versions(record), steps),
        "sent_because": next((one.reasons.get("") for one in steps if one.act == Act.SUBMIT.value), ""),
        "differences": [(found.declaration.by_name[one.field].label, one) for one in told],
        "from_insurance": case.kind == "mismatch" and reviewing.said_by(case) == reviewing.INSURANCE,
        "may_settle": reviewing.may_settle(case, request.actor),
        "first_of_two": case.seen_by.split("\n")[0],
        "problem": problem,
        "done": request.GET.get("xong") == "1",
        "batch": is_uuid(request.GET.get("dot", "")),
    }
    return render(request, "registers/review.html", context, status=status)
