"""Remote signing: the key lies with a certification authority and is used through the CSC API v2.

Cloud Signature Consortium, API 2.0: `credentials/info` gives the certificates, `signatures/signHash` signs a
digest. How a holder agrees (an app on the phone, a one-time password) differs by authority: the access token
and the SAD of `credentials/authorize` with a PIN are what this client knows; other ways need an adapter of
their own.
"""

import base64
import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from khoyte.foundation.errors import ServiceAbsent, WrongUsage
from khoyte.foundation.language import Text
from khoyte.signing.certificates import certificates_in
from khoyte.signing.signers import WrongKey

SECONDS = 60
ANSWER_BYTES = 1 << 20
_SHA256 = "2.16.840.1.101.3.4.2.1"
_RSA_SHA256, _ECDSA_SHA256 = "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"


class RemoteAbsent(ServiceAbsent):
    """The signing service does not answer, or refuses."""

    code = "signing-service"


class _NotFollowed(urllib.request.HTTPRedirectHandler):
    """A service that sends elsewhere is refused: the access token and the PIN are for it alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NotFollowed)


class RemoteSigner:
    """One credential of a remote service. `secret` is "access token" or "access token:PIN"."""

    def __init__(self, address: str, credential: str, secret: str) -> None:
        self._address, self._credential = address.rstrip("/"), credential
        self._bearer, _, self._pin = secret.partition(":")
        info = self._ask("credentials/info", {"credentialID": credential, "certificates": "chain"})
        found = [one for text in _chain(info) for one in certificates_in(base64.b64decode(text), "CSC")]
        if not found:
            raise WrongKey(_NO_CERTIFICATE)
        self.certificate = found[0]
        self.others = tuple(one for one in found[1:] if one.issuer != one.subject)
        self._is_rsa = isinstance(self.certificate.public_key(), rsa.RSAPublicKey)

    def sign(self, data: bytes) -> bytes:
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        asked = {"credentialID": self._credential, "hashes": [digest], "hashAlgorithmOID": _SHA256}
        agreed = self._ask("credentials/authorize", {**asked, "numSignatures": 1, **self._agreement()})
        sign = {
            **asked,
            "SAD": agreed.get("SAD", ""),
            "signAlgo": _RSA_SHA256 if self._is_rsa else _ECDSA_SHA256,
        }
        answer = self._ask("signatures/signHash", sign)
        try:
            [value] = answer["signatures"]
            return base64.b64decode(value, validate=True)
        except (KeyError, ValueError, TypeError) as error:
            raise RemoteAbsent(_ODD) from error

    def _agreement(self) -> dict[str, Any]:
        return {"authData": [{"id": "PIN", "value": self._pin}]} if self._pin else {}

    def _ask(self, act: str, body: Mapping[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - open_remote lets http and https in alone
            f"{self._address}/{act}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._bearer}"},
        )
        try:
            with _OPENER.open(request, timeout=SECONDS) as answer:
                found = json.loads(answer.read(ANSWER_BYTES))
        except urllib.error.HTTPError as error:
            raise RemoteAbsent(_REFUSED.fill(status=error.code)) from error
        except (OSError, ValueError) as error:
            raise RemoteAbsent(_DOWN) from error
        if not isinstance(found, dict):
            raise RemoteAbsent(_ODD)
        return found


def _chain(info: Mapping[str, Any]) -> list[str]:
    certificates = (info.get("cert") or {}).get("certificates") or []
    return [text for text in certificates if isinstance(text, str)]


def open_remote(address: str, credential: str, secret: str) -> RemoteSigner:
    """The signer behind a remote service; https, or http on this machine. Raises WrongUsage, RemoteAbsent."""
    parts = urlsplit(address)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not (parts.scheme == "https" or (parts.scheme == "http" and local)) or not credential:
        raise WrongUsage(_ADDRESS)
    return RemoteSigner(address, credential, secret)


_ADDRESS = Text(
    "Nêu địa chỉ https của dịch vụ ký từ xa và mã chứng thư (--credential).",
    "Give the https address of the service and the credential (--credential).",
)
_NO_CERTIFICATE = Text(
    "Dịch vụ ký từ xa không trả về chứng thư của mã này.", "The service gives no certificate for it."
)
_REFUSED = Text(
    "Dịch vụ ký từ xa từ chối (mã {status}); chưa ký.",
    "The signing service refused ({status}); nothing signed.",
)
_DOWN = Text(
    "Dịch vụ ký từ xa không trả lời; chưa ký.", "The signing service does not answer; nothing signed."
)
_ODD = Text(
    "Dịch vụ ký từ xa trả lời không đúng chuẩn CSC; chưa ký.",
    "The signing service did not answer by the CSC standard; nothing signed.",
)
