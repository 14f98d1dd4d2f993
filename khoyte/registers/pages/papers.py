"""`…/{id}/van-ban`: the papers of a record, and issuing one; `/van-ban/{id}`: one issued paper, its files."""

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.papers import DOCX, PDF, as_pdf
from khoyte.registers import content as contents
from khoyte.registers import issuing, paper_presenters, queries
from khoyte.registers.errors import NotNow, WrongRecord
from khoyte.registers.known import Register, register
from khoyte.registers.models import IssuedPaper, Record
from khoyte.registers.papers import PaperKind, paper_kind
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.exports import admit
from khoyte.units.policy import Facts, decide
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded


@guarded("register.read", transaction=False, methods=READING)
def papers(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    found = register(name)
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        one = queries.record_of(found, id, request.actor)
        note_read(request.actor, name, one, "paper.list")
        may_issue = decide(request.actor, "paper.issue", Facts(facility=one.facility, province=one.province))
        content = issuing.in_force(found, one)
        context = {
            "declaration": found.declaration,
            "record": one,
            "title": _title(found, one),
            "offers": paper_presenters.paper_offers(found, one, content, request.actor) if may_issue else [],
            "table": paper_presenters.paper_table(issuing.papers_of(one)),
        }
        return render(request, "registers/papers.html", context)


@guarded("paper.issue", transaction=False)
@require_http_methods(["GET", "POST"])
def issue(request: ActingRequest, name: str, id: uuid.UUID, paper: str) -> HttpResponse:
    found = register(name)
    chosen = paper_kind(paper)
    asked = {key: str(value)[:2000] for key, value in request.POST.items()}
    try:
        with strangers_noted(request.actor, name, id), speaking_as(request.actor):
            record = queries.record_of(found, id, request.actor)
            if request.method == "GET":
                issuing.occasion(register=found, record=record, kind=chosen, by=request.actor, asked={})
                return _form(request, found, record, chosen)
            if asked.get("viec") == "xem":
                return _preview(request, found, record, chosen, asked)
            made = issuing.issue(register=found, record=record, kind=chosen, by=request.actor, asked=asked)
        return HttpResponseRedirect(f"/van-ban/{made.pk}?xong=1")
    except (WrongRecord, NotNow) as problem:
        with speaking_as(request.actor):
            record = queries.record_of(found, id, request.actor)
            return _form(request, found, record, chosen, problem=problem)


def _preview(
    request: ActingRequest, found: Register, record: Record, kind: PaperKind, asked: dict[str, str]
) -> HttpResponse:
    paper = issuing.preview(register=found, record=record, kind=kind, by=request.actor, asked=asked)
    admit(request.actor, name=f"preview {kind.name}", rows=None, reference=request.reference)
    return _file(as_pdf(paper), PDF, f"xem-truoc-{kind.name}.pdf")


def _form(
    request: ActingRequest,
    found: Register,
    record: Record,
    kind: PaperKind,
    *,
    problem: KhoyteError | None = None,
) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    known = issuing.known_of(found, record, kind)
    issuer = issuing.issuer_of(request.actor)
    context = {
        "declaration": found.declaration,
        "record": record,
        "title": _title(found, record),
        "kind": kind,
        "known": known,
        "values": {field: typed.get(field, "") for field in issuing.FIELDS}
        if typed is not None
        else {"place": issuer.place},
        "symbol": f"/{kind.symbol}-{issuer.symbol}" if kind.symbol else "",
        "options": [(option, typed.get(option.name, "") if typed else "") for option in kind.options],
        "signs_here": issuing.key_of(request.actor.unit_code) is not None,
        "problem": problem,
        "problems": [
            (name, None, text)
            for name, texts in (problem.problems if isinstance(problem, WrongRecord) else {}).items()
            for text in texts
        ],
    }
    status = 200 if problem is None else getattr(problem, "status", 422)
    return render(request, "registers/paper_form.html", context, status=status)


@guarded("register.read", transaction=False, methods=READING)
def paper(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    with strangers_noted(request.actor, "paper", id), speaking_as(request.actor):
        one = issuing.paper_of(id, request.actor)
        issuing.note_read(request.actor, one)
        return _page(request, one)


def _page(
    request: ActingRequest, one: IssuedPaper, *, problem: KhoyteError | None = None, status: int = 200
) -> HttpResponse:
    kind = paper_kind(one.kind)
    facts = Facts(facility=one.facility, province=one.province)
    may_sign = request.actor.unit_code == one.unit and decide(request.actor, "paper.issue", facts)
    context = {
        "paper": one,
        "kind": kind,
        "facts": paper_presenters.paper_facts(one, kind),
        "signatures": paper_presenters.signature_table(issuing.signatures_of(one)),
        "may_sign": bool(may_sign),
        "problem": problem,
        "done": request.GET.get("xong") == "1",
    }
    return render(request, "registers/paper.html", context, status=status)


@guarded("register.read", transaction=False, methods=READING)
def paper_file(request: ActingRequest, id: uuid.UUID, ending: str) -> HttpResponse:
    """The PDF with the signatures it has so far, or the DOCX, byte for byte as kept."""
    with strangers_noted(request.actor, "paper", id), speaking_as(request.actor):
        one = issuing.paper_of(id, request.actor)
        issuing.note_read(request.actor, one)
        admit(request.actor, name=f"paper {one.kind}", rows=one.lines, reference=request.reference)
        name = f"{one.kind}-{one.issued_at:%Y%m%d}-{str(one.pk)[-6:]}.{ending}"
        if ending == "docx":
            return _file(issuing.opened(one.docx_sealed), DOCX, name)
        return _file(issuing.latest_pdf(one), PDF, name)


@guarded("paper.issue", transaction=False)
@require_POST
def sign(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """Hand in the PDF as signed outside (USB token, remote signing)."""
    try:
        file = request.FILES.get("tep")
        with strangers_noted(request.actor, "paper", id), speaking_as(request.actor):
            one = issuing.paper_of(id, request.actor)
            if file is None or (file.size or 0) > issuing.PDF_BYTES:
                raise issuing.WrongCopy(NO_FILE)
            issuing.add_signed_copy(paper=one, data=b"".join(file.chunks()), by=request.actor)
    except issuing.WrongCopy as problem:
        with speaking_as(request.actor):
            one = issuing.paper_of(id, request.actor)
            return _page(request, one, problem=problem, status=problem.status)
    return HttpResponseRedirect(f"/van-ban/{id}?xong=1")


def _title(found: Register, record: Record) -> str:
    return queries.name_of(found.declaration, contents.content_of(found.declaration, record))


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


NO_FILE = Text(
    vi="Chưa chọn tệp PDF đã ký số, hoặc tệp quá lớn.", en="No signed PDF was chosen, or it is too large."
)
