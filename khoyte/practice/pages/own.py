"""`/hanh-nghe`: a practitioner's own file, declaration, registrations and QR code. Never anybody else's."""

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from khoyte.foundation.calendar import now, today
from khoyte.foundation.errors import KhoyteError
from khoyte.practice import actions, education, own, own_records, presenters, scope, trainees
from khoyte.practice.errors import NotLinked
from khoyte.practice.pages import qr
from khoyte.practice.pages.registrations import typed_day
from khoyte.registers import joining, queries, reviewing
from khoyte.registers import presenters as of_registers
from khoyte.registers.errors import Changed, NotNow, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.pages import forms
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.queries import names_of
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded

PRACTITIONERS, REGISTRATIONS = "practitioners", "practice_registrations"
CHANGEABLE = ("draft", "returned", "confirmed")


@guarded("register.own_read", methods=READING)
def file(request: ActingRequest) -> HttpResponse:
    found = own.file_of(request.actor, now(), today())
    if found is None:
        trained = trainees.own_periods(trainees.periods_of(own.person_key(request.actor)))
        return render(
            request, "practice/own_none.html", {"linked": bool(request.actor.person), "trained": trained}
        )
    note_read(request.actor, PRACTITIONERS, found.record, purpose="self")
    places = {one.content["facility"] for one in found.places} | {one.facility for one in found.here}
    names = names_of(places | _others(found))
    is_published = found.record.confirmed_version is not None and not request.actor.is_training
    declaration = register(PRACTITIONERS).declaration
    context: dict[str, Any] = {
        "own": found,
        "headline": presenters.headline(found),
        "to_do": presenters.to_do(found, today()) + own_records.to_do(own.person_key(request.actor)),
        "state": of_registers.state_tag(found.record),
        "here": presenters.here_table(found.here, names),
        "places": presenters.place_table(found.places, names, found.departures),
        "sections": of_registers.sections(declaration, found.content, found.proofs, masked=True),
        "only_said": len(found.declared_only),
        "education": education.facts(found.content, found.attended, today()),
        "scope": scope.facts(own.person_key(request.actor), today()),
        "guided": trainees.own_guided(trainees.guided_by(found.record)),
        "trained": trainees.own_periods(trainees.periods_of(own.person_key(request.actor))),
        "declared": own_records.own_tables(own.person_key(request.actor)),
        "overlaps": presenters.overlap_lines(
            [(one, found.content["full_name"], _hours(found, one.record)) for one in _once(found.overlaps)],
            names,
        ),
        "may_change": found.record.state in CHANGEABLE,
        "mismatch": reviewing.said_by_person(found.record),
        "told": request.GET.get("da-bao", ""),
        "as_of": timezone.now(),
    }
    if is_published:
        public = queries.published_record(PRACTITIONERS, found.record.pk)
        context |= qr.shown(public.record, public.content, "/hanh-nghe/ma-qr")
    return render(request, "practice/own.html", context)


