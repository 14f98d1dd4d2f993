"""Fetching lists of revoked certificates and OCSP answers into the trust folder, apart from any judging.

Addresses come from the certificates in the trust folder, which the operator has put there, and from
`addresses.txt` in it, one a line. What does not verify, or is older than what is at hand, is not kept.
"""

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from khoyte.foundation.home import write_durably
from khoyte.signing import revocation
from khoyte.signing.certificates import fingerprint, read_certificates
from khoyte.signing.trust import ANSWERS, LISTS, TrustStore, load_trust, trust_folder

SECONDS = 30
LIST_BYTES = 64 << 20
ADDRESSES = "addresses.txt"
IN_USE = "in-use"
"""Certificates bound to facilities, so that their lists and answers are known before files come."""


@dataclass
class Fetched:
    """What became of each address: kept, or why not (a stable word)."""

    kept: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def refresh() -> Fetched:
    """Fetch every list and answer that can be named. Never raises for what an address does."""
    trust, report = load_trust(), Fetched()
    in_use = list(_in_use())
    for address in sorted(set(_list_addresses([*trust.anchors, *trust.intermediates, *in_use]))):
        _note(report, address, _fetch_list(address, trust))
    for certificate in in_use:
        for address in _answer_addresses(certificate):
            _note(report, address, _fetch_answer(address, certificate, trust))
    return report


def _note(report: Fetched, address: str, trouble: str) -> None:
    if trouble:
        report.failed.append((address, trouble))
    else:
        report.kept.append(address)


def _in_use() -> Iterator[x509.Certificate]:
    for path in sorted((trust_folder() / IN_USE).glob("*.pem")):
        yield from read_certificates(path)


def keep_in_use(certificate: x509.Certificate) -> None:
    """Remember a certificate that files will be signed with."""
    path = trust_folder() / IN_USE / f"{fingerprint(certificate)}.pem"
    write_durably(path, certificate.public_bytes(Encoding.PEM))


def _list_addresses(certificates: list[x509.Certificate]) -> Iterator[str]:
    named = trust_folder() / ADDRESSES
    if named.exists():
        yield from (line.strip() for line in named.read_text().splitlines() if line.strip())
    for certificate in certificates:
        try:
            points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        except x509.ExtensionNotFound:
            continue
        for point in points:
            yield from (str(name.value) for name in point.full_name or ())


def _answer_addresses(certificate: x509.Certificate) -> Iterator[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return
    for one in access:
        if one.access_method == AuthorityInformationAccessOID.OCSP:
            yield str(one.access_location.value)


def _fetch_list(address: str, trust: TrustStore) -> str:
    data = _get(address)
    if data is None:
        return "no-answer"
    try:
        found = revocation.read_list(data)
    except ValueError:
        return "unreadable"
    issuers = [one for one in (*trust.anchors, *trust.intermediates) if one.subject == found.issuer]
    if not any(revocation.is_signed(found, one) for one in issuers):
        return "not-signed-by-a-trusted-authority"
    path = trust_folder() / LISTS / f"{_name_of(found)}.crl"
    if path.exists() and _older(found, path):
        return "older-than-at-hand"
    write_durably(path, data)
    return ""


def _name_of(found: x509.CertificateRevocationList) -> str:
    """One file per issuer and scope, so that a newer list takes the place of the older one."""
    scope = b""
    for extension in found.extensions:
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            scope = extension.value.public_bytes()
    return hashlib.sha256(found.issuer.public_bytes() + scope).hexdigest()[:32]


def _older(found: x509.CertificateRevocationList, path: Path) -> bool:
    try:
        return found.last_update_utc < revocation.read_list(path.read_bytes()).last_update_utc
    except ValueError:
        return False


def _fetch_answer(address: str, certificate: x509.Certificate, trust: TrustStore) -> str:
    issuer = next((one for one in trust.intermediates if one.subject == certificate.issuer), None)
    if issuer is None:
        return "issuer-not-at-hand"
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303
    data = _get(address, asked.public_bytes(Encoding.DER))
    if data is None:
        return "no-answer"
    try:
        answer = revocation.read_answer(data)
        if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            return "refused"
        if answer.serial_number != certificate.serial_number:
            return "about-another"
    except ValueError:
        return "unreadable"
    if not revocation.answer_is_signed(answer, issuer):
        return "not-signed-by-a-trusted-authority"
    write_durably(trust_folder() / ANSWERS / f"{fingerprint(certificate)}.der", data)
    return ""


def _get(address: str, body: bytes | None = None) -> bytes | None:
    """What stands at an http(s) address, None for anything but a whole answer of reasonable size."""
    if urlsplit(address).scheme not in ("http", "https"):
        return None
    headers = {"Content-Type": "application/ocsp-request"} if body is not None else {}
    request = urllib.request.Request(address, data=body, headers=headers)  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            data = answer.read(LIST_BYTES + 1)
    except (OSError, ValueError, urllib.error.URLError):
        return None
    return data if len(data) <= LIST_BYTES else None
