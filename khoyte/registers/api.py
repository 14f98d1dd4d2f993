"""REST of the declared registers (docs: /api/v1/openapi.json)."""

from datetime import date, datetime
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import TZ
from khoyte.foundation.language import Text
from khoyte.registers import actions, attaching, importing, queries, schema
from khoyte.registers.checking import NOTHING
from khoyte.registers.documents import MOST_BYTES
from khoyte.registers.errors import (
    Changed,
    FileRefused,
    UnknownRecord,
    VersionWanted,
    WrongRecord,
    WrongRequest,
)
from khoyte.registers.known import Register, register, registers
from khoyte.registers.models import Record
from khoyte.registers.reading import Source
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.registers.template import file_name, template
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded

router = Router(tags=["registers"])
MERGE_PATCH = "application/merge-patch+json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_IMPORT_BYTES = 256 * 1024 * 1024
RESERVED = ("q", "as_of", "as_known_at", "cursor", "limit", "state", "lang")


@router.get("/registers", summary="Các sổ đăng ký · The registers", response=dict)
@guarded("register.read")
def list_registers(request: ActingRequest) -> HttpResponse:
    return _json({"registers": [schema.summary(one.declaration) for one in registers()]})


@router.get("/registers/{name}", summary="Mô tả sổ, JSON Schema · A register, JSON Schema", response=dict)
@guarded("register.read")
def describe(request: ActingRequest, name: str) -> HttpResponse:
    return _json(schema.description(register(name).declaration))


