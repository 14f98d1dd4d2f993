"""`/hanh-nghe/bao-khac`, `/hanh-nghe/dang-ky/{id}/bao-khac` and, of what a unit has entered about a
practitioner, `/hanh-nghe/pham-vi/{id}/bao-khac`: the practitioner says what a record has wrong."""

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.practice import actions, own, own_records
from khoyte.registers import queries, reviewing
from khoyte.registers.errors import UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Record
from khoyte.registers.pages import forms
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded

PRACTITIONERS, REGISTRATIONS = "practitioners", "practice_registrations"


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def of_record(request: ActingRequest) -> HttpResponse:
    """About the own record of practitioner."""
    with speaking_as(request.actor):
        record = own.record_of(request.actor)
    if record is None:
        raise UnknownRecord
    return _page(request, PRACTITIONERS, record.pk, back="/hanh-nghe")


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def of_registration(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """About one registration of practice."""
    return _page(request, REGISTRATIONS, id, back=f"/hanh-nghe/dang-ky/{id}")


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def of_own_record(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    """About what the facility has entered and the person may not declare (a delegated technique)."""
    back = own_records.by_person(register(name).declaration).path
    return _page(request, name, id, back=f"/hanh-nghe/{back}/{id}")


def _page(request: ActingRequest, name: str, id: uuid.UUID, *, back: str) -> HttpResponse:
    # A document is not a matter of words: who has a better one shows it to whoever settles.
    fields = [one.name for one in register(name).declaration.written if one.name not in actions.NOT_DISPUTED]
    typed, problem = None, None
    if request.method == "POST":
        typed = {one: request.POST.get(one, "")[:4000] for one in fields}
        try:
            with strangers_noted(request.actor, name, id), speaking_as(request.actor):
                case = actions.say_otherwise(name=name, id=id, typed=typed, by=request.actor)
            return HttpResponseRedirect(f"{back}?da-bao={'1' if case else '0'}")
        except WrongRecord as wrong:
            problem = wrong
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        record = queries.record_of(register(name), id, request.actor)
        note_read(request.actor, name, record, purpose="self")
        return _form(request, name, record, fields, typed, problem, back)


def _form(
    request: ActingRequest,
    name: str,
    record: Record,
    fields: list[str],
    typed: forms.Typed | None,
    problem: WrongRecord | None,
    back: str,
) -> HttpResponse:
    declaration = register(name).declaration
    problems = problem.problems if problem else {}
    context = {
        "groups": forms.groups_of(
            declaration, typed or _shown(name, record), problems, own={}, only=set(fields)
        ),
        "declaration": declaration,
        "problem": problem,
        "problems": forms.problem_lines(declaration, problems),
        "back": back,
    }
    return render(request, "practice/otherwise.html", context, status=problem.status if problem else 200)


def _shown(name: str, record: Record) -> forms.Typed:
    """What stands there, with what was said of it before and is not settled yet."""
    case = reviewing.open_mismatch(record)
    said = {one.field: one.said for one in reviewing.differences(case)} if case else {}
    return {**forms.typed_of(register(name), record), **said}
