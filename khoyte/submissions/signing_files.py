"""Signing a file of records in its place: what `khoyte sign` and the generator do."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from khoyte.foundation.byte_sources import ByteSource, BytesSource, FileSource
from khoyte.signing.making import CannotSign, Spliced, sign_file
from khoyte.signing.signers import Signer
from khoyte.submissions.reader import FileIndex, index_file
from khoyte.submissions.signatures import LAYOUTS, no_place

_EMPTY = b"<CHUKYDONVI></CHUKYDONVI>"


def signed_pieces(source: ByteSource, signer: Signer, at: datetime) -> Iterator[bytes]:
    """The bytes of the signed file. Raises UnreadableFile, CannotSign."""
    index = index_file(source)
    if index.signature == "present":
        raise CannotSign(no_place("signed"))
    if index.kind not in LAYOUTS:
        raise CannotSign(no_place("kind"))
    source, place = _with_place(source, index)
    places, layout = index.dossiers.places(), LAYOUTS[index.kind]
    yield from sign_file(source, places, layout, place, signer, at_time=at)


def _with_place(source: ByteSource, index: FileIndex) -> tuple[ByteSource, tuple[int, int]]:
    """The file with a place for the signature: its own, or a new one before the end of the root."""
    if index.signature_at[1]:
        return source, index.signature_at
    tail_from = max(source.size - 4096, 0)
    end = source.read_at(tail_from, 4096).rfind(b"</")
    if end < 0:
        raise CannotSign(no_place("kind"))
    offset = tail_from + end
    return Spliced(source, offset, 0, _EMPTY), (offset, len(_EMPTY))


def sign_in_place(path: Path, signer: Signer, at: datetime) -> None:
    """Replace a file by its signed form."""
    beside = path.with_name(path.name + ".signed")
    write_signed(path, beside, signer, at)
    beside.replace(path)


def write_signed(path: Path, out: Path, signer: Signer, at: datetime) -> None:
    """Write the signed form of a file to another one, which is removed again if that fails."""
    try:
        with FileSource(path) as source, out.open("wb") as file:
            for piece in signed_pieces(source, signer, at):
                file.write(piece)
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def signed_bytes(data: bytes, signer: Signer, at: datetime) -> bytes:
    return b"".join(signed_pieces(BytesSource(data), signer, at))
