"""XML signatures (XMLDSig) on files of records: whole, strong, over what was read, and true.

Only what records need is understood; everything else is refused by name: transforms other than the enveloped
signature and two canonical forms, references out of the file, keys kept elsewhere, algorithms not in the
table.

Against wrapping (a signed element moved aside, another one read): a reference is resolved in the very bytes
the reader has indexed, an Id that stands twice is refused, and each element the reader reads from must lie
inside a signed one, by identity in the tree and not by name.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from khoyte.signing import faults
from khoyte.signing.algorithms import (
    DSIG,
    ENVELOPED,
    EXCLUSIVE,
    LEAST_EC_BITS,
    LEAST_RSA_BITS,
    RSA_PSS,
    WITH_COMMENTS,
    Algorithm,
    accepted,
    spoken,
)
from khoyte.signing.canonical import Find, Method, Windows, canonical, inherits_xml_attributes
from khoyte.signing.faults import Fault

MOST_REFERENCES = 4
MOST_CERTIFICATES = 8
CERTIFICATE_BYTES = 32 << 10
_ID_NAMES = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")
_DS = f"{{{DSIG}}}"


@dataclass(frozen=True)
class Layout:
    """Where things stand in a kind of file, as local names below the root.

    `records` is the element around the records, `signed` are those a signature must cover, `signature` the
    place of the signature.
    """

    records: tuple[str, ...]
    signed: tuple[tuple[str, ...], ...]
    signature: tuple[str, ...]


@dataclass(frozen=True)
class Signed:
    """A signature that holds over the content; nothing is said yet about the certificate.

    `certificate` is the signer's, `others` those that came with it. `claimed_at` is the time the signer says.
    """

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    claimed_at: datetime | None
    method: str


@dataclass(frozen=True)
class _Reference:
    uri: str
    method: Method
    enveloped: bool
    digest: Algorithm
    expected: bytes


def verify(windows: Windows, layout: Layout, day: date) -> Signed:
    """Check the signature of a file as of `day`. Raises Fault, TooLarge, NotReadable."""
    root = windows.frame()
    signature = signature_in(root, layout)
    info, value, key_info = _parts_of(signature)
    certificates = _certificates(key_info)
    signer = _signer(certificates)
    method = _check_value(info, value, signer, day)
    others = tuple(one for one in certificates if one is not signer)
    try:
        references = _references(info, day)
        _check_coverage(windows, root, layout, signature, references)
        _check_digests(windows, root, layout, references)
    except Fault as fault:
        fault.signed = Signed(signer, others, None, method)
        raise
    return Signed(signer, others, _claimed_at(signature, references), method)


# --- where things stand ---


def local(element: etree._Element) -> str:
    """The name without namespace; "" for comments and instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _only_child(element: etree._Element, name: str) -> etree._Element:
    found = [child for child in element if local(child) == name]
    if len(found) != 1:
        raise Fault(faults.AMBIGUOUS, element=name)
    return found[0]


def at(root: etree._Element, path: Sequence[str]) -> etree._Element:
    """The element at a path of local names, each the only one of its name beside its siblings."""
    for name in path:
        root = _only_child(root, name)
    return root


def signature_in(root: etree._Element, layout: Layout) -> etree._Element:
    """The one signature of a file, in its place."""
    place = at(root, layout.signature)
    children = [child for child in place if isinstance(child.tag, str)]
    if len(list(root.iter(f"{_DS}Signature"))) > 1 or len(children) > 1:
        raise Fault(faults.SEVERAL)
    if not children or children[0].tag != f"{_DS}Signature":
        raise Fault(faults.UNREADABLE, what="Signature")
    return children[0]


def _elements(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str)]


def _named(element: etree._Element, name: str) -> etree._Element:
    found = element.findall(f"{_DS}{name}")
    if len(found) != 1:
        raise Fault(faults.UNREADABLE, what=name)
    return found[0]


