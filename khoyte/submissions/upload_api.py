"""REST for files in parts: the tus protocol 1.0.0 with creation, expiration and termination (https://tus.io).

    POST   /api/v1/uploads       Upload-Length, Upload-Metadata: filename <base64>   201 Location
    HEAD   /api/v1/uploads/{id}                                                      200 Upload-Offset
    PATCH  /api/v1/uploads/{id}  Upload-Offset, application/offset+octet-stream      204 Upload-Offset
    DELETE /api/v1/uploads/{id}                                                      204

The answer to the last part names the submission: `Khoyte-Submission` its id, `Location` its address. An
archive becomes several; then `Khoyte-Submissions` says how many, and the first is named.
"""

import base64
import binascii
import uuid
from collections.abc import Iterator

from django.http import HttpResponse, UnreadablePostError
from django.utils.http import http_date
from ninja import Router

from khoyte.submissions import upload_errors, uploads
from khoyte.submissions.limits import UPLOAD_BYTES, UPLOAD_PART_BYTES
from khoyte.submissions.models import Upload
from khoyte.units.web import ActingRequest, guarded, public

router = Router(tags=["uploads"])
VERSION = "1.0.0"
PART_TYPE = "application/offset+octet-stream"
_PIECE = 256 * 1024


@router.api_operation(["OPTIONS"], "/uploads", summary="Khả năng của giao thức tus · What tus offers here")
@public
def options(request: ActingRequest) -> HttpResponse:
    """Version, extensions and limits; `Upload-Limit` names the largest part."""
    response = HttpResponse(status=204)
    response["Tus-Version"] = VERSION
    response["Tus-Extension"] = "creation,expiration,termination"
    response["Tus-Max-Size"] = str(UPLOAD_BYTES)
    return _with_protocol(response)


@router.post("/uploads", summary="Bắt đầu tải lên theo phần · Begin an upload", response={201: None})
@guarded("submission.send", transaction=False)
def begin(request: ActingRequest) -> HttpResponse:
    """Answers 201 with the `Location` to send the parts to."""
    _must_speak_tus(request)
    length = _number(request, "Upload-Length")
    if length is None:
        raise upload_errors.length_wanted()
    upload = uploads.begin(length=length, file_name=_file_name(request), by=request.actor)
    response = HttpResponse(status=201)
    response["Location"] = f"/api/v1/uploads/{upload.pk}"
    return _with_state(response, upload)


@router.api_operation(["HEAD"], "/uploads/{uuid:id}", summary="Đã nhận bao nhiêu byte · How far it is")
@guarded("submission.send", transaction=False)
def state(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """`Upload-Offset` says where to go on."""
    _must_speak_tus(request)
    upload = uploads.upload_of(id, request.actor)
    response = _with_state(HttpResponse(status=200), upload)
    response["Upload-Length"] = str(upload.length)
    return response


@router.patch("/uploads/{uuid:id}", summary="Gửi một phần · Send a part", response={204: None})
@guarded("submission.send", transaction=False)
def append(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """The bytes from `Upload-Offset` on. With an Idempotency-Key on the last part the receipt heeds it."""
    _must_speak_tus(request)
    if request.content_type != PART_TYPE:
        raise upload_errors.part_type_wanted()
    offset = _number(request, "Upload-Offset")
    if offset is None:
        raise upload_errors.offset_wanted()
    key = request.headers.get("Idempotency-Key", "")[:200]
    pieces = _part(request)
    upload, made = uploads.append(id=id, offset=offset, pieces=pieces, by=request.actor, key=key)
    response = _with_state(HttpResponse(status=204), upload)
    if made > 1:
        response["Khoyte-Submissions"] = str(made)
    return response


@router.delete("/uploads/{uuid:id}", summary="Hủy lượt tải lên · End an upload", response={204: None})
@guarded("submission.send", transaction=False)
def terminate(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """Forget what was sent so far."""
    _must_speak_tus(request)
    uploads.terminate(id=id, by=request.actor)
    return _with_protocol(HttpResponse(status=204))


def _must_speak_tus(request: ActingRequest) -> None:
    if request.headers.get("Tus-Resumable", VERSION) != VERSION:
        raise upload_errors.other_protocol()


def _number(request: ActingRequest, header: str) -> int | None:
    text = request.headers.get(header, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _file_name(request: ActingRequest) -> str:
    """From `Upload-Metadata: filename <base64>, other <base64>`; empty when absent or broken."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        if name == "filename":
            try:
                return base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return ""
    return ""


def _part(request: ActingRequest) -> Iterator[bytes]:
    """The body in pieces; when the line is cut, the part ends there."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdigit() and int(declared) > UPLOAD_PART_BYTES:
        raise upload_errors.part_too_large()
    return _pieces(request)


def _pieces(request: ActingRequest) -> Iterator[bytes]:
    size = 0
    while piece := _read(request):
        size += len(piece)
        if size > UPLOAD_PART_BYTES:
            raise upload_errors.part_too_large()
        yield piece


def _read(request: ActingRequest) -> bytes:
    try:
        return request.read(_PIECE)
    except UnreadablePostError:
        return b""


def _with_state(response: HttpResponse, upload: Upload) -> HttpResponse:
    response["Upload-Offset"] = str(upload.offset)
    response["Upload-Expires"] = http_date(uploads.expires_at(upload).timestamp())
    if upload.submission_id:
        response["Khoyte-Submission"] = str(upload.submission_id)
        response["Location"] = f"/api/v1/submissions/{upload.submission_id}"
    return _with_protocol(response)


def _with_protocol(response: HttpResponse) -> HttpResponse:
    response["Tus-Resumable"] = VERSION
    response["Upload-Limit"] = f"max-size={UPLOAD_BYTES}, max-append-size={UPLOAD_PART_BYTES}"
    response["Cache-Control"] = "no-store"
    return response
