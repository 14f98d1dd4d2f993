"""REST for hospital software: send files, read verdicts and the ledger (docs: /api/v1/openapi.json)."""

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from ninja import Router

from khoyte.submissions import archives, errors, queries, receiving, report_files, verdicts
from khoyte.submissions.limits import DIRECT_BODY_BYTES, WAIT_SECONDS
from khoyte.submissions.models import Submission
from khoyte.submissions.words import reason_words
from khoyte.units.policy import Facts
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, allow, guarded

router = Router(tags=["submissions"])
_CHUNK = 64 * 1024


@router.post("/submissions", summary="Gửi gói hồ sơ · Send records", response={200: dict, 202: dict})
@guarded("submission.send", transaction=False)
def send(request: ActingRequest) -> HttpResponse:
    """XML (GIAMDINHHS or check-in), ZIP of such, or multipart with files. Bearer token; Idempotency-Key
    wanted.
    """
    if request.content_type == "multipart/form-data":
        return _send_many(request)
    key = _key_of(request)
    head, chunks = receiving.peek(_body(request))
    if receiving.looks_like(head) == "zip":
        receipts = archives.receive_archive(chunks=chunks, by=request.actor, key=key)
        return _answer_many(request, receipts)
    receipt = receiving.receive(
        chunks=chunks, file_name=_name_of(request), by=request.actor, key=key, gateway=_gateway_of(request)
    )
    return _answer(request, receipt)


def _send_many(request: ActingRequest) -> HttpResponse:
    files = [file for name in request.FILES for file in request.FILES.getlist(name)]
    receipts = archives.receive_form(files=files, by=request.actor, key=_key_of(request))
    return _answer_many(request, receipts)


def _key_of(request: ActingRequest) -> str:
    return receiving.fitting_key(request.headers.get("Idempotency-Key", ""))


def _name_of(request: ActingRequest) -> str:
    return receiving.safe_file_name(request.headers.get("X-File-Name", "goi-ho-so.xml"))


def _gateway_of(request: ActingRequest) -> dict[str, str]:
    """Receipt of Social Security's gateway, kept beside the file when the sender hands it over."""
    names = {
        "maGiaoDich": "X-Ma-Giao-Dich",
        "maKetQua": "X-Ma-Ket-Qua",
        "thoiGianTiepNhan": "X-Thoi-Gian-Tiep-Nhan",
    }
    return {name: request.headers[header][:50] for name, header in names.items() if header in request.headers}


