"""Small middlewares of the web edge: reference number, security headers, language, errors for people."""

import logging
import secrets

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from khoyte.edges import errors
from khoyte.foundation.language import LANGUAGES, Text
from khoyte.units.web import ActingRequest, Handler

log = logging.getLogger("khoyte.web")
WRONG_METHOD = Text(
    vi="Địa chỉ này chỉ nhận phương thức HTTP {allowed}.", en="This address takes only the methods {allowed}."
)

# No inline style or script anywhere; nothing from other hosts, in nobody's frame.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# Devices no page needs. Only names that browsers know: Chromium complains of others in the console.
PERMISSIONS_POLICY = ", ".join(
    f"{device}=()"
    for device in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer"),
        *("microphone", "midi", "payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Addresses of records go to nobody else; our own forms show where they come from (Django asks for it).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
# A year, for this name alone: other names of a province may not speak HTTPS yet.
STRICT_TRANSPORT_SECURITY = "max-age=31536000"


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
        for name, value in SECURITY_HEADERS.items():
            response[name] = value
        if settings.HTTPS:
            response["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY
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
            a_year = 365 * 24 * 3600
            response.set_cookie(
                "lang", chosen, max_age=a_year, samesite="Lax", httponly=True, secure=settings.HTTPS
            )
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
        if response.status_code == 405:
            allowed = response.headers.get("Allow", "")
            response = errors.respond(request, 405, "wrong-method", WRONG_METHOD.fill(allowed=allowed))
            response["Allow"] = allowed
        return response

    def process_exception(self, request: ActingRequest, exception: Exception) -> HttpResponse | None:
        return errors.answer(request, exception)
