"""Files of thousands of facilities, made from the files of the forty of the demonstration.

Writing half a million visits from nothing would cost more than judging them. So each of the forty writes its
day once; every further facility takes such a file under its own code, with other personal numbers: the same
care, other people, another place. Codes begin with an invented province (34 of them, as the country has, by
figures that no province ever had), numbers with the place code 999.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pybase64

FIGURES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# fmt: off
PROVINCES = (
    "97", "98", "99", "00", "03", "05", "07", "09", "13", "16", "18", "21", "23", "28", "29", "32", "39",
    "41", "43", "47", "50", "53", "55", "57", "59", "61", "63", "65", "69", "71", "73", "76", "78", "81",
)
# fmt: on
_LETTERS = 12  # the third sign of a code is one of the last letters, which no demonstration facility has
MOST_FACILITIES = len(PROVINCES) * _LETTERS * len(FIGURES) ** 2
_PART = re.compile(rb"(<NOIDUNGFILE>)([^<]*)(</NOIDUNGFILE>)")
_PERSON = re.compile(rb"(?<!\d)999(\d{3})(\d{6})(?!\d)")
_PERSONS = 1_000_000


@dataclass(frozen=True)
class Pattern:
    """One file of a demonstration facility. `pieces`: text, opened table, text, opened table, ... text."""

    facility: bytes
    dossiers: int
    pieces: tuple[bytes, ...]


def read_pattern(path: Path) -> Pattern:
    text = path.read_bytes()
    pieces: list[bytes] = []
    end = 0
    for found in _PART.finditer(text):
        pieces += [text[end : found.end(1)], pybase64.b64decode(found[2])]
        end = found.start(3)
    facility = path.name.split("_")[0].encode()
    return Pattern(facility, text.count(b"<HOSO>"), (*pieces, text[end:]))


def stamped(pattern: Pattern, facility: str, turn: int) -> bytes:
    """The file under another facility's code, with personal numbers that differ from turn to turn."""
    code = facility.encode()
    known: dict[bytes, bytes] = {}

    def person(found: re.Match[bytes]) -> bytes:
        if found[0] not in known:
            number = (int(found[2]) + turn * 7919) % _PERSONS
            known[found[0]] = b"999%b%06d" % (found[1], number)
        return known[found[0]]

    pieces = list(pattern.pieces)
    for place, piece in enumerate(pieces):
        own = piece.replace(pattern.facility, code)
        pieces[place] = pybase64.b64encode(_PERSON.sub(person, own)) if place % 2 else own
    return b"".join(pieces)


def facility_codes(count: int) -> Iterator[tuple[str, str]]:
    """(code, invented province) of facilities that no demonstration has. Raises ValueError for too many."""
    if not 0 < count <= MOST_FACILITIES:
        raise ValueError(f"between 1 and {MOST_FACILITIES} facilities")
    for number in range(count):
        place, which = divmod(number, len(PROVINCES))
        rest, last = divmod(place, len(FIGURES))
        first, middle = divmod(rest, len(FIGURES))
        province = PROVINCES[which]
        yield f"{province}{FIGURES[-1 - first]}{FIGURES[middle]}{FIGURES[last]}", province


def shares(patterns: Sequence[Pattern], facilities: int) -> list[Pattern]:
    """Which pattern each facility follows: all in turns, so that sizes are shared out as in the forty."""
    return [patterns[number % len(patterns)] for number in range(facilities)]
