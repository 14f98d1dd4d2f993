"""Whom this installation trusts, and whether a certificate held at a moment.

The trust folder (`KHOYTE_TRUST`, else `KHOYTE_HOME/trust`):

    anchors/        certificates of roots; a chain must end in one of them
    intermediates/  certificates of issuing authorities, for files that do not bring them
    lists/          lists of revoked certificates (CRL), fetched by `khoyte signing refresh`
    answers/        OCSP responses for certificates in use, one file per certificate, fetched likewise

Nothing is fetched while files are judged. A list or answer out of date is our own gap: it is said, and
accuses nobody. The moment is that of receipt: a time the signer claims proves nothing.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from khoyte.foundation.calendar import format_date, in_vietnam
from khoyte.foundation.errors import UnreadableInput
from khoyte.foundation.home import home
from khoyte.signing import faults, revocation
from khoyte.signing.certificates import certificates_in, fingerprint, holder_of, valid_from, valid_to

CHAIN_LENGTH = 4
_SIGNS_DOCUMENTS = {
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # document signing (RFC 9336)
    ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # the same, as Microsoft names it
}

Case = tuple[str, dict[str, str | int]]


@dataclass(frozen=True)
class Standing:
    """What is to be said of a certificate: `problems` of its own, and what `lacking` on our side hides."""

    problems: tuple[Case, ...]
    lacking: tuple[Case, ...]


@dataclass(frozen=True)
class TrustStore:
    """What a trust folder held when it was read. `digest` names it in verdicts.

    Files that cannot be read are named in `unreadable` and trusted for nothing; they stop no judging.
    """

    anchors: tuple[x509.Certificate, ...] = ()
    intermediates: tuple[x509.Certificate, ...] = ()
    lists: tuple[x509.CertificateRevocationList, ...] = ()
    answers: dict[str, ocsp.OCSPResponse] = field(default_factory=dict)
    digest: str = ""
    unreadable: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.anchors)

    def standing(
        self, certificate: x509.Certificate, others: Sequence[x509.Certificate], moment: datetime
    ) -> Standing:
        """What can be said of a signer's certificate at a moment, the certificates it came with at hand."""
        problems: list[Case] = []
        if not may_sign(certificate):
            problems.append((faults.USAGE, {}))
        if moment < certificate.not_valid_before_utc:
            problems.append((faults.NOT_YET_VALID, {"day": _shown(valid_from(certificate))}))
        if moment > certificate.not_valid_after_utc:
            problems.append((faults.EXPIRED, {"day": _shown(valid_to(certificate))}))
        chain = self.chain(certificate, others, _within(moment, certificate))
        if chain is None:
            return Standing((*problems, (faults.UNTRUSTED, {})), ())
        revoked, lacking = self._revocation(chain, moment)
        return Standing((*problems, *revoked), tuple(lacking))

    def chain(
        self, certificate: x509.Certificate, others: Sequence[x509.Certificate], moment: datetime
    ) -> list[x509.Certificate] | None:
        """From the certificate to an anchor, None where there is no way."""
        if not self.anchors:
            return None
        verifier = (
            PolicyBuilder()
            .store(Store(list(self.anchors)))
            .time(moment.astimezone(UTC).replace(tzinfo=None))
            .max_chain_depth(CHAIN_LENGTH)
            .extension_policies(ca_policy=_AUTHORITY, ee_policy=ExtensionPolicy.permit_all())
            .build_client_verifier()
        )
        try:
            return list(verifier.verify(certificate, [*others, *self.intermediates]).chain)
        except (VerificationError, ValueError):
            return None

    def may_stamp(
        self, service: x509.Certificate, others: Sequence[x509.Certificate], moment: datetime
    ) -> bool:
        """Whether a time-stamp service was trusted and in force at the moment it stamped."""
        try:
            uses = service.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return False
        if list(uses) != [ExtendedKeyUsageOID.TIME_STAMPING]:
            return False
        chain = self.chain(service, others, moment)
        return chain is not None and not self._revocation(chain, moment)[0]

    def _revocation(
        self, chain: Sequence[x509.Certificate], moment: datetime
    ) -> tuple[list[Case], list[Case]]:
        """The first revoked certificate of a chain, and the first whose state nobody knows."""
        lacking: list[Case] = []
        for certificate, issuer in pairwise(chain):
            answer = self.answers.get(fingerprint(certificate))
            state = revocation.state_of(certificate, issuer, self.lists, answer, moment)
            if state.revoked_on is not None:
                return [(faults.REVOKED, {"day": _shown(state.revoked_on)})], []
            if state.lacking and not lacking:
                lacking.append((state.lacking, {"day": _shown(state.until)} if state.until else {}))
        return [], lacking


