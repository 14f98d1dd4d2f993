"""The drill: makings are learnt, documents of them damaged and read three ways."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from khoyte.foundation.byte_sources import BytesSource
from khoyte.nonprod.faults.reading.documents import any_envelope, any_making, damaged
from khoyte.nonprod.faults.reading.lxml_reader import (
    NotWellFormed,
    Written,
    contents_by_lxml,
    table_by_lxml,
    without_declaration,
)
from khoyte.submissions.reader.content import Unreadable
from khoyte.submissions.reader.errors import UnreadableFile
from khoyte.submissions.reader.index import index_file
from khoyte.submissions.reader.learned import LearnedTables
from khoyte.submissions.reader.limits import LIMITS
from khoyte.submissions.reader.quick_index import QuickIndex
from khoyte.submissions.reader.shapes import Shape
from khoyte.submissions.reader.table_parser import TableRead, parse_table

_ROUND = 1000
_MAKINGS = 6
_TAUGHT = 4
_REMARKS = 20


@dataclass
class Seen:
    """What became of the documents so far. `differences` are places (round, number) to look at again."""

    documents: int = 0
    read: Counter[str] = field(default_factory=Counter)
    harms: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def note(self, way: str, harm: str) -> None:
        self.documents += 1
        self.read[way] += 1
        self.harms[harm] += 1


def run_reader_drill(n: int, seed: int, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Read `n` damaged documents; `holds` when none was read otherwise by the quick way than by lxml."""
    seen, begun = Seen(), time.monotonic()
    number = 0
    while seen.documents < n:
        chance = Random(f"{seed}:{number}")
        one_round = _envelopes if number % 4 == 3 else _tables
        for difference in one_round(chance, min(_ROUND, n - seen.documents), seen):
            seen.differences.append(f"round {number}: {difference}")
        number += 1
        if number % 20 == 0:
            say(f"{seen.documents}/{n}, {len(seen.differences)}")
    return {
        "drill": "reader",
        "n": n,
        "seed": seed,
        "acknowledged": seen.documents,
        "lost": 0,
        "doubled": 0,
        "errors": len(seen.differences),
        "recovered_s_max": 0.0,
        "holds": not seen.differences,
        "figures": {
            "read": dict(seen.read),
            "harms": dict(seen.harms),
            "remarks": seen.differences[:_REMARKS],
            "seconds": round(time.monotonic() - begun, 1),
        },
    }


def _tables(chance: Random, count: int, seen: Seen) -> Iterator[str]:
    """Documents of some makings, which one reader learns, damaged ones included, as it would in service."""
    learned = LearnedTables()
    makings = [any_making(chance) for _ in range(_MAKINGS)]
    for making in makings:
        for _ in range(_TAUGHT):
            data = making.write(chance)
            learned.learn(making.shape, data, parse_table(making.shape, data, LIMITS))
    for number in range(count):
        making = chance.choice(makings)
        data, harm = damaged(making.write(chance), chance)
        way, difference = compare_table(learned, making.shape, data)
        seen.note(f"table {way}", harm)
        if difference:
            yield f"{number} ({harm}): {difference}"


def compare_table(learned: LearnedTables, shape: Shape, data: bytes) -> tuple[str, str]:
    """Which way a document was read ("quick", "parser", "refused"); how it differs from lxml, "" if not."""
    quick = learned.read(shape, data)
    try:
        parsed: TableRead | None = parse_table(shape, data, LIMITS)
    except Unreadable:
        parsed = None
    if quick is None and parsed is not None:
        learned.learn(shape, data, parsed)
    way = "quick" if quick is not None else "parser" if parsed is not None else "refused"
    if quick is not None and (parsed is None or _written(quick) != _written(parsed) or _odd(parsed)):
        return way, "quick way and parser"
    if parsed is None:
        return way, ""
    for document in (data, without_declaration(data)):
        try:
            same = _written(quick or parsed) == table_by_lxml(shape, document)
            return way, "" if same else f"{way} and lxml"
        except NotWellFormed:
            continue
    return way, f"{way}, lxml refuses"


def _written(read: TableRead) -> Written:
    rows = [(layout, row) for layout, rows in read.runs for row in rows]
    return [layout for layout, _ in rows], [list(row[: len(layout)]) for layout, row in rows]


def _odd(read: TableRead) -> bool:
    """What deserves a finding, which the quick way cannot give."""
    return bool(read.oddities or read.has_cdata or read.label)


class SmallChunks(BytesSource):
    """Bytes that come in pieces of any size, so that anything may be cut anywhere."""

    def __init__(self, data: bytes, chunk: int) -> None:
        super().__init__(data)
        self._chunk = chunk

    def chunks(self, size: int = 0) -> Iterator[bytes]:
        return super().chunks(self._chunk)


def _envelopes(chance: Random, count: int, seen: Seen) -> Iterator[str]:
    for number in range(count):
        data, harm = damaged(any_envelope(chance), chance)
        way, difference = compare_envelope(data, chance.choice((7, 60, 400, 1 << 20)))
        seen.note(f"envelope {way}", harm)
        if difference:
            yield f"{number} ({harm}): {difference}"


def compare_envelope(data: bytes, chunk: int) -> tuple[str, str]:
    """Which way an envelope was read ("quick", "parser", "refused") and how its index differs, "" if not."""
    source = SmallChunks(data, chunk)
    by_quick, by_parser = _index(source, quick=True), _index(source, quick=False)
    if by_quick != by_parser:
        return "quick", "quick way and parser"
    if "refused" in by_quick:
        return "refused", ""
    passed = _all_passed_over(source)
    way = "quick" if passed else "parser"
    sent = [list(map(_sent(data), ref.parts)) for ref in by_quick["dossiers"]]
    for document in (data, without_declaration(data)):
        try:
            by_lxml = contents_by_lxml(document)
        except NotWellFormed:
            continue
        return way, f"{way} and lxml" if passed and sent != by_lxml else ""
    return way, f"{way}, lxml refuses"


def _index(source: BytesSource, *, quick: bool) -> dict[str, Any]:
    """All that an index says, or the whole of a refusal, to be compared."""
    try:
        index = index_file(source, quick=quick)
    except UnreadableFile as error:
        return {"refused": str(error), **{name: repr(value) for name, value in vars(error).items()}}
    return {**vars(index), "dossiers": list(index.dossiers)}


def _all_passed_over(source: BytesSource) -> bool:
    """Whether the parser got no dossier of this file."""
    quick = QuickIndex(LIMITS)
    for chunk in source.chunks():
        quick.feed(chunk)
    quick.close()
    return quick.envelope.dossiers_passed_over == len(quick.envelope.dossiers) > 0


def _sent(data: bytes) -> Callable[[Any], tuple[str, bytes]]:
    return lambda part: (part.kind, data[part.offset : part.offset + part.length])
