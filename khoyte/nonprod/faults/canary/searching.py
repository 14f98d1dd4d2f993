"""Looking for canaries in bytes: all spellings of all canaries at once (Aho-Corasick, by polars)."""

import gzip
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import zstandard

from khoyte.nonprod.faults.canary.planting import Canary
from khoyte.nonprod.faults.canary.spellings import spellings

_PIECE = 1 << 20
_OVERLAP = 4096  # longer than any spelling
_UNPACKED = 256 * 2**20


@dataclass(frozen=True)
class Sighting:
    """A canary seen where it must not be. `where` names the place, never the value."""

    canary: Canary
    where: str
    spelling: str


@dataclass(frozen=True)
class Place:
    """Bytes to look through, under the name a report calls them by."""

    where: str
    content: bytes


class Search:
    """Ready to look for these canaries; `megabytes` counts what was looked through."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._known: dict[bytes, tuple[Canary, str]] = {}
        self.bytes = 0
        for canary in canaries:
            for spelled, how in spellings(canary.value).items():
                # Two canaries never share a spelling of this length but by a spelling of one in the other.
                self._known.setdefault(spelled.lower(), (canary, how))
        self._patterns = [spelled.decode("latin-1") for spelled in self._known]

    def look(self, places: Iterable[Place]) -> list[Sighting]:
        """Every canary once per place and spelling, in the order of the places."""
        pieces = [piece for place in places for piece in _pieces(place)]
        self.bytes += sum(len(place.content) for place in pieces)
        if not pieces or not self._patterns:
            return []
        texts = pl.Series([place.content.decode("latin-1") for place in pieces], dtype=pl.String)
        found = texts.str.extract_many(self._patterns, ascii_case_insensitive=True, overlapping=True)
        seen: dict[tuple[int, str, str], Sighting] = {}
        for place, spelled in zip(pieces, found, strict=True):
            for text in spelled:
                canary, how = self._known[text.encode("latin-1").lower()]
                seen.setdefault((canary.number, place.where, how), Sighting(canary, place.where, how))
        return list(seen.values())

    @property
    def megabytes(self) -> float:
        return self.bytes / 2**20


def _pieces(place: Place) -> Iterator[Place]:
    """Pieces that overlap by more than any spelling is long."""
    step = _PIECE - _OVERLAP
    for begin in range(0, max(1, len(place.content) - _OVERLAP), step):
        yield Place(place.where, place.content[begin : begin + _PIECE])


def files_below(folder: Path, *, without: Sequence[Path] = ()) -> Iterator[Place]:
    """Every file below a folder but those below `without`: its path, its bytes, and what is packed in it."""
    for path in sorted(folder.rglob("*")):
        if any(path.is_relative_to(other) for other in without):
            continue
        where = str(path.relative_to(folder))
        # A name is something left behind, too.
        yield Place(f"name of {where}", where.encode("utf-8", "surrogateescape"))
        if path.is_file() and not path.is_symlink():
            try:
                content = path.read_bytes()
            except OSError:
                continue  # it was temporary
            yield Place(where, content)
            yield from _unpacked(where, path, content)


def _unpacked(where: str, path: Path, content: bytes) -> Iterator[Place]:
    """What lies packed in zstd, gzip or ZIP, by the first bytes."""
    try:
        if content.startswith(b"\x28\xb5\x2f\xfd"):
            reader = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True)
            yield Place(f"{where} unpacked", reader.read(_UNPACKED))
        elif content.startswith(b"\x1f\x8b"):
            yield Place(f"{where} unpacked", gzip.decompress(content))
        elif content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(path) as parts:
                for name in parts.namelist():
                    yield Place(f"{where} unpacked", parts.read(name))
    except (OSError, EOFError, zstandard.ZstdError, zipfile.BadZipFile, zlib.error):
        return  # its packed bytes were looked through
