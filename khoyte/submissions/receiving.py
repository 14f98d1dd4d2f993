"""Receipt: bytes made durable, queued, answered. One submission per file, one effect per repeat.

A repeat is the same unit and Idempotency-Key with the same body, or without a key the same unit and bytes,
within seven days. Two requests with the same key at once: the second is told to wait; the same bytes at once
without a key: the second waits for the first and gets the same id.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.http.request import UnreadablePostError
from django.utils import timezone
from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int4, Int8

from khoyte.audit import actions as audit
from khoyte.foundation import disk
from khoyte.foundation.blobs import BlobNotKept
from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.database.prepared import ask_prepared
from khoyte.submissions import errors, raw
from khoyte.submissions.enums import Door
from khoyte.submissions.models import Submission
from khoyte.submissions.pacing import TOLD
from khoyte.submissions.reader import facility_of
from khoyte.submissions.reader.archive import is_zip
from khoyte.units import queries as units
from khoyte.units.errors import Refused
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.tenancy import speaking_as, spoken_in_one_statement

REPEAT_WINDOW = timedelta(days=7)
WAITING_LIMIT_PER_FACILITY = int(os.environ.get("KHOYTE_WAITING_LIMIT", "5000"))
PEEK_BYTES = 64 * 1024
_BYTES_PER_DOSSIER_GUESS = 8 * 1024
_CODE_LENGTH = 5
_KEY_LENGTH = 200


@dataclass(frozen=True)
class Receipt:
    """Answer to a sender. `repeated` means this file had been received before: same id, one effect."""

    submission: Submission
    repeated: bool


def looks_like(head: bytes) -> str:
    """ "xml", "zip" or "" by the first bytes alone; what a header claims is not believed."""
    if is_zip(head):
        return "zip"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "xml" if text.startswith(b"<") else ""


def receive(
    *,
    chunks: Iterable[bytes],
    file_name: str,
    by: Actor,
    key: str = "",
    door: Door = Door.FACILITY_COPY,
    gateway: dict[str, str] | None = None,
    at: datetime | None = None,
) -> Receipt:
    """Take one XML file for the facility named inside it and queue it for judging.

    `at` is the moment of receipt when the bytes were taken earlier elsewhere (another platform's batch).

    Raises ReceiptRefused (nothing kept) or Refused when this unit may not send for that facility.
    """
    head, chunks = peek(chunks)
    facility, province = admit(head, by)
    if by.kind != "system":
        keep_pace(facility)
    sender = by.unit_code or facility
    if disk.is_low():
        raise errors.cannot_make_durable()
    try:
        kept, chunks = raw.keep_small(chunks)
        if kept is None:
            # Of what goes to the blob store nothing is kept before it is known to be wanted.
            with speaking_as(by):
                first = _first_under_key(sender, key)
                if first is None:
                    _find_room(facility)
            if first is not None:
                return _repeat(first, chunks)
            kept = raw.keep(chunks)
    except UnreadablePostError:
        raise  # the sender went away: an OSError, but none of the store
    except (OSError, BlobNotKept) as error:
        raise errors.cannot_make_durable() from error
    submission = Submission(
        facility=facility,
        province=province,
        sender_unit=sender,
        sender=by.name,
        door=door,
        received_at=at or timezone.now(),
        day=in_vietnam(at or timezone.now()).date(),
        file_name=file_name[:255],
        sha256=kept.sha256,
        size=kept.size,
        expected_dossiers=expected_dossiers(head, kept.size),
        idempotency_key=key,
        gateway=gateway or {},
    )
    spoken = spoken_in_one_statement(by)
    if spoken is not None:
        return _enter(submission, kept, by, spoken)
    with speaking_as(by):
        return _enter(submission, kept, by, None)


def expected_dossiers(head: bytes, size: int) -> int:
    """About how many dossiers a file of `size` bytes holds that begins with `head`: as many as there."""
    begun = head.count(b"<HOSO>")
    return max(1, round(size * begun / len(head)) if begun else size // _BYTES_PER_DOSSIER_GUESS)


def admit(head: bytes, by: Actor) -> tuple[str, str]:
    """Facility and province of an XML file by its first bytes.

    Raises ReceiptRefused for what is no XML, Refused when `by` may not send for that facility.
    """
    if not head:
        raise errors.empty_body()
    if looks_like(head) != "xml":
        raise errors.neither_xml_nor_zip()
    facility = facility_of(head) or by.facility
    if not facility and by.kind != "system":
        raise errors.no_facility_code()
    province = province_of(facility, by)
    _may_send(by, facility, province)
    return facility, province


def peek(chunks: Iterable[bytes]) -> tuple[bytes, Iterable[bytes]]:
    iterator = iter(chunks)
    parts, size = [], 0
    for chunk in iterator:
        parts.append(chunk)
        size += len(chunk)
        if size >= PEEK_BYTES:
            break
    head = b"".join(parts)

    def whole() -> Iterable[bytes]:
        yield head
        yield from iterator

    return head[:PEEK_BYTES], whole()


def province_of(facility: str, by: Actor) -> str:
    if facility == by.facility:
        return by.province
    unit = units.facility(facility)
    return unit.province if unit else ""


def _may_send(by: Actor, facility: str, province: str) -> None:
    if by.kind == "system":
        if len(facility) > _CODE_LENGTH:
            raise errors.no_facility_code()
        return
    decision = decide(by, "submission.send", Facts(facility=facility, province=province))
    if not decision:
        raise Refused(decision.reason, anonymous=by.kind == "anonymous", remedy=decision.remedy)


def keep_pace(facility: str) -> None:
    """Raises ReceiptRefused while more of this facility waits than its share of what can be judged soon."""
    seconds = TOLD.seconds(facility)
    if seconds:
        raise errors.wait_for_your_turn(seconds)


def _find_room(facility: str) -> None:
    """One facility's flood is slowed down at its own door, before it can starve others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM submission WHERE facility = %s"
            " AND state IN ('received', 'judging') LIMIT %s) waiting",
            [facility, WAITING_LIMIT_PER_FACILITY],
        )
        waiting = cursor.fetchone()[0]
    if waiting >= WAITING_LIMIT_PER_FACILITY:
        raise errors.slow_down(waiting)


