"""The signed text of a licence's QR code: made, and read without network or database.

The code holds an address and, behind its "#", a JSON Web Signature (RFC 7515, Ed25519 of RFC 9864):
`https://…/xac-minh/{code}#{signature}`. A telephone opens the address and sees the state as of now; no
browser sends what stands behind "#", so names never reach a log. A program that holds the public keys reads
the signature offline and knows that this register issued these words, not what happened since.
The words are what the register makes public: never the personal number.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text

ALGORITHM = "Ed25519"
LONGEST = 4_000


class NotGenuine(KhoyteError):
    """The text is not of a QR code that a key given here has signed; `why` is a word for programs."""

    code = "not-genuine"
    exit_status = 1
    why: str

    def __init__(self, why: str) -> None:
        super().__init__(_NOT_GENUINE, remedy=_REMEDY, why=why)


@dataclass(frozen=True)
class Licence:
    """What a QR code says of a licence, and of which day."""

    code: str
    name: str
    title: str
    number: str
    issuer: str
    issued: date | None
    valid_to: date | None
    signed_on: date
    key: str = ""


def sign(licence: Licence, key: OKPKey, kid: str) -> str:
    words = {
        "sub": licence.code,
        "n": licence.name,
        "t": licence.title,
        "g": licence.number,
        "o": licence.issuer,
        "d": _written(licence.issued),
        "x": _written(licence.valid_to),
        "s": _written(licence.signed_on),
    }
    filled = {name: word for name, word in words.items() if word}
    body = json.dumps(filled, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact({"alg": ALGORITHM, "kid": kid}, body, key, algorithms=[ALGORITHM])


def text_of(origin: str, code: str, signature: str) -> str:
    """What the QR code holds."""
    return f"{origin}/xac-minh/{code}#{signature}"


def read(text: str, keys: Mapping[str, Any]) -> Licence:
    """What a QR code says, when one of `keys` (a JWK set as published) signed it. Raises NotGenuine.

    `text` is what the code holds, or the signature alone. Asks nobody: no network, no database.
    """
    if len(text) > LONGEST:
        raise NotGenuine("too long")
    address, _, signature = text.strip().rpartition("#")
    try:
        kid = jws.extract_compact(signature.encode("ascii")).headers().get("kid")
        key = _key(keys, kid)
        found = jws.deserialize_compact(signature, key, algorithms=[ALGORITHM])
        words = json.loads(found.payload or b"")
        licence = Licence(
            code=words["sub"],
            name=words["n"],
            title=words.get("t", ""),
            number=words["g"],
            issuer=words.get("o", ""),
            issued=_day(words.get("d")),
            valid_to=_day(words.get("x")),
            signed_on=date.fromisoformat(words["s"]),
            key=str(kid),
        )
    except NotGenuine:
        raise
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NotGenuine("signature") from None
    # An address of another licence before a genuine signature would show another state.
    if address and not address.endswith(f"/xac-minh/{licence.code}"):
        raise NotGenuine("address")
    return licence


def _key(keys: Mapping[str, Any], kid: object) -> OKPKey:
    found = [key for key in keys["keys"] if kid is not None and key.get("kid") == kid]
    if len(found) != 1:
        raise NotGenuine("key")
    (key,) = KeySet.import_key_set({"keys": found}).keys
    if not isinstance(key, OKPKey):
        raise NotGenuine("key")
    return key


def key_set(keys: Iterable[tuple[str, bytes]]) -> dict[str, list[dict[str, str]]]:
    """(name, raw public key of 32 bytes) as the document that is published."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM, "kid": kid, "x": _unpadded(raw)}
            for kid, raw in keys
        ]
    }


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _written(day: date | None) -> str:
    return day.isoformat().replace("-", "") if day else ""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_NOT_GENUINE = Text(
    vi="Mã QR không hợp lệ: nội dung không do khóa công khai đã cung cấp ký, hoặc đã bị sửa.",
    en="The QR code is not valid: none of the given public keys signed these words, or they were changed.",
)
_REMEDY = Text(
    vi="Tải lại khóa công khai tại /.well-known/khoyte-qr-keys.json của hệ thống đã cấp mã rồi kiểm tra lại.",
    en="Fetch the public keys again from /.well-known/khoyte-qr-keys.json of the system that issued it.",
)
