"""Large files in parts (tus 1.0): begin, append, end, and at the last byte the same receipt as for any file.

The row of an upload says how many bytes are durable. It moves on only after the bytes are on the disk, and
to the full length only once the submission is there: cut anywhere, the sender asks for the offset and goes
on, and a last part sent twice gives one submission. One request at a time writes to an upload.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation import disk
from khoyte.submissions import archives, errors, parts, receiving, upload_errors
from khoyte.submissions.errors import ReceiptRefused
from khoyte.submissions.form_files import BlobUploadHandler
from khoyte.submissions.limits import OPEN_UPLOADS, UPLOAD_BYTES, UPLOAD_DAYS
from khoyte.submissions.models import Submission, Upload
from khoyte.units.errors import Refused
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as, working

__all__ = ["BlobUploadHandler", "append", "begin", "expires_at", "remove_expired", "terminate", "upload_of"]

LIFE = timedelta(days=UPLOAD_DAYS)
_LOCK_SPACE = 0x7570_6C64  # a number space of our own among advisory locks


def begin(*, length: int, file_name: str, by: Actor) -> Upload:
    """Open an upload of `length` bytes. Raises ReceiptRefused: empty, too large, too many open."""
    if length == 0:
        raise errors.empty_body()
    if length > UPLOAD_BYTES:
        raise upload_errors.file_too_large()
    if disk.is_low():
        raise errors.cannot_make_durable()
    with speaking_as(by):
        unfinished = Upload.objects.filter(
            sender_unit=by.unit_code, submission=None, created_at__gt=_oldest()
        )
        if unfinished.count() >= OPEN_UPLOADS:
            raise upload_errors.too_many_open()
        upload = Upload(
            facility=by.facility,
            province=by.province,
            sender_unit=by.unit_code,
            sender=by.name,
            file_name=receiving.safe_file_name(file_name),
            length=length,
            created_at=timezone.now(),
        )
        upload.save(force_insert=True)
        try:
            parts.create(upload.pk)
        except OSError as error:
            raise errors.cannot_make_durable() from error
        audit.record(
            by=by,
            action="upload.begin",
            subject_kind="upload",
            subject_id=str(upload.pk),
            facility=by.facility,
            province=by.province,
            details={"bytes": length},
        )
    return upload


def upload_of(id: uuid.UUID, by: Actor) -> Upload:
    """The upload of the actor's own unit. Raises UnknownUpload, also when its days are over."""
    with speaking_as(by):
        found = Upload.objects.filter(pk=id, sender_unit=by.unit_code, created_at__gt=_oldest()).first()
    if found is None:
        raise upload_errors.UnknownUpload
    return found


def append(
    *, id: uuid.UUID, offset: int, pieces: Iterable[bytes], by: Actor, key: str = ""
) -> tuple[Upload, int]:
    """Add a part; the upload as it stands then and, once complete, how many submissions came of it.

    Raises ReceiptRefused (409 other offset, 423 another writer, all that a receipt may answer) or Refused.
    A file that may never be taken ends its upload; a receipt that is refused for now keeps what came before.
    """
    upload_of(id, by)
    with _alone(id):
        upload = upload_of(id, by)
        if offset != upload.offset:
            raise upload_errors.other_offset(upload.offset)
        if upload.submission_id:
            return upload, 1
        if disk.is_low():
            raise errors.cannot_make_durable()
        try:
            reached = parts.append(id, offset, _within(pieces, upload.length - offset))
        except OSError as error:
            raise errors.cannot_make_durable() from error
        with _ended_when_refused(upload, by):
            if reached == upload.length:
                return upload, _complete(upload, by, key)
            if offset == 0:
                _look_at_head(upload, by, reached)
        _move(upload, reached, None, by)
        return upload, 0


def _within(pieces: Iterable[bytes], room: int) -> Iterator[bytes]:
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            raise upload_errors.beyond_the_end()
        yield piece


@contextmanager
def _ended_when_refused(upload: Upload, by: Actor) -> Iterator[None]:
    """What can never be received is not kept until its days are over."""
    try:
        yield
    except (ReceiptRefused, Refused) as refused:
        if not refused.retry:
            _end(upload, by)
        raise


def _look_at_head(upload: Upload, by: Actor, reached: int) -> None:
    """Refuse after the first part what would be refused after the last."""
    with parts.source(upload.pk) as source:
        head = source.read_at(0, min(reached, receiving.PEEK_BYTES))
    if len(head) == receiving.PEEK_BYTES and receiving.looks_like(head) != "zip":
        receiving.admit(head, by)


def _complete(upload: Upload, by: Actor, key: str) -> int:
    """Receive the file and only then call the upload complete."""
    with parts.source(upload.pk) as source:
        if receiving.looks_like(source.read_at(0, receiving.PEEK_BYTES)) == "zip":
            receipts = archives.receive_archive_source(source=source, by=by, key=key)
        else:
            chunks, name = source.chunks(), upload.file_name
            receipts = [receiving.receive(chunks=chunks, file_name=name, by=by, key=key)]
    _move(upload, upload.length, receipts[0].submission, by)
    parts.remove(upload.pk)
    return len(receipts)


def _move(upload: Upload, offset: int, submission: Submission | None, by: Actor) -> None:
    """Write down the new offset, unless another writer came between (a lock ends with its connection)."""
    with speaking_as(by):
        row = Upload.objects.filter(pk=upload.pk, offset=upload.offset, submission=None)
        if not row.update(offset=offset, submission=submission):
            raise upload_errors.being_written()
    upload.offset, upload.submission = offset, submission


def terminate(*, id: uuid.UUID, by: Actor) -> None:
    """End an upload and forget its bytes; a submission made of it stays. Raises as `append`."""
    upload = upload_of(id, by)
    with _alone(id):
        _end(upload, by)


def _end(upload: Upload, by: Actor) -> None:
    with speaking_as(by):
        Upload.objects.filter(pk=upload.pk).delete()
        audit.record(
            by=by,
            action="upload.end",
            subject_kind="upload",
            subject_id=str(upload.pk),
            facility=upload.facility,
            province=upload.province,
        )
    parts.remove(upload.pk)


@contextmanager
def _alone(id: uuid.UUID) -> Iterator[None]:
    """Hold the upload against other requests; the database lets go when this process or connection dies."""
    number = int.from_bytes(id.bytes[-4:], "big", signed=True)  # random digits of a UUID version 7
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, number])
        if not cursor.fetchone()[0]:
            raise upload_errors.being_written()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, number])


def expires_at(upload: Upload) -> datetime:
    return upload.created_at + LIFE


def _oldest() -> datetime:
    return timezone.now() - LIFE


def remove_expired() -> int:
    """Clear away uploads whose days are over, rows and files, and say how many files; for the worker."""
    with working():
        Upload.objects.filter(created_at__lte=_oldest()).delete()
    return parts.remove_older_than(LIFE.total_seconds())
