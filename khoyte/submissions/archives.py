"""ZIP archives and forms with several files: each XML inside becomes its own submission."""

from collections.abc import Iterable

from khoyte.foundation.blobs import BytesSource
from khoyte.submissions import errors, receiving
from khoyte.submissions.limits import DIRECT_BODY_BYTES
from khoyte.submissions.reader import UnreadableFile, iter_zip
from khoyte.units.policy import Actor


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
    """Receive every file of an archive; all of them or, when one may not be sent, none of what follows it.

    The directory and every first byte are checked before anything is kept. Raises ReceiptRefused for an archive
    that is broken, encrypted, too large or holds something else than XML.
    """
    source = BytesSource(_whole(chunks))
    try:
        names = [_must_be_xml(name, next(iter(content), b"")) for name, content in iter_zip(source)]
        if not names:
            raise errors.empty_body()
        return [
            receiving.receive(
                chunks=content,
                file_name=receiving.safe_file_name(name),
                by=by,
                key=f"{key}#{number}" if key else "",
            )
            for number, (name, content) in enumerate(iter_zip(source))
        ]
    except UnreadableFile as error:
        raise errors.archive_refused(error) from error


def _whole(chunks: Iterable[bytes]) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > DIRECT_BODY_BYTES:
            raise errors.too_large(DIRECT_BODY_BYTES // 2**20)
    return b"".join(parts)


def _must_be_xml(name: str, head: bytes) -> str:
    if receiving.looks_like(head) != "xml":
        raise errors.neither_xml_nor_zip()
    return name
