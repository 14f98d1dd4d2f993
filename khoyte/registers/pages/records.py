"""`/so-dang-ky/{register}/{id}`: one record with its proofs and history, and what may be done with it."""

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from khoyte.foundation.errors import KhoyteError
from khoyte.links.presenters import delivery_facts
from khoyte.links.queries import deliveries_of
from khoyte.registers import actions, answering, attaching, exporting, presenters, queries, reviewing
from khoyte.registers import content as contents
from khoyte.registers.errors import NotNow, ResponsibilityWanted, UnknownRecord, WrongRecord
from khoyte.registers.known import Register, register
from khoyte.registers.ladder import TRANSITIONS, Act, State
from khoyte.registers.models import Record
from khoyte.registers.papers import kinds_of
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.registers.tenants import Tenants
from khoyte.units.errors import Refused
from khoyte.units.policy import Actor, decide
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded


@guarded("register.read", transaction=False, methods=READING)
def record(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    found = register(name)
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        one = queries.record_of(found, id, request.actor)
        note_read(request.actor, name, one)
        return page(request, found, one)


def page(
    request: ActingRequest,
    found: Register,
    one: Record,
    *,
    problem: KhoyteError | None = None,
    status: int = 200,
) -> HttpResponse:
    declaration, actor = found.declaration, request.actor
    content = contents.content_of(declaration, one)
    steps = queries.steps(one)
    facts = queries.facts_of(one, actor)
    returned = next((step for step in steps if step.act == Act.RETURN.value), None)
    mismatch = reviewing.open_mismatch(one) if decide(actor, "register.read", facts) else None
    acts = _acts(found, one, actor) if decide(actor, "register.write", facts) else set()
    context = {
        "declaration": declaration,
        "record": one,
        # To whoever can put it right; a form leads here when it has been kept.
        "warnings": presenters.warnings(declaration, content) if Act.CHANGE.value in acts else [],
        "title": queries.name_of(declaration, content),
        "state": presenters.state_tag(one),
        "level": declaration.level(one.level).label if one.level else None,
        "sections": presenters.sections(
            declaration,
            content,
            queries.proofs(one),
            masked=actor.unit_kind not in queries.UNMASKED_KINDS,
            documents_at=f"/so-dang-ky/{declaration.name}/{one.pk}/tai-lieu",
        ),
        "mergers": [line for lines in queries.takeovers(declaration, [content]).values() for line in lines],
        "beside": presenters.beside(declaration.name, one, content),
        "history": presenters.history(declaration, queries.versions(one), steps),
        "acts": acts,
        "unheld": [*queries.unheld(declaration, content), *found.doubts(one, content)],
        "case": queries.open_case(one) if decide(actor, "register.review", facts) else None,
        "mismatch": mismatch,
        "from_insurance": mismatch is not None and reviewing.said_by(mismatch) == reviewing.INSURANCE,
        "may_settle": bool(decide(actor, "register.review", facts)),
        "reasons": presenters.reason_lines(declaration, returned.reasons)
        if returned and one.state == State.RETURNED.value
        else [],
        "changing": one.confirmed_version is not None and one.confirmed_version != one.version,
        "links": found.record_links(one, actor) if decide(actor, "register.read") else [],
        "is_published": declaration.is_public and declaration.looked_up and one.confirmed_version is not None,
        "rejections": presenters.rejection_lines(declaration, exporting.rejections_of(one)),
        "deliveries": delivery_facts(deliveries_of(str(one.pk))),
        "has_papers": bool(kinds_of(found.name)),
        "problem": problem,
    }
    return render(request, "registers/record.html", context, status=status)


@guarded("register.read", transaction=False, methods=READING)
def document(request: ActingRequest, name: str, id: uuid.UUID, field: str) -> HttpResponse:
    """A document of the record as it stands, or as its version `?ban=` named it. A read of its own."""
    found = register(name)
    asked = request.GET.get("ban", "")
    version = int(asked) if asked.isdecimal() and len(asked) < 9 else None
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        one = queries.record_of(found, id, request.actor)
        kept = attaching.document_of(found, one, field, version)
        note_read(request.actor, name, one, "register.document")
        return attaching.answer(kept, f"{name}-{str(one.pk)[-6:]}")


def _acts(found: Register, one: Record, actor: Actor) -> set[str]:
    """What the state allows whoever may write the record."""
    allowed = {act.value for state, act in TRANSITIONS if state == one.state}
    if one.confirmed_version is not None:
        allowed.discard(Act.WITHDRAW.value)
    if not Tenants(found.declaration, actor).is_authority:
        allowed &= {Act.WITHDRAW.value}
    return allowed


@guarded("register.write", transaction=False)
@require_POST
def act(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    """Send for review, or withdraw."""
    found = register(name)
    wanted = {"gui": actions.submit, "rut": actions.withdraw}.get(request.POST.get("viec", ""))
    try:
        with strangers_noted(request.actor, name, id), speaking_as(request.actor):
            if wanted is not None:
                wanted(register=found, id=id, by=request.actor)
    except ResponsibilityWanted:
        return HttpResponseRedirect(f"/so-dang-ky/{name}/{id}/cam-ket")
    except (WrongRecord, NotNow) as problem:
        with speaking_as(request.actor):
            one = queries.record_of(found, id, request.actor)
            return page(request, found, one, problem=problem, status=422)
    return HttpResponseRedirect(f"/so-dang-ky/{name}/{id}")


@guarded("register.write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def answer_for(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    """The sentence of responsibility with a second factor; confirmed, the record goes for review."""
    found = register(name)
    problem: KhoyteError | None = None
    if request.actor.kind != "account":
        raise Refused(answering.NOT_A_PERSON, anonymous=False)
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        one = queries.record_of(found, id, request.actor)
        facts = queries.facts_of(one, request.actor)
        if not decide(request.actor, "register.write", facts):
            raise UnknownRecord
    if request.method == "POST":
        try:
            with speaking_as(request.actor):
                said = answering.answered(found.declaration, request.POST, by=request.actor)
                actions.submit(register=found, id=id, by=request.actor, responsibility=said)
            return HttpResponseRedirect(f"/so-dang-ky/{name}/{id}")
        except (WrongRecord, NotNow, answering.NotAnswered) as refused:
            problem = refused
    with speaking_as(request.actor):
        content = contents.content_of(found.declaration, one)
        context = {
            "declaration": found.declaration,
            "record": one,
            "title": queries.name_of(found.declaration, content),
            "sentence": answering.sentence_of(found.declaration),
            "needs_app": not answering.has_second_factor(request.actor),
            "problem": problem,
        }
        status = (getattr(problem, "status", None) or 422) if problem else 200
        return render(request, "registers/answer_for.html", context, status=status)
