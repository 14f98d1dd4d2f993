"""Names of log segments, and which of them a restore needs. Pure; sizes are those of a default cluster."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

SEGMENT_BYTES = 16 * 1024 * 1024
_PER_LOG = 0x1_0000_0000 // SEGMENT_BYTES
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_HISTORY_LINE = re.compile(r"\s*(\d+)\s+([0-9A-F]+/[0-9A-F]+)")


@dataclass(frozen=True, order=True)
class Segment:
    """`number` counts segments from the beginning of all logs; `timeline` rises with every restore."""

    timeline: int
    number: int

    @property
    def name(self) -> str:
        return f"{self.timeline:08X}{self.number // _PER_LOG:08X}{self.number % _PER_LOG:08X}"

    @property
    def next(self) -> "Segment":
        return Segment(self.timeline, self.number + 1)


def parse(name: str) -> Segment | None:
    """None for what is no segment (history files, labels of base backups)."""
    if not _SEGMENT.fullmatch(name):
        return None
    timeline, log, within = (int(name[at : at + 8], 16) for at in (0, 8, 16))
    return Segment(timeline, log * _PER_LOG + within)


def segment_at(timeline: int, position: str) -> Segment:
    """The segment that holds a position (LSN such as "0/3000028")."""
    return Segment(timeline, lsn(position) // SEGMENT_BYTES)


def lsn(position: str) -> int:
    high, _, low = position.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def first_gap(names: Iterable[str], timeline: int, after: str, branches: dict[int, dict[int, int]]) -> str:
    """The first segment that is missing between the end of a base (position `after` on `timeline`) and the
    newest segment of the newest timeline that stems from it; empty when none is.

    `branches`: per timeline, its ancestors and the segment number each was left at.
    """
    found = {segment for name in names if (segment := parse(name))}
    newest = max((line for line in branches if timeline in branches[line]), default=timeline)
    lines = {**branches.get(newest, {}), newest: max((s.number for s in found), default=0)}
    # What an abandoned timeline went on to write is not of this history.
    numbers = [s.number for s in found if timeline <= s.timeline and s.number <= lines.get(s.timeline, -1)]
    for number in range(segment_at(timeline, after).number + 1, max(numbers, default=-1) + 1):
        # At the moment a timeline was left, old and new one both have the segment.
        possible = [
            Segment(line, number) for line in sorted(lines) if line >= timeline and number <= lines[line]
        ]
        if not any(segment in found for segment in possible):
            return possible[0].name
    return ""


def parse_history(text: str) -> dict[int, int]:
    """Ancestors of a timeline and the segment number each was left at, from its history file."""
    lines = (_HISTORY_LINE.match(line) for line in text.splitlines())
    return {int(line[1]): lsn(line[2]) // SEGMENT_BYTES for line in lines if line}
