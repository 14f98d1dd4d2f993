"""Keeping the bytes of a file: small ones as a compressed row, large ones in the blob store.

A receipt may be given only when this has returned and the transaction has committed.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import zstandard

from khoyte.foundation.blobs import BlobStore, ByteSource, BytesSource, open_store
from khoyte.submissions.models import RawReceipt, Submission

INLINE_LIMIT = 256 * 1024


@dataclass(frozen=True)
class Kept:
    """What was made durable. `inline` holds the zstd bytes when they travel with the row."""

    sha256: bytes
    size: int
    inline: bytes | None


@cache
def blob_store() -> BlobStore:
    return open_store()


def keep_small(chunks: Iterable[bytes]) -> tuple[Kept | None, Iterable[bytes]]:
    """A stream of up to INLINE_LIMIT, ready for its row; of a larger one None, and the stream still whole."""
    iterator = iter(chunks)
    head, complete = _read_head(iterator)
    if not complete:
        return None, _chain(head, iterator)
    return Kept(hashlib.sha256(head).digest(), len(head), zstandard.compress(head, 3)), ()


def keep(chunks: Iterable[bytes]) -> Kept:
    """Make a large stream durable in the blob store.

    Raises OSError when the store cannot take it; nothing half-written stays under its name.
    """
    info = blob_store().write_stream(chunks)
    return Kept(bytes.fromhex(info.sha256), info.size, None)


def _read_head(iterator: Iterator[bytes]) -> tuple[bytes, bool]:
    parts, size = [], 0
    for chunk in iterator:
        parts.append(chunk)
        size += len(chunk)
        if size > INLINE_LIMIT:
            return b"".join(parts), False
    return b"".join(parts), True


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def receipts_of(submissions: Iterable[Submission]) -> dict[UUID, bytes]:
    """The compressed bytes of those of the submissions that travel with their rows."""
    small = [submission.pk for submission in submissions if submission.size <= INLINE_LIMIT]
    rows = RawReceipt.objects.filter(pk__in=small).values_list("pk", "zstd") if small else ()
    return {key: bytes(zstd) for key, zstd in rows}


def source_of(submission: Submission, receipts: Mapping[UUID, bytes] | None = None) -> ByteSource:
    """The bytes of a submission as they were sent, readable at any place. `receipts` spares asking for each.

    Raises RawReceipt.DoesNotExist or the blob store's own error where the bytes are gone.
    """
    if submission.size > INLINE_LIMIT:
        return blob_store().open(bytes(submission.sha256).hex())
    kept = receipts_of([submission]) if receipts is None else receipts
    if submission.pk not in kept:
        raise RawReceipt.DoesNotExist
    return BytesSource(zstandard.decompress(kept[submission.pk]))
