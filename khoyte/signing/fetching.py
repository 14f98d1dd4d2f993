"""Fetching lists of revoked certificates and OCSP answers into the trust folder, apart from any judging.

Addresses come from the certificates in the trust folder, which the operator has put there, and from
`addresses.txt` in it, one a line. What does not verify, or is older than what is at hand, is not kept.

A certificate of a facility names addresses, too: they are asked as webhooks are (`links.posting`), so that it
cannot make the platform knock at machines inside its own network. An authority inside (mạng truyền số liệu
chuyên dùng) is reached in the networks the operator has named in KHOYTE_TRUST_NETWORKS.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from django.conf import settings

from khoyte.foundation.home import write_durably
from khoyte.links.addresses import parse
from khoyte.links.errors import AddressRefused
from khoyte.links.posting import ask
from khoyte.signing import revocation
from khoyte.signing.certificates import fingerprint, read_certificates
from khoyte.signing.trust import ANSWERS, LISTS, TrustStore, load_trust, trust_folder

SECONDS = 30
LIST_BYTES = 64 << 20
ANSWER_BYTES = 256 << 10
_MOVED = range(300, 400)
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
    data, trouble = _get(address)
    if trouble:
        return trouble
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
    data, trouble = _get(address, asked.public_bytes(Encoding.DER))
    if trouble:
        return trouble
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


def _get(address: str, body: bytes | None = None) -> tuple[bytes, str]:
    """What stands at an http(s) address, or a stable word for why there is no whole answer of it.

    "address-not-public": it leads inside, where nobody has named a network; "redirect": it sends elsewhere,
    which is not followed; "not-whole": empty, broken off or too large; "no-answer" for everything else. Never
    raises.
    """
    try:
        place = parse(address)
    except AddressRefused:
        return b"", "no-answer"
    answer = ask(
        "GET" if body is None else "POST",
        place,
        body or b"",
        {} if body is None else {"Content-Type": "application/ocsp-request"},
        loopback=settings.NONPROD,
        networks=settings.TRUST_NETWORKS,
        timeout=SECONDS,
        most=LIST_BYTES if body is None else ANSWER_BYTES,
    )
    if answer.status in _MOVED:
        return b"", "redirect"
    if answer.trouble == "address-not-public":
        return b"", answer.trouble
    if answer.status != 200:
        return b"", "no-answer"
    return (answer.body, "") if answer.body else (b"", "not-whole")
