"""Zstandard files that can be read from the middle.

The file is a row of independent frames of 1 MiB of content each, then a seek table in the "zstd seekable
format" (version 0.1.0 of its published description): the table sits in a skippable frame, so every zstd
program unpacks the whole file, and a reader that knows the table unpacks only the frames it needs.
"""

import struct
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from typing import BinaryIO

import zstandard

FRAME_BYTES = 1 << 20
# Level 3 is where base64 text stops shrinking noticeably; higher levels cost intake several times the time.
LEVEL = 3
FRAMES_KEPT = 2

_SKIPPABLE_MAGIC = 0x184D2A5E
_SEEKABLE_MAGIC = 0x8F92EAB1
_ENTRY = struct.Struct("<II")  # packed length, length of content
_HEADER = struct.Struct("<II")  # magic, length of the skippable frame's content
_FOOTER = struct.Struct("<IBI")  # number of frames, descriptor (0: no checksums in the table), magic


class FrameWriter:
    """Packs what is written into `file`; nothing can be read back before `finish`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self._waiting = bytearray()
        self._entries: list[tuple[int, int]] = []

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) >= FRAME_BYTES:
            self._write_frame(bytes(self._waiting[:FRAME_BYTES]))
            del self._waiting[:FRAME_BYTES]

    def finish(self) -> None:
        """Write the last frame and the seek table."""
        if self._waiting:
            self._write_frame(bytes(self._waiting))
        table = b"".join(_ENTRY.pack(*entry) for entry in self._entries)
        footer = _FOOTER.pack(len(self._entries), 0, _SEEKABLE_MAGIC)
        self._file.write(_HEADER.pack(_SKIPPABLE_MAGIC, len(table) + len(footer)) + table + footer)

    def _write_frame(self, content: bytes) -> None:
        packed = self._packer.compress(content)
        self._file.write(packed)
        self._entries.append((len(packed), len(content)))


class FrameReader:
    """Reads the content of a packed file from any place, keeping the last frames unpacked.

    Raises ValueError where the file is not what `FrameWriter` wrote.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unpacker = zstandard.ZstdDecompressor()
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._entries = _read_table(file)
        self._packed_at = list(accumulate((packed for packed, _ in self._entries), initial=0))
        self._content_at = list(accumulate((content for _, content in self._entries), initial=0))
        self.size = self._content_at[-1]

    def read_at(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        first = bisect_right(self._content_at, offset) - 1
        last = bisect_right(self._content_at, end - 1) - 1
        base = self._content_at[first]
        if first == last:
            return self._frame(first)[offset - base : end - base]
        return b"".join(map(self._frame, range(first, last + 1)))[offset - base : end - base]

    def _frame(self, number: int) -> bytes:
        content = self._kept.pop(number, None)
        if content is None:
            content = self._unpack(number)
        self._kept[number] = content
        if len(self._kept) > FRAMES_KEPT:
            self._kept.popitem(last=False)
        return content

    def _unpack(self, number: int) -> bytes:
        packed, length = self._entries[number]
        self._file.seek(self._packed_at[number])
        try:
            content = self._unpacker.decompress(self._file.read(packed), max_output_size=length)
        except zstandard.ZstdError as error:
            raise ValueError(f"frame {number} does not unpack") from error
        if len(content) != length:
            raise ValueError(f"frame {number} has {len(content)} bytes, its table says {length}")
        return content


def _read_table(file: BinaryIO) -> list[tuple[int, int]]:
    end = file.seek(0, 2)
    if end < _HEADER.size + _FOOTER.size:
        raise ValueError("too short for a seek table")
    file.seek(end - _FOOTER.size)
    count, descriptor, magic = _FOOTER.unpack(file.read(_FOOTER.size))
    table_length = count * _ENTRY.size
    start = end - _FOOTER.size - table_length - _HEADER.size
    if magic != _SEEKABLE_MAGIC or descriptor != 0 or start < 0:
        raise ValueError("no seek table at the end")
    file.seek(start)
    header = _HEADER.unpack(file.read(_HEADER.size))
    if header != (_SKIPPABLE_MAGIC, table_length + _FOOTER.size):
        raise ValueError("the seek table has another length than it says")
    entries = list(_ENTRY.iter_unpack(file.read(table_length)))
    if sum(packed for packed, _ in entries) != start:
        raise ValueError("the seek table does not cover the frames")
    return entries
