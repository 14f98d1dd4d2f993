"""The keys that sign QR codes of licences. The public ones are published, the private ones sealed.

Rotation makes a new key; what earlier keys signed stays genuine, as printed codes live for years. A key that
got into wrong hands is revoked: it is no longer published, and what it signed is not genuine any more.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.utils import timezone
from joserfc.jwk import OKPKey

from khoyte.audit import actions as audit
from khoyte.foundation.crypto import Keyring
from khoyte.practice.errors import UnknownKey
from khoyte.practice.models import QrKey
from khoyte.practice.qr_tokens import key_set
from khoyte.units.policy import Actor, system_actor

SEALED_FOR = "practice.qr_key"
_LOCK = 0x71725F6B


def current() -> tuple[str, OKPKey]:
    """Name and private key that sign now; the first is made when it is first needed."""
    row = _newest()
    if row is None:
        row = _first()
    seed = Keyring.held().open(bytes(row.private_sealed), SEALED_FOR)
    public = bytes(row.public_key)
    (found,) = key_set([(str(row.pk), public)])["keys"]
    return str(row.pk), OKPKey.import_key({**found, "d": _unpadded(seed)})


def published() -> dict[str, list[dict[str, str]]]:
    """The public keys of every key that was not revoked, as a JWK set."""
    rows = QrKey.objects.filter(revoked_at=None).order_by("-id").values_list("id", "public_key")
    return key_set((str(id), bytes(raw)) for id, raw in rows)


@transaction.atomic
def rotate(*, by: Actor) -> QrKey:
    """A new key signs from now on."""
    made = _made()
    _record("qr_key.rotate", made, by)
    return made


@transaction.atomic
def revoke(kid: str, *, by: Actor) -> QrKey:
    """What this key signed is not genuine any more; codes are printed anew. Raises UnknownKey."""
    row = QrKey.objects.filter(pk=int(kid) if kid.isdecimal() and len(kid) < 9 else 0).first()
    if row is None or row.revoked_at is not None:
        raise UnknownKey(kid)
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    _record("qr_key.revoke", row, by)
    return row


def _newest() -> QrKey | None:
    return QrKey.objects.filter(revoked_at=None).order_by("-id").first()


@transaction.atomic
def _first() -> QrKey:
    """Two first requests at once make one key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    return _newest() or rotate(by=system_actor("qr"))


def _made() -> QrKey:
    private = Ed25519PrivateKey.generate()
    return QrKey.objects.create(
        public_key=private.public_key().public_bytes_raw(),
        private_sealed=Keyring.held().seal(private.private_bytes_raw(), SEALED_FOR),
    )


def _record(action: str, key: QrKey, by: Actor) -> None:
    audit.record(by=by, action=action, subject_kind="qr_key", subject_id=str(key.pk))


def _unpadded(raw: bytes) -> str:
    (key,) = key_set([("", raw)])["keys"]
    return key["x"]