def _only(element: etree._Element, *names: str) -> None:
    """Nothing but these children of the signature's namespace stands in an element."""
    for child in _elements(element):
        if child.tag not in {f"{_DS}{name}" for name in names}:
            raise Fault(faults.UNREADABLE, what=local(child)[:40])


def _base64(element: etree._Element) -> bytes:
    text = "".join((element.text or "").split())
    if len(element) or not text:
        raise Fault(faults.UNREADABLE, what=local(element))
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Fault(faults.UNREADABLE, what=local(element)) from None


def _parts_of(signature: etree._Element) -> tuple[etree._Element, bytes, etree._Element]:
    _only(signature, "SignedInfo", "SignatureValue", "KeyInfo", "Object")
    if not signature.findall(f"{_DS}KeyInfo"):
        raise Fault(faults.NO_CERTIFICATE)
    info = _named(signature, "SignedInfo")
    _only(info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    return info, _base64(_named(signature, "SignatureValue")), _named(signature, "KeyInfo")


# --- the key ---


def _certificates(key_info: etree._Element) -> list[x509.Certificate]:
    for element in key_info.iter(etree.Element):
        if "URI" in element.attrib or local(element) in ("RetrievalMethod", "KeyInfoReference"):
            raise Fault(faults.OUTSIDE, element=local(element)[:40])
    written = list(key_info.iterfind(f"{_DS}X509Data/{_DS}X509Certificate"))
    if not written:
        raise Fault(faults.NO_CERTIFICATE)
    if len(written) > MOST_CERTIFICATES:
        raise Fault(faults.UNREADABLE, what="X509Certificate")
    return [_certificate(_base64(one)) for one in written]


def _certificate(der: bytes) -> x509.Certificate:
    if len(der) > CERTIFICATE_BYTES:
        raise Fault(faults.UNREADABLE, what="X509Certificate")
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.public_key()
        # Read only when asked for: whatever is wrong in them shall be told here.
        _ = (certificate.subject, certificate.issuer, certificate.extensions)
        _ = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    except Exception:  # whatever hostile bytes make of the ASN.1 reader
        raise Fault(faults.UNREADABLE, what="X509Certificate") from None
    return certificate


def _signer(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The one that issued none of the others; they may stand in any order."""
    issuers = {one.issuer for one in certificates if one.issuer != one.subject}
    leaves = [one for one in certificates if one.subject not in issuers]
    if len({one.public_bytes(Encoding.DER) for one in leaves}) != 1:
        raise Fault(faults.UNREADABLE, what="X509Data")
    return leaves[0]


def _check_value(info: etree._Element, value: bytes, signer: x509.Certificate, day: date) -> str:
    """SignedInfo was signed with the signer's key; returns the name of the method."""
    how = _named(info, "SignatureMethod")
    if _elements(how):
        raise Fault(faults.UNREADABLE, what="SignatureMethod")
    algorithm = accepted(how.get("Algorithm", ""), "signature", day)
    if algorithm is None:
        raise Fault(faults.WEAK, name=spoken(how.get("Algorithm", "")))
    method = _canonical_method(_named(info, "CanonicalizationMethod"), day)
    if not method.exclusive and inherits_xml_attributes(info):
        raise Fault(faults.UNREADABLE, what="SignedInfo")
    signed = canonical(info, method)
    try:
        check_signature(signer, algorithm, value, signed)
    except InvalidSignature:
        raise Fault(faults.FORGED) from None
    return algorithm.name


def check_signature(signer: x509.Certificate, algorithm: Algorithm, value: bytes, signed: bytes) -> None:
    """Raises InvalidSignature where `value` is none, Fault for a key too weak or of another kind."""
    key = signer.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < LEAST_RSA_BITS:
            raise Fault(faults.WEAK, name=f"RSA {key.key_size}")
        if algorithm.name.startswith("ECDSA"):
            raise Fault(faults.FORGED)
        key.verify(value, signed, _padding(algorithm), algorithm.hash)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if not algorithm.name.startswith("ECDSA"):
            raise Fault(faults.FORGED)
        if key.key_size < LEAST_EC_BITS:
            raise Fault(faults.WEAK, name=f"EC {key.key_size}")
        key.verify(_as_der(value), signed, ec.ECDSA(algorithm.hash))
    else:
        raise Fault(faults.WEAK, name=type(key).__name__[:40])


def _padding(algorithm: Algorithm) -> padding.AsymmetricPadding:
    if algorithm.uri == RSA_PSS:
        return padding.PSS(mgf=padding.MGF1(algorithm.hash), salt_length=algorithm.hash.digest_size)
    return padding.PKCS1v15()


def _as_der(value: bytes) -> bytes:
    """XMLDSig writes an ECDSA signature as r and s of equal length, one after the other."""
    if not value or len(value) % 2:
        raise InvalidSignature
    half = len(value) // 2
    return encode_dss_signature(int.from_bytes(value[:half]), int.from_bytes(value[half:]))


# --- references ---


def _canonical_method(element: etree._Element, day: date) -> Method:
    uri = element.get("Algorithm", "")
    if accepted(uri, "canonical", day) is None:
        raise Fault(faults.TRANSFORM, name=spoken(uri))
    exclusive = uri.startswith(EXCLUSIVE)
    prefixes: tuple[str, ...] = ()
    for child in _elements(element):
        if not exclusive or child.tag != f"{{{EXCLUSIVE}}}InclusiveNamespaces":
            raise Fault(faults.UNREADABLE, what=local(child)[:40])
        prefixes = tuple((child.get("PrefixList") or "").split())
    return Method(exclusive, prefixes, uri.endswith(WITH_COMMENTS))


def _references(info: etree._Element, day: date) -> list[_Reference]:
    found = info.findall(f"{_DS}Reference")
    if not 0 < len(found) <= MOST_REFERENCES:
        raise Fault(faults.UNREADABLE, what="Reference")
    return [_reference(one, day) for one in found]


def _reference(element: etree._Element, day: date) -> _Reference:
    _only(element, "Transforms", "DigestMethod", "DigestValue")
    uri = element.get("URI")
    if uri is None or (uri and not uri.startswith("#")):
        raise Fault(faults.OUTSIDE, element="Reference")
    if uri.startswith("#xpointer"):
        raise Fault(faults.TRANSFORM, name="XPointer")
    how = _named(element, "DigestMethod").get("Algorithm", "")
    digest = accepted(how, "digest", day)
    if digest is None:
        raise Fault(faults.WEAK, name=spoken(how))
    method, enveloped = _transforms(element, day)
    return _Reference(uri, method, enveloped, digest, _base64(_named(element, "DigestValue")))


def _transforms(element: etree._Element, day: date) -> tuple[Method, bool]:
    """The enveloped signature first, then one canonical form, either may be missing."""
    steps = element.findall(f"{_DS}Transforms/{_DS}Transform")
    for holder in element.findall(f"{_DS}Transforms"):
        _only(holder, "Transform")
    enveloped = bool(steps) and steps[0].get("Algorithm") == ENVELOPED
    rest = steps[1:] if enveloped else steps
    if enveloped and (_elements(steps[0]) or accepted(ENVELOPED, "transform", day) is None):
        raise Fault(faults.UNREADABLE, what="Transform")
    for step in rest:
        _canonical_method(step, day)
    if len(rest) > 1:
        raise Fault(faults.TRANSFORM, name=spoken(rest[1].get("Algorithm", "")))
    # Without one, Canonical XML 1.0 is what the standard prescribes.
    method = _canonical_method(rest[0], day) if rest else Method(exclusive=False)
    # A reference to the file itself or to an Id never includes comments (XMLDSig 4.4.3.3).
    return Method(method.exclusive, method.prefixes, comments=False), enveloped


def with_id(root: etree._Element, wanted: str) -> list[etree._Element]:
    """All elements that carry an Id, under any of its names."""
    return [
        element
        for element in root.iter(etree.Element)
        if any(element.get(name) == wanted for name in _ID_NAMES)
    ]


def _target(root: etree._Element, reference: _Reference) -> etree._Element:
    if not reference.uri:
        return root
    found = with_id(root, reference.uri[1:])
    if len(found) > 1:
        raise Fault(faults.AMBIGUOUS, element=f"Id {local(found[0])}"[:60])
    if not found:
        raise Fault(faults.UNREADABLE, what="Reference")
    return found[0]


def without_signature(layout: Layout, reference: _Reference, root: etree._Element) -> etree._Element:
    """The referenced element of a frame, the signature taken out where the reference says so."""
    target = _target(root, reference)
    if reference.enveloped:
        # Where the signature does not lie inside the target there is nothing to take out.
        remove(signature_in(root, layout))
    return target


def remove(element: etree._Element) -> None:
    """Take an element out of its tree; the text after it stays."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail:
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
        element.tail = None
    parent.remove(element)


def _above(element: etree._Element) -> Iterator[etree._Element]:
    yield element
    yield from element.iterancestors()


def _check_coverage(
    windows: Windows,
    root: etree._Element,
    layout: Layout,
    signature: etree._Element,
    references: Sequence[_Reference],
) -> None:
    """Everything read lies inside something signed; what else is signed belongs to the signature itself."""
    if any(not isinstance(one.tag, str) and one.tag is etree.PI for one in _outside(root)):
        raise Fault(faults.AMBIGUOUS, element="?")
    targets = [_target(root, reference) for reference in references]
    for path in layout.signed:
        if not any(above in targets for above in _above(at(root, path))):
            raise Fault(faults.UNCOVERED, element=path[-1])
    mark = windows.mark_in(root)
    if mark is not None and mark.getparent() is not at(root, layout.records):
        raise Fault(faults.AMBIGUOUS, element=layout.records[-1])
    needed = {above for path in layout.signed for above in _above(at(root, path))}
    for target, reference in zip(targets, references, strict=True):
        own = signature in _above(target) and target is not signature
        if target not in needed and not _inside_object(target, signature) and not own:
            raise Fault(faults.UNREADABLE, what="Reference")
        if not reference.method.exclusive and target is not root and inherits_xml_attributes(target):
            raise Fault(faults.UNREADABLE, what=local(target)[:40])


def _outside(root: etree._Element) -> Iterator[etree._Element]:
    yield from root.itersiblings()
    yield from root.itersiblings(preceding=True)


def _inside_object(target: etree._Element, signature: etree._Element) -> bool:
    return any(above.tag == f"{_DS}Object" and above.getparent() is signature for above in _above(target))


def _check_digests(
    windows: Windows, root: etree._Element, layout: Layout, references: Sequence[_Reference]
) -> None:
    wanted: list[tuple[Find, Method, str]] = [
        (partial(without_signature, layout, one), one.method, one.digest.hash.name) for one in references
    ]
    for reference, found in zip(references, windows.digests(wanted), strict=True):
        if found != reference.expected:
            raise Fault(faults.MISMATCH, element=local(_target(root, reference))[:40])


# --- what the signer says beside ---


def _claimed_at(signature: etree._Element, references: Sequence[_Reference]) -> datetime | None:
    """The time of signing as the signer says, None where the file says none inside the signature.

    XAdES SignedProperties, or the SigningTime that Vietnamese software puts into an Object of its own. Only
    what a reference covers is believed.
    """
    signed = [_target(signature.getroottree().getroot(), one) for one in references if one.uri]
    for target in signed:
        if _inside_object(target, signature):
            for element in target.iter(etree.Element):
                if local(element) == "SigningTime":
                    return _moment("".join(map(str, element.itertext())))
    return None


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo and 2000 <= found.year <= 2100 else None
