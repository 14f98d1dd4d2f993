"""Where a request for support was asked from: the page's address without what may be about a person.

Of an address stay the words of its route and those placeholders that cannot name anybody: numbers of records,
codes of units, names of registers. Whatever else stood there, and everything behind "?", is left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from django.urls import Resolver404, URLResolver, get_resolver, resolve

HIDDEN = "…"
LONGEST = 300
_REFERENCE = re.compile(r"[0-9A-F]{8}")
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
_PLAIN = re.compile(r"[a-z][a-z0-9_-]{1,39}|V-\d{3}[a-z]?|XML\d{1,2}|[0-9A-Z]{5}")
"""Names of registers and lists, rules, tables, codes of facilities."""


def page_of(address: str, *, only_route: bool = False) -> str:
    """The address as it may be kept; empty for none of ours.

    With `only_route` every placeholder is left out: on pages of errors, which say nothing of what was asked.
    """
    path = address.split("?", 1)[0].split("#", 1)[0]
    try:
        found = resolve(path)
    except Resolver404:
        return path if path in _routes() else ""
    kept = {} if only_route else {name: _kept(value) for name, value in found.kwargs.items()}
    return ("/" + _PLACE.sub(_filled(kept), found.route))[:LONGEST]


@cache
def _routes() -> frozenset[str]:
    """Every route with its placeholders left out, as an error page names it."""
    return frozenset(_PLACE.sub(HIDDEN, route) for route in _below(get_resolver().url_patterns, "/"))


def _below(patterns: Iterable[Any], prefix: str) -> Iterator[str]:
    for one in patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _below(one.url_patterns, route)
        else:
            yield route


def _filled(kept: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda place: kept.get(place[1], HIDDEN)


def _kept(value: Any) -> str:
    if isinstance(value, UUID | int):
        return str(value)
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else HIDDEN


def reference_of(text: str) -> str:
    """The number of a request as pages show it; empty for anything else."""
    return text if _REFERENCE.fullmatch(text) else ""


def language_of(header: str) -> str:
    """The first language a browser asks for, such as "vi-VN"."""
    first = header.split(",", 1)[0].split(";", 1)[0].strip()
    return first if re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,2}", first) else ""
