"""Naming the address that receives a unit's messages."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.crypto import Keyring
from khoyte.links import signing
from khoyte.links.addresses import parse
from khoyte.links.enums import MessageState
from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.links.sealing import seal_secret
from khoyte.units.policy import Actor

BOTH_SECRETS_FOR = timedelta(hours=24)


@transaction.atomic
def register_webhook(*, url: str, by: Actor) -> str:
    """Name `url` as the one webhook of the actor's unit; returns its new secret, shown this once.

    The secret before keeps signing beside the new one for a day. What has not been acknowledged so far is due
    at once. The caller has checked where the host leads (`addresses.resolve`); raises AddressRefused for
    something that is no http(s) URL.
    """
    host = parse(url).host
    now, keyring, secret = timezone.now(), Keyring.load(), signing.new_secret()
    target = WebhookTarget.objects.select_for_update().filter(unit=by.unit_code).first()
    if target is None:
        target = WebhookTarget(unit=by.unit_code, facility=by.facility, province=by.province)
    else:
        target.previous_secret_sealed, target.previous_until = target.secret_sealed, now + BOTH_SECRETS_FOR
    target.url, target.secret_sealed = url, seal_secret(secret, keyring)
    target.registered_at, target.registered_by = now, by.name
    target.failures, target.paused_until, target.served_at = 0, now, now
    target.save()
    _due_at_once(by.unit_code)
    audit.record(
        by=by,
        action="webhook.register",
        subject_kind="unit",
        subject_id=by.unit_code,
        facility=by.facility,
        province=by.province,
        details={"host": host},
    )
    return secret


def _due_at_once(unit: str) -> None:
    """Also what the former address said it would never take. What is being sent right now keeps its lease."""
    unacknowledged = Q(state=MessageState.PENDING) | Q(state=MessageState.REJECTED)
    OutboxMessage.objects.filter(unacknowledged, unit=unit).update(
        state=MessageState.PENDING, next_attempt_at=timezone.now(), finished_at=None
    )
