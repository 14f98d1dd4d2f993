"""OpenID Connect as relying party: authorization code with PKCE (RFC 7636), and what makes an answer true.

An answer counts when it belongs to a way begun in this browser (state, used once), comes from the issuer
asked (RFC 9207 where it says so), and its ID token is signed by the issuer's key, made for us and for this
way (aud, azp, nonce), in time, and fits the access token beside it (at_hash). Signatures by joserfc.
"""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.units import openid_calls
from khoyte.units.openid_calls import ProviderAway
from khoyte.units.openid_providers import Provider, is_safe

WAY_SECONDS = 600
CLOCK_SECONDS = 30
# Hash of at_hash by signature (OpenID Connect Core, 3.1.3.6); what is not here is not taken.
_HASHES = {
    "RS256": "sha256",
    "PS256": "sha256",
    "ES256": "sha256",
    "RS384": "sha384",
    "PS384": "sha384",
    "ES384": "sha384",
    "RS512": "sha512",
    "PS512": "sha512",
}
_LONGEST_SUBJECT = 255


class NotProven(KhoyteError):
    """The provider's answer does not prove who is there; `why` is a word for the log."""

    code = "not-proven"
    status = 403
    why: str

    def __init__(self, provider: Provider, why: str) -> None:
        super().__init__(
            Text(
                vi="Kết quả xác thực của {label} không hợp lệ. Đăng nhập lại từ đầu.",
                en="The answer of {label} proves nothing. Sign in again from the beginning.",
            ).fill(label=provider.label),
            why=why,
        )


@dataclass(frozen=True)
class Way:
    """One way to a provider and back, kept in the browser's session meanwhile."""

    provider: str
    state: str
    nonce: str
    verifier: str
    begun_at: float
    next: str


@dataclass(frozen=True)
class Proven:
    """Who the provider says is there; `level` is its assurance level (acr), empty when it says none."""

    subject: str
    level: str


def begin(provider: Provider, *, come_back: str, next: str) -> tuple[Way, str]:
    """A new way, and the provider's address that the browser is sent to. Raises ProviderAway."""
    endpoint = _configuration(provider)["authorization_endpoint"]
    way = Way(
        provider=provider.name,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        begun_at=time.time(),
        next=next,
    )
    challenge = _unpadded(hashlib.sha256(way.verifier.encode()).digest())
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": come_back,
        "scope": provider.scope,
        "state": way.state,
        "nonce": way.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **({"acr_values": " ".join(provider.levels)} if provider.levels else {}),
    }
    return way, f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def finish(provider: Provider, way: Way, answer: dict[str, str], *, come_back: str) -> Proven:
    """Who came back by `way` with the provider's `answer`. Raises NotProven or ProviderAway."""
    if way.provider != provider.name or time.time() - way.begun_at > WAY_SECONDS:
        raise NotProven(provider, "another way or too late")
    if not hmac.compare_digest(answer.get("state", "").encode(), way.state.encode()):
        raise NotProven(provider, "state")
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise NotProven(provider, "issuer of the answer")
    if "code" not in answer:
        raise NotProven(provider, "no code")
    given = _exchange(provider, way, answer["code"], come_back)
    return _proven(provider, way, given)


def _exchange(provider: Provider, way: Way, code: str, come_back: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": come_back,
        "client_id": provider.client_id,
        "code_verifier": way.verifier,
    }
    secret = provider.secret()
    login = (provider.client_id, secret) if secret else None
    return openid_calls.post_form(provider, _configuration(provider)["token_endpoint"], form, login)


def _proven(provider: Provider, way: Way, given: dict[str, Any]) -> Proven:
    token, access = given.get("id_token"), given.get("access_token")
    if not isinstance(token, str) or not isinstance(access, str):
        raise NotProven(provider, "no token")
    try:
        algorithm, claims = _verified(provider, token)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NotProven(provider, "signature") from None
    why = _fault(provider, way, claims) or _fault_of_hash(algorithm, claims, access)
    if why:
        raise NotProven(provider, why)
    level = claims.get("acr", "")
    return Proven(claims["sub"], level if isinstance(level, str) else "")


def _verified(provider: Provider, token: str) -> tuple[str, dict[str, Any]]:
    """Algorithm and claims of a token that a key of the issuer signed."""
    header = jws.extract_compact(token.encode("ascii")).headers()
    algorithm, kid = header["alg"], header.get("kid")
    if algorithm not in _HASHES:
        raise ValueError("algorithm")
    key = _key(provider, kid)
    return algorithm, jwt.decode(token, key, algorithms=[algorithm]).claims


def _key(provider: Provider, kid: object) -> RSAKey | ECKey:
    """The issuer's signing key; a key id not known yet may be new: the issuer is asked once more."""
    address = _configuration(provider)["jwks_uri"]
    for fresh in (False, True):
        document = openid_calls.get(provider, address, fresh=fresh)
        signing = [key for key in document["keys"] if key.get("use", "sig") == "sig"]
        found = [key for key in signing if key.get("kid") == kid] if kid is not None else signing
        if len(found) == 1:
            (key,) = KeySet.import_key_set({"keys": found}).keys
            if isinstance(key, RSAKey | ECKey):
                return key
    raise KeyError("key")


def _fault(provider: Provider, way: Way, claims: dict[str, Any]) -> str:
    """What in the claims is not as it must be (OpenID Connect Core, 3.1.3.7); empty when all is."""
    now, audience = time.time(), claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    nonce, subject = claims.get("nonce"), claims.get("sub")
    checks = {
        "issuer": claims.get("iss") == provider.issuer,
        "audience": provider.client_id in audiences,
        "authorised party": claims.get("azp", provider.client_id) == provider.client_id
        and (len(audiences) == 1 or "azp" in claims),
        "expired": _is_number(claims.get("exp")) and claims["exp"] > now - CLOCK_SECONDS,
        "issued": _is_number(claims.get("iat")) and claims["iat"] < now + CLOCK_SECONDS,
        "nonce": isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), way.nonce.encode()),
        "subject": isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT,
    }
    return next((name for name, holds in checks.items() if not holds), "")


def _fault_of_hash(algorithm: str, claims: dict[str, Any], access: str) -> str:
    if "at_hash" not in claims:
        return ""
    digest = hashlib.new(_HASHES[algorithm], access.encode()).digest()
    return "" if claims["at_hash"] == _unpadded(digest[: len(digest) // 2]) else "at_hash"


def _configuration(provider: Provider) -> dict[str, Any]:
    """What the issuer says of itself; it must be the issuer, and its addresses safe. Raises ProviderAway."""
    address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    document = openid_calls.get(provider, address)
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if document.get("issuer") != provider.issuer or not all(is_safe(document.get(name)) for name in wanted):
        raise ProviderAway(provider, "its configuration is not that of the issuer")
    return document


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
