"""Releases as they lie in the home: one immutable, compressed file each, named by first day and content.

`KHOYTE_HOME/catalogues/<name>/<valid_from>-<sha12>.json.zst` holds header, codes and the instant of import.
Of several contents for one first day the one imported last is in use; the others stay as evidence.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import zstandard

from khoyte.foundation.calendar import now
from khoyte.foundation.home import folder, home, write_durably
from khoyte.foundation.language import Text
from khoyte.terminology.errors import PackDamaged
from khoyte.terminology.model import Codes, ReleaseHeader

_FOLDER = "catalogues"


@dataclass(frozen=True)
class StoredRelease:
    """A header with the way to its codes, which are read only when asked for."""

    header: ReleaseHeader
    load: Callable[[], Codes]
    recorded_at: str = ""


def make_header(
    name: str,
    codes: Codes,
    *,
    valid_from: date,
    valid_to: date | None = None,
    complete: bool = True,
    overlay: bool = False,
    source: str = "",
) -> ReleaseHeader:
    """The header of these codes, with the hash over both."""
    unhashed = ReleaseHeader(name, valid_from, valid_to, complete, overlay, source, len(codes), sha256="")
    return replace(unhashed, sha256=content_hash(unhashed, codes))


def content_hash(header: ReleaseHeader, codes: Codes) -> str:
    """SHA-256 (hexadecimal) over the header without its hash and the codes, in whatever order they came."""
    content = [replace(header, sha256=""), codes]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def check_hash(header: ReleaseHeader, codes: Codes, place: str) -> Codes:
    """The codes, if they are those the header was made for; else PackDamaged."""
    if content_hash(header, codes) != header.sha256:
        raise PackDamaged(_DAMAGED.fill(file=place), file=place)
    return codes


def header_from(facts: dict[str, Any]) -> ReleaseHeader:
    """A header from its JSON form."""
    valid_to = facts["valid_to"]
    return ReleaseHeader(
        **{
            **facts,
            "valid_from": date.fromisoformat(facts["valid_from"]),
            "valid_to": date.fromisoformat(valid_to) if valid_to else None,
        }
    )


def store_release(header: ReleaseHeader, codes: Codes) -> Path:
    """Write a release durably. The same content again is one file, now the latest for its first day."""
    path = folder(_FOLDER, header.name) / f"{header.valid_from.isoformat()}-{header.sha256[:12]}.json.zst"
    document = {"header": header, "recorded_at": now().isoformat(), "codes": codes}
    write_durably(path, zstandard.compress(orjson.dumps(document)))
    return path


def stored_releases() -> list[StoredRelease]:
    """The releases in use: per catalogue and first day the one imported last, ordered by name and day."""
    latest: dict[tuple[str, date, bool], StoredRelease] = {}
    for release in sorted(_all_stored(), key=lambda found: found.recorded_at):
        latest[release.header.slot] = release
    return [latest[slot] for slot in sorted(latest)]


def _all_stored() -> Iterator[StoredRelease]:
    for path in sorted((home() / _FOLDER).glob("*/*.json.zst")):
        document = _read(path)
        codes = document["codes"]
        header = header_from(document["header"])
        yield StoredRelease(header, _loader(header, codes, path.name), document["recorded_at"])


def _loader(header: ReleaseHeader, codes: Codes, place: str) -> Callable[[], Codes]:
    return lambda: check_hash(header, codes, place)


def _read(path: Path) -> dict[str, Any]:
    try:
        return orjson.loads(zstandard.decompress(path.read_bytes()))
    except (zstandard.ZstdError, orjson.JSONDecodeError) as wrong:
        raise PackDamaged(_DAMAGED.fill(file=path.name), file=path.name) from wrong


_DAMAGED = Text(
    vi="Tệp danh mục {file} đã bị hỏng. Khôi phục từ bản sao lưu hoặc nhập lại danh mục.",
    en="The catalogue file {file} is damaged. Restore it from the backup or import it again.",
)
