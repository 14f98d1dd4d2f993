"""One place that turns errors into answers: problem documents (RFC 9457) for programs, pages for people.

A page or record that is not there and one that is not yours answer alike. Unexpected errors are logged with
their place in the code and a reference number, never with a value of a request.
"""

import logging
import sys
from collections.abc import ItemsView
from typing import Any

import orjson
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.debug import SafeExceptionReporterFilter

from khoyte.edges.logs import place_of
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.units.errors import Refused
from khoyte.units.return_address import plain_address

log = logging.getLogger("khoyte.web")
PROBLEM_BASE = "https://khoyte.example/problems/"

NOT_FOUND = Text(vi="Không có trang hoặc dữ liệu này.", en="There is nothing here.")
FORGED = Text(
    vi="Phiên làm việc đã hết hạn hoặc đã thay đổi. Tải lại trang rồi thực hiện lại.",
    en="The session has ended or changed. Load the page again and retry.",
)
UNEXPECTED = Text(
    vi="Yêu cầu vừa rồi chưa được thực hiện. Dữ liệu đã gửi trước đó vẫn được giữ nguyên.",
    en="This could not be done. What was sent before is kept as it was.",
)
BAD_REQUEST = Text(
    vi="Yêu cầu không đúng định dạng. Kiểm tra nội dung gửi rồi gửi lại.",
    en="The request is not well formed. Check what is sent and send it again.",
)
TOO_LARGE = Text(
    vi="Nội dung gửi lên lớn hơn giới hạn của một lần gửi. Gửi ít nội dung hơn trong một lần.",
    en="The request is larger than one request may be. Send less at a time.",
)
AWAY = Text(
    vi="Hệ thống đang khởi động lại. Thử lại sau ít giây.",
    en="The system is restarting. Try again in a few seconds.",
)
BODY_STALLED = Text(
    vi="Đường truyền bị ngắt khi đang gửi. Chưa có nội dung nào được lưu; đề nghị gửi lại.",
    en="The line went silent in the middle of the request. Nothing was kept; send it again.",
)
RETRY_SECONDS = 5
_OF_THE_SENDER = (SuspiciousOperation, BadRequest, MultiPartParserError)


class NothingPersonal(SafeExceptionReporterFilter):
    """No setting, header, cookie or value of a request ever enters an error report."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: Any
    ) -> ItemsView[str, Any]:
        return dict[str, Any]().items()


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to an error raised by a view."""
    if isinstance(error, Refused):
        return _refused(request, error)
    if isinstance(error, KhoyteError):
        status = getattr(error, "status", 404 if error.code == "not-found" else 400)
        return respond(
            request, status, error.code, error.text, error.remedy, getattr(error, "retry_after", 0)
        )
    if isinstance(error, Http404):
        return respond(request, 404, "not-found", NOT_FOUND)
    if isinstance(error, UnreadablePostError):
        return respond(request, 408, "body-stalled", BODY_STALLED, retry_after=RETRY_SECONDS)
    if isinstance(error, RequestDataTooBig):
        return respond(request, 413, "too-large", TOO_LARGE)
    if isinstance(error, _OF_THE_SENDER) or _holds_nul(error):
        return respond(request, 400, "bad-request", BAD_REQUEST)
    if isinstance(error, (OperationalError, InterfaceError)):
        _log(request, error)
        return respond(request, 503, "database-away", AWAY, retry_after=RETRY_SECONDS)
    return unexpected(request, error)


def _holds_nul(error: Exception) -> bool:
    """Whether the database was given a NUL, which it takes in no text: typed or sent as such, or in JSON."""
    return isinstance(error, DataError) and any(sign in str(error) for sign in ("NUL (0x00)", "\\u0000"))


def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    _log(request, error)
    return respond(request, 500, "unexpected", UNEXPECTED)


def _log(request: HttpRequest, error: BaseException) -> None:
    # Only the kind of error and the lines of code: messages of libraries can quote a row.
    log.error("%s %s at %s", getattr(request, "reference", "-"), type(error).__name__, place_of(error))


def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    if wants_problem(request):
        return respond(request, 401 if error.anonymous else 403, "refused", error.text, error.remedy)
    if error.anonymous:
        back = plain_address(request.get_full_path())
        return HttpResponseRedirect("/dang-nhap" + (f"?{urlencode({'next': back})}" if back else ""))
    return respond(request, 403, "refused", error.text, error.remedy)


def wants_problem(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/fhir"))


def respond(
    request: HttpRequest,
    status: int,
    code: str,
    text: Text,
    remedy: Text | None = None,
    retry_after: int = 0,
) -> HttpResponse:
    """A problem document or an error page, in the language asked for."""
    language = getattr(request, "LANGUAGE_CODE", "vi")
    if wants_problem(request):
        response = problem(status, code, text.say(language), remedy.say(language) if remedy else "")
    else:
        context = {
            "status": status,
            "code": code,
            "message": text.say(language),
            "remedy": remedy.say(language) if remedy else "",
            "reference": getattr(request, "reference", ""),
            "repeats_nothing": True,
        }
        request.is_refused = True  # type: ignore[attr-defined]
        response = render(request, "error.html", context, status=status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def problem(status: int, code: str, title: str, detail: str = "") -> HttpResponse:
    document = {"type": PROBLEM_BASE + code, "title": title, "status": status}
    if detail:
        document["detail"] = detail
    return HttpResponse(orjson.dumps(document), status=status, content_type="application/problem+json")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return respond(request, 403, "cross-site", FORGED)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, 404, "not-found", NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """An error outside any view: in a middleware, for instance because the database is away."""
    error = sys.exc_info()[1]
    if isinstance(error, Exception):
        return answer(request, error)
    return respond(request, 500, "unexpected", UNEXPECTED)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that fails before its view begins, for instance a form above the limit."""
    return answer(request, exception)
