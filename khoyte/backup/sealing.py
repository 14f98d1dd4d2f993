"""One sealed piece of a backup: compressed, encrypted and bound to its name, readable as a stream.

    magic, format 1, compressed or not | id of the key | salt | moment of sealing (ms since 1970) | chunks

The chunks follow the STREAM construction (as age does): up to 1 MiB of content each under AES-256-GCM, the
nonce is the chunk's number and whether it is the last one, so chunks cannot be lost, doubled, reordered or
cut off unnoticed. The key of a piece is derived (HKDF-SHA256) from the backup key, the piece's own random
salt, and, as context, its header and name; no nonce is ever used twice under one key.
"""

import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_bytes
from typing import BinaryIO

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from khoyte.backup import errors
from khoyte.backup.keys import BackupKey

CHUNK_BYTES = 1 << 20
_MAGIC = b"KHOYTE-B"
_HEADER = struct.Struct(">8sBB8s32sQ")  # magic, format, compressed, key id, salt, moment
_TAG_BYTES = 16
_LEVEL = 3


@dataclass(frozen=True)
class Header:
    compressed: bool
    key_id: bytes
    salt: bytes
    moment_ms: int

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.moment_ms / 1000, UTC)

    def packed(self) -> bytes:
        return _HEADER.pack(_MAGIC, 1, self.compressed, self.key_id, self.salt, self.moment_ms)


def seal(key: BackupKey, name: str, content: Iterable[bytes], *, compress: bool = True) -> Iterator[bytes]:
    """The bytes of a sealed piece; holds no more than a few chunks in memory."""
    header = Header(compress, key.id, token_bytes(32), time.time_ns() // 1_000_000)
    cipher = _cipher(key, name, header)
    yield header.packed()
    waiting, number = b"", 0
    for chunk in _chunks(_compressed(content) if compress else content):
        if number or waiting:
            yield cipher.encrypt(_nonce(number, last=False), waiting, None)
            number += 1
        waiting = chunk
    yield cipher.encrypt(_nonce(number, last=True), waiting, None)


def opened(key: BackupKey, name: str, file: BinaryIO) -> Iterator[bytes]:
    """The content of a sealed piece. Raises PieceDamaged or OtherKey, at the latest at the end: what was
    yielded before may be used only when the whole was read."""
    header = read_header(name, file)
    if header.key_id != key.id:
        raise errors.other_key(name)
    content = _decrypted(_cipher(key, name, header), name, file)
    if not header.compressed:
        yield from content
        return
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    try:
        for chunk in content:
            yield unpacker.decompress(chunk)
    except zstandard.ZstdError:
        raise errors.damaged(name) from None


def check(key: BackupKey, name: str, file: BinaryIO) -> None:
    """Read a piece to its end, for its authenticity alone."""
    header = read_header(name, file)
    if header.key_id != key.id:
        raise errors.other_key(name)
    for _ in _decrypted(_cipher(key, name, header), name, file):
        pass


def read_header(name: str, file: BinaryIO) -> Header:
    written = _read(file, _HEADER.size)
    if len(written) != _HEADER.size:
        raise errors.damaged(name)
    magic, version, compressed, key_id, salt, moment = _HEADER.unpack(written)
    if magic != _MAGIC or version != 1 or compressed not in (0, 1):
        raise errors.damaged(name)
    return Header(bool(compressed), key_id, salt, moment)


def _cipher(key: BackupKey, name: str, header: Header) -> AESGCM:
    context = b"khoyte backup piece 1" + header.packed() + name.encode()
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=header.salt, info=context).derive(key.secret)
    return AESGCM(derived)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _decrypted(cipher: AESGCM, name: str, file: BinaryIO) -> Iterator[bytes]:
    number, waiting = 0, _read(file, CHUNK_BYTES + _TAG_BYTES)
    while True:
        following = _read(file, CHUNK_BYTES + _TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), waiting, None)
        except (InvalidTag, ValueError):
            raise errors.damaged(name) from None
        if not following:
            return
        number, waiting = number + 1, following


def _read(file: BinaryIO, length: int) -> bytes:
    """`length` bytes unless the file ends; some remote files give fewer at a time."""
    parts = []
    while length > 0 and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _compressed(content: Iterable[bytes]) -> Iterator[bytes]:
    packer = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
    for chunk in content:
        yield packer.compress(chunk)
    yield packer.flush()


def _chunks(content: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for part in content:
        waiting += part
        while len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)
