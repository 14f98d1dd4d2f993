"""Who asks for a record that is not there or not theirs is answered alike, and written down."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from khoyte.audit import actions as audit
from khoyte.registers.errors import UnknownRecord
from khoyte.registers.models import Record, is_uuid
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as


@contextmanager
def strangers_noted(by: Actor, register: str, id: str | uuid.UUID) -> Iterator[None]:
    """Around a view's own transaction: the entry must outlive the one that is rolled back."""
    try:
        yield
    except UnknownRecord:
        with speaking_as(by):
            audit.record(
                by=by,
                action="register.not_found",
                subject_kind=register,
                subject_id=str(is_uuid(str(id)) or "?"),
                facility=by.facility,
                province=by.province,
            )
        raise


def note_read(
    by: Actor, register: str, record: Record, action: str = "register.read", purpose: str = ""
) -> None:
    """A read of a record is an event of its own. Within the transaction of the reading."""
    audit.record(
        by=by,
        action=action,
        subject_kind=register,
        subject_id=str(record.pk),
        facility=record.facility,
        province=record.province,
        purpose=purpose,
    )
