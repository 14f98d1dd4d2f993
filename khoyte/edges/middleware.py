"""Small middlewares of the web edge: reference number, security headers, language, errors for people."""

import logging
import secrets

from django.http import HttpResponse
from django.utils import translation

from khoyte.edges import errors
from khoyte.foundation.language import LANGUAGES, Text
from khoyte.units.web import ActingRequest, Handler

log = logging.getLogger("khoyte.web")
WRONG_METHOD = Text(
    vi="Địa chỉ này chỉ nhận phương thức HTTP {allowed}.", en="This address takes only the methods {allowed}."
)

# No inline style or script anywhere; nothing from other hosts.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def reference_number(get_response: Handler) -> Handler:
    """Give every request a number that people can quote and logs repeat; it says nothing by itself."""

    def middleware(request: ActingRequest) -> HttpResponse:
        request.reference = secrets.token_hex(4).upper()
        response = get_response(request)
        response["X-Request-Id"] = request.reference
        return response

    return middleware


def security_headers(get_response: Handler) -> Handler:
    def middleware(request: ActingRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("Referrer-Policy", "same-origin")
        response.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.setdefault("X-Frame-Options", "DENY")
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def language(get_response: Handler) -> Handler:
    """Vietnamese unless asked otherwise: by the page's switch (kept in a cookie) or, for programs, by
    header.
    """

    def middleware(request: ActingRequest) -> HttpResponse:
        chosen = _language_of(request)
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen
        response = get_response(request)
        response.setdefault("Content-Language", chosen)
        if request.GET.get("lang") in LANGUAGES:
            response.set_cookie("lang", chosen, max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
        return response

    return middleware


def without_nul(get_response: Handler) -> Handler:
    """Refuse addresses with a NUL in them: no text in the database has one, and PostgreSQL takes none."""

    def middleware(request: ActingRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.respond(request, 400, "bad-request", errors.BAD_REQUEST)
        return get_response(request)

    return middleware


def head_as_get(get_response: Handler) -> Handler:
    """Answer HEAD as GET without its body (RFC 9110, 9.3.2) where a route does not answer HEAD itself.

    The server leaves the body out. A refused HEAD has done nothing yet, so asking again repeats nothing.
    """

    def middleware(request: ActingRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "HEAD" and response.status_code == 405 and "GET" in response.get("Allow", ""):
            request.method = "GET"
            response = get_response(request)
            request.method = "HEAD"
        return response

    return middleware


def _language_of(request: ActingRequest) -> str:
    for asked in (request.GET.get("lang"), request.COOKIES.get("lang")):
        if asked in LANGUAGES:
            return asked
    if not request.path.startswith("/api/"):
        return "vi"
    return translation.get_language_from_request(request)


class ErrorsForPeople:
    """Answer every error with a page or a problem document; never a stack trace."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: ActingRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and errors.wants_problem(request):
            allowed = response.headers.get("Allow", "")
            response = errors.respond(request, 405, "wrong-method", WRONG_METHOD.fill(allowed=allowed))
            response["Allow"] = allowed
        return response

    def process_exception(self, request: ActingRequest, exception: Exception) -> HttpResponse | None:
        return errors.answer(request, exception)
