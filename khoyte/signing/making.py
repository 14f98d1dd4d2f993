"""Signing a file of records: an enveloped XML signature in its place, over the whole file.

The digest is made through the same windows as the check, so a file of 1 GB is signed within a few megabytes.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from khoyte.foundation.byte_sources import ByteSource
from khoyte.foundation.errors import UnreadableInput
from khoyte.foundation.language import Text
from khoyte.signing.algorithms import DSIG, ECDSA_SHA256, ENVELOPED, INCLUSIVE, RSA_SHA256, SHA256
from khoyte.signing.canonical import Method, NotReadable, TooLarge, Windows, canonical
from khoyte.signing.faults import Fault
from khoyte.signing.signers import Signer, check_may_sign
from khoyte.signing.xmldsig import Layout, at

XADES = "http://uri.etsi.org/01903/v1.3.2#"
_PROPERTIES = "SignedProperties-1"
_TYPE = "http://uri.etsi.org/01903#SignedProperties"
_METHOD = Method(exclusive=False)


class CannotSign(UnreadableInput):
    """The file cannot be signed as it stands."""

    code = "cannot-sign"


def sign_file(
    source: ByteSource,
    places: Sequence[tuple[int, int]],
    layout: Layout,
    signature_at: tuple[int, int],
    signer: Signer,
    *,
    at_time: datetime,
) -> Iterator[bytes]:
    """The bytes of the signed file, piece by piece. `signature_at` is the place (offset, length) of the whole
    element of the signature, which must be empty. Raises CannotSign.
    """
    check_may_sign(signer)
    offset, length = signature_at
    name = layout.signature[-1].encode()

    def with_content(content: bytes) -> tuple[Spliced, Windows]:
        element = b"<" + name + b">" + content + b"</" + name + b">"
        moved = len(element) - length
        shifted = [(place + moved if place > offset else place, size) for place, size in places]
        spliced = Spliced(source, offset, length, element)
        return spliced, Windows(spliced, shifted)

    try:
        # What is signed is the file as it will be, its signature taken out again.
        _, windows = with_content(b"")
        at(windows.frame(), layout.signature)
        [digest] = windows.digests([(lambda root: root, _METHOD, "sha256")])
        draft = _Draft(signer, digest, _properties(signer, at_time))

        def placed() -> etree._Element:
            return at(with_content(draft.written())[1].frame(), layout.signature)[0]

        draft.properties_digest = hashlib.sha256(
            _canonical(placed(), f".//{{{XADES}}}SignedProperties")
        ).digest()
        signed = signer.sign(_canonical(placed(), f"{{{DSIG}}}SignedInfo"))
        draft.value = _as_xml(signer.certificate, signed)
        spliced, _ = with_content(draft.written())
    except (Fault, NotReadable, TooLarge) as error:
        raise CannotSign(_CANNOT) from error
    yield from spliced.chunks()


def _canonical(signature: etree._Element, path: str) -> bytes:
    [element] = signature.findall(path)
    return canonical(element, _METHOD)


class Spliced:
    """A source in which one stretch of bytes is replaced."""

    def __init__(self, source: ByteSource, offset: int, length: int, new: bytes) -> None:
        self._source, self._offset, self._length, self._new = source, offset, length, new

    @property
    def size(self) -> int:
        return self._source.size - self._length + len(self._new)

    def read_at(self, offset: int, length: int) -> bytes:
        before = (
            self._source.read_at(offset, min(length, self._offset - offset)) if offset < self._offset else b""
        )
        begin = max(offset - self._offset, 0)
        inside = self._new[begin : begin + length - len(before)] if len(before) < length else b""
        rest = length - len(before) - len(inside)
        if rest <= 0 or offset + len(before) + len(inside) < self._offset + len(self._new):
            return before + inside
        after = max(offset - self._offset - len(self._new), 0) + self._offset + self._length
        return before + inside + self._source.read_at(after, rest)

    def chunks(self, size: int = 1 << 20) -> Iterator[bytes]:
        for offset in range(0, self.size, size):
            yield self.read_at(offset, size)


def _properties(signer: Signer, moment: datetime) -> str:
    """XAdES: when the signer says to sign, and with which certificate."""
    digest = hashlib.sha256(signer.certificate.public_bytes(Encoding.DER)).digest()
    return (
        f'<Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#Signature-1">'
        f'<xades:SignedProperties Id="{_PROPERTIES}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{moment.replace(microsecond=0).isoformat()}</xades:SigningTime>"
        f'<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><DigestMethod Algorithm="{SHA256}">'
        f"</DigestMethod><DigestValue>{_base64(digest)}</DigestValue></xades:CertDigest></xades:Cert>"
        "</xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>"
        "</xades:QualifyingProperties></Object>"
    )


@dataclass
class _Draft:
    """A signature element while it is made; what is not known yet stands empty."""

    signer: Signer
    digest: bytes
    properties: str
    properties_digest: bytes = b""
    value: bytes = b""

    def written(self) -> bytes:
        certificates = "".join(
            f"<X509Certificate>{_base64(one.public_bytes(Encoding.DER))}</X509Certificate>"
            for one in (self.signer.certificate, *self.signer.others)
        )
        return (
            f'<Signature xmlns="{DSIG}" Id="Signature-1">{self._info()}'
            f"<SignatureValue>{_base64(self.value)}</SignatureValue>"
            f"<KeyInfo><X509Data>{certificates}</X509Data></KeyInfo>{self.properties}</Signature>"
        ).encode()

    def _info(self) -> str:
        is_ec = isinstance(self.signer.certificate.public_key(), ec.EllipticCurvePublicKey)
        return (
            f'<SignedInfo><CanonicalizationMethod Algorithm="{INCLUSIVE}"></CanonicalizationMethod>'
            f'<SignatureMethod Algorithm="{ECDSA_SHA256 if is_ec else RSA_SHA256}"></SignatureMethod>'
            f'<Reference URI=""><Transforms><Transform Algorithm="{ENVELOPED}"></Transform>'
            f'<Transform Algorithm="{INCLUSIVE}"></Transform></Transforms>'
            f'<DigestMethod Algorithm="{SHA256}"></DigestMethod>'
            f"<DigestValue>{_base64(self.digest)}</DigestValue></Reference>"
            f'<Reference URI="#{_PROPERTIES}" Type="{_TYPE}">'
            f'<DigestMethod Algorithm="{SHA256}"></DigestMethod>'
            f"<DigestValue>{_base64(self.properties_digest)}</DigestValue></Reference></SignedInfo>"
        )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _as_xml(certificate: x509.Certificate, value: bytes) -> bytes:
    """An ECDSA signature as XMLDSig writes it: r and s of the key's length, one after the other."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return value
    length = (key.curve.key_size + 7) // 8
    return b"".join(number.to_bytes(length) for number in decode_dss_signature(value))


_CANNOT = Text(
    "Không ký được tệp: tệp không có đúng một thẻ ký số hoặc quá lớn.",
    "The file cannot be signed: it has not exactly one element for the signature, or is too large.",
)
