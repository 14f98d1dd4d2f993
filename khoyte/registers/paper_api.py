"""REST of official papers: listed, issued, read (docs: /api/v1/openapi.json)."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from khoyte.foundation.papers import DOCX, PDF
from khoyte.registers import issuing, queries
from khoyte.registers.api import _json, _object, _problems
from khoyte.registers.errors import UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import IssuedPaper, is_uuid
from khoyte.registers.papers import paper_kind
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.exports import admit
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded

router = Router(tags=["papers"])


@router.get(
    "/registers/{name}/records/{id}/papers", summary="Văn bản của hồ sơ · Papers of a record", response=dict
)
@guarded("register.read", transaction=False)
def list_papers(request: ActingRequest, name: str, id: str) -> HttpResponse:
    found = register(name)
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        record = queries.record_of(found, id, request.actor)
        note_read(request.actor, name, record, "paper.list")
        return _json({"papers": [document(one) for one in issuing.papers_of(record)]})


@router.post(
    "/registers/{name}/records/{id}/papers", summary="Lập văn bản · Issue a paper", response={201: dict}
)
@guarded("paper.issue", transaction=False)
def issue(request: ActingRequest, name: str, id: str) -> HttpResponse:
    """`kind` (mau-01, mau-11, giay-phep, quyet-dinh, tra-lai), and as strings: `number`, `day`, `place`,
    `authority` (lines), `signer`, `reason` of a second edition, the options of the kind (`list`, `since`).
    """
    found = register(name)
    asked = {key: str(value)[:2000] for key, value in _object(request).items() if value is not None}
    try:
        with strangers_noted(request.actor, name, id), speaking_as(request.actor):
            record = queries.record_of(found, id, request.actor)
            kind = paper_kind(asked.get("kind", ""))
            made = issuing.issue(register=found, record=record, kind=kind, by=request.actor, asked=asked)
            response = _json(document(made), status=201)
    except WrongRecord as wrong:
        return _problems(request, wrong)
    response["Location"] = f"/api/v1/papers/{made.pk}"
    return response


@router.get("/papers/{id}", summary="Một văn bản · One paper", response=dict)
@guarded("register.read", transaction=False)
def read(request: ActingRequest, id: str) -> HttpResponse:
    with strangers_noted(request.actor, "paper", id), speaking_as(request.actor):
        one = issuing.paper_of(_id(id), request.actor)
        issuing.note_read(request.actor, one)
        return _json(document(one))


@router.get("/papers/{id}/file.{ending}", summary="Tệp PDF, DOCX · The PDF or DOCX", response={200: None})
@guarded("register.read", transaction=False)
def read_file(request: ActingRequest, id: str, ending: str) -> HttpResponse:
    """The PDF with the signatures it has so far, or the DOCX, byte for byte as kept."""
    with strangers_noted(request.actor, "paper", id), speaking_as(request.actor):
        one = issuing.paper_of(_id(id), request.actor)
        if ending not in ("pdf", "docx"):
            raise UnknownRecord
        issuing.note_read(request.actor, one)
        admit(request.actor, name=f"paper {one.kind}", rows=one.lines, reference=request.reference)
        if ending == "docx":
            return HttpResponse(issuing.opened(one.docx_sealed), content_type=DOCX)
        return HttpResponse(issuing.latest_pdf(one), content_type=PDF)


def document(one: IssuedPaper) -> dict[str, Any]:
    """Digests are those of the files as issued; a signature adds to the PDF and has a digest of its own."""
    return {
        "id": str(one.pk),
        "kind": one.kind,
        "register": one.register,
        "record": str(one.record),
        "record_version": one.record_version,
        "unit": one.unit,
        "number": one.number or None,
        "year": one.year,
        "edition": one.edition,
        "replaces": str(one.replaces) if one.replaces else None,
        "reason": one.reason or None,
        "title": one.title,
        "as_of": one.as_of.isoformat(),
        "pdf_sha256": bytes(one.pdf_sha256).hex(),
        "docx_sha256": bytes(one.docx_sha256).hex(),
        "signatures": [
            {
                "holder": signature.holder,
                "state": signature.state,
                "way": signature.way,
                "at": signature.at.isoformat(),
                "fingerprint": signature.fingerprint,
                "pdf_sha256": bytes(signature.pdf_sha256).hex(),
            }
            for signature in issuing.signatures_of(one)
        ],
    }


def _id(text: str) -> Any:
    found = is_uuid(text)
    if found is None:
        raise UnknownRecord
    return found
