"""Documents with their records: chosen, kept with the first version that names them, opened as its part.

The value of a field of kind "document" is the digest of the document. A file is chosen first and lies sealed
for the account that chose it; the version that names it takes it over. So a digest that somebody has heard of
opens nothing and can be written into no record of theirs.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.notices.daily import DailyTask
from khoyte.registers import content as contents
from khoyte.registers.declaration import Declaration
from khoyte.registers.documents import ENDINGS, JPEG, judged
from khoyte.registers.errors import UnknownRecord, WrongRecord
from khoyte.registers.known import Register
from khoyte.registers.models import ChosenFile, Document, Record, Version
from khoyte.units.policy import Actor

SEALED_FOR = "register.document"
KEPT_DAYS = 30
"""As long as somebody may leave a form with a chosen file open; then it is chosen again."""
MOST_CHOSEN = 20
"""Files one account may have chosen and not handed in; the oldest goes when one more comes."""


def choose(*, register: Register, data: bytes, by: Actor) -> ChosenFile:
    """Keep a file for a record that is still being typed. Raises WrongDocument.

    The same file chosen twice is one. Within the caller's transaction, as the one who speaks there.
    """
    found = judged(data)
    digest = hashlib.sha256(found.data).digest()
    mine = ChosenFile.objects.filter(account=by.name, register=register.name)
    known = mine.filter(sha256=digest).first()
    if known is not None:
        return known
    for too_old in ChosenFile.objects.filter(account=by.name).order_by("-id")[MOST_CHOSEN - 1 :]:
        too_old.delete()
    ChosenFile.objects.bulk_create(
        [
            ChosenFile(
                register=register.name,
                account=by.name,
                facility=by.facility,
                province=by.province,
                sha256=digest,
                media=found.media,
                size=len(found.data),
                content_sealed=contents.keyring().seal(found.data, SEALED_FOR),
            )
        ],
        ignore_conflicts=True,
    )
    audit.record(
        by=by,
        action="register.choose_document",
        subject_kind="register",
        subject_id=register.name,
        facility=by.facility,
        province=by.province,
        details={"media": found.media, "bytes": len(found.data)},
    )
    return mine.get(sha256=digest)


def check(declaration: Declaration, values: Mapping[str, Any], record: Record, by: Actor) -> None:
    """Raises WrongRecord where a field names a document that the record has not and `by` has not chosen."""
    problems = {
        field.name: [NOT_CHOSEN.fill(label=field.label)]
        for field in declaration.documents
        if (digest := values.get(field.name))
        and not Document.objects.filter(record=record.pk, sha256=bytes.fromhex(digest)).exists()
        and not _chosen(declaration, digest, by).exists()
    }
    if problems:
        raise WrongRecord(problems)


_TAKE_OVER = """
INSERT INTO register_document
    (register, record, facility, province, sha256, media, size, content_sealed, kept_by)
SELECT register, %s, %s, %s, sha256, media, size, content_sealed, %s
FROM register_chosen_file WHERE account = %s AND register = %s AND sha256 = %s
ON CONFLICT DO NOTHING
"""


# Whoever the record goes over to sees its document; whoever had it keeps what they have recorded.
_HAND_ON = """
INSERT INTO register_document
    (register, record, facility, province, sha256, media, size, content_sealed, kept_by)
SELECT register, record, %s, %s, sha256, media, size, content_sealed, %s
FROM register_document WHERE record = %s AND sha256 = %s LIMIT 1
ON CONFLICT DO NOTHING
"""


def attach(declaration: Declaration, record: Record, values: Mapping[str, Any], by: Actor) -> None:
    """Take over what the version of a record names; `check` has found it there. After the record is saved."""
    for field in declaration.documents:
        digest = values.get(field.name)
        if not digest:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE_OVER,
                [
                    record.pk, record.facility, record.province, by.name,
                    by.name, declaration.name, bytes.fromhex(digest),
                ],
            )  # fmt: skip
            cursor.execute(
                _HAND_ON, [record.facility, record.province, by.name, record.pk, bytes.fromhex(digest)]
            )
        _chosen(declaration, digest, by).delete()


def _chosen(declaration: Declaration, digest: str, by: Actor) -> Any:
    return ChosenFile.objects.filter(account=by.name, register=declaration.name, sha256=bytes.fromhex(digest))


def document_of(register: Register, record: Record, field: str, version: int | None = None) -> Document:
    """The document that a record, or one version of it, names in a field. Raises UnknownRecord for none.

    The caller has found that the actor may read the record.
    """
    declaration = register.declaration
    if field not in {one.name for one in declaration.documents}:
        raise UnknownRecord
    if version is None:
        digest = getattr(record, field)
    else:
        then = Version.objects.filter(record=record.pk, number=version).first()
        digest = contents.opened_content(declaration, then).get(field) if then else ""
    rows = Document.objects.filter(record=record.pk, sha256=bytes.fromhex(digest or ""))
    found = rows.first() if digest else None
    if found is None:
        raise UnknownRecord
    return found


def opened(found: Document | ChosenFile) -> bytes:
    return contents.keyring().open(bytes(found.content_sealed), SEALED_FOR)


def answer(found: Document, name: str) -> HttpResponse:
    """The document as an answer: a picture to be seen in the page, a PDF to be kept, neither to act.

    `X-Content-Type-Options: nosniff` stands on every answer (edges.middleware).
    """
    response = HttpResponse(opened(found), content_type=found.media)
    way = "inline" if found.media == JPEG else "attachment"
    response["Content-Disposition"] = f'{way}; filename="{name}.{ENDINGS[found.media]}"'
    response["Cache-Control"] = "private, no-store"
    return response


def forget_chosen(day: date) -> int:
    """Remove what was chosen long ago and never handed in; how many. Within the worker's transaction."""
    count, _ = ChosenFile.objects.filter(chosen_at__lt=timezone.now() - timedelta(KEPT_DAYS)).delete()
    return count


DUTIES = (DailyTask("chosen-files", forget_chosen),)
NOT_CHOSEN = Text(
    vi="{label}: tệp đã chọn không còn. Chọn lại tệp rồi gửi.",
    en="{label}: the chosen file is there no more. Choose it again.",
)
