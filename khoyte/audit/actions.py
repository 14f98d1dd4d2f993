"""Writing audit entries. Called inside the transaction of the act it records."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from psycopg.types.json import Jsonb

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text

_SOURCE: ContextVar[str] = ContextVar("source_address", default="")


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """Entries written inside carry the numeric address their request came from."""
    mark = _SOURCE.set(address)
    try:
        yield
    finally:
        _SOURCE.reset(mark)


def source() -> str:
    """The address that `coming_from` named, for statements that write their entry themselves."""
    return _SOURCE.get()


class AuditOutsideTransaction(KhoyteError):
    """An act tried to record itself outside a transaction: entry and act could part ways."""


@dataclass(frozen=True)
class Entry:
    """What differs between entries written together: the subject, whose it is, and details."""

    subject_id: str
    facility: str = ""
    province: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


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
    entry = Entry(str(subject_id), facility, province, dict(details or {}))
    record_all(by=by, action=action, subject_kind=subject_kind, purpose=purpose, entries=[entry])


def record_all(
    *, by: Any, action: str, subject_kind: str, entries: Iterable[Entry], purpose: str = ""
) -> None:
    """Write one entry for each of several acts of one kind, as `record` does for one."""
    if not transaction.get_connection().in_atomic_block:
        raise _outside_transaction(action)
    entries = [replace(one, details=details_of(by, one.details)) for one in entries]
    values = {
        "actor": by.name,
        "actor_unit": by.unit_code,
        "actor_role": by.role,
        "action": action,
        "subject_kind": subject_kind,
        "purpose": purpose,
        "source": _SOURCE.get(),
        "entries": Jsonb([vars(entry) for entry in entries]),
    }
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(_INSERT, values)


def details_of(by: Any, details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of an entry; a delegate's act stands in the log under both names."""
    behind = getattr(by, "on_behalf_of", "")
    return {**details, "on_behalf_of": behind} if behind else dict(details)


# Not through the model, which reads the row's number back: who may write an entry may not always read it.
_INSERT = """
INSERT INTO audit_entry (actor, actor_unit, actor_role, action, subject_kind, purpose,
                         source_address, subject_id, facility, province, details)
SELECT %(actor)s, %(actor_unit)s, %(actor_role)s, %(action)s, %(subject_kind)s, %(purpose)s,
       %(source)s, one.subject_id, one.facility, one.province, one.details
FROM jsonb_to_recordset(%(entries)s)
     AS one(subject_id text, facility text, province text, details jsonb)
"""


def _outside_transaction(action: str) -> AuditOutsideTransaction:
    return AuditOutsideTransaction(
        code="audit-outside-transaction",
        text=Text(
            vi=f"Không ghi được nhật ký cho {action}: chưa mở giao dịch.",
            en=f"Cannot record {action}: no transaction is open.",
        ),
    )
