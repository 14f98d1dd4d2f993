"""The control group: canaries written where the search looks, each in another way. All must be found."""

import base64
import gzip
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import zstandard

from khoyte.nonprod.faults.canary.planting import Canary, invent
from khoyte.nonprod.faults.canary.searching import Sighting
from khoyte.nonprod.faults.canary.spellings import WRITERS

LookFor = Callable[[Sequence[Canary], Sequence[Path]], list[Sighting]]
_LINE = b"2026-11-22 10:00:00,000 ERROR khoyte.web 1A2B3C4D %s at somewhere.py:1\n"


def _base64_after(length: int) -> Callable[[str], bytes]:
    return lambda text: base64.b64encode(b"x" * length + text.encode() + b"y" * 7)


WAYS: dict[str, Callable[[str], bytes]] = {
    **WRITERS,
    "NFD": lambda text: unicodedata.normalize("NFD", text).encode(),
    "capitals": lambda text: text.upper().encode(),
    "small letters": lambda text: text.lower().encode(),
    "capitals, percent": lambda text: WRITERS["percent"](text.upper()),
    "NFD, JSON": lambda text: WRITERS["JSON"](unicodedata.normalize("NFD", text)).upper(),
    "base64 in place 0": _base64_after(0),
    "base64 in place 1": _base64_after(1),
    "base64 in place 2": _base64_after(2),
    "across the edge of a piece": lambda text: b"." * (2**20 - 4110) + text.encode() + b"." * 9000,
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
}


def plant_controls(logs: Path, temporary: Path, seed: int, look_for: LookFor) -> tuple[set[str], set[str]]:
    """Write one canary per way into log and temporary folder, look for them; ways planted, ways found."""
    names = [one for one in invent(7 * (len(WAYS) + 8), seed + 1_000_003) if one.kind == "name"]
    ways = dict(zip([*WAYS, *PACKED, "zip", "file name"], names, strict=False))
    for number, (way, canary) in enumerate(ways.items()):
        place = (logs, temporary)[number % 2] / f"control-{number}.log"
        if way in WAYS:
            place.write_bytes(_LINE % WAYS[way](canary.value))
        elif way in PACKED:
            place.write_bytes(PACKED[way](_LINE % canary.value.encode()))
        elif way == "zip":
            with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("a.txt", canary.value)
        else:
            place.with_name(canary.value).write_bytes(b"")
    seen = {sighting.canary.number for sighting in look_for(names, (logs, temporary))}
    # What was not planted must not be found either.
    chance_hits = seen - {canary.number for canary in ways.values()}
    found = {way for way, canary in ways.items() if canary.number in seen}
    return set(ways), set() if chance_hits else found
