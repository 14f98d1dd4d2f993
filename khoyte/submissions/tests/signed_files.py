"""Signed files made piece by piece, so that every piece can be made wrong. A second, whole-file way of
signing."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from khoyte.foundation.byte_sources import BytesSource
from khoyte.nonprod.twins.authority import Authority, Issued
from khoyte.signing.algorithms import DSIG, ENVELOPED, EXCLUSIVE, INCLUSIVE, RSA_SHA256, SHA256
from khoyte.signing.checking import Answer, Checker
from khoyte.signing.trust import TrustStore, load_trust
from khoyte.submissions.reader import index_file
from khoyte.submissions.signatures import Signatures
from khoyte.submissions.tests.reader import files

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
FACILITY = files.FACILITY
_HASHES = {"sha1": hashes.SHA1(), "md5": hashes.MD5(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512()}


@lru_cache(maxsize=1)
def authority() -> Authority:
    return Authority.make(now=NOW)


@lru_cache(maxsize=1)
def facility_certificate() -> Issued:
    return authority().organisation("Bệnh viện Giả lập 99001", bits=2048)


@lru_cache(maxsize=1)
def trust() -> TrustStore:
    folder = Path(mkdtemp())
    authority().write_trust(folder)
    return load_trust(folder)


class Everyone:
    """Bindings in which every certificate speaks for every facility."""

    def verdict(self, facility: str, certificate: x509.Certificate, moment: datetime) -> str:
        return "bound"


def check(data: bytes, *, checker: Checker | None = None, moment: datetime = NOW) -> Answer | None:
    """What the intake says of the signature of a file."""
    source = BytesSource(data)
    signatures = Signatures(checker or Checker(trust(), Everyone()))
    return signatures.check(source, index_file(source), FACILITY, moment)


def said(data: bytes, **options: object) -> str:
    """The answer in one word: "holds", or the first thing wrong."""
    answer = check(data, **options)  # type: ignore[arg-type]
    if answer is None:
        return "none"
    return next((part for part, _ in (*answer.problems, *answer.lacking)), answer.state)


@dataclass(frozen=True)
class Reference:
    """One reference; transforms as identifiers, the digest computed unless given."""

    uri: str | None = ""
    transforms: tuple[str, ...] = (ENVELOPED, INCLUSIVE)
    digest_uri: str = SHA256
    digest: str = "sha256"
    value: bytes | None = None
    inner: str = ""


@dataclass(frozen=True)
class Recipe:
    """How to sign; the hostile cases change one thing each."""

    references: tuple[Reference, ...] = (Reference(),)
    canonical: str = INCLUSIVE
    method: str = RSA_SHA256
    hash: str = "sha256"
    pss: bool = False
    signer: Issued = field(default_factory=facility_certificate)
    certificates: Sequence[x509.Certificate] | None = None
    key_info: Callable[[str], str] = lambda x509_data: f"<ds:KeyInfo>{x509_data}</ds:KeyInfo>"
    objects: str = ""
    in_info: str = ""
    around: Callable[[str], str] = lambda signature: signature
    value: Callable[[bytes], bytes] = lambda value: value
    prefix: str = "ds:"


def sign(data: bytes, recipe: Recipe | None = None, **changes: object) -> bytes:
    """Sign a file whose CHUKYDONVI is written `<CHUKYDONVI></CHUKYDONVI>`."""
    recipe = replace(recipe or Recipe(), **changes)  # type: ignore[arg-type]
    empty = b"<CHUKYDONVI></CHUKYDONVI>"
    assert data.count(empty) == 1

    def placed(signature: str) -> bytes:
        return data.replace(empty, f"<CHUKYDONVI>{recipe.around(signature)}</CHUKYDONVI>".encode())

    draft = placed(_signature(recipe, _info(recipe, [b""] * len(recipe.references)), b""))
    digests = [_digest(draft, one) for one in recipe.references]
    info = _info(recipe, digests)
    root = etree.fromstring(placed(_signature(recipe, info, b"")))
    element = next(root.iter(f"{{{DSIG}}}SignedInfo"))
    value = recipe.value(_value(recipe, _canonical(element, recipe.canonical)))
    return placed(_signature(recipe, info, value))


def _digest(draft: bytes, reference: Reference) -> bytes:
    if reference.value is not None:
        return reference.value
    root = etree.fromstring(draft)
    uri = reference.uri or ""
    found = root.xpath("//*[@Id=$id]", id=uri[1:]) if uri.startswith("#") else [root]
    target = found[0] if found else root
    if ENVELOPED in reference.transforms:
        signature = next(root.iter(f"{{{DSIG}}}Signature"))
        signature.getparent().remove(signature)
    method = next((one for one in reference.transforms if one != ENVELOPED), INCLUSIVE)
    return hashlib.new(reference.digest, _canonical(target, method), usedforsecurity=False).digest()


def _canonical(element: etree._Element, method: str) -> bytes:
    again = etree.fromstring(etree.tostring(element, with_tail=False))
    exclusive = method.startswith(EXCLUSIVE)
    return etree.tostring(
        again, method="c14n", exclusive=exclusive, with_comments=method.endswith("WithComments")
    )


def _value(recipe: Recipe, signed: bytes) -> bytes:
    key, how = recipe.signer.key, _HASHES[recipe.hash]
    if isinstance(key, rsa.RSAPrivateKey):
        pad = padding.PSS(padding.MGF1(how), how.digest_size) if recipe.pss else padding.PKCS1v15()
        return key.sign(signed, pad, how)
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(how)))
    return r.to_bytes(32) + s.to_bytes(32)


def _info(recipe: Recipe, digests: Sequence[bytes]) -> str:
    references = "".join(
        _reference(one, digest) for one, digest in zip(recipe.references, digests, strict=True)
    )
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{recipe.canonical}"/>'
        f'<ds:SignatureMethod Algorithm="{recipe.method}">{recipe.in_info}</ds:SignatureMethod>'
        f"{references}</ds:SignedInfo>"
    )


def _reference(one: Reference, digest: bytes) -> str:
    uri = "" if one.uri is None else f' URI="{one.uri}"'
    steps = "".join(f'<ds:Transform Algorithm="{name}">{one.inner}</ds:Transform>' for name in one.transforms)
    return (
        f"<ds:Reference{uri}>{f'<ds:Transforms>{steps}</ds:Transforms>' if steps else ''}"
        f'<ds:DigestMethod Algorithm="{one.digest_uri}"/>'
        f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference>"
    )


def _signature(recipe: Recipe, info: str, value: bytes) -> str:
    own = [recipe.signer.certificate, recipe.signer.above[0]]
    written = "".join(
        f"<ds:X509Certificate>{base64.b64encode(one.public_bytes(Encoding.DER)).decode()}</ds:X509Certificate>"
        for one in (own if recipe.certificates is None else recipe.certificates)
    )
    whole = (
        f'<ds:Signature xmlns:ds="{DSIG}">{info}'
        f"<ds:SignatureValue>{base64.b64encode(value).decode()}</ds:SignatureValue>"
        f"{recipe.key_info(f'<ds:X509Data>{written}</ds:X509Data>')}{recipe.objects}</ds:Signature>"
    )
    if recipe.prefix == "ds:":
        return whole
    return whole.replace("<ds:", "<").replace("</ds:", "</").replace("xmlns:ds=", "xmlns=")


def claims(count: int = 3, **options: object) -> bytes:
    return files.visits_file(count, signature="<CHUKYDONVI></CHUKYDONVI>", **options)


def with_ids(data: bytes) -> bytes:
    """The same file with Ids on what the portal's guide says is signed."""
    data = data.replace(b"<THONGTINDONVI>", b'<THONGTINDONVI Id="unit">')
    return data.replace(b"<THONGTINHOSO>", b'<THONGTINHOSO Id="records">')
