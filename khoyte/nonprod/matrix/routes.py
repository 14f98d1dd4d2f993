"""Every address of the site and the API, as the program itself has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# The framework's own empty root of the API: nothing there.
NOT_ROUTES = {"/api/v1/"}


@dataclass(frozen=True)
class Route:
    """An address with its placeholders, a method ("" where a page looks at the method itself), its view."""

    address: str
    method: str
    view: Any


def routes() -> list[Route]:
    """Every route once: the API lists an address again for each of its methods."""
    found = {
        (address, method): Route(address, method, view)
        for address, entry in _patterns(get_resolver(), "/")
        if address not in NOT_ROUTES
        for method, view in _views_of(entry)
    }
    return list(found.values())


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern).lstrip("^").rstrip("$")
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, address)
        else:
            yield address, entry


def _views_of(entry: URLPattern) -> list[tuple[str, Any]]:
    """(method, view with its mark); an address of the API has one view per method."""
    path_view = getattr(entry.callback, "__self__", None) or _path_view(entry.callback)
    operations = getattr(path_view, "operations", None)
    if operations is None:
        return [("", entry.callback)]
    return [(method.upper(), one.view_func) for one in operations for method in one.methods]


def _path_view(callback: Any) -> Any:
    for cell in getattr(callback, "__closure__", None) or ():
        if hasattr(cell.cell_contents, "operations"):
            return cell.cell_contents
    return None
