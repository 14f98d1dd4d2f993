"""Zip files of records, taken apart within limits.

Names inside a zip are labels for people and never become paths. Only ordinary zips of files are accepted: no
password, no archive inside, stored or deflated.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from khoyte.foundation.byte_sources import CHUNK_BYTES, ByteSource
from khoyte.submissions.reader.errors import UnreadableFile
from khoyte.submissions.reader.limits import LIMITS, MIB, Limits

_END_RECORD = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_LONGEST_COMMENT = 0xFFFF
_LABEL_LENGTH = 120
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ARCHIVE_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_ENCRYPTED = 0x1
# Small files may be packed very well without harm; the ratio is asked from here on.
_RATIO_ASKED_FROM = 8 * MIB


class _OutsideFile(OSError):
    """A zip that points before its own beginning; zipfile expects an OSError there."""


# What zipfile raises on a zip that is not what it says.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
    _OutsideFile,
)


class ZipEntry(NamedTuple):
    """One file of a zip: `name` is its last name part, for people. `chunks` may be walked once; it raises
    UnreadableFile where the entry breaks a limit or is damaged."""

    name: str
    chunks: Iterator[bytes]


def is_zip(beginning: bytes) -> bool:
    """Whether these first bytes are those of a zip file, an empty one included."""
    return beginning.startswith((b"PK\x03\x04", _END_MARK))


def iter_zip(source: ByteSource, limits: Limits = LIMITS) -> Iterator[ZipEntry]:
    """The files of a zip in its order, folders left out; raises UnreadableFile."""
    _check_directory(source, limits)
    try:
        # Never closed: it holds nothing but the source, which is the caller's.
        opened = zipfile.ZipFile(io.BufferedReader(_SourceFile(source), CHUNK_BYTES))
    except _DAMAGE as error:
        raise UnreadableFile("zip-broken") from error
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if not entries:
        raise UnreadableFile("zip-empty")
    for entry in entries:
        _check_entry(entry)
    budget = _Budget(limits)
    for entry in entries:
        yield ZipEntry(_label_of(entry), _chunks_of(opened, entry, budget))


def _check_directory(source: ByteSource, limits: Limits) -> None:
    # zipfile reads the whole directory into memory, so its size is looked at first.
    tail_length = _END_RECORD.size + _LONGEST_COMMENT
    tail = source.read_at(max(source.size - tail_length, 0), tail_length)
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END_RECORD.size:
        raise UnreadableFile("zip-broken")
    _, _, _, _, entries, directory_bytes, _, _ = _END_RECORD.unpack_from(tail, at)
    if entries > limits.zip_entries or directory_bytes > limits.zip_directory_bytes:
        raise UnreadableFile("zip-too-many-entries", limit=limits.zip_entries)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise UnreadableFile("zip-encrypted", entry=_label_of(entry))
    if entry.compress_type not in _METHODS:
        raise UnreadableFile("zip-method", entry=_label_of(entry))


class _Budget:
    """Bytes that may still come out of one zip, whatever its directory promises."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._out = 0

    def spend(self, entry: zipfile.ZipInfo, entry_out: int, chunk_length: int) -> None:
        self._out += chunk_length
        if self._out > self._limits.file_bytes:
            raise UnreadableFile("zip-too-large", limit=self._limits.file_bytes)
        if entry_out > _RATIO_ASKED_FROM and entry_out > self._limits.zip_ratio * max(entry.compress_size, 1):
            raise UnreadableFile("zip-ratio", entry=_label_of(entry), limit=self._limits.zip_ratio)


def _chunks_of(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    out = 0
    try:
        with opened.open(entry) as file:
            while chunk := file.read(CHUNK_BYTES):
                if not out and chunk.startswith(_ARCHIVE_BEGINNINGS):
                    raise UnreadableFile("zip-nested", entry=_label_of(entry))
                out += len(chunk)
                budget.spend(entry, out, len(chunk))
                yield chunk
    except _DAMAGE as error:
        raise UnreadableFile("zip-broken") from error


def _label_of(entry: zipfile.ZipInfo) -> str:
    name = re.split(r"[\\/]", entry.filename)[-1]
    return _UNPRINTABLE.sub(" ", name).strip()[:_LABEL_LENGTH] or "?"


class _SourceFile(io.RawIOBase):
    """A ByteSource as the seekable file that zipfile wants."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source, self._at = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise _OutsideFile(f"no byte {base + offset}")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read_at(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