@router.get("/registers/{name}/template.xlsx", summary="Biểu mẫu XLSX · XLSX template", response={200: None})
@guarded("register.read")
def template_file(request: ActingRequest, name: str) -> HttpResponse:
    declaration = register(name).declaration
    response = HttpResponse(template(declaration), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{file_name(declaration)}"'
    return response


@router.get("/registers/{name}/records", summary="Tìm hồ sơ · Search", response=dict)
@guarded("register.read")
def search(request: ActingRequest, name: str) -> HttpResponse:
    """`q` without diacritics, the declared filters, `as_of`, `as_known_at`, `cursor`, `limit` up to 500."""
    found = register(name)
    records, total, following = queries.page(
        found,
        _asked(found, request),
        request.actor,
        cursor=request.GET.get("cursor", ""),
        size=_size(request),
    )
    audit.record(
        by=request.actor,
        action="register.list",
        subject_kind="register",
        subject_id=name,
        facility=request.actor.facility,
        province=request.actor.province,
        details={"records": len(records)},
    )
    return _json({"total": total, "records": records, "next": following})


@router.post("/registers/{name}/records", summary="Kê khai hồ sơ · Declare a record", response={201: dict})
@guarded("register.write")
def create(request: ActingRequest, name: str) -> HttpResponse:
    found = register(name)
    content = _object(request)
    _only_declared(found, content)
    try:
        record = actions.create(register=found, content=content, by=request.actor, source="api")
    except WrongRecord as wrong:
        return _problems(request, wrong)
    response = _record(found, record, request, status=201)
    response["Location"] = f"/api/v1/registers/{name}/records/{record.pk}"
    return response


@router.get("/registers/{name}/records/{id}", summary="Một hồ sơ · One record", response=dict)
@guarded("register.read", transaction=False)
def read(request: ActingRequest, name: str, id: str) -> HttpResponse:
    """Carries its version as ETag. `as_of` and `as_known_at` give the version of then."""
    found = register(name)
    asked = _asked(found, request)
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        record = queries.record_of(found, id, request.actor)
        note_read(request.actor, name, record)
        if not asked.looks_back:
            return _record(found, record, request)
        version = queries.version_back_then(record, asked.as_of, asked.as_known_at)
        if version is None:
            raise UnknownRecord
        return _json(queries.version_document(found, version, request.actor))


@router.get("/registers/{name}/records/{id}/history", summary="Lịch sử · History", response=dict)
@guarded("register.read", transaction=False)
def history(request: ActingRequest, name: str, id: str) -> HttpResponse:
    found = register(name)
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        record = queries.record_of(found, id, request.actor)
        note_read(request.actor, name, record, "register.history")
        return _json(queries.history_document(found, record, request.actor))


@router.patch("/registers/{name}/records/{id}", summary="Sửa hồ sơ · Change a record", response=dict)
@guarded("register.write", transaction=False)
def change(request: ActingRequest, name: str, id: str) -> HttpResponse:
    """JSON Merge Patch (RFC 7396) under `If-Match`; `effective_from` in the address: since when it holds."""
    found = register(name)
    if request.content_type not in (MERGE_PATCH, "application/json"):
        raise WrongRequest(
            Text(vi=f"Nội dung phải ở dạng {MERGE_PATCH}.", en=f"The body must be {MERGE_PATCH}."), status=415
        )
    try:
        with strangers_noted(request.actor, name, id), speaking_as(request.actor):
            record = queries.record_of(found, id, request.actor)
            expected = _expected_version(request, record)
            patch = _object(request)
            _only_declared(found, patch)
            changed = actions.change(
                register=found,
                id=record.pk,
                patch=patch,
                by=request.actor,
                source="api",
                expected_version=expected,
                effective_from=_day(request, "effective_from"),
            )
            return _record(found, changed, request)
    except WrongRecord as wrong:
        return _problems(request, wrong)


@router.post("/registers/{name}/documents", summary="Gửi tài liệu · Send a document", response={201: dict})
@guarded("register.write")
def send_document(request: ActingRequest, name: str) -> HttpResponse:
    """The bytes of a JPEG, PNG, WebP or PDF as the body. Answers `document`: write it into a field of kind
    document of a record (POST, PATCH) within 30 days. Pictures are written anew without what cameras add; so
    the digest is not that of the bytes sent.
    """
    found = register(name)
    if not found.declaration.documents:
        raise WrongRequest(
            Text(vi="Sổ này không có tài liệu kèm hồ sơ.", en="Records of this register have no documents."),
            status=422,
        )
    chosen = attaching.choose(register=found, data=request.read(MOST_BYTES + 1), by=request.actor)
    document = {"document": bytes(chosen.sha256).hex(), "media": chosen.media, "bytes": chosen.size}
    return _json(document, status=201)


@router.get(
    "/registers/{name}/records/{id}/documents/{field}",
    summary="Tài liệu của hồ sơ · A document of a record",
    response={200: None},
)
@guarded("register.read", transaction=False)
def read_document(request: ActingRequest, name: str, id: str, field: str) -> HttpResponse:
    """The bytes as kept. `version`: of that version of the record."""
    found = register(name)
    asked = request.GET.get("version", "")
    version = int(asked) if asked.isdecimal() and len(asked) < 9 else None
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        record = queries.record_of(found, id, request.actor)
        kept = attaching.document_of(found, record, field, version)
        note_read(request.actor, name, record, "register.document")
        return attaching.answer(kept, f"{name}-{str(record.pk)[-6:]}")


@router.post("/registers/{name}/imports", summary="Nhập XLSX, CSV · Import XLSX or CSV", response=dict)
@guarded("register.write", transaction=False)
def import_file(request: ActingRequest, name: str) -> HttpResponse:
    """The file as the body or as the only file of a form. `dry_run=true` stores nothing; `accept` names
    causes to be put right (lost_zeros, scientific, excel_serial, date_digits, legacy_font,
    control_character).
    """
    found = register(name)
    dry = request.GET.get("dry_run", "").lower() in ("1", "true", "yes")
    source = _file(request)
    accept = importing.accepted(request.GET.get("accept", "").replace(",", " ").split())
    try:
        with speaking_as(request.actor):
            report = importing.run(found, source, by=request.actor, dry=dry, accept=accept or NOTHING)
    except WrongRecord as wrong:
        return _problems(request, wrong)
    document = report.document(request.LANGUAGE_CODE)
    refused = not dry and report.bad > 0
    if refused:
        document = {
            "type": "https://khoyte.example/problems/import-refused",
            "title": IMPORT_REFUSED.fill(bad=report.bad).say(request.LANGUAGE_CODE),
            "status": 422,
            **document,
        }
    return _json(document, status=422 if refused else 200)


IMPORT_REFUSED = Text(
    vi="Có {bad} dòng cần sửa nên chưa lưu dòng nào.", en="{bad} rows must be corrected; nothing was stored."
)


# Reading requests


def _asked(found: Register, request: HttpRequest) -> queries.Asked:
    allowed = queries.filters_of(found.declaration)
    filters = {
        name: str(value)
        for name, value in request.GET.items()
        if name in allowed and value and name not in RESERVED
    }
    unknown = [name for name in request.GET if name not in allowed and name not in RESERVED]
    if unknown:
        raise WrongRequest(
            Text(
                vi="Không có bộ lọc {names}. Các bộ lọc: {allowed}.",
                en="No filter {names}. Filters: {allowed}.",
            ).fill(names=", ".join(sorted(unknown))[:100], allowed=", ".join(allowed)),
            status=422,
        )
    return queries.Asked(
        words=request.GET.get("q", "")[:200],
        filters=filters,
        state=request.GET.get("state", "")[:20],
        as_of=_day(request, "as_of"),
        as_known_at=_moment(request, "as_known_at"),
    )


def _size(request: HttpRequest) -> int:
    asked = request.GET.get("limit", "")
    return (
        min(max(1, int(asked)), queries.LARGEST_PAGE)
        if asked.isdecimal() and len(asked) < 6
        else queries.PAGE
    )


def _day(request: HttpRequest, name: str) -> date | None:
    written = request.GET.get(name, "")
    if not written:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        raise WrongRequest(
            Text(vi="{name} phải là ngày dạng 2026-03-15.", en="{name} must be a day like 2026-03-15.").fill(
                name=name
            ),
            status=422,
        ) from None


def _moment(request: HttpRequest, name: str) -> datetime | None:
    """A moment; a day alone is its end, a time without a zone is Vietnamese."""
    written = request.GET.get(name, "").replace(" ", "+")
    if not written:
        return None
    try:
        if len(written) == 10:
            return datetime.combine(date.fromisoformat(written), datetime.max.time(), TZ)
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise WrongRequest(
            Text(
                vi="{name} phải là thời điểm dạng 2026-03-15T08:00:00+07:00.",
                en="{name} must be a moment like 2026-03-15T08:00:00+07:00.",
            ).fill(name=name),
            status=422,
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=TZ)


def _object(request: HttpRequest) -> dict[str, Any]:
    try:
        document = orjson.loads(request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise WrongRequest(
            Text(vi="Nội dung phải là một đối tượng JSON.", en="The body must be a JSON object."), status=400
        )
    return document


def _only_declared(found: Register, content: dict[str, Any]) -> None:
    unknown = [name for name in content if name not in found.declaration.by_name]
    if unknown:
        raise WrongRequest(
            Text(
                vi="Sổ này không có thuộc tính: {names}.", en="This register has no property: {names}."
            ).fill(names=", ".join(sorted(unknown))[:200]),
            status=422,
        )


def _expected_version(request: HttpRequest, record: Record) -> int | None:
    """The version named by If-Match; None for "*". Raises VersionWanted, Changed for a tag of no version."""
    tags = [tag.strip() for tag in request.headers.get("If-Match", "").split(",") if tag.strip()]
    if not tags:
        raise VersionWanted
    if "*" in tags:
        return None
    if _etag(record) in tags:
        return record.version
    numbers = [tag.strip('"') for tag in tags]
    for number in numbers:
        if number.isdecimal() and len(number) < 10:
            return int(number)
    raise Changed([])


def _file(request: ActingRequest) -> Source:
    if request.content_type == "multipart/form-data":
        files = [file for name in request.FILES for file in request.FILES.getlist(name)]
        if len(files) != 1:
            raise WrongRequest(
                Text(vi="Gửi đúng một tệp XLSX hoặc CSV.", en="Send exactly one XLSX or CSV file."),
                status=422,
            )
        return Source(files[0].name or "", b"".join(files[0].chunks()))
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > LARGEST_IMPORT_BYTES:
        raise _too_large()
    read = request.META["wsgi.input"].read if not declared.isdecimal() else request.read
    data = read(LARGEST_IMPORT_BYTES + 1)
    if len(data) > LARGEST_IMPORT_BYTES:
        raise _too_large()
    if not data:
        raise FileRefused(Text(vi="Tệp không có nội dung.", en="The file is empty."))
    return Source("", data)


def _too_large() -> FileRefused:
    size = LARGEST_IMPORT_BYTES >> 20
    return FileRefused(
        Text(vi=f"Tệp lớn hơn {size} MB.", en=f"The file is larger than {size} MB."),
        Text(vi="Chia thành nhiều tệp, hoặc dùng lệnh khoyte register import.",
             en="Split it, or use khoyte register import."),
        status=413,
    )  # fmt: skip


# Answering


def _etag(record: Record) -> str:
    return f'"{record.version}"'


def _record(found: Register, record: Record, request: ActingRequest, status: int = 200) -> HttpResponse:
    response = _json(queries.document(found, record, request.actor), status=status)
    response["ETag"] = _etag(record)
    return response


def _problems(request: ActingRequest, wrong: WrongRecord) -> HttpResponse:
    """A problem document that also lists what is wrong field by field."""
    language = request.LANGUAGE_CODE
    document = {
        "type": "https://khoyte.example/problems/wrong-record",
        "title": wrong.text.say(language),
        "status": 422,
        "errors": [
            {"field": name, "message": text.say(language)}
            for name, texts in wrong.problems.items()
            for text in texts
        ],
    }
    return HttpResponse(orjson.dumps(document), status=422, content_type="application/problem+json")


def _json(document: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), status=status, content_type="application/json")
