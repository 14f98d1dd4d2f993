"""Machine accounts: a unit's software registers its public keys and proves itself for each short token.

Nothing secret of it lies here. What ends (the software, one of its keys) ends its tokens with their next
request.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.units import actions, client_keysets
from khoyte.units.errors import UnknownClient, UnknownUnit, WrongKey, WrongUnit
from khoyte.units.models import ClientKey, MachineClient, MachineToken, Unit, UsedAssertion
from khoyte.units.policy import Actor

CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_WRONG_ID = Text(
    vi="Mã phần mềm {client_id} đã có, hoặc có ký tự khác chữ không dấu, chữ số, dấu chấm và gạch nối.",
    en="The id {client_id} is taken, or has signs other than plain letters, figures, dots and hyphens.",
)
# Tokens that have ended are kept for a day, for whoever asks why a request was refused.
_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Registered:
    """One line of the list of software."""

    client_id: str
    unit: str
    name: str
    scopes: tuple[str, ...]
    keys: tuple[str, ...]
    jwks_uri: str
    created_at: datetime
    revoked_at: datetime | None


@transaction.atomic
def register(
    *,
    client_id: str,
    unit: str,
    name: str,
    scopes: Sequence[str],
    keys: Iterable[dict[str, Any]] = (),
    jwks_uri: str = "",
    by: Actor,
) -> MachineClient:
    """Register software of a unit with its public keys (`client_keys.read`), or the address it keeps them at.

    Raises UnknownUnit, WrongKey for an address that may not be asked, or WrongUnit for an id that is taken or
    cannot be, or an unknown scope.
    """
    owner = Unit.objects.filter(code=unit).first()
    if owner is None:
        raise UnknownUnit(unit)
    actions.check_scopes(scopes)
    if not CLIENT_ID.fullmatch(client_id) or MachineClient.objects.filter(pk=client_id).exists():
        raise WrongUnit(_WRONG_ID.fill(client_id=client_id))
    if jwks_uri:
        client_keysets.check_address(jwks_uri)
    client = MachineClient.objects.create(
        client_id=client_id,
        unit=owner,
        name=name[:255],
        scopes=sorted(set(scopes)),
        created_by=by.name,
        jwks_uri=jwks_uri,
    )
    _record(client, "client.register", by, scopes=client.scopes, jwks_uri=jwks_uri)
    for key in keys:
        _add(client, key, by)
    return client


@transaction.atomic
def add_key(client_id: str, key: dict[str, Any], *, by: Actor) -> ClientKey:
    """Add a public key, beside those it has. Raises UnknownClient, or WrongKey when its `kid` is taken."""
    client = _client(client_id)
    if client.jwks_uri:
        raise WrongKey(
            Text(
                vi="Phần mềm {client_id} để khóa ở {address}; thêm khóa ở đó.",
                en="Software {client_id} keeps its keys at {address}; add the key there.",
            ).fill(client_id=client_id, address=client.jwks_uri)
        )
    return _add(client, key, by)


@transaction.atomic
def remove_key(client_id: str, kid: str, *, by: Actor) -> None:
    """Take a key away and end the client's tokens: one may have been given for it."""
    client = _client(client_id)
    removed, _ = client.keys.filter(kid=kid).delete()
    if not removed:
        raise WrongKey(
            Text(
                vi=f"Phần mềm {client_id} không có khóa {kid}.",
                en=f"Software {client_id} has no key {kid}.",
            )
        )
    _end_tokens(client)
    _record(client, "client.remove_key", by, kid=kid)


@transaction.atomic
def revoke(client_id: str, *, by: Actor) -> int:
    """End the software's access for good; returns how many tokens were in force."""
    client = _client(client_id)
    client.revoked_at = client.revoked_at or timezone.now()
    client.save(update_fields=["revoked_at"])
    ended = _end_tokens(client)
    _record(client, "client.revoke", by, tokens=ended)
    return ended


def registered(unit: str = "") -> list[Registered]:
    """Software (of one unit), in order of unit and id."""
    rows = MachineClient.objects.prefetch_related("keys").order_by("unit_id", "client_id")
    return [
        Registered(
            client_id=row.client_id,
            unit=row.unit_id,
            name=row.name,
            scopes=tuple(row.scopes),
            keys=tuple(sorted(key.kid for key in row.keys.all())),
            jwks_uri=row.jwks_uri,
            created_at=row.created_at,
            revoked_at=row.revoked_at,
        )
        for row in (rows.filter(unit_id=unit) if unit else rows)
    ]


def clear_expired() -> None:
    """Remove used proofs and short tokens whose time is long over."""
    now = timezone.now()
    UsedAssertion.objects.filter(expires_at__lt=now).delete()
    MachineToken.objects.filter(client__isnull=False, expires_at__lt=now - _KEPT).delete()


def _add(client: MachineClient, key: dict[str, Any], by: Actor) -> ClientKey:
    try:
        with transaction.atomic():
            added = ClientKey.objects.create(client=client, kid=key["kid"], jwk=key)
    except IntegrityError:
        raise WrongKey(
            Text(
                vi=f"Phần mềm {client.client_id} đã có khóa mang kid {key['kid']}.",
                en=f"Software {client.client_id} has a key with kid {key['kid']} already.",
            )
        ) from None
    _record(client, "client.add_key", by, kid=added.kid)
    return added


def _end_tokens(client: MachineClient) -> int:
    now = timezone.now()
    return client.tokens.filter(revoked_at=None, expires_at__gt=now).update(revoked_at=now)


def _client(client_id: str) -> MachineClient:
    client = MachineClient.objects.select_related("unit").filter(pk=client_id).first()
    if client is None:
        raise UnknownClient(client_id)
    return client


def _record(client: MachineClient, action: str, by: Actor, **details: object) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="client",
        subject_id=client.client_id,
        facility=client.unit_id if client.unit.kind == "facility" else "",
        province=client.unit.province,
        details=details,
    )
