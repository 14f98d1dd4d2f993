"""The keys that sign, behind one interface: what is to be signed goes in, a signature value comes out.

A key in a file is for development and for servers that guard their disk; organisations and persons sign with
a USB token (`tokens`) or with the remote service of a certification authority (`remote`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.signing.certificates import certificates_in
from khoyte.signing.trust import may_sign


class Signer(Protocol):
    """One key with its certificate. Signatures are SHA-256: RSA as PKCS#1 v1.5, EC as DER."""

    @property
    def certificate(self) -> x509.Certificate: ...

    @property
    def others(self) -> Sequence[x509.Certificate]:
        """Certificates of the authorities above, the root left out."""

    def sign(self, data: bytes) -> bytes:
        """The signature value over `data`. Raises KhoyteError where the key cannot be reached."""


class WrongKey(KhoyteError):
    """A key that cannot be opened or does not belong to a certificate that may sign."""

    code = "signing-key"


class FileSigner:
    """A key in a PKCS#12 file, or in a PEM file together with its certificates."""

    def __init__(
        self, key: object, certificate: x509.Certificate, others: Sequence[x509.Certificate] = ()
    ) -> None:
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise WrongKey(_NO_KEY)
        if key.public_key() != certificate.public_key():
            raise WrongKey(_OTHER_KEY)
        self._key = key
        self.certificate, self.others = certificate, tuple(others)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def open_key(path: Path, password: str = "") -> FileSigner:
    """The signer of a key file (.p12, .pfx or PEM). Raises WrongKey, UnreadableInput."""
    data = path.read_bytes()
    secret = password.encode() or None
    try:
        if b"-----BEGIN" not in data:
            key, certificate, others = pkcs12.load_key_and_certificates(data, secret)
        else:
            key = serialization.load_pem_private_key(data, secret)
            found = certificates_in(data, path.name)
            certificate, others = found[0], found[1:]
    except (ValueError, TypeError) as error:
        raise WrongKey(_CLOSED.fill(name=path.name)) from error
    if certificate is None:
        raise WrongKey(_NO_KEY)
    return FileSigner(key, certificate, [one for one in others if one.issuer != one.subject])


def check_may_sign(signer: Signer) -> None:
    """Raises WrongKey for a certificate whose stated uses do not include signing."""
    if not may_sign(signer.certificate):
        raise WrongKey(_NOT_FOR_SIGNING)


_NO_KEY = Text(
    "Tệp khóa không có khóa ký RSA hoặc EC cùng chứng thư.",
    "The file has no RSA or EC key with a certificate.",
)
_OTHER_KEY = Text(
    "Khóa ký không phải của chứng thư trong tệp.", "The key does not belong to the certificate in the file."
)
_CLOSED = Text(
    "Không mở được tệp khóa {name}: sai mật khẩu hoặc tệp hỏng.",
    "The key file {name} does not open: wrong password, or damaged.",
)
_NOT_FOR_SIGNING = Text(
    "Chứng thư không dùng để ký số (mục đích sử dụng khóa không gồm ký số).",
    "The certificate is not for signing (its key usage says otherwise).",
)
