"""Publishing a catalogue: the file is kept, its impact shown, and only then is it put in use, by one person.

Previews are drafts of this table; nobody judges by them. What is published is compared with the pack the
preview was made against: whoever publishes second is told to look again. Judging again is the worker's part
(`catalogue_work`).
"""

import tempfile
import uuid
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.db import connection
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.home import folder as home_folder
from khoyte.foundation.language import Text
from khoyte.submissions import raw
from khoyte.submissions.catalogue_impact import Impact, impact
from khoyte.submissions.enums import PublicationState
from khoyte.submissions.models import CataloguePublication
from khoyte.submissions.receiving import safe_file_name
from khoyte.terminology import CatalogueRefused, Pack, load_pack
from khoyte.terminology.importing import check_name, import_file, pack_with, read_draft
from khoyte.units.policy import Actor

MOST_PROBLEMS = 1000
_PUBLISHING = 0x7075_626C  # the lock that lets one publication through at a time


class PublicationRefused(KhoyteError):
    """A draft that cannot be published (now)."""

    status = 409


def preview(
    *,
    name: str,
    chunks: Iterable[bytes],
    file_name: str,
    valid_from: date,
    valid_to: date | None,
    complete: bool,
    by: Actor,
) -> CataloguePublication:
    """Keep a file and say what it would change; a file that cannot be read is a refused draft with its cells.

    Runs in the caller's transaction. Raises UnknownCatalogue.
    """
    check_name(name)
    kept = raw.keep(chunks)
    row = CataloguePublication(
        name=name,
        file_name=safe_file_name(file_name),
        sha256=kept.sha256,
        size=kept.size,
        valid_from=valid_from,
        valid_to=valid_to,
        complete=complete,
        made_at=timezone.now(),
        made_by=by.name,
        made_unit=by.unit_code,
    )
    _look(row)
    row.save(force_insert=True)
    _record(row, by, "catalogue.preview")
    return row


def preview_again(*, row: CataloguePublication, by: Actor) -> CataloguePublication:
    """A fresh draft of the same file, compared with what is in use now."""
    source = raw.blob_store().open(bytes(row.sha256).hex())
    return preview(
        name=row.name,
        chunks=[source.read_at(0, source.size)],
        file_name=row.file_name,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        complete=row.complete,
        by=by,
    )


def _look(row: CataloguePublication) -> None:
    """Fill in what the file changes, or what is wrong with it."""
    in_use = load_pack()
    row.based_on = in_use.digest
    try:
        made = candidate(row)
    except CatalogueRefused as refused:
        row.state = PublicationState.REFUSED
        row.problems = [
            {"cell": one.cell, "vi": one.text.vi, "en": one.text.en}
            for one in refused.problems[:MOST_PROBLEMS]
        ]
        return
    found = impact(in_use, made, row.name)
    row.pack, row.alters = made.digest, found.alters
    row.rules = list(found.rules) if found.alters else []
    if not found.alters:
        row.touched = {"visits": 0, "submissions": 0, "facilities": 0}


def candidate(row: CataloguePublication) -> Pack:
    """The pack as it would be with a draft. Raises CatalogueRefused."""
    kept = (bytes(row.sha256), row.file_name, row.name, row.valid_from, row.valid_to, row.complete)
    return _candidate(*kept, in_use=load_pack().digest)


@lru_cache(maxsize=4)
def _candidate(
    sha256: bytes, file_name: str, name: str, starts: date, ends: date | None, complete: bool, *, in_use: str
) -> Pack:
    with tempfile.TemporaryDirectory(dir=home_folder("drafts")) as folder:
        path = _laid(Path(folder), sha256, file_name)
        return pack_with(read_draft(name, path, starts, valid_to=ends, complete=complete))


def impact_of(row: CataloguePublication) -> Impact:
    """What a draft would change now, or what a publication changed."""
    if row.state in (PublicationState.DRAFT, PublicationState.REFUSED):
        return impact(load_pack(), candidate(row), row.name)
    return impact(load_pack(row.based_on), load_pack(row.pack), row.name)


def is_overtaken(row: CataloguePublication) -> bool:
    """Whether something else came into use since this draft was made."""
    in_use = load_pack().digest
    return row.state == PublicationState.DRAFT and in_use not in (row.based_on, row.pack)


def publish(*, id: uuid.UUID, by: Actor) -> CataloguePublication:
    """Put a draft in use. Runs in the caller's transaction, one publication at a time.

    Raises PublicationRefused when it is no draft or something else was published since its preview.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLISHING])
    row = CataloguePublication.objects.select_for_update().get(pk=id)
    if row.state != PublicationState.DRAFT:
        raise PublicationRefused(_NO_DRAFT, code="no-draft")
    if is_overtaken(row):
        raise PublicationRefused(_OVERTAKEN, code="overtaken")
    row.state, row.published_by, row.published_at = PublicationState.PUBLISHED, by.name, timezone.now()
    with tempfile.TemporaryDirectory(dir=home_folder("drafts")) as folder:
        path = _laid(Path(folder), bytes(row.sha256), row.file_name)
        row.pack = import_file(
            row.name, path, row.valid_from, valid_to=row.valid_to, complete=row.complete
        ).pack
    row.save()
    _record(row, by, "catalogue.publish")
    return row


def _laid(folder: Path, sha256: bytes, file_name: str) -> Path:
    """The kept file under its own name: readers go by the ending and name the file in what they say."""
    source = raw.blob_store().open(sha256.hex())
    path = folder / (Path(file_name).name or "tep")
    path.write_bytes(source.read_at(0, source.size))
    return path


def kept_file(row: CataloguePublication) -> bytes:
    """The exact file, as evidence."""
    source = raw.blob_store().open(bytes(row.sha256).hex())
    return source.read_at(0, source.size)


def _record(row: CataloguePublication, by: Actor, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="catalogue",
        subject_id=str(row.pk),
        details={
            "catalogue": row.name,
            "state": row.state,
            "file_sha256": bytes(row.sha256).hex(),
            "valid_from": row.valid_from.isoformat(),
            "valid_to": row.valid_to.isoformat() if row.valid_to else None,
            "before": row.based_on,
            "after": row.pack,
        },
    )


_NO_DRAFT = Text(
    "Bản này đã được công bố hoặc không công bố được.", "This was published already or cannot be published."
)
_OVERTAKEN = Text(
    "Một danh mục khác đã được công bố sau khi xem trước bản này. Xem trước lại rồi công bố.",
    "Another catalogue was published since this preview. Preview again, then publish.",
)
