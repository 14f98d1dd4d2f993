"""Style sheet, script, icon and fonts, served from memory by the process that serves the pages.

There are five small files, and the pictures of guides. Each is known by a name that holds a hash of its
content, so browsers keep it for a year and a new version is fetched at once. No step before starting, no
folder to keep in order.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from khoyte.foundation.home import folder
from khoyte.foundation.look.fonts import build_fonts

PREFIX = "/static/khoyte/"
_HERE = Path(__file__).parent / "static" / "khoyte"
_FOLDERS = [_HERE]
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as sent; `packed` is its gzip form, None where that would not be smaller."""

    address: str
    content_type: str
    data: bytes
    packed: bytes | None


def announce(place: Path) -> None:
    """Serve the files of a room's folder, too; their names are of no other file. When Django is set up."""
    if place not in _FOLDERS:
        _FOLDERS.append(place)


@cache
def assets() -> dict[str, Asset]:
    """All files by their plain name. Fonts are made on first use, in the home folder."""
    made = {path.name: _asset(path.name, path.read_bytes()) for path in build_fonts(folder("static"))}
    for path in (path for place in _FOLDERS for path in sorted(place.glob("[!.]*"))):
        data = path.read_bytes()
        for name, asset in made.items() if path.suffix == ".css" else ():
            data = data.replace(f'url("{name}")'.encode(), f'url("{asset.address}")'.encode())
        made[path.name] = _asset(path.name, data)
    return made


@cache
def _by_address() -> dict[str, Asset]:
    return {asset.address: asset for asset in assets().values()}


def address_of(name: str) -> str:
    """Where a page finds a file. Raises KeyError for a name that is not one of ours."""
    return assets()[name].address


def serve_assets(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: answer addresses of assets before sessions and accounts are looked at."""

    def middleware(request: HttpRequest) -> HttpResponse:
        wanted = request.method in ("GET", "HEAD") and request.path.startswith(PREFIX)
        asset = _by_address().get(request.path) if wanted else None
        return answer(request, asset) if asset else get_response(request)

    return middleware


def answer(request: HttpRequest, asset: Asset) -> HttpResponse:
    """The file, packed when the browser can unpack it."""
    packed = asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(asset.packed if packed else asset.data, content_type=asset.content_type)
    response["Cache-Control"] = _A_YEAR
    response["Vary"] = "Accept-Encoding"
    if packed:
        response["Content-Encoding"] = "gzip"
    return response


def _asset(name: str, data: bytes) -> Asset:
    stem, kind = name.rsplit(".", 1)
    digest = hashlib.sha256(data).hexdigest()[:10]
    packed = gzip.compress(data, mtime=0)
    return Asset(
        address=f"{PREFIX}{stem}.{digest}.{kind}",
        content_type=_TYPES[f".{kind}"],
        data=data,
        # What is packed already, as fonts are, comes out a few bytes smaller or larger by chance.
        packed=packed if kind not in ("woff2", "webp") and len(packed) < len(data) else None,
    )
