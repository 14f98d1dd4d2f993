"""Public keys of software: read from JWK, JWKS or PEM, and only those that SMART backend services use.

RSA of 2048 bits or more signs by RS384, the curve P-384 by ES384 (SMART App Launch 2.2, asymmetric client
authentication). A file with a private key is refused: whoever hands it over has given it away.
"""

import json
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from khoyte.foundation.language import Text
from khoyte.units.errors import WrongKey

Key = RSAKey | ECKey
ALGORITHMS = {"RSA": "RS384", "EC": "ES384"}
LONGEST_FILE = 64 * 1024
MOST_KEYS = 20
_LEAST_RSA_BITS, _MOST_RSA_BITS = 2048, 8192
_PUBLIC = ("kty", "n", "e", "crv", "x", "y")
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}

_UNREADABLE = Text(
    vi="Tệp không chứa khóa công khai đọc được (JWK, JWKS hoặc PEM).",
    en="The file holds no public key that can be read (JWK, JWKS or PEM).",
)
_IS_PRIVATE = Text(
    vi="Tệp chứa khóa bí mật. Chỉ gửi khóa công khai; khóa bí mật này coi như đã lộ, cần tạo khóa mới.",
    en="The file holds a private key. Hand over the public one only; make a new pair.",
)
_WEAK = Text(
    vi="Khóa phải là RSA từ 2048 bit (ký RS384) hoặc đường cong P-384 (ký ES384).",
    en="A key is RSA of 2048 bits or more (RS384) or on the curve P-384 (ES384).",
)


def read(file: bytes) -> list[dict[str, Any]]:
    """The public keys of a file as JWKs, each with its `kid` (else its thumbprint, RFC 7638).

    Raises WrongKey.
    """
    if len(file) > LONGEST_FILE:
        raise WrongKey(_UNREADABLE)
    try:
        found = _from_pem(file) if file.lstrip().startswith(b"-----") else _from_json(json.loads(file))
        keys = [_checked(jwk) for jwk in found]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise WrongKey(_UNREADABLE) from None
    if not 0 < len(keys) <= MOST_KEYS or len({key["kid"] for key in keys}) != len(keys):
        raise WrongKey(_UNREADABLE)
    return keys


def imported(jwk: dict[str, Any]) -> Key:
    """A key as it checks signatures. Raises JoseError for what is none."""
    return RSAKey.import_key(jwk) if jwk.get("kty") == "RSA" else ECKey.import_key(jwk)


def _from_json(written: Any) -> list[dict[str, Any]]:
    keys = list(written.get("keys", [written]))
    if not all(isinstance(key, dict) for key in keys):
        raise ValueError("a key is an object")
    return keys


def _from_pem(file: bytes) -> list[dict[str, Any]]:
    if b"PRIVATE" in file:
        raise WrongKey(_IS_PRIVATE)
    try:
        return [dict(RSAKey.import_key(file).as_dict(private=False))]
    except (JoseError, ValueError, TypeError, AttributeError):
        return [dict(ECKey.import_key(file).as_dict(private=False))]


def _checked(jwk: dict[str, Any]) -> dict[str, Any]:
    if _PRIVATE & set(jwk):
        raise WrongKey(_IS_PRIVATE)
    if jwk.get("kty") not in ALGORITHMS:
        raise WrongKey(_WEAK)
    key = imported(jwk)
    algorithm = ALGORITHMS[jwk["kty"]]
    if not _is_strong(key) or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        raise WrongKey(_WEAK)
    kid = jwk.get("kid") or key.thumbprint()
    if not isinstance(kid, str) or not kid.isprintable() or len(kid) > 200:
        raise ValueError("kid")
    public: dict[str, Any] = {name: jwk[name] for name in _PUBLIC if name in jwk}
    return {**public, "kid": kid, "alg": algorithm, "use": "sig"}


def _is_strong(key: Key) -> bool:
    if isinstance(key, RSAKey):
        return _LEAST_RSA_BITS <= key.public_key.key_size <= _MOST_RSA_BITS
    return key.curve_name == "P-384"
