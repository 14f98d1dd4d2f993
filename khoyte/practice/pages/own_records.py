"""`/hanh-nghe/van-bang`, `/hanh-nghe/cap-nhat-kien-thuc`, `/hanh-nghe/pham-vi`: what a practitioner declares.

The same pages for every register that is marked so (`practice.own_records`), each with a photo or scan of the
paper. Never anybody else's.
"""

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.practice import own_records
from khoyte.practice.errors import NotLinked
from khoyte.registers import attaching, joining, presenters, queries
from khoyte.registers import content as contents
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import Changed, NotNow, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.ladder import Act
from khoyte.registers.models import Record
from khoyte.registers.pages import forms
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActingRequest, name: str) -> HttpResponse:
    if request.method != "POST":
        with speaking_as(request.actor):
            return _page(request, name, None, {})
    return _handed_in(request, name, None)


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    """One record: what was said of it, and the form where its state allows a change; or take it back."""
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        one = own_records.own_one(name, id, request.actor)
        if request.method != "POST":
            note_read(request.actor, name, one, purpose="self")
            return _page(request, name, one, forms.typed_of(register(name), one))
    if request.POST.get("viec") == "rut":
        return _withdrawn(request, name, one)
    return _handed_in(request, name, one)


@guarded("register.own_read", transaction=False, methods=READING)
def document(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        one = own_records.own_one(name, id, request.actor)
        said = own_records.by_person(register(name).declaration)
        kept = attaching.document_of(register(name), one, said.proof)
        note_read(request.actor, name, one, "register.document", purpose="self")
        return attaching.answer(kept, f"{said.path}-{str(one.pk)[-6:]}")


def _handed_in(request: ActingRequest, name: str, one: Record | None) -> HttpResponse:
    typed, wrong = forms.typed_in(request, register(name))
    try:
        if wrong is not None:
            raise wrong
        with speaking_as(request.actor):
            own_records.declare(
                name=name,
                id=one.pk if one else None,
                typed=typed,
                by=request.actor,
                version=forms.version_seen(request),
                send=request.POST.get("viec") == "gui",
                reason=request.POST.get("ly-do", ""),
            )
    except (WrongRecord, NotNow, Changed, NotLinked) as problem:
        with speaking_as(request.actor):
            return _page(request, name, one, typed, problem)
    return HttpResponseRedirect("/hanh-nghe")


def _withdrawn(request: ActingRequest, name: str, one: Record) -> HttpResponse:
    try:
        with speaking_as(request.actor):
            own_records.withdraw(name=name, id=one.pk, by=request.actor)
    except NotNow as problem:
        with speaking_as(request.actor):
            return _page(request, name, one, forms.typed_of(register(name), one), problem)
    return HttpResponseRedirect(own_records.address_of(register(name).declaration, one))


def _page(
    request: ActingRequest,
    name: str,
    one: Record | None,
    typed: forms.Typed,
    problem: KhoyteError | None = None,
) -> HttpResponse:
    declaration = register(name).declaration
    said = own_records.by_person(declaration)
    problems = problem.problems if isinstance(problem, WrongRecord) else {}
    told, at_fields = problems, problems
    if one is not None and isinstance(problem, Changed):
        one = own_records.own_one(name, one.pk, request.actor)
        on_form = {field: typed[field] for field in own_records.asked(declaration) if field in typed}
        joined = joining.joined_with(declaration, one, on_form, forms.version_seen(request))
        typed, told, at_fields = joined.typed, joined.lines, joined.at_fields
        problem = Changed(problem.fields, remedy=joining.LOOK_AGAIN)
    context: dict[str, Any] = {
        "declaration": declaration,
        "said": said,
        "record": one,
        "at": own_records.address_of(declaration, one),
        "groups": forms.groups_of(
            own_records.as_asked(declaration), typed, at_fields, own={}, only=own_records.asked(declaration)
        ),
        "version": forms.version_shown(request, one, problem),
        "may_change": one is None or own_records.may_change(declaration, one),
        "reason": request.POST.get("ly-do", "")[:1000],
        "problem": problem,
        "problems": forms.problem_lines(declaration, told),
    }
    if one is not None:
        context |= _told(declaration, one)
    status = getattr(problem, "status", 200) if problem else 200
    return render(request, "practice/own_record.html", context, status=status)


def _told(declaration: Declaration, one: Record) -> dict[str, Any]:
    """What is known of a record that is there already."""
    steps = queries.steps(one)
    returned = next((step for step in steps if step.act == Act.RETURN.value), None)
    content = contents.content_of(declaration, one)
    return {
        "state": presenters.state_tag(one),
        "title": own_records.title_of(declaration, one),
        "in_force": one.confirmed_version is not None,
        "is_confirmed": one.state == "confirmed",
        "is_withdrawn": one.state == "withdrawn",
        "by_others": not own_records.is_theirs_to_say(declaration, content),
        "may_withdraw": own_records.may_withdraw(one),
        "has_document": bool(content[own_records.by_person(declaration).proof]),
        "sections": presenters.sections(declaration, content, queries.proofs(one), masked=True),
        "history": presenters.history(declaration, queries.versions(one), steps),
        "reasons": presenters.reason_lines(declaration, returned.reasons)
        if returned and one.state == "returned"
        else [],
    }
