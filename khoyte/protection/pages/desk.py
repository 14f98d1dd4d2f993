"""`/bao-ve-du-lieu`: requests of data subjects, breaches and consents of a unit, for its officer."""

from collections.abc import Callable

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from khoyte.foundation.calendar import in_vietnam, today
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.protection import actions, copies, forms, queries
from khoyte.protection.enums import (
    REFUSABLE,
    BreachAct,
    RequestAct,
    RequestKind,
    RequestState,
    transitions_of,
)
from khoyte.protection.models import Breach, Consent, SubjectRequest
from khoyte.protection.presenters import desk as present
from khoyte.protection.presenters.words import name_of
from khoyte.protection.subjects import Subject
from khoyte.submissions.pages import address, files
from khoyte.submissions.report_files import XLSX
from khoyte.units.web import READING, ActingRequest, guarded

CLOSED_SHOWN = 20
LARGEST_EVIDENCE_BYTES = 20 * 1024 * 1024
OPEN_TITLE = Text("Yêu cầu đang giải quyết", "Open requests")
CLOSED_TITLE = Text("Yêu cầu đã kết thúc gần đây", "Requests that ended lately")


@guarded("data_request.manage", methods=READING)
def desk(request: ActingRequest) -> HttpResponse:
    now = timezone.now()
    waiting = list(queries.requests(request.actor).prefetch_related("events"))
    ended = queries.requests(request.actor, closed=True).prefetch_related("events")
    table = present.requests_table(waiting, now, title=OPEN_TITLE, sheet=address.sheet_address(request))
    if address.wants_sheet(request):
        everything = present.requests_table(ended, now, title=CLOSED_TITLE)
        return files.sheet(request, f"yeu-cau-{today().isoformat()}", [table, everything])
    breaches = list(queries.breaches(request.actor))
    unreported = sum(present.breach_tag(row, now).tone == "bad" for row in breaches)
    context = {
        "headline": present.headline(len(waiting), queries.overdue(waiting, now), unreported),
        "waiting": table,
        "ended": present.requests_table(ended[:CLOSED_SHOWN], now, title=CLOSED_TITLE),
        "breaches": present.breaches_table(breaches, now),
    }
    return render(request, "protection/desk.html", context)


@require_http_methods(["GET", "POST"])
@guarded("data_request.manage")
def new_request(request: ActingRequest) -> HttpResponse:
    def save() -> SubjectRequest:
        typed = request.POST
        return actions.register_request(
            kind=typed.get("loai", ""),
            received_at=forms.moment(typed.get("luc", "")),
            channel=typed.get("cach-nhan", ""),
            relation=typed.get("quan-he", ""),
            subject=_subject(request),
            by=request.actor,
        )

    title = Text("Ghi nhận yêu cầu của người dân", "Enter a request")
    return _form(request, title, forms.REQUEST, save, "yeu-cau")


@require_http_methods(["GET", "POST"])
@guarded("data_request.manage")
def one_request(request: ActingRequest, id: str) -> HttpResponse:
    found = queries.request(id, request.actor)
    if found is None:
        raise Http404
    problem = None
    if request.method == "POST":
        typed = request.POST
        try:
            actions.act_on_request(
                request=found,
                act=typed.get("viec", ""),
                note=typed.get("ghi-chu", ""),
                refusal=typed.get("ly-do", ""),
                by=request.actor,
            )
            return HttpResponseRedirect(request.path)
        except KhoyteError as error:
            problem = error
    steps = transitions_of(RequestKind(found.kind))
    context = {
        "found": found,
        "problem": problem,
        "title": name_of(RequestKind(found.kind)),
        "tag": present.state_tag(RequestState(found.state)),
        "facts": present.request_facts(
            found,
            queries.subject_of(found),
            queries.held_about(bytes(found.subject_key), request.actor),
            queries.limit_of(found),
        ),
        "events": present.request_events(queries.events(found)),
        "acts": [(act.value, name_of(act)) for state, act in steps if state == found.state],
        "refusals": [(one.value, name_of(one)) for one in REFUSABLE[RequestKind(found.kind)]],
        "may_refuse": (RequestState(found.state), RequestAct.REFUSE) in steps,
        "may_copy": found.kind in (RequestKind.VIEW, RequestKind.PROVIDE) and found.state in _IN_HAND,
        "note": request.POST.get("ghi-chu", "") if problem else "",
    }
    return render(request, "protection/request.html", context, status=422 if problem else 200)


_IN_HAND = (RequestState.ANSWERED, RequestState.EXTENDED)


@guarded("data_request.manage", methods=READING)
def copy(request: ActingRequest, id: str) -> HttpResponse:
    """What is stored of the requester, for handing over; each visit in it is an entry of the audit log."""
    found = queries.request(id, request.actor)
    kinds = (RequestKind.VIEW, RequestKind.PROVIDE)
    if found is None or found.kind not in kinds or found.state not in _IN_HAND:
        raise Http404
    made = copies.workbook_for(
        found, by=request.actor, reference=request.reference, language=request.LANGUAGE_CODE
    )
    return files.download(made, f"ban-sao-{found.pk}.xlsx", XLSX)


@guarded("consent.manage", methods=READING)
def consents(request: ActingRequest) -> HttpResponse:
    rows = [(row, queries.subject_of(row)) for row in queries.consents(request.actor)[: address.ROWS]]
    return render(request, "protection/consents.html", {"table": present.consents_table(rows, today())})