def _shown(moment: datetime) -> str:
    return format_date(in_vietnam(moment).date())


def _within(moment: datetime, certificate: x509.Certificate) -> datetime:
    """The moment, moved into the life of the certificate, so that age is not mistaken for a missing chain."""
    return min(max(moment, certificate.not_valid_before_utc), certificate.not_valid_after_utc)


def _is_authority(_policy: object, _certificate: x509.Certificate, found: x509.BasicConstraints) -> None:
    if not found.ca:
        raise ValueError("not an authority")


def _may_certify(_policy: object, _certificate: x509.Certificate, found: x509.KeyUsage | None) -> None:
    if found is not None and not found.key_cert_sign:
        raise ValueError("may not certify")


_AUTHORITY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_authority)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_certify)
)


def may_sign(certificate: x509.Certificate) -> bool:
    """Whether its stated uses include signing documents; an authority's own certificate is for other
    things."""
    extensions = certificate.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment) or usage.key_cert_sign:
            return False
    except x509.ExtensionNotFound:
        return False
    try:
        wider = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool(set(wider) & _SIGNS_DOCUMENTS)


def described(trust: TrustStore) -> dict[str, list[dict[str, str]]]:
    """What a trust folder holds, for people: names, fingerprints and until when."""

    def line(one: x509.Certificate) -> dict[str, str]:
        return {"fingerprint": fingerprint(one), "name": holder_of(one).name, "until": _shown(valid_to(one))}

    def list_line(one: x509.CertificateRevocationList) -> dict[str, str]:
        until = one.next_update_utc
        issuer = one.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        return {
            "issuer": str(issuer[0].value) if issuer else "?",
            "made": _shown(one.last_update_utc),
            "until": _shown(until) if until else "?",
        }

    return {
        "anchors": [line(one) for one in trust.anchors],
        "intermediates": [line(one) for one in trust.intermediates],
        "lists": [list_line(one) for one in trust.lists],
    }


# --- the folder ---

ANCHORS, INTERMEDIATES, LISTS, ANSWERS = "anchors", "intermediates", "lists", "answers"


def trust_folder() -> Path:
    chosen = os.environ.get("KHOYTE_TRUST")
    return Path(chosen).expanduser().absolute() if chosen else home() / "trust"


def load_trust(folder: Path | None = None) -> TrustStore:
    """The trust folder as it is now; read again only when something in it has changed."""
    place = folder or trust_folder()
    stamps = tuple(
        (str(path.relative_to(place)), path.stat().st_mtime_ns, path.stat().st_size) for path in _files(place)
    )
    return _read(place, stamps) if stamps else TrustStore()


def _files(place: Path) -> list[Path]:
    return [
        path
        for part in (ANCHORS, INTERMEDIATES, LISTS, ANSWERS)
        for path in sorted((place / part).glob("*"))
        if path.is_file() and not path.name.startswith(".")
    ]


@lru_cache(maxsize=2)
def _read(place: Path, stamps: tuple[tuple[str, int, int], ...]) -> TrustStore:
    contents = {name: (place / name).read_bytes() for name, _, _ in stamps}
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + hashlib.sha256(contents[name]).digest())
    unreadable: list[str] = []
    return TrustStore(
        anchors=tuple(_certificates(contents, ANCHORS, unreadable)),
        intermediates=tuple(_certificates(contents, INTERMEDIATES, unreadable)),
        lists=tuple(revocation.lists_in(_of(contents, LISTS))),
        answers=dict(revocation.answers_in(_of(contents, ANSWERS))),
        digest=f"sha256:{digest.hexdigest()}",
        unreadable=tuple(unreadable),
    )


def _of(contents: dict[str, bytes], part: str) -> Iterable[tuple[str, bytes]]:
    return ((name, data) for name, data in contents.items() if Path(name).parts[0] == part)


def _certificates(contents: dict[str, bytes], part: str, unreadable: list[str]) -> Iterator[x509.Certificate]:
    for name, data in _of(contents, part):
        try:
            yield from certificates_in(data, name)
        except UnreadableInput:
            unreadable.append(name)
