"""A certification authority as Vietnam has them, invented: root, issuing authority, certificates, lists.

Holders are invented; tax codes begin with 9990 and personal numbers have the place code 999, which nobody
has. Keys are P-256 unless asked for RSA, because tests make many of them. `responder` serves it over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from khoyte.foundation.home import write_durably
from khoyte.signing.certificates import UID, fingerprint
from khoyte.signing.signers import FileSigner

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

ISSUED_FOR = timedelta(days=365)
LISTS_LIVE = timedelta(days=7)
_AUTHORITY_LIFE = timedelta(days=3650)
FAULTS = ("expired", "not-yet-valid", "wrong-usage", "revoked")
"""What may be wrong with a certificate asked for; "unknown issuer" is an authority nobody trusts."""


@dataclass
class Issued:
    """A key with its certificate and the authority's above it."""

    key: Key
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]

    def signer(self) -> FileSigner:
        return FileSigner(
            self.key, self.certificate, [one for one in self.above if one.issuer != one.subject]
        )

    def p12(self, password: str) -> bytes:
        hidden = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return pkcs12.serialize_key_and_certificates(
            b"khoyte", self.key, self.certificate, list(self.above), hidden
        )

    def pem(self) -> bytes:
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key + b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.above))


@dataclass
class Authority:
    """A root, an issuing authority below it, and what they have revoked: (serial number) -> moment."""

    root: Issued
    issuing: Issued
    now: datetime
    address: str = ""
    revoked: dict[int, datetime] = field(default_factory=dict)

    @classmethod
    def make(
        cls, *, now: datetime | None = None, name: str = "Khoyte Giả lập", address: str = "", bits: int = 0
    ) -> Authority:
        """A fresh authority. `address` is where `responder` answers, for the links in certificates."""
        now = now or datetime.now(UTC)
        root_key, issuing_key = _key(bits), _key(bits)
        root_name, issuing_name = _name(CN=f"{name} Root CA", O=name), _name(CN=f"{name} CA", O=name)
        root = _authority(root_name, root_key, root_name, root_key, now, 1)
        issuing = _authority(issuing_name, issuing_key, root_name, root_key, now, 0)
        made = Issued(root_key, root, ())
        return cls(made, Issued(issuing_key, issuing, (root,)), now, address)

    def organisation(
        self,
        name: str,
        tax_code: str = "9990000001",
        *,
        fault: str = "",
        bits: int = 0,
        until: datetime | None = None,
    ) -> Issued:
        """A certificate that stands for the seal of an organisation."""
        return self._issue(_name(CN=name, O=name, UID=f"MST:{tax_code}"), fault, bits, until=until)

    def person(self, name: str, number: str, organisation: str = "", *, fault: str = "") -> Issued:
        """A certificate of a person; `number` is the personal number with place code 999."""
        parts = {"CN": name, "UID": f"CCCD:{number}"} | ({"O": organisation} if organisation else {})
        return self._issue(_name(**parts), fault, 0)

    def special(self, name: str, *uses: x509.ObjectIdentifier, bits: int = 0) -> Issued:
        """A certificate for another use: time stamps, answers on revocation."""
        return self._issue(_name(CN=name), "", bits, uses)

    def _issue(
        self,
        subject: x509.Name,
        fault: str,
        bits: int,
        uses: tuple[x509.ObjectIdentifier, ...] = (),
        until: datetime | None = None,
    ) -> Issued:
        if fault and fault not in FAULTS:
            raise ValueError(fault)
        key = _key(bits)
        since = {"expired": self.now - 2 * ISSUED_FOR, "not-yet-valid": self.now + timedelta(days=30)}
        begin = since.get(fault, self.now - timedelta(days=1))
        builder = (
            _builder(subject, key, self.issuing.certificate.subject, begin, until or begin + ISSUED_FOR)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(_usage(signs=fault != "wrong-usage"), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuing.key.public_key()), False
            )
        )
        if uses:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(uses)), critical=True)
        certificate = self._with_addresses(builder).sign(self.issuing.key, hashes.SHA256())
        if fault == "revoked":
            self.revoke(certificate, self.now - timedelta(hours=1))
        return Issued(key, certificate, (self.issuing.certificate, self.root.certificate))

    def _with_addresses(self, builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        if not self.address:
            return builder
        lists = x509.UniformResourceIdentifier(f"{self.address}/crl/issuing.crl")
        answers = x509.UniformResourceIdentifier(f"{self.address}/ocsp")
        access = [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, answers)]
        return builder.add_extension(
            x509.CRLDistributionPoints([x509.DistributionPoint([lists], None, None, None)]), False
        ).add_extension(x509.AuthorityInformationAccess(access), False)

    # --- revocation ---

    def revoke(self, certificate: x509.Certificate, moment: datetime | None = None) -> None:
        self.revoked[certificate.serial_number] = moment or self.now

    def list_of(self, who: str = "issuing", *, made: datetime | None = None) -> bytes:
        """The list of revoked certificates of "root" or "issuing", in DER; it lives LISTS_LIVE."""
        issuer = self.root if who == "root" else self.issuing
        made = made or self.now
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(made)
            .next_update(made + LISTS_LIVE)
        )
        for number, moment in self.revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(moment)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def answer_for(self, certificate: x509.Certificate, *, made: datetime | None = None) -> bytes:
        """An OCSP response on one certificate of the issuing authority, signed by a delegate."""
        made = made or self.now
        delegate = self.special("Khoyte OCSP", ExtendedKeyUsageOID.OCSP_SIGNING)
        since = self.revoked.get(certificate.serial_number)
        status = ocsp.OCSPCertStatus.GOOD if since is None else ocsp.OCSPCertStatus.REVOKED
        return (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=certificate,
                issuer=self.issuing.certificate,
                algorithm=hashes.SHA256(),
                cert_status=status,
                this_update=made,
                next_update=made + LISTS_LIVE,
                revocation_time=since,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, delegate.certificate)
            .certificates([delegate.certificate])
            .sign(delegate.key, hashes.SHA256())
            .public_bytes(Encoding.DER)
        )

    def write_trust(self, folder: Path, *, made: datetime | None = None) -> None:
        """A trust folder that trusts this authority, with fresh lists."""
        write_durably(folder / "anchors/root.pem", self.root.certificate.public_bytes(Encoding.PEM))
        issuing = self.issuing.certificate.public_bytes(Encoding.PEM)
        write_durably(folder / "intermediates/issuing.pem", issuing)
        for who in ("root", "issuing"):
            write_durably(folder / f"lists/{who}.crl", self.list_of(who, made=made))

    def write_answer(self, folder: Path, certificate: x509.Certificate, **when: datetime) -> None:
        write_durably(
            folder / f"answers/{fingerprint(certificate)}.der", self.answer_for(certificate, **when)
        )

    # --- kept between two commands ---

    def save(self, folder: Path) -> None:
        """Keep the authority with its keys; development only."""
        write_durably(folder / "root.pem", self.root.pem())
        write_durably(folder / "issuing.pem", self.issuing.pem())

    @classmethod
    def load_or_make(cls, folder: Path) -> Authority:
        if not (folder / "root.pem").exists():
            cls.make().save(folder)
        root, issuing = (_read(folder / name) for name in ("root.pem", "issuing.pem"))
        return cls(root, issuing, datetime.now(UTC))