def fitting_key(key: str) -> str:
    """The sender's key, or a digest of one that is too long to be kept."""
    return key if len(key) <= _KEY_LENGTH else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _first_under_key(sender: str, key: str) -> Submission | None:
    """The sender's first file of the window under this key, asked before a large body is kept."""
    if not key:
        return None
    rows = Submission.objects.filter(sender_unit=sender, idempotency_key=key)
    return rows.filter(received_at__gt=timezone.now() - REPEAT_WINDOW).order_by("received_at").first()


def _repeat(first: Submission, chunks: Iterable[bytes]) -> Receipt:
    """Compare the body with the first one under its key, without keeping anything of it."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    if digest.digest() != bytes(first.sha256):
        raise errors.key_with_other_body()
    return Receipt(first, repeated=True)


def check_same_files(receipts: Sequence[Receipt], by: Actor, key: str, count: int) -> None:
    """Several files came under one key as `key#0`, `key#1`...: either all are new or all came before.

    `count` is the number of files now; had there been more the first time, it was another body. Raises
    ReceiptRefused, upon which the caller's transaction is undone.
    """
    if not key:
        return
    repeated = [receipt.repeated for receipt in receipts]
    following = [f"{key}#{count}", f"{key}#{count}#0"]
    rows = Submission.objects.filter(sender_unit=by.unit_code, idempotency_key__in=following)
    if any(repeated) and (not all(repeated) or rows.exists()):
        raise errors.key_with_other_body()


# The bytes go over as bytes.
_RECEIVE = "SELECT outcome, earlier, waiting FROM khoyte_receive({})".format(  # noqa: S608 - places only
    ", ".join(["%s"] * 18 + ["%b"] + ["%s"] * 5)
)


def _enter(submission: Submission, kept: raw.Kept, by: Actor, spoken: str | None) -> Receipt:
    """Enter the file, its bytes and the entry in the log, all in one statement; the earlier file of a repeat.

    The statement is committed when it answers, unless a transaction is open. Of several identical requests
    one at a time gets through, until the end of its transaction.
    """
    row = ask_prepared(_RECEIVE, _values(submission, kept, by, spoken))
    outcome, earlier, waiting = row or ("", None, 0)
    match outcome:
        case "new":
            submission._state.adding, submission._state.db = False, connection.alias
            return Receipt(submission, repeated=False)
        case "repeated":
            with speaking_as(by):
                return Receipt(Submission.objects.get(pk=earlier), repeated=True)
        case "other-body":
            raise errors.key_with_other_body()
        case "being-received":
            raise errors.still_being_received()
        case _:
            raise errors.slow_down(waiting)


def _values(submission: Submission, kept: raw.Kept, by: Actor, spoken: str | None) -> list[Any]:
    """The arguments of `khoyte_receive` in their order."""
    key = submission.idempotency_key
    details = audit.details_of(by, {"bytes": kept.size})
    return [
        spoken,
        Int8(_lock_number(submission.sender_unit, key or kept.sha256.hex())),
        timezone.now() - REPEAT_WINDOW,
        Int4(WAITING_LIMIT_PER_FACILITY),
        submission.pk,
        submission.facility,
        submission.province,
        submission.sender_unit,
        submission.sender,
        str(submission.door),
        submission.received_at,
        submission.day,
        submission.file_name,
        kept.sha256,
        Int8(kept.size),
        Int4(submission.expected_dossiers),
        key,
        Jsonb(submission.gateway),
        kept.inline,
        by.name,
        by.unit_code,
        by.role,
        Jsonb(details),
        audit.source(),
    ]


def _lock_number(*parts: str) -> int:
    digest = hashlib.blake2b("\x00".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def safe_file_name(name: str) -> str:
    """A name to show: the last part of whatever path the sender's program put there."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].replace("\x00", "")[:255] or "goi-ho-so.xml"
