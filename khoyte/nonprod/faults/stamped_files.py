"""Many different files of the same facilities for long drills, made faster than they are judged.

Writing visits from nothing costs about as much as judging them. So a few files of each facility are written,
and every further one is such a file with other numbers of visits (MA_LK), cases and persons.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from khoyte.foundation.calendar import today
from khoyte.nonprod.faults.client_ledger import OutgoingFile
from khoyte.nonprod.generator import generate_submissions
from khoyte.nonprod.nation.stamping import FIGURES, Pattern, read_pattern, stamped

_PATTERNS = 4
_TOKEN = re.compile(rb"<MA_LK>[^<.]*\.\d{6}\.([0-9A-Z]+)\d{5}</MA_LK>")


def stamped_files(facility: str, folder: Path, *, visits: int, seed: int) -> Iterator[OutgoingFile]:
    """Files of `visits` visits each without end, all sound, all different; written when they are asked for.

    Raises ValueError when the numbers of one pattern are used up (36 to the power of its token's length).
    """
    patterns = [_pattern(facility, folder / f"pattern-{facility}", visits, seed, n) for n in range(_PATTERNS)]
    for turn in count(1):
        pattern, token = patterns[turn % _PATTERNS]
        text = stamped(_renumbered(pattern, token, turn), facility, turn)
        path = folder / f"{facility}_{turn}.xml"
        path.write_bytes(text)
        yield OutgoingFile.of(path, facility, pattern.dossiers)


def _pattern(facility: str, folder: Path, visits: int, seed: int, number: int) -> tuple[Pattern, bytes]:
    """A file of the facility to follow, and the letters by which its numbers differ from other files'."""
    report = generate_submissions(
        visits,
        seed * 1000 + number,
        folder / str(number),
        [facility],
        start_date=today() - timedelta(days=number + 2),
        days=1,
    )
    pattern = read_pattern(report.files[0])
    found = _TOKEN.search(b"".join(pattern.pieces))
    if found is None:
        raise RuntimeError(f"{report.files[0].name}: no MA_LK of the usual form")
    return pattern, found[1]


def _renumbered(pattern: Pattern, token: bytes, turn: int) -> Pattern:
    """The pattern with other numbers of visits and cases, of the same length."""
    fresh = _in_figures(turn, len(token))
    pieces = tuple(
        piece.replace(token, fresh) if place % 2 else piece for place, piece in enumerate(pattern.pieces)
    )
    return replace(pattern, pieces=pieces)


def _in_figures(number: int, length: int) -> bytes:
    text = ""
    left = number
    for _ in range(length):
        left, figure = divmod(left, len(FIGURES))
        text = FIGURES[figure] + text
    if left:
        raise ValueError(f"{number} does not fit {length} figures")
    return text.encode()
