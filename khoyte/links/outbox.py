"""Messages written beside the change they tell of: neither without the other."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.links.enums import MessageState
from khoyte.links.models import OutboxMessage, WebhookTarget


class OutsideTransaction(KhoyteError):
    """A message was to be written outside a transaction: it and its change could part ways."""

    code = "outbox-outside-transaction"


def destinations(unit_codes: Iterable[str]) -> list[WebhookTarget]:
    """The webhooks of those of the units that have one; ask before building a costly payload."""
    return list(WebhookTarget.objects.filter(unit__in={code for code in unit_codes if code}).order_by("unit"))


def enqueue(unit_codes: Iterable[str], kind: str, subject: str, payload: Mapping[str, Any]) -> int:
    """Write one message to each unit that has a webhook, and say how many; units without one get none.

    `payload` must be JSON and free of personal data. Called by the worker, or by a request of the very unit
    (row-level security hides other units' webhooks from a request). Raises OutsideTransaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(
            Text(
                vi=f"Không xếp được thông báo {kind}: chưa mở giao dịch.",
                en=f"Cannot enqueue {kind}: no transaction is open.",
            )
        )
    targets = destinations(unit_codes)
    _supersede(targets, kind, subject)
    for target in targets:
        OutboxMessage(
            unit=target.unit,
            facility=target.facility,
            province=target.province,
            kind=kind,
            subject=subject,
            payload=dict(payload),
        ).save(force_insert=True)
    return len(targets)


def _supersede(targets: list[WebhookTarget], kind: str, subject: str) -> None:
    """What a destination has so far failed to take need not reach it once something newer is known."""
    if not targets:
        return
    stale = OutboxMessage.objects.filter(
        unit__in=[target.unit for target in targets],
        kind=kind,
        subject=subject,
        state=MessageState.PENDING,
        attempts__gt=0,
    )
    stale.update(state=MessageState.SUPERSEDED, finished_at=timezone.now())