def _read(path: Path) -> Issued:
    data = path.read_bytes()
    key = load_pem_private_key(data, None)
    certificate, *above = x509.load_pem_x509_certificates(data)
    if not isinstance(key, Key):
        raise TypeError(path.name)
    return Issued(key, certificate, tuple(above))


def _key(bits: int) -> Key:
    if bits:
        return rsa.generate_private_key(65537, bits)
    return ec.generate_private_key(ec.SECP256R1())


_OIDS: Mapping[str, x509.ObjectIdentifier] = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "UID": UID,
}


def _name(**parts: str) -> x509.Name:
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")
    return x509.Name([country, *(x509.NameAttribute(_OIDS[name], text) for name, text in parts.items())])


def _builder(
    subject: x509.Name, key: Key, issuer: x509.Name, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _authority(
    subject: x509.Name, key: Key, issuer: x509.Name, issuer_key: Key, now: datetime, below: int
) -> x509.Certificate:
    begin = now - _AUTHORITY_LIFE / 2
    return (
        _builder(subject, key, issuer, begin, begin + 2 * _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(True, below), critical=True)
        .add_extension(_usage(signs=False, certifies=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
        .sign(issuer_key, hashes.SHA256())
    )


def _usage(*, signs: bool, certifies: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=not signs and not certifies,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )
