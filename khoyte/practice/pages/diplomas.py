"""`/hanh-nghe/van-bang`: a practitioner's own diplomas, each with a photo or scan. Never anybody else's."""

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.practice import diplomas
from khoyte.practice.errors import NotLinked
from khoyte.registers import attaching, presenters, queries
from khoyte.registers import content as contents
from khoyte.registers.errors import Changed, NotNow, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.ladder import Act
from khoyte.registers.models import Record
from khoyte.registers.pages import forms
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded

CHANGEABLE = ("draft", "returned", "confirmed")


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActingRequest) -> HttpResponse:
    if request.method != "POST":
        with speaking_as(request.actor):
            return _page(request, None, {})
    return _handed_in(request, None)


@guarded("register.own_write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def diploma(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """One diploma: what was said of it, and where its state allows the form to change it."""
    with strangers_noted(request.actor, diplomas.NAME, id), speaking_as(request.actor):
        one = diplomas.own_one(id, request.actor)
        if request.method != "POST":
            note_read(request.actor, diplomas.NAME, one, purpose="self")
            return _page(request, one, forms.typed_of(register(diplomas.NAME), one))
    return _handed_in(request, one)


@guarded("register.own_read", transaction=False, methods=READING)
def document(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    with strangers_noted(request.actor, diplomas.NAME, id), speaking_as(request.actor):
        one = diplomas.own_one(id, request.actor)
        kept = attaching.document_of(register(diplomas.NAME), one, "document")
        note_read(request.actor, diplomas.NAME, one, "register.document", purpose="self")
        return attaching.answer(kept, f"van-bang-{str(one.pk)[-6:]}")


def _handed_in(request: ActingRequest, one: Record | None) -> HttpResponse:
    typed, wrong = forms.typed_in(request, register(diplomas.NAME))
    version = request.POST.get("phien-ban", "")
    try:
        if wrong is not None:
            raise wrong
        with speaking_as(request.actor):
            diplomas.declare(
                id=one.pk if one else None,
                typed=typed,
                by=request.actor,
                version=int(version) if version.isdecimal() and len(version) < 9 else 0,
                send=request.POST.get("viec") == "gui",
            )
    except (WrongRecord, NotNow, Changed, NotLinked) as problem:
        with speaking_as(request.actor):
            return _page(request, one, typed, problem)
    return HttpResponseRedirect("/hanh-nghe")


def _page(
    request: ActingRequest, one: Record | None, typed: forms.Typed, problem: KhoyteError | None = None
) -> HttpResponse:
    declaration = register(diplomas.NAME).declaration
    problems = problem.problems if isinstance(problem, WrongRecord) else {}
    shown = [name for name in declaration.by_name if name != "personal_number"]
    context: dict[str, Any] = {
        "declaration": declaration,
        "record": one,
        "groups": forms.groups_of(declaration, typed, problems, own={}, only=shown),
        "version": one.version if one else 0,
        "may_change": one is None or one.state in CHANGEABLE,
        "problem": problem,
        "problems": forms.problem_lines(declaration, problems),
    }
    if one is not None:
        steps = queries.steps(one)
        returned = next((step for step in steps if step.act == Act.RETURN.value), None)
        content = contents.content_of(declaration, one)
        context |= {
            "state": presenters.state_tag(one),
            "has_document": bool(content["document"]),
            "sections": presenters.sections(declaration, content, queries.proofs(one), masked=True),
            "reasons": presenters.reason_lines(declaration, returned.reasons)
            if returned and one.state == "returned"
            else [],
        }
    status = getattr(problem, "status", 200) if problem else 200
    return render(request, "practice/own_diploma.html", context, status=status)
