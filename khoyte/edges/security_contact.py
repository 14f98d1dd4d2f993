"""`/.well-known/security.txt` (RFC 9116): whom to tell of a weakness of this installation."""

import os
from datetime import UTC, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from khoyte.foundation.calendar import now
from khoyte.units.web import public

PATH = ".well-known/security.txt"
# Less than a year, so that the RFC's reader never meets an old one; made anew at every request.
_HOLDS = timedelta(days=180)


@public
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """The addresses of KHOYTE_SECURITY_CONTACT (mailto:, https:, tel:; by comma); 404 where none is set."""
    contacts = [
        one.strip() for one in os.environ.get("KHOYTE_SECURITY_CONTACT", "").split(",") if one.strip()
    ]
    if not contacts:
        raise Http404
    expires = (now() + _HOLDS).astimezone(UTC).replace(microsecond=0)
    lines = [
        *(f"Contact: {contact}" for contact in contacts),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: vi, en",
        *([f"Canonical: {settings.ADDRESS}/{PATH}"] if settings.ADDRESS else []),
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
