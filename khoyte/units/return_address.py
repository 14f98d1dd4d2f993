"""Where to go after signing in: an address of this site that says nothing of anybody.

The address stands in the redirect to the sign-in page, so in the logs of every proxy on the way. Somebody may
have put a name or a number into it; only what our own links carry is kept: places, days, page numbers, words
of lists.
"""

import re
import uuid
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.urls import Resolver404, resolve

_PLAIN_PART = re.compile(r"[A-Za-z0-9-]{1,8}|[a-z_-]{1,24}")
_PLAIN_NAME = re.compile(r"[a-z-]{1,16}")
_PLAIN_VALUE = re.compile(r"\d{1,7}|\d{4}-\d\d-\d\d|[a-z_]{1,16}")
_FREE_TEXT = frozenset({"q"})


def plain_address(address: str) -> str:
    """The part of an address that may be repeated; "" when it is none of this site's pages."""
    try:
        parts = urlsplit(address)
        found = resolve(parts.path)
    except (ValueError, Resolver404):
        return ""
    values = map(str, found.kwargs.values())
    if parts.scheme or parts.netloc or not all(map(_is_plain, values)):
        return ""
    asked = parse_qsl(parts.query)
    kept = [(name, value) for name, value in asked if name not in _FREE_TEXT and _is_plain_query(name, value)]
    return parts.path + ("?" + urlencode(kept) if kept else "")


def _is_plain(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return _PLAIN_PART.fullmatch(value) is not None


def _is_plain_query(name: str, value: str) -> bool:
    return _PLAIN_NAME.fullmatch(name) is not None and _PLAIN_VALUE.fullmatch(value) is not None
