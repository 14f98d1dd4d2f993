"""Writing audit entries. Called inside the transaction of the act it records."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from psycopg.types.json import Jsonb

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class AuditOutsideTransaction(KhoyteError):
    """An act tried to record itself outside a transaction: entry and act could part ways."""


def record(
    *,
    by: Any,
    action: str,
    subject_kind: str,
    subject_id: str,
    facility: str = "",
    province: str = "",
    purpose: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry for an act `by` an actor (`units.policy.Actor`: name, unit_code, role).

    `details` holds counts, states and identifiers of records, never values of persons.
    Raises AuditOutsideTransaction unless a transaction is open.
    """
    if not transaction.get_connection().in_atomic_block:
        raise AuditOutsideTransaction(
            code="audit-outside-transaction",
            text=Text(
                vi=f"Không ghi được nhật ký cho {action}: chưa mở giao dịch.",
                en=f"Cannot record {action}: no transaction is open.",
            ),
        )
    values = {
        "actor": by.name,
        "actor_unit": by.unit_code,
        "actor_role": by.role,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": str(subject_id),
        "facility": facility,
        "province": province,
        "purpose": purpose,
        "details": Jsonb(dict(details or {})),
    }
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(_INSERT, values)


# Not through the model, which would read the row's number back: who may write an entry may not always read it.
_INSERT = """
INSERT INTO audit_entry (actor, actor_unit, actor_role, action, subject_kind, subject_id, facility, province,
                         purpose, details)
VALUES (%(actor)s, %(actor_unit)s, %(actor_role)s, %(action)s, %(subject_kind)s, %(subject_id)s, %(facility)s,
        %(province)s, %(purpose)s, %(details)s)
"""
