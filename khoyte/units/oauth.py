"""`/oauth/token` for software, and the document that leads there (SMART App Launch 2.2, backend services).

Answers are those of RFC 6749, in English, for developers: they hold nothing of the request.
"""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from khoyte.units import client_keys, client_proofs
from khoyte.units.client_proofs import OAuthError
from khoyte.units.enums import Scope
from khoyte.units.places import public_address
from khoyte.units.policy import ANONYMOUS
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import public

_FORM = "application/x-www-form-urlencoded"
_LONGEST_BODY = 16 * 1024


@public
@csrf_exempt  # no browser and no cookie: the proof in the body is all that counts
def token(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        answer = _wrong(OAuthError("invalid_request", "only POST"), 405)
        answer["Allow"] = "POST"
        return answer
    try:
        with speaking_as(ANONYMOUS):
            granted = client_proofs.exchange(
                *_asked(request), audience=f"{public_address(request)}/oauth/token"
            )
    except OAuthError as error:
        return _wrong(error, 401 if error.code == "invalid_client" else 400)
    except DatabaseError:
        answer = _wrong(OAuthError("temporarily_unavailable", "try again in some seconds"), 503)
        answer["Retry-After"] = "5"
        return answer
    document = {
        "access_token": granted.token,
        "token_type": "bearer",
        "expires_in": granted.seconds,
        "scope": " ".join(granted.scopes),
    }
    return _unkept(JsonResponse(document))


def _asked(request: HttpRequest) -> tuple[str, str | None]:
    """Proof and scope of the form. Raises OAuthError."""
    if request.content_type != _FORM or int(request.META.get("CONTENT_LENGTH") or 0) > _LONGEST_BODY:
        raise OAuthError("invalid_request", f"the body is {_FORM} of at most {_LONGEST_BODY} bytes")
    try:
        form = request.POST
    except SuspiciousOperation:
        raise OAuthError("invalid_request", "the form has too many parameters") from None
    if any(len(form.getlist(name)) > 1 for name in form):
        raise OAuthError("invalid_request", "a parameter stands there twice")
    if not form.get("grant_type"):
        raise OAuthError("invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "only client_credentials")
    if form.get("client_assertion_type") != client_proofs.ASSERTION_TYPE or not form.get("client_assertion"):
        wanted = f"client_assertion with client_assertion_type {client_proofs.ASSERTION_TYPE} is missing"
        raise OAuthError("invalid_request", wanted)
    return form["client_assertion"], form.get("scope")


def _wrong(error: OAuthError, status: int) -> HttpResponse:
    answer = JsonResponse({"error": error.code, "error_description": error.description}, status=status)
    return _unkept(answer)


def _unkept(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["Pragma"] = "no-cache"
    return answer


@public
@require_safe
def smart_configuration(request: HttpRequest) -> HttpResponse:
    """What is served, and no more."""
    document: dict[str, Any] = {
        "token_endpoint": f"{public_address(request)}/oauth/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": sorted(set(client_keys.ALGORITHMS.values())),
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": list(Scope.values),
        "capabilities": ["client-confidential-asymmetric"],
    }
    return JsonResponse(document)
