"""Webhook secrets at rest: sealed, opened only to sign."""

from datetime import datetime

from khoyte.foundation.crypto import Keyring
from khoyte.links.models import WebhookTarget

_PURPOSE = "webhook.secret"


def seal_secret(secret: str, keyring: Keyring) -> bytes:
    return keyring.seal(secret.encode(), _PURPOSE)


def opened_secrets(target: WebhookTarget, keyring: Keyring, now: datetime) -> tuple[str, ...]:
    """The secrets that sign now, newest first. Raises SealBroken."""
    sealed = [target.secret_sealed]
    if target.previous_secret_sealed and target.previous_until and target.previous_until > now:
        sealed.append(target.previous_secret_sealed)
    return tuple(keyring.open(bytes(token), _PURPOSE).decode() for token in sealed)