@require_http_methods(["GET", "POST"])
@guarded("consent.manage")
def new_consent(request: ActingRequest) -> HttpResponse:
    def save() -> Consent:
        typed, paper = request.POST, request.FILES.get("van-ban")
        return actions.record_consent(
            purpose=typed.get("muc-dich", ""),
            subject=_subject(request),
            relation=typed.get("quan-he", ""),
            channel=typed.get("cach-nhan", ""),
            given_at=forms.moment(typed.get("luc", "")),
            text=typed.get("noi-dung", ""),
            child_agreed=bool(typed.get("tre-dong-y")) or None,
            evidence=paper.read(LARGEST_EVIDENCE_BYTES) if paper else None,
            by=request.actor,
        )

    title = Text("Ghi nhận sự đồng ý", "Record a consent")
    return _form(request, title, forms.consent_form(in_vietnam(timezone.now())), save, "dong-y")


@require_http_methods(["GET", "POST"])
@guarded("consent.manage")
def one_consent(request: ActingRequest, id: str) -> HttpResponse:
    found = queries.consent(id, request.actor)
    if found is None:
        raise Http404
    problem = None
    if request.method == "POST":
        try:
            actions.withdraw_consent(consent=found, by=request.actor)
            return HttpResponseRedirect(request.path)
        except KhoyteError as error:
            problem = error
    context = {
        "found": found,
        "problem": problem,
        "tag": present.consent_tag(found),
        "facts": present.consent_facts(found, queries.subject_of(found)),
        "releases": queries.visits_released(found.purpose, found, request.actor).count(),
    }
    return render(request, "protection/consent.html", context, status=422 if problem else 200)


@guarded("consent.manage", methods=READING)
def released(request: ActingRequest, id: str) -> HttpResponse:
    """What a consent in force lets be handed on; after its withdrawal, or under a limit, there is nothing."""
    found = queries.consent(id, request.actor)
    made = found and copies.workbook_released(
        found, by=request.actor, reference=request.reference, language=request.LANGUAGE_CODE
    )
    if not found or not made:
        raise Http404
    return files.download(made, f"theo-dong-y-{found.pk}.xlsx", XLSX)


@require_http_methods(["GET", "POST"])
@guarded("breach.manage")
def new_breach(request: ActingRequest) -> HttpResponse:
    def save() -> Breach:
        typed = request.POST
        return actions.open_breach(
            discovered_at=forms.moment(typed.get("luc", "")),
            summary=typed.get("noi-dung", ""),
            data_kinds=typed.getlist("loai"),
            persons=forms.whole_number(typed.get("so-nguoi", "")),
            by=request.actor,
        )

    title = Text("Lập hồ sơ vi phạm về dữ liệu cá nhân", "Open a breach file")
    return _form(request, title, forms.BREACH, save, "vi-pham")


@require_http_methods(["GET", "POST"])
@guarded("breach.manage")
def one_breach(request: ActingRequest, id: str) -> HttpResponse:
    found = queries.breach(id, request.actor)
    if found is None:
        raise Http404
    problem = None
    if request.method == "POST":
        typed = request.POST
        try:
            actions.write_breach(
                breach=found,
                act=typed.get("viec", ""),
                at=forms.moment(typed.get("luc", "")),
                note=typed.get("ghi-chu", ""),
                by=request.actor,
            )
            return HttpResponseRedirect(request.path)
        except KhoyteError as error:
            problem = error
    context = {
        "found": found,
        "problem": problem,
        "tag": present.breach_tag(found, timezone.now()),
        "facts": present.breach_facts(found),
        "events": present.breach_events(found),
        "closed": queries.is_closed(found),
        "acts": [(act.value, name_of(act)) for act in BreachAct],
        "now": in_vietnam(timezone.now()).strftime("%Y-%m-%dT%H:%M"),
        "typed": request.POST if problem else {},
        "note": request.POST.get("ghi-chu", "") if problem else "",
    }
    return render(request, "protection/breach.html", context, status=422 if problem else 200)


def _subject(request: ActingRequest) -> Subject:
    typed = request.POST
    return Subject(
        name=typed.get("ho-ten", ""),
        number=typed.get("so-dinh-danh", "").strip(),
        contact=typed.get("lien-he", ""),
        representative=typed.get("dai-dien", ""),
        statement=typed.get("noi-dung", ""),
    )


def _form(
    request: ActingRequest,
    title: Text,
    fields: tuple[forms.Field, ...],
    save: Callable[[], SubjectRequest | Consent | Breach],
    place: str,
) -> HttpResponse:
    """Show a form; on POST save it and go to what was made, or show it again with what is wrong."""
    problem = None
    if request.method == "POST":
        try:
            return HttpResponseRedirect(f"{present.ADDRESS}/{place}/{save().pk}")
        except KhoyteError as error:
            problem = error
    typed = request.POST if problem else {"luc": in_vietnam(timezone.now()).strftime("%Y-%m-%dT%H:%M")}
    context = {
        "title": title,
        "problem": problem,
        "fields": [(field, _typed(typed, field)) for field in fields],
        "has_file": any(field.kind == "file" for field in fields),
    }
    return render(request, "protection/form.html", context, status=422 if problem else 200)


def _typed(typed, field: forms.Field) -> object:  # type: ignore[no-untyped-def]
    if field.kind == "several":
        return typed.getlist(field.name) if hasattr(typed, "getlist") else []
    return typed.get(field.name, "")