@guarded("register.own_read", methods=READING)
def picture(request: ActingRequest, kind: str) -> HttpResponse:
    record = own.record_of(request.actor)
    if record is None:
        raise UnknownRecord
    return qr.drawn(request, record.pk, kind)


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "POST"])
def declare(request: ActingRequest) -> HttpResponse:
    if request.method == "GET":
        with speaking_as(request.actor):
            return _declaring(request, None)
    typed = {name: request.POST.get(name, "")[:4000] for name in register(PRACTITIONERS).declaration.by_name}
    try:
        with speaking_as(request.actor):
            actions.declare(
                typed=typed,
                by=request.actor,
                version=forms.version_seen(request),
                send=request.POST.get("viec") == "gui",
            )
    except (WrongRecord, NotNow, Changed, NotLinked) as problem:
        with speaking_as(request.actor):
            return _declaring(request, typed, problem)
    return HttpResponseRedirect("/hanh-nghe")


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "POST"])
def propose(request: ActingRequest) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:4000] for name in actions.PROPOSED}
    if request.method == "GET":
        own_facility = {"facility": request.actor.facility, "valid_from": today().isoformat()}
        return _proposing(request, own_facility)
    try:
        with speaking_as(request.actor):
            actions.propose(typed=typed, by=request.actor)
    except (WrongRecord, NotNow, NotLinked) as problem:
        return _proposing(request, typed, problem)
    return HttpResponseRedirect("/hanh-nghe")


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "POST"])
def registration(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """One registration: confirm or refuse it, or say that one leaves."""
    if request.method == "GET":
        with strangers_noted(request.actor, REGISTRATIONS, id), speaking_as(request.actor):
            return _registration(request, id)
    try:
        with strangers_noted(request.actor, REGISTRATIONS, id), speaking_as(request.actor):
            _act(request, id)
    except (WrongRecord, NotNow, Changed) as problem:
        with speaking_as(request.actor):
            return _registration(request, id, problem)
    return HttpResponseRedirect("/hanh-nghe")


@guarded("register.own_write")
@require_POST
def explain(request: ActingRequest, id: int) -> HttpResponse:
    actions.explain_overlap(id=id, reason=request.POST.get("ly-do", ""), by=request.actor)
    return HttpResponseRedirect("/hanh-nghe")


def _act(request: ActingRequest, id: uuid.UUID) -> None:
    version = forms.version_seen(request)
    own.registration_of(id, request.actor)
    act = request.POST.get("viec")
    if act == "xac-nhan":
        actions.agree(id=id, by=request.actor, version=version)
    elif act == "tu-choi":
        actions.refuse(id=id, by=request.actor, version=version, reason=request.POST.get("ly-do", ""))
    else:
        actions.say_leaving(id=id, last_day=typed_day(request), by=request.actor)


def _declaring(
    request: ActingRequest, typed: forms.Typed | None, problem: KhoyteError | None = None
) -> HttpResponse:
    found, record = register(PRACTITIONERS), own.record_of(request.actor)
    declaration = found.declaration
    problems = problem.problems if isinstance(problem, WrongRecord) else {}
    left_out = set(actions.NOT_DECLARED_BY_ONESELF) - ({"personal_number"} if record is None else set())
    told, at_fields = problems, problems
    if typed is None:
        typed = forms.typed_of(found, record) if record else {}
    elif record and isinstance(problem, Changed):
        on_form = {name: words for name, words in typed.items() if name not in left_out}
        joined = joining.joined_with(declaration, record, on_form, forms.version_seen(request))
        typed, told, at_fields = joined.typed, joined.lines, joined.at_fields
        problem = Changed(problem.fields, remedy=joining.LOOK_AGAIN)
    context = {
        "groups": forms.groups_of(
            declaration, typed, at_fields, own={}, only=set(declaration.by_name) - left_out
        ),
        "declaration": declaration,
        "problem": problem,
        "problems": forms.problem_lines(declaration, told),
        "version": forms.version_shown(request, record, problem),
        "goes_to_facility": bool(record.facility if record else request.actor.facility),
    }
    status = getattr(problem, "status", 200) if problem else 200
    return render(request, "practice/own_declare.html", context, status=status)


def _proposing(
    request: ActingRequest, typed: forms.Typed, problem: KhoyteError | None = None
) -> HttpResponse:
    declaration = register(REGISTRATIONS).declaration
    problems = problem.problems if isinstance(problem, WrongRecord) else {}
    context = {
        "groups": forms.groups_of(declaration, typed, problems, own={}, only=actions.PROPOSED),
        "declaration": declaration,
        "problem": problem,
        "problems": forms.problem_lines(declaration, problems),
    }
    status = getattr(problem, "status", 200) if problem else 200
    return render(request, "practice/own_propose.html", context, status=status)


def _registration(request: ActingRequest, id: uuid.UUID, problem: KhoyteError | None = None) -> HttpResponse:
    one = own.registration_of(id, request.actor)
    note_read(request.actor, REGISTRATIONS, one.record, purpose="self")
    names = names_of([one.content["facility"]])
    leaving = own.departure_of(one.record)
    context = {
        "place": one,
        "facility": names.get(one.content["facility"], one.content["facility"]),
        "state": presenters.place_tag(one, {one.record.pk: leaving} if leaving else {}),
        "facts": presenters.registration_facts(one, names),
        "refusals": presenters.refusal_lines(one),
        "may_answer": one.waits_for_person,
        "may_leave": one.record.state == "confirmed" and leaving is None and not one.content["valid_to"],
        "mismatch": reviewing.said_by_person(one.record),
        "told": request.GET.get("da-bao", ""),
        "problem": problem,
        "problems": presenters.problem_words(problem),
        "today": today().isoformat(),
    }
    status = getattr(problem, "status", 200) if problem else 200
    return render(request, "practice/own_registration.html", context, status=status)


def _others(found: own.OwnFile) -> set[str]:
    return {code for one in found.overlaps for code in (one.facility, one.other_facility)}


def _once(overlaps: tuple[Any, ...]) -> list[Any]:
    """Of the two rows of a pair the first."""
    seen: dict[frozenset[Any], Any] = {}
    for one in overlaps:
        seen.setdefault(frozenset((one.record, one.other_record)), one)
    return list(seen.values())


def _hours(found: own.OwnFile, record: uuid.UUID) -> str:
    return next((one.content.get("hours") or "" for one in found.places if one.record.pk == record), "")
