"""ZIP archives and forms with several files: each XML inside becomes its own submission."""

from collections.abc import Iterable, Sequence

from django.core.files.uploadedfile import UploadedFile

from khoyte.foundation.byte_sources import ByteSource, BytesSource
from khoyte.submissions import errors, receiving
from khoyte.submissions.limits import DIRECT_BODY_BYTES
from khoyte.submissions.reader import UnreadableFile, iter_zip
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as

_CHUNK = 64 * 1024


def receive_any(
    *, chunks: Iterable[bytes], file_name: str, by: Actor, key: str = ""
) -> list[receiving.Receipt]:
    """Receive an XML file or an archive of such files, by its first bytes."""
    head, chunks = receiving.peek(chunks)
    if receiving.looks_like(head) == "zip":
        return receive_archive(chunks=chunks, by=by, key=key)
    name = receiving.safe_file_name(file_name)
    return [receiving.receive(chunks=chunks, file_name=name, by=by, key=key)]


def receive_archive(*, chunks: Iterable[bytes], by: Actor, key: str = "") -> list[receiving.Receipt]:
    """Receive every file of an archive that came in one request; as `receive_archive_source`."""
    return receive_archive_source(source=BytesSource(_whole(chunks)), by=by, key=key)


def receive_archive_source(*, source: ByteSource, by: Actor, key: str = "") -> list[receiving.Receipt]:
    """Receive every file of an archive, or none of them.

    Raises Refused, or ReceiptRefused for an archive that is broken, encrypted, too large or holds something
    else than XML.
    """
    try:
        _admit_archive(source, by)
        with speaking_as(by):
            receipts = [
                receiving.receive(
                    chunks=content,
                    file_name=receiving.safe_file_name(name),
                    by=by,
                    key=f"{key}#{number}" if key else "",
                )
                for number, (name, content) in enumerate(iter_zip(source))
            ]
            receiving.check_same_files(receipts, by, key, len(receipts))
        return receipts
    except UnreadableFile as error:
        raise errors.archive_refused(error) from error


def receive_form(*, files: Sequence[UploadedFile], by: Actor, key: str = "") -> list[receiving.Receipt]:
    """Receive every file of a form, XML or archive, or none of them. Raises as `receive_archive_source`."""
    if not files:
        raise errors.empty_body()
    for file in files:
        _admit_any(file.chunks(_CHUNK), by)
    receipts: list[receiving.Receipt] = []
    with speaking_as(by):
        for number, file in enumerate(files):
            receipts += receive_any(
                chunks=file.chunks(_CHUNK),
                file_name=file.name or "",
                by=by,
                key=f"{key}#{number}" if key else "",
            )
        receiving.check_same_files(receipts, by, key, len(files))
    return receipts


def _admit_any(chunks: Iterable[bytes], by: Actor) -> None:
    head, chunks = receiving.peek(chunks)
    if receiving.looks_like(head) != "zip":
        receiving.admit(head, by)
        return
    try:
        _admit_archive(BytesSource(_whole(chunks)), by)
    except UnreadableFile as error:
        raise errors.archive_refused(error) from error


def _admit_archive(source: ByteSource, by: Actor) -> None:
    """Look at every file to its last byte before anything is kept: who sent it, limits, damage."""
    for _, content in iter_zip(source):
        head, rest = receiving.peek(content)
        receiving.admit(head, by)
        for _chunk in rest:
            pass


def _whole(chunks: Iterable[bytes]) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > DIRECT_BODY_BYTES:
            raise errors.too_large(DIRECT_BODY_BYTES // 2**20)
    return b"".join(parts)
