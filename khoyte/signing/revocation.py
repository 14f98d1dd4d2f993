"""Whether a certificate was revoked at a moment, from lists (CRL) and answers (OCSP) fetched beforehand."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from khoyte.signing import faults
from khoyte.signing.certificates import fingerprint

Lists = Sequence[x509.CertificateRevocationList]


@dataclass(frozen=True)
class State:
    """`revoked_on` where it was revoked; `lacking` where nobody can say: no list, or one that ended
    `until`."""

    revoked_on: datetime | None = None
    lacking: str = ""
    until: datetime | None = None


GOOD = State()


def state_of(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    lists: Lists,
    answer: ocsp.OCSPResponse | None,
    moment: datetime,
) -> State:
    """What is known of a certificate of `issuer` at a moment. Revoked weighs more than good."""
    known = [_by_answer(certificate, issuer, answer, moment)]
    known += [_by_list(certificate, issuer, one, moment) for one in lists]
    states = [state for state in known if state is not None]
    for state in states:
        if state.revoked_on is not None:
            return state
    if GOOD in states:
        return GOOD
    stale = [state for state in states if state.until]
    return max(stale, key=lambda state: state.until or _EVER) if stale else State(lacking=faults.LIST_MISSING)


_EVER = datetime.min.replace(tzinfo=UTC)


def _by_list(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    found: x509.CertificateRevocationList,
    moment: datetime,
) -> State | None:
    if found.issuer != issuer.subject or not _speaks_for(found, certificate) or not is_signed(found, issuer):
        return None
    entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is not None and (since := _revoked_since(entry)) <= moment:
        return State(revoked_on=since)
    return _fresh(found.next_update_utc, moment)


def _fresh(until: datetime | None, moment: datetime) -> State:
    if until is None or until < moment:
        return State(lacking=faults.LIST_STALE, until=until or _EVER)
    return GOOD


def _revoked_since(entry: x509.RevokedCertificate) -> datetime:
    """The day of revocation, or the earlier one since which the key is held to be lost."""
    since = entry.revocation_date_utc
    try:
        lost = entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
    except x509.ExtensionNotFound:
        return since
    return min(since, lost)


def _speaks_for(found: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether the list is whole for this kind of certificate; deltas and lists of some reasons are not."""
    for extension in found.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            return False
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            scope = extension.value
            if scope.indirect_crl or scope.only_some_reasons or scope.only_contains_attribute_certs:
                return False
            of_authority = is_authority(certificate)
            if (scope.only_contains_user_certs and of_authority) or (
                scope.only_contains_ca_certs and not of_authority
            ):
                return False
        elif extension.critical:
            return False
    return True


def is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def is_signed(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = (found.fingerprint(_SHA256), fingerprint(issuer))
    if key not in _SIGNED:
        if len(_SIGNED) > 1000:
            _SIGNED.clear()
        _SIGNED[key] = _signature_holds(found, issuer)
    return _SIGNED[key]


def _signature_holds(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    strong = found.signature_hash_algorithm is not None and found.signature_hash_algorithm.name in _STRONG
    if not strong or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    try:
        return found.is_signature_valid(key)
    except (TypeError, UnsupportedAlgorithm, ValueError):
        return False


_STRONG = {"sha256", "sha384", "sha512"}
_SIGNED: dict[tuple[bytes, str], bool] = {}
_SHA256 = SHA256()


# --- answers ---


def _by_answer(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    answer: ocsp.OCSPResponse | None,
    moment: datetime,
) -> State | None:
    if answer is None or answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return None
    if answer.serial_number != certificate.serial_number or not answer_is_signed(answer, issuer):
        return None
    if answer.certificate_status == ocsp.OCSPCertStatus.REVOKED:
        since = answer.revocation_time_utc
        return State(revoked_on=since) if since is not None and since <= moment else None
    if answer.certificate_status == ocsp.OCSPCertStatus.GOOD:
        return _fresh(answer.next_update_utc, moment)
    return None


def answer_is_signed(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Signed by the issuer, or by one it has named to answer for it."""
    if answer.signature_hash_algorithm is None or answer.signature_hash_algorithm.name not in _STRONG:
        return False
    return any(_signed_by(answer, one) for one in (issuer, *_delegates(answer, issuer)))


def _delegates(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> Iterator[x509.Certificate]:
    for one in answer.certificates:
        try:
            uses = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            one.verify_directly_issued_by(issuer)
        except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
            continue
        made = answer.produced_at_utc
        if ExtendedKeyUsageOID.OCSP_SIGNING in uses and (
            one.not_valid_before_utc <= made <= one.not_valid_after_utc
        ):
            yield one


def _signed_by(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, how = signer.public_key(), answer.signature_hash_algorithm
    try:
        if how is None:
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), how)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(how))
        else:
            return False
    except InvalidSignature:
        return False
    return True


# --- files ---


def lists_in(files: Iterable[tuple[str, bytes]]) -> Iterator[x509.CertificateRevocationList]:
    """Lists of a folder. One that cannot be read is as one that is missing: the check says so."""
    for _name, data in files:
        with suppress(ValueError):
            yield read_list(data)


def read_list(data: bytes) -> x509.CertificateRevocationList:
    """A list in DER or PEM, all of it that is asked later read once. Raises ValueError."""
    try:
        found = x509.load_pem_x509_crl(data) if _PEM in data else x509.load_der_x509_crl(data)
        _ = found.extensions, found.issuer, found.next_update_utc, found.signature_hash_algorithm
    except Exception as error:  # whatever the bytes make of the ASN.1 reader
        raise ValueError("no list") from error
    return found


_PEM = b"-----BEGIN X509 CRL-----"


def answers_in(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, ocsp.OCSPResponse]]:
    """Answers by the fingerprint that their file is named by."""
    for name, data in files:
        with suppress(ValueError):
            yield Path(name).stem, read_answer(data)


def read_answer(data: bytes) -> ocsp.OCSPResponse:
    """A response about one certificate, all of it that is asked later read once. Raises ValueError."""
    try:
        found = ocsp.load_der_ocsp_response(data)
        if found.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL:
            _ = found.serial_number, found.certificate_status, found.certificates, found.next_update_utc
    except Exception as error:  # whatever the bytes make of the ASN.1 reader
        raise ValueError("no answer") from error
    return found
