"""Rotation of the keys that seal personal data, while everything goes on working.

A rotation adds a key, which seals from then on; old tokens still open. `reseal` opens what older keys sealed
and seals it anew, in small transactions that skip rows somebody is changing. Only when nothing is left may an
old key be dropped. Look-up hashes hang on a root that does not rotate (foundation.crypto).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from khoyte.audit import actions as audit
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.language import Text
from khoyte.protection.errors import NotPossible
from khoyte.units.policy import Actor
from khoyte.units.tenancy import working

BATCH_ROWS = 1_000


@dataclass(frozen=True)
class SealedColumn:
    """Where sealed tokens lie; `purpose` is what they were sealed for."""

    table: str
    key: str
    column: str
    purpose: str
    rows: int = BATCH_ROWS  # opened at once; few where each is large


SEALED_COLUMNS = (
    SealedColumn("visit", "id", "person_sealed", "visit.person"),
    SealedColumn("visit", "id", "card_sealed", "visit.card"),
    SealedColumn("webhook_target", "unit", "secret_sealed", "webhook.secret"),
    SealedColumn("webhook_target", "unit", "previous_secret_sealed", "webhook.secret"),
    SealedColumn("account_request", "id", "told_sealed", "account.request"),
    SealedColumn("second_step", "account_id", "secret_sealed", "second-step.secret"),
    SealedColumn("subject_request", "id", "subject_sealed", "protection.subject"),
    SealedColumn("subject_request_event", "id", "note_sealed", "protection.note"),
    SealedColumn("consent", "id", "subject_sealed", "protection.subject"),
    SealedColumn("practitioners", "id", "personal_number_sealed", "register.practitioners.personal_number"),
    SealedColumn(
        "practice_registrations",
        "id",
        "personal_number_sealed",
        "register.practice_registrations.personal_number",
    ),
    SealedColumn("diplomas", "id", "personal_number_sealed", "register.diplomas.personal_number"),
    SealedColumn("scope_items", "id", "personal_number_sealed", "register.scope_items.personal_number"),
    SealedColumn("cme_records", "id", "personal_number_sealed", "register.cme_records.personal_number"),
    SealedColumn("trainees", "id", "personal_number_sealed", "register.trainees.personal_number"),
    SealedColumn("register_document", "id", "content_sealed", "register.document", rows=10),
    SealedColumn("register_chosen_file", "id", "content_sealed", "register.document", rows=10),
    SealedColumn("staff_comparison", "id", "lines_sealed", "practice.staff_comparison"),
    SealedColumn("qr_key", "id", "private_sealed", "practice.qr_key"),
    SealedColumn("register_version", "id", "content_sealed", "register.version"),
    SealedColumn("register_case", "id", "told_sealed", "register.mismatch"),
    SealedColumn("notice", "id", "contact_sealed", "notice.address"),
    SealedColumn("notice", "id", "code_sealed", "notice.code"),
    SealedColumn("notice_preference", "account", "email_sealed", "notice.address"),
    SealedColumn("notice_preference", "account", "phone_sealed", "notice.address"),
    SealedColumn("register_draft", "id", "typed_sealed", "register.draft"),
    SealedColumn("issued_paper", "id", "docx_sealed", "register.paper"),
    SealedColumn("issued_paper", "id", "pdf_sealed", "register.paper"),
    SealedColumn("paper_signature", "id", "pdf_sealed", "register.paper"),
    SealedColumn("support_request", "id", "subject_sealed", "support.words"),
    SealedColumn("support_entry", "id", "words_sealed", "support.words"),
    SealedColumn("support_entry", "id", "picture_sealed", "support.words"),
)


def rotate(*, by: Actor) -> str:
    """Add a key and seal with it from now on; returns its name. Running processes see it at once."""
    rotated = Keyring.load().rotated()
    with working():
        audit.record(
            by=by, action="key.rotate", subject_kind="key", subject_id=rotated.current,
            details={"keys": len(rotated.keys)},
        )  # fmt: skip
        rotated.save()
    return rotated.current


def left() -> dict[SealedColumn, int]:
    """Tokens that older keys sealed, by column."""
    current = Keyring.load().current
    found = {}
    with working(), connection.cursor() as cursor:
        for column in SEALED_COLUMNS:
            cursor.execute(_statement(_COUNT, column), [current.encode()])
            found[column] = cursor.fetchone()[0]
    return found


def reseal(*, by: Actor) -> Iterator[int]:
    """Seal anew what older keys sealed; yields the number of tokens of each batch as it is committed."""
    keyring, total = Keyring.load(), 0
    for column in SEALED_COLUMNS:
        while done := _reseal_batch(column, keyring):
            total += done
            yield done
    if total:
        with working():
            audit.record(
                by=by, action="key.reseal", subject_kind="key", subject_id=keyring.current,
                details={"tokens": total},
            )  # fmt: skip


def drop_old(*, by: Actor) -> list[str]:
    """Drop the keys that seal nothing any more; returns their names. Raises NotPossible while one is needed.

    Whoever holds a backup from before needs the secret file of its time to open it.
    """
    needed = sum(left().values())
    if needed:
        raise NotPossible(_STILL_NEEDED.fill(count=needed), remedy=_RESEAL, code="keys-in-use")
    keyring = Keyring.load()
    old = sorted(set(keyring.keys) - {keyring.current}, key=int)
    with working():
        audit.record(
            by=by, action="key.drop", subject_kind="key", subject_id=keyring.current, details={"dropped": old}
        )
        keyring.without_old_keys().save()
    return old


def _reseal_batch(column: SealedColumn, keyring: Keyring) -> int:
    with working(), connection.cursor() as cursor:
        cursor.execute(_statement(_TAKE, column), [keyring.current.encode(), column.rows])
        rows = cursor.fetchall()
        fresh = [(keyring.seal(keyring.open(bytes(token), column.purpose), column.purpose), key)
                 for key, token in rows]  # fmt: skip
        cursor.executemany(_statement(_PUT, column), fresh)
        return len(rows)


# A token begins with its version and the length and name of its key.
_OLDER = "{column} IS NOT NULL AND substring({column} FROM 3 FOR get_byte({column}, 1)) <> %s"
_COUNT = f"SELECT count(*) FROM {{table}} WHERE {_OLDER}"  # noqa: S608 - names come as identifiers
_TAKE = f"SELECT {{key}}, {{column}} FROM {{table}} WHERE {_OLDER} LIMIT %s FOR UPDATE SKIP LOCKED"  # noqa: S608
_PUT = "UPDATE {table} SET {column} = %s WHERE {key} = %s"


def _statement(template: str, column: SealedColumn) -> sql.Composed:
    return sql.SQL(template).format(  # type: ignore[arg-type]
        table=sql.Identifier(column.table),
        key=sql.Identifier(column.key),
        column=sql.Identifier(column.column),
    )


_STILL_NEEDED = Text(
    "Còn {count} giá trị được mã hóa bằng khóa cũ nên chưa bỏ được khóa.",
    "{count} values are still sealed with older keys, which cannot be dropped yet.",
)
_RESEAL = Text("Chạy lệnh: khoyte key reseal", "Run: khoyte key reseal")