def _body(request: ActingRequest) -> Iterator[bytes]:
    """The body in pieces, refused as soon as it is known to be too large."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    expected = int(declared) if declared.isdecimal() else 0
    if expected > DIRECT_BODY_BYTES:
        raise errors.too_large(DIRECT_BODY_BYTES // 2**20)
    return _counted(request, expected)


def _counted(request: ActingRequest, expected: int) -> Iterator[bytes]:
    """A sender that goes away in the middle has sent no file."""
    size = 0
    # Django takes a body without a length for an empty one; sent in chunks, it is read to its end.
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    read = request.META["wsgi.input"].read if chunked else request.read
    while chunk := read(_CHUNK):
        size += len(chunk)
        if size > DIRECT_BODY_BYTES:
            raise errors.too_large(DIRECT_BODY_BYTES // 2**20)
        yield chunk
    if size < expected:
        raise errors.cut_short()


def _answer(request: ActingRequest, receipt: receiving.Receipt) -> HttpResponse:
    found = receipt.submission
    waited = _wait_for(request, found)
    address = f"/api/v1/submissions/{found.pk}"
    if receipt.repeated or waited:
        with speaking_as(request.actor):
            response = _json(
                verdicts.document(queries.submission(str(found.pk), request.actor), request.LANGUAGE_CODE)
            )
    else:
        response = _json(verdicts.receipt(found), status=202)
    response["Location"] = address
    return response


def _answer_many(request: ActingRequest, receipts: list[receiving.Receipt]) -> HttpResponse:
    if len(receipts) == 1 and _wait_for(request, receipts[0].submission):
        with speaking_as(request.actor):
            found = queries.submission(str(receipts[0].submission.pk), request.actor)
            return _json({"submissions": [verdicts.document(found, request.LANGUAGE_CODE)]})
    status = 200 if receipts and all(receipt.repeated for receipt in receipts) else 202
    return _json(
        {"submissions": [verdicts.receipt(receipt.submission) for receipt in receipts]}, status=status
    )


def _wait_for(request: ActingRequest, found: Submission) -> bool:
    """Wait for the verdict when asked (`Prefer: wait=N`), but never with more than a few waiters: a waiting
    request holds a whole web worker."""
    seconds = _asked_to_wait(request.headers.get("Prefer", ""))
    if seconds <= 0 or not _waiter_place():
        return False
    try:
        return _poll(found, request, time.monotonic() + seconds)
    finally:
        _leave_waiter_place()


def _asked_to_wait(prefer: str) -> float:
    for part in prefer.replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "wait" and value.strip().isdecimal():
            return min(float(value), WAIT_SECONDS)
    return 0.0


def _poll(found: Submission, request: ActingRequest, until: float) -> bool:
    pause = 0.02
    while True:
        with speaking_as(request.actor):
            state = queries.state_now(found)
        if state in ("judged", "unreadable"):
            return True
        if time.monotonic() + pause > until:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


_WAITER_LOCKS = 0x6B68_6F79  # a number space of our own among advisory locks


def _waiter_place() -> bool:
    """Take one of the few places for waiting requests; they are counted by the database for all workers."""
    with connection.cursor() as cursor:
        for place in range(settings.WAITERS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_WAITER_LOCKS, place])
            if cursor.fetchone()[0]:
                return True
    return False


def _leave_waiter_place() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


@router.get("/submissions", summary="Danh sách gói hồ sơ · List submissions", response=dict)
@guarded("submission.read")
def list_submissions(
    request: ActingRequest, facility: str = "", state: str = "", cursor: str = ""
) -> HttpResponse:
    """Newest first; `from` and `to` are days of receipt, both included."""
    _own_filter(request, facility)
    start, end = _days(request)
    rows = queries.filtered(
        queries.visible(request.actor), facility=facility, start=start, end=end, state=state
    )
    found, following = queries.page_of(rows, cursor)
    return _json({"submissions": [verdicts.summary(row) for row in found], "next": following})


@router.get("/submissions/{id}", summary="Kết quả kiểm tra · Verdict", response=dict)
@guarded("submission.read")
def verdict(request: ActingRequest, id: str) -> HttpResponse:
    return _json(verdicts.document(queries.submission(id, request.actor), request.LANGUAGE_CODE))


@router.get("/submissions/{id}/findings", summary="Các nội dung cần xem · Findings by page", response=dict)
@guarded("submission.read")
def findings(request: ActingRequest, id: str, cursor: str = "") -> HttpResponse:
    found = queries.submission(id, request.actor)
    return _json(verdicts.findings_page(found, cursor, request.LANGUAGE_CODE))


@router.get("/submissions/{id}/report.csv", summary="Kết quả dạng CSV · As CSV", response={200: None})
@guarded("submission.read", transaction=False)
def report_csv(request: ActingRequest, id: str) -> HttpResponseBase:
    """Everything to correct, sorted by cause, one line per place; read while it is sent."""
    return report_files.report(request, id, "csv")


@router.get("/submissions/{id}/report.xlsx", summary="Kết quả dạng XLSX · As XLSX", response={200: None})
@guarded("submission.read", transaction=False)
def report_xlsx(request: ActingRequest, id: str) -> HttpResponseBase:
    """The same as a workbook: summary, causes, details."""
    return report_files.report(request, id, "xlsx")


@router.get("/ledger", summary="Sổ đối soát · Ledger", response=dict)
@guarded("ledger.read")
def ledger(request: ActingRequest, facility: str = "", day: str = "") -> HttpResponse:
    """Per facility and day of receipt; `day` narrows to one day, `from` and `to` to several."""
    _own_filter(request, facility)
    start, end = _days(request)
    if day:
        start = end = _day(day)
    days = queries.ledger_days(request.actor, facility=facility, start=start, end=end)
    for adjustment in (one for line in days for one in line["adjustments"]):
        adjustment["reason"] = reason_words(adjustment["reason"]).say(request.LANGUAGE_CODE)
    return _json({"days": days})


def _own_filter(request: ActingRequest, facility: str) -> None:
    """A filter that names another unit's facility is refused, whether that facility exists or not."""
    actor = request.actor
    if not facility or actor.unit_kind in ("ministry", "department"):
        return
    province = receiving.province_of(facility, actor)
    action = "ledger.read" if request.path.endswith("/ledger") else "submission.read"
    allow(actor, action, Facts(facility=facility, province=province))


def _days(request: ActingRequest) -> tuple[date | None, date | None]:
    start, end = request.GET.get("from", ""), request.GET.get("to", "")
    return (_day(start) if start else None, _day(end) if end else None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise errors.not_a_day() from None


def _json(document: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), status=status, content_type="application/json")
