"""What stands in a certificate, as people and bindings need it.

Vietnamese certification authorities write the holder's number into the subject's UID
(0.9.2342.19200300.100.1.1) or serial number, with a word before it: MST (tax code) of an organisation, CCCD,
CMND or HC of a person. This was seen in practice, not in the text of an instrument; both places are read.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID, ObjectIdentifier

from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.errors import UnreadableInput
from khoyte.foundation.language import Text

UID = ObjectIdentifier("0.9.2342.19200300.100.1.1")
_NUMBER = re.compile(r"\s*(MST|CCCD|CMND|HC)\s*:\s*([0-9A-Z-]{1,20})\s*", re.IGNORECASE)
# Some authorities write the personal number into the common name as well (9 or 12 digits; tax codes have 10).
_PERSONAL = re.compile(r"(?<!\d)(\d{9}|\d{12})(?!\d)")
_PEM = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Holder:
    """Who a certificate names. `tax_code` is MST; the number of a person is never kept, only that there is
    one."""

    name: str
    organisation: str
    tax_code: str
    is_person: bool

    @property
    def shown(self) -> str:
        """One line: the organisation, and the person where there is one."""
        parts = [part for part in (self.name, self.organisation) if part]
        line = ", ".join(dict.fromkeys(parts)) or "?"
        return f"{line} (MST {self.tax_code})" if self.tax_code else line


def holder_of(certificate: x509.Certificate) -> Holder:
    numbers = {}
    for oid in (UID, NameOID.SERIAL_NUMBER):
        for text in _values(certificate.subject, oid):
            if found := _NUMBER.fullmatch(text):
                numbers[found[1].upper()] = found[2].upper()
    return Holder(
        name=_first(certificate.subject, NameOID.COMMON_NAME),
        organisation=_first(certificate.subject, NameOID.ORGANIZATION_NAME),
        tax_code=numbers.get("MST", ""),
        is_person=bool(numbers.keys() & {"CCCD", "CMND", "HC"}),
    )


def issuer_name(certificate: x509.Certificate) -> str:
    name = _first(certificate.issuer, NameOID.COMMON_NAME)
    return name or _first(certificate.issuer, NameOID.ORGANIZATION_NAME) or "?"


def _values(name: x509.Name, oid: ObjectIdentifier) -> list[str]:
    found = (attribute.value for attribute in name.get_attributes_for_oid(oid))
    return [value if isinstance(value, str) else value.decode("utf-8", "replace") for value in found]


def _first(name: x509.Name, oid: ObjectIdentifier) -> str:
    """The first value, fit to be kept and shown: no control characters, no number of a person."""
    text = "".join(filter(str.isprintable, next(iter(_values(name, oid)), "")))
    return _PERSONAL.sub("…", text).strip()[:200]


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, in hexadecimal: its name in bindings and files."""
    return certificate.fingerprint(SHA256()).hex()


def serial(certificate: x509.Certificate) -> str:
    """The serial number as authorities print it."""
    return f"{certificate.serial_number:x}"


def valid_from(certificate: x509.Certificate) -> datetime:
    return in_vietnam(certificate.not_valid_before_utc)


def valid_to(certificate: x509.Certificate) -> datetime:
    """Until when; 9999-12-31, which stands for no end, cannot be moved to another time zone."""
    end = certificate.not_valid_after_utc
    return end if end.year == 9999 else in_vietnam(end)


def read_certificates(path: Path) -> list[x509.Certificate]:
    """All certificates of a PEM or DER file. Raises UnreadableInput."""
    return certificates_in(path.read_bytes(), path.name)


def certificates_in(data: bytes, name: str) -> list[x509.Certificate]:
    try:
        found = (
            x509.load_pem_x509_certificates(data) if _PEM in data else [x509.load_der_x509_certificate(data)]
        )
        for one in found:
            one.public_key()
            _ = one.extensions
    except Exception as error:  # whatever the bytes make of the ASN.1 reader
        raise _not_a_certificate(name) from error
    return found


def _not_a_certificate(name: str) -> UnreadableInput:
    return UnreadableInput(
        Text(
            f"Tệp {name} không phải chứng thư chữ ký số (PEM hoặc DER).",
            f"File {name} is no certificate (PEM or DER).",
        ),
        remedy=Text(
            "Tải lại chứng thư từ trang của tổ chức cung cấp dịch vụ chứng thực chữ ký số.",
            "Download the certificate again from its certification authority.",
        ),
        code="not-a-certificate",
    )
