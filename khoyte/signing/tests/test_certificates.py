"""Certificates as hostile files bring them."""

from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from khoyte.nonprod.twins.authority import Authority
from khoyte.signing import certificates, faults, xmldsig

CERTIFICATE = Authority.make().issuing.certificate
DER = CERTIFICATE.public_bytes(Encoding.DER)


def read(der: bytes) -> bool:
    """Whether it is taken for a certificate; then all that is asked of one later can be read."""
    try:
        found = xmldsig._certificate(der)
    except faults.Fault:
        return False
    certificates.holder_of(found)
    return all(
        (certificates.issuer_name(found), certificates.valid_from(found), certificates.valid_to(found))
    )


@given(st.integers(0, len(DER) - 4), st.binary(min_size=1, max_size=4))
def test_whatever_is_wrong_in_a_certificate_is_told_when_it_is_read(place: int, bytes_there: bytes):
    read(DER[:place] + bytes_there + DER[place + len(bytes_there) :])


def test_a_name_that_is_none_is_no_certificate():
    assert read(DER)
    name = CERTIFICATE.issuer.public_bytes()
    place = DER.index(name) + 10
    refused = [not read(DER[: place + n] + b"\x00" + DER[place + n + 1 :]) for n in range(len(name) - 12)]
    assert any(refused)
