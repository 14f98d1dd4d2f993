"""Bytes that can be read from any place, whatever holds them: memory, a file, a blob of the raw store.

Readers of large files take a `ByteSource` and never ask where the bytes lie, so that a file of 1 GB is read
within a few megabytes of memory.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, Self, runtime_checkable

CHUNK_BYTES = 1 << 20


@runtime_checkable
class ByteSource(Protocol):
    """What every reader of files needs; sources are not shared between threads."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from `offset`; fewer than `length` only where the source ends."""

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """All bytes from the beginning in pieces of at most `size`, none of them empty."""


class BytesSource:
    """Bytes already in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        return chunks_of(self, size)


class FileBacked(ByteSource):
    """A source over an open file, which it holds until `close` or the end of its `with`."""

    _file: BinaryIO

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        return chunks_of(self, size)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FileSource(FileBacked):
    """A file on this machine."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file = self.path.open("rb")
        self._size = os.fstat(self._file.fileno()).st_size

    @property
    def size(self) -> int:
        return self._size

    def read_at(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)


def chunks_of(source: ByteSource, size: int) -> Iterator[bytes]:
    """Read a source from its beginning in equal pieces; other reads may happen in between."""
    for offset in range(0, source.size, size):
        yield source.read_at(offset, size)
