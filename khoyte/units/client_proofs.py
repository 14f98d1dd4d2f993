"""A signed proof of software (private_key_jwt) against a token of a few minutes (SMART backend services).

RFC 7523 and SMART App Launch 2.2, "backend services": the proof names its client as issuer and subject, this
token address as audience, ends within five minutes, and is used once. Whatever is wrong with the proof itself
is answered by the same words, so that nobody learns which clients and keys there are.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from joserfc import jws, jwt
from joserfc.errors import JoseError

from khoyte.audit import actions as audit
from khoyte.units import actions, client_keys, client_keysets
from khoyte.units.machine_clients import CLIENT_ID
from khoyte.units.models import ClientKey, MachineClient
from khoyte.units.policy import Actor

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_SECONDS = 300
LONGEST_PROOF_SECONDS = 300
# Clocks of two machines differ: a proof may seem to come from so far ahead, and to end so much later.
CLOCK_SECONDS = 10
_LONGEST_PROOF = 8 * 1024
_LONGEST_ID = 256


class OAuthError(Exception):
    """An answer of RFC 6749, 5.2: its code, and a sentence for the developer of the software."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.code = code
        self.description = description


@dataclass(frozen=True)
class Granted:
    """A token as it is given, and what it is good for."""

    token: str
    scopes: tuple[str, ...]
    seconds: int


@transaction.atomic
def exchange(proof: str, scope: str | None, *, audience: str) -> Granted:
    """A token for a proof made for `audience`. Raises OAuthError."""
    client, claims = verified(proof, audience=audience)
    scopes = _granted(client, scope)
    _use_up(client, claims)
    by = Actor(
        kind="machine",
        name=f"machine:{client.unit_id}:{client.client_id}",
        unit_code=client.unit_id,
        unit_kind=client.unit.kind,
        province=client.unit.province,
        scopes=scopes,
    )
    token = actions.issue_token(
        unit=client.unit, scopes=scopes, life=timedelta(seconds=TOKEN_SECONDS), client=client, by=by
    )
    audit.record(
        by=by,
        action="token.issue",
        subject_kind="client",
        subject_id=client.client_id,
        facility=client.unit_id if client.unit.kind == "facility" else "",
        province=client.unit.province,
        details={"scopes": list(scopes), "ttl_seconds": TOKEN_SECONDS},
    )
    return Granted(token, scopes, TOKEN_SECONDS)


def verified(proof: str, *, audience: str) -> tuple[MachineClient, dict[str, Any]]:
    """The client a proof is of, and its claims. Raises OAuthError; nothing is used up yet."""
    client, claims = _checked_signature(proof)
    _check_claims(claims, audience)
    return client, claims


def _checked_signature(proof: str) -> tuple[MachineClient, dict[str, Any]]:
    try:
        if len(proof) > _LONGEST_PROOF:
            raise ValueError("longer than any proof")
        unproven = jws.extract_compact(proof.encode("ascii"))
        kid, said = unproven.headers()["kid"], json.loads(unproven.payload)["iss"]
        client = _client(said)
        key = client_keys.imported(_public_key(client, kid)) if _is_name(kid) and client else None
        if client is None or key is None:
            raise ValueError("unknown client or key")
        algorithm = client_keys.ALGORITHMS[key.key_type]
        claims = jwt.decode(proof, key, algorithms=[algorithm]).claims
    except (JoseError, ValueError, TypeError, KeyError, RecursionError, ClientKey.DoesNotExist):
        raise _not_proven() from None
    if claims.get("sub") != client.client_id:
        raise _not_proven()
    return client, claims


def _public_key(client: MachineClient, kid: str) -> dict[str, Any]:
    """Where the software keeps its keys at an address, they are those and no others."""
    if client.jwks_uri:
        return client_keysets.key_at(client.jwks_uri, kid)
    return client.keys.get(kid=kid).jwk


def _client(client_id: object) -> MachineClient | None:
    if not isinstance(client_id, str) or not CLIENT_ID.fullmatch(client_id):
        return None
    known = MachineClient.objects.select_related("unit").filter(pk=client_id, revoked_at=None)
    return known.first()


def _is_name(kid: object) -> bool:
    return isinstance(kid, str) and len(kid) <= _LONGEST_ID and kid.isprintable()


def _check_claims(claims: dict[str, Any], audience: str) -> None:
    now = time.time()
    if claims.get("aud") not in (audience, [audience]):
        raise OAuthError("invalid_client", f"aud must be {audience}")
    expires = claims.get("exp", 0)
    if not _is_moment(expires) or expires <= now:
        raise OAuthError("invalid_client", "exp is missing or past")
    if expires > now + LONGEST_PROOF_SECONDS + CLOCK_SECONDS:
        raise OAuthError("invalid_client", f"exp is more than {LONGEST_PROOF_SECONDS} seconds ahead")
    for name in ("iat", "nbf"):
        if name in claims and not (_is_moment(claims[name]) and claims[name] <= now + CLOCK_SECONDS):
            raise OAuthError("invalid_client", f"{name} is not a moment past")
    if not isinstance(claims.get("jti"), str) or not 0 < len(claims["jti"]) <= _LONGEST_ID:
        raise OAuthError("invalid_client", "jti is missing or too long")


def _is_moment(value: object) -> bool:
    """A number of seconds since 1970 (NaN and truth values are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**40


def _use_up(client: MachineClient, claims: dict[str, Any]) -> None:
    """Of several who show the same proof at once, one is let through."""
    number = f"{client.client_id}\n{claims['jti']}".encode("utf-8", "surrogatepass")
    ends = datetime.fromtimestamp(claims["exp"] + CLOCK_SECONDS, UTC)
    with connection.cursor() as cursor:
        cursor.execute(_USE, [hashlib.sha256(number).digest(), ends])
        if not cursor.rowcount:
            raise OAuthError("invalid_client", "this assertion was used: each needs a jti of its own")


# Waits for one who is using the same proof at this moment.
_USE = "INSERT INTO used_assertion (proof_sha256, expires_at) VALUES (%s, %s) ON CONFLICT DO NOTHING"


def _granted(client: MachineClient, scope: str | None) -> tuple[str, ...]:
    """What is asked for, or all the client may have when it asks for nothing (RFC 6749, 3.3)."""
    asked: Sequence[str] = client.scopes if scope is None else scope.split()
    if not asked or not set(asked) <= set(client.scopes):
        raise OAuthError("invalid_scope", f"this client may ask for: {' '.join(client.scopes)}")
    return tuple(sorted(set(asked)))


def _not_proven() -> OAuthError:
    return OAuthError(
        "invalid_client",
        "the assertion is not a JWT signed (RS384, ES384) by a registered key of its iss and sub",
    )
