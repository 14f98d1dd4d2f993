"""`/dang-ky-hanh-nghe`: what a facility or a province has to do about registrations, and by when."""

import uuid
from datetime import date

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from khoyte.foundation.calendar import today
from khoyte.foundation.errors import KhoyteError
from khoyte.practice import actions, duties, education_duties, presenters
from khoyte.registers import actions as registers
from khoyte.registers import content as contents
from khoyte.registers import presenters as of_registers
from khoyte.registers import queries
from khoyte.registers.errors import Changed, NotNow, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Record
from khoyte.registers.pages.lists import page_number
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.policy import Actor, decide
from khoyte.units.queries import names_of
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded

NAME = "practice_registrations"


@guarded("register.write", methods=READING)
def overview(request: ActingRequest) -> HttpResponse:
    found = duties.open_duties(request.actor)
    overlaps = duties.open_overlaps(request.actor)
    names = names_of(
        {
            *(one.facility for one in found),
            *(code for one, _, _ in overlaps for code in (one.facility, one.other_facility)),
        }
    )
    facility = request.actor.facility
    short = education_duties.short_at(facility, today()) if facility else None
    may_review = bool(decide(request.actor, "register.review"))
    context = {
        "overdue": sum(one.due < today() for one in found),
        "count": len(found),
        "table": presenters.duty_table(found, names, today(), may_review=may_review),
        "education": education_duties.table(short, today(), page_number(request))
        if short is not None
        else None,
        "overlaps": presenters.overlap_lines(overlaps, names),
        "as_of": timezone.now(),
    }
    return render(request, "practice/registrations.html", context)


@guarded("register.write", transaction=False)
@require_http_methods(["GET", "POST"])
def registration(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    if request.method == "GET":
        with strangers_noted(request.actor, NAME, id), speaking_as(request.actor):
            return _page(request, id)
    try:
        with strangers_noted(request.actor, NAME, id), speaking_as(request.actor):
            _act(request, id)
    except (WrongRecord, NotNow, Changed) as problem:
        with speaking_as(request.actor):
            return _page(request, id, problem=problem, status=problem.status)
    return HttpResponseRedirect(f"/so-dang-ky/{NAME}/{id}")


@guarded("register.write")
@require_POST
def explain(request: ActingRequest, id: int) -> HttpResponse:
    actions.explain_overlap(id=id, reason=request.POST.get("ly-do", ""), by=request.actor)
    return HttpResponseRedirect("/dang-ky-hanh-nghe")


def _act(request: ActingRequest, id: uuid.UUID) -> None:
    _to_write(id, request.actor)
    if request.POST.get("viec") == "giay":
        registers.confirm_on_paper(
            register=register(NAME), id=id, paper=request.POST.get("van-ban", ""), by=request.actor
        )
        return
    actions.report_leaving(id=id, last_day=typed_day(request), by=request.actor)


def _to_write(id: uuid.UUID, actor: Actor) -> Record:
    """The page is for who may act on the registration; who may read it has the register's own."""
    one = queries.record_of(register(NAME), id, actor)
    if not decide(actor, "register.write", queries.facts_of(one, actor)):
        raise UnknownRecord
    return one


def typed_day(request: ActingRequest) -> date:
    """Raises WrongRecord for what is no day."""
    try:
        return date.fromisoformat(request.POST.get("ngay-cuoi", ""))
    except ValueError:
        raise WrongRecord({"valid_to": [presenters.NO_DAY]}) from None


def _page(
    request: ActingRequest, id: uuid.UUID, *, problem: KhoyteError | None = None, status: int = 200
) -> HttpResponse:
    found = register(NAME)
    one = _to_write(id, request.actor)
    note_read(request.actor, NAME, one)
    content = contents.content_of(found.declaration, one)
    context = {
        "record": one,
        "title": queries.name_of(found.declaration, content),
        "state": of_registers.state_tag(one),
        "sections": of_registers.sections(found.declaration, content, queries.proofs(one), masked=True),
        "may_leave": one.state == "confirmed",
        "may_paper": one.level == "practitioner",
        "left_without": one.state == "confirmed" and duties.left_without(one),
        "problem": problem,
        "problems": presenters.problem_words(problem),
        "today": today().isoformat(),
    }
    return render(request, "practice/registration.html", context, status=status)
