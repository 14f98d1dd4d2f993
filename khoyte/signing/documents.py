"""Signatures that pyHanko reads and writes: on PDF, beside documents. Trust is decided by `trust` alone.

pyHanko says whether a signature is intact and what it covers; whom to believe, when, and what was revoked is
answered by the same code as for files of records, so that two doors never disagree.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.signers import Signer as HankoSigner
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko.sign.validation.status import StandardCMSSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.errors import ServiceAbsent
from khoyte.foundation.language import Text
from khoyte.signing import faults
from khoyte.signing.checking import Answer, facts_of
from khoyte.signing.signers import Signer, check_may_sign
from khoyte.signing.trust import Case, TrustStore
from khoyte.signing.xmldsig import Signed

_STRONG = {"sha256", "sha384", "sha512"}
STAMP_SECONDS = 15

# pyHanko logs the subject of every certificate it finds no way to trust, personal number included.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


def as_hanko(signer: Signer) -> HankoSigner:
    """Our signer as pyHanko wants one. Raises WrongKey for a certificate that may not sign."""
    check_may_sign(signer)
    return _Adapter(signer)


class _Adapter(HankoSigner):
    def __init__(self, signer: Signer) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(to_asn1(one) for one in signer.others)
        super().__init__(signing_cert=to_asn1(signer.certificate), cert_registry=store)
        self._own = signer
        is_ec = isinstance(signer.certificate.public_key(), ec.EllipticCurvePublicKey)
        self._size = 80 if is_ec else signer.certificate.public_key().key_size // 8  # type: ignore[union-attr]

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if digest_algorithm.lower() != "sha256":
            raise ValueError(digest_algorithm)
        return bytes(self._size) if dry_run else self._own.sign(data)


def to_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def from_asn1(certificate: asn1.Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())


def stamper_at(address: str) -> TimeStamper | None:
    """The time-stamp service (RFC 3161) at an address, None for no address."""
    return HTTPTimeStamper(address, timeout=STAMP_SECONDS) if address else None


class NoTimeStamp(ServiceAbsent):
    """The time-stamp service did not answer as it should; nothing was signed."""

    code = "no-time-stamp"


def no_time_stamp(error: TimestampRequestError) -> NoTimeStamp:
    return NoTimeStamp(
        Text(
            "Dịch vụ cấp dấu thời gian không trả lời; chưa ký văn bản.",
            "The time-stamp service did not answer; nothing was signed.",
        ),
        remedy=Text("Thử lại sau, hoặc ký không kèm dấu thời gian.", "Try again later, or sign without one."),
    )


def nobody() -> ValidationContext:
    """A context in which nobody is trusted and nothing is fetched: pyHanko then judges the content alone."""
    return ValidationContext(trust_roots=[], allow_fetching=False)


def answer_on(
    status: StandardCMSSignatureStatus,
    embedded: Iterable[asn1.Certificate],
    trust: TrustStore,
    moment: datetime,
    covers: Sequence[Case] = (),
) -> Answer:
    """What is said of one signature that pyHanko has taken apart; `covers` are faults of what it covers.

    The certificate is judged as of the time stamp where that is itself trusted, else as of `moment`.
    """
    signer = from_asn1(status.signing_cert)
    others = [one for one in map(from_asn1, embedded) if one != signer]
    stamped_at, stamp_problem = _stamp(status, others, trust)
    signed = Signed(signer, tuple(others), status.signer_reported_dt, _method(status))
    facts = {**facts_of(signed), "stamped_at": in_vietnam(stamped_at).isoformat() if stamped_at else None}
    content = _content(status, covers)
    if content:
        return Answer(tuple(content), signer=facts, trust=trust.digest)
    if not trust:
        return Answer(lacking=((faults.NO_TRUST, {}),), signer=facts)
    standing = trust.standing(signer, others, stamped_at or moment)
    answer = Answer(standing.problems, standing.lacking, facts, trust.digest)
    return replace(answer, problems=(*answer.problems, *stamp_problem))


def _content(status: StandardCMSSignatureStatus, covers: Sequence[Case]) -> list[Case]:
    if not status.intact:
        return [(faults.MISMATCH, {"element": "document"})]
    if not status.valid:
        return [(faults.FORGED, {})]
    if status.md_algorithm.lower() not in _STRONG:
        return [(faults.WEAK, {"name": status.md_algorithm[:40]})]
    return list(covers)


def _method(status: StandardCMSSignatureStatus) -> str:
    return f"{status.pkcs7_signature_mechanism} {status.md_algorithm}"


def _stamp(
    status: Any, others: Sequence[x509.Certificate], trust: TrustStore
) -> tuple[datetime | None, list[Case]]:
    """The time of a time stamp that holds and whose service is trusted; an untrusted one proves nothing."""
    stamp = status.timestamp_validity
    if stamp is None:
        return None, []
    if not (stamp.intact and stamp.valid):
        return None, [(faults.MISMATCH, {"element": "timestamp"})]
    service = from_asn1(stamp.signing_cert)
    if not trust or not trust.may_stamp(service, others, stamp.timestamp):
        return None, []
    return stamp.timestamp, []
