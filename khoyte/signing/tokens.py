"""USB tokens and other PKCS#11 devices: the key never leaves them.

Needs the package `python-pkcs11` (optional) and the module (.so, .dll) that comes with the token.
"""

from collections.abc import Sequence
from typing import Any

from cryptography import x509

from khoyte.foundation.errors import ServiceAbsent
from khoyte.foundation.language import Text
from khoyte.signing.signers import WrongKey


class TokenAbsent(ServiceAbsent):
    """No token, no driver, or a PIN it does not take."""

    code = "signing-token"


class TokenSigner:
    """A key in a token; one session, closed by `close`."""

    def __init__(self, session: Any, key: Any, certificate: x509.Certificate) -> None:
        self._session, self._key = session, key
        self.certificate = certificate
        self.others: Sequence[x509.Certificate] = ()

    def sign(self, data: bytes) -> bytes:
        import pkcs11
        from pkcs11.util.ec import encode_ecdsa_signature

        if self._key.key_type == pkcs11.KeyType.EC:
            # Not every token hashes for an EC key; what it is given is the digest.
            import hashlib

            value = self._key.sign(hashlib.sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA)
            return bytes(encode_ecdsa_signature(value))
        return bytes(self._key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))

    def close(self) -> None:
        self._session.close()


def open_token(module: str, label: str, pin: str) -> TokenSigner:
    """The first key with a certificate in the token named `label` (in the only one where empty).

    Raises TokenAbsent, WrongKey.
    """
    try:
        import pkcs11
    except ImportError as error:
        raise TokenAbsent(_NO_PACKAGE) from error
    try:
        library = pkcs11.lib(module)
        token = library.get_token(token_label=label) if label else next(iter(library.get_tokens()))
        session = token.open(user_pin=pin or None)
    except (pkcs11.exceptions.PKCS11Error, RuntimeError, OSError, StopIteration) as error:
        raise TokenAbsent(_NO_TOKEN) from error
    return _signer_in(session)


def _signer_in(session: Any) -> TokenSigner:
    from pkcs11 import Attribute, ObjectClass

    # A search must end before the next begins or the key is used.
    for stored in list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})):
        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: stored[Attribute.ID]}
        for key in list(session.get_objects(wanted)):
            return TokenSigner(session, key, x509.load_der_x509_certificate(stored[Attribute.VALUE]))
    session.close()
    raise WrongKey(
        Text("Thiết bị ký số không có khóa ký kèm chứng thư.", "The token holds no key with a certificate.")
    )


_NO_PACKAGE = Text(
    "Chưa cài gói để dùng thiết bị ký số (USB): chạy `pip install python-pkcs11`.",
    "The package python-pkcs11 is needed for USB tokens (pip install python-pkcs11).",
)
_NO_TOKEN = Text(
    "Không mở được thiết bị ký số (USB): kiểm tra thiết bị đã cắm, thư viện của thiết bị và mã PIN.",
    "The token does not open: see that it is plugged in, its module and the PIN.",
)
