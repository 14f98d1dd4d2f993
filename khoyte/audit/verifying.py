"""Check every entry, seal and head against each other; name the first that is not as it was sealed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction

from khoyte.audit import chain, heads
from khoyte.audit.models import AuditSeal
from khoyte.foundation.language import Text

Line = tuple[int, bytes]
"""Number of an entry and its line."""


@dataclass
class Report:
    """What was found. `unsealed` entries wait for their seal; of `exposed` ones no head outside tells yet."""

    entries: int = 0
    sealed_to: int = 0
    head: str = ""
    broken_at: int | None = None
    reason: Text | None = None
    unsealed: int = 0
    exposed: int = 0
    seconds: float = 0.0
    seals: dict[int, str] = field(default_factory=dict, repr=False)

    def as_json(self) -> dict[str, object]:
        return {
            "entries": self.entries,
            "sealed_to": self.sealed_to,
            "head": self.head,
            "broken_at": self.broken_at,
            "unsealed": self.unsealed,
            "exposed": self.exposed,
            "seconds": round(self.seconds, 2),
        }


class _Broken(Exception):
    def __init__(self, entry: int, reason: Text) -> None:
        self.entry, self.reason = entry, reason


def verify(key: Ed25519PublicKey, each: Callable[[bytes], None] = lambda line: None) -> Report:
    """Check the whole chain as it is now; `each` gets the line of every entry that is as it was sealed."""
    began, report = time.perf_counter(), Report()
    outside = list(heads.read(key))
    with transaction.atomic():  # the seals are read through a cursor of the server
        numbered = ((chain.id_and_tx(line)[0], line) for line in _entries())
        try:
            left = _check_seals(numbered, key, report, {head.number for head in outside}, each)
            _check_heads(outside, report)
            report.unsealed = sum(1 for _ in left)
        except _Broken as broken:
            report.broken_at, report.reason = broken.entry, broken.reason
    report.entries += report.unsealed
    report.seconds = time.perf_counter() - began
    return report


def _entries() -> Iterator[bytes]:
    # A connection of its own: COPY occupies one until its end, and the seals are read meanwhile. It begins
    # after the seals were asked for, so no sealed entry can be missing from it.
    reading = connection.copy()
    try:
        reading.ensure_connection()
        yield from chain.lines(reading.connection)
    finally:
        reading.close()


def _check_seals(
    found: Iterator[Line],
    key: Ed25519PublicKey,
    report: Report,
    told: set[int],
    each: Callable[[bytes], None],
) -> Iterator[Line]:
    """Hold entries against the seals, link by link; returns the entries after the last seal.

    `told` are the seals that heads outside tell of.
    """
    previous, last_head = chain.BEGINNING, max(told, default=0)
    for number, stored in enumerate(AuditSeal.objects.order_by("number").iterator(chunk_size=20), start=1):
        seal = _read(stored, previous)
        first = stored.ids[0] if stored.ids else report.sealed_to + 1
        whole = stored.number == number and bytes(stored.hash) == seal.hash
        if not whole or not chain.is_signed(key, bytes(stored.signature), seal.hash):
            raise _Broken(report.sealed_to + 1 if stored.number != number else first, _SEAL_CHANGED)
        for position, expected in enumerate(seal.ids):
            line = _same(next(found, None), expected, seal, position)
            each(line)
            report.entries += 1
        previous = seal.hash
        report.sealed_to, report.head = seal.last_id, seal.hash.hex()
        if number in told:
            report.seals[number] = report.head
        if number > last_head:
            report.exposed += len(seal.ids)
    return found


def _read(stored: AuditSeal, previous: bytes) -> chain.Seal:
    return chain.Seal(
        stored.number, stored.ids, bytes(stored.digests), stored.last_tx, stored.last_id, previous
    )


def _same(line: Line | None, expected: int, seal: chain.Seal, position: int) -> bytes:
    """The line of the expected entry, when it is as it was sealed."""
    if line is None:
        raise _Broken(expected, _ENTRY_GONE)
    number, content = line
    if number != expected:
        # Another entry of this seal, or one after it: what stood between is gone. Else it stands too early.
        beyond = chain.id_and_tx(content)[::-1] > (seal.last_tx, seal.last_id)
        gone = beyond or number in seal.ids
        raise _Broken(expected if gone else number, _ENTRY_GONE if gone else _ENTRY_ADDED)
    at = position * chain.DIGEST_BYTES
    if chain.digest(content) != seal.digests[at : at + chain.DIGEST_BYTES]:
        raise _Broken(number, _ENTRY_CHANGED)
    return content


def _check_heads(outside: list[heads.Head], report: Report) -> None:
    for head in outside:
        if report.seals.get(head.number) is None:
            raise _Broken(report.sealed_to + 1, _CUT_OFF)
        if report.seals[head.number] != head.hash:
            raise _Broken(head.last_id, _SEAL_CHANGED)


_SEAL_CHANGED = Text(vi="niêm phong không đúng như đã ký", en="a seal is not as it was signed")
_ENTRY_GONE = Text(vi="mất bản ghi đã niêm phong", en="a sealed entry is gone")
_ENTRY_ADDED = Text(vi="bản ghi được chèn thêm sau khi niêm phong", en="an entry was added after sealing")
_ENTRY_CHANGED = Text(vi="nội dung bản ghi đã bị sửa", en="an entry was changed")
_CUT_OFF = Text(
    vi="nhật ký ngắn hơn mốc đã sao ra ngoài: phần cuối bị cắt bỏ hoặc cơ sở dữ liệu bị đưa về bản cũ",
    en="the log is shorter than the head copied outside: its end was cut off or the database was put back",
)
