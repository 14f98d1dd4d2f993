"""The keys that sign: file, USB token, remote service. Each makes a signature that the check believes."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from khoyte.foundation.errors import WrongUsage
from khoyte.links.tests.receiver import answer, receiving
from khoyte.nonprod.twins.authority import Authority, Issued
from khoyte.nonprod.twins.responder import PIN, TOKEN, Responder
from khoyte.signing import detached
from khoyte.signing.remote import RemoteAbsent, open_remote
from khoyte.signing.signers import Signer, WrongKey, open_key
from khoyte.signing.tokens import TokenAbsent, open_token
from khoyte.signing.trust import load_trust

SOFTHSM = next(
    (
        path
        for path in (
            os.environ.get("SOFTHSM2_MODULE", ""),
            "/usr/lib/softhsm/libsofthsm2.so",
            "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        )
        if path and Path(path).exists()
    ),
    "",
)


def holds(signer: Signer) -> bool:
    signature = detached.sign(b"noi dung", signer)
    return detached.check(b"noi dung", signature, load_trust(), datetime.now(UTC)).state == "holds"


@pytest.fixture
def issued(responder: Responder, trusted: Path) -> Issued:
    return responder.authority.organisation("Bệnh viện Giả lập", bits=2048)


@pytest.mark.parametrize("password", ["", "mật khẩu"])
def test_a_p12_file_signs(issued: Issued, tmp_path: Path, password: str) -> None:
    path = tmp_path / "key.p12"
    path.write_bytes(issued.p12(password))
    signer = open_key(path, password)
    assert [one.subject for one in signer.others] == [issued.above[0].subject]
    assert holds(signer)


def test_a_pem_file_signs(issued: Issued, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(issued.pem())
    assert holds(open_key(path))


def test_a_wrong_password_or_file_is_told(issued: Issued, tmp_path: Path) -> None:
    path = tmp_path / "key.p12"
    path.write_bytes(issued.p12("đúng"))
    with pytest.raises(WrongKey, match="wrong password"):
        open_key(path, "sai")
    path.write_bytes(b"no key at all")
    with pytest.raises(WrongKey):
        open_key(path)


def test_a_key_of_another_certificate_is_told(responder: Responder, issued: Issued, tmp_path: Path) -> None:
    other = responder.authority.organisation("Khác", bits=2048)
    key = other.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "key.pem"
    path.write_bytes(key + issued.certificate.public_bytes(Encoding.PEM))
    with pytest.raises(WrongKey, match="does not belong"):
        open_key(path)


# --- remote ---


@pytest.fixture
def credential(responder: Responder, address: str, issued: Issued) -> str:
    responder.issued["99001"] = issued
    return f"{address}/csc/v2"


@pytest.mark.parametrize("bits", [0, 2048])
def test_a_remote_key_signs(responder: Responder, credential: str, bits: int) -> None:
    responder.issued["99001"] = responder.authority.organisation("Bệnh viện Giả lập", bits=bits)
    signer = open_remote(credential, "99001", f"{TOKEN}:{PIN}")
    assert holds(signer)
    assert responder.agreed == set()


@pytest.mark.parametrize("secret", ["", "wrong:0000", f"{TOKEN}:1111", TOKEN])
def test_a_holder_who_does_not_agree_signs_nothing(credential: str, secret: str) -> None:
    with pytest.raises(RemoteAbsent, match="refused"):
        open_remote(credential, "99001", secret).sign(b"x")


@pytest.mark.parametrize("fault", ["down", "odd", "refuse"])
def test_a_service_out_of_order_is_told(responder: Responder, credential: str, fault: str) -> None:
    signer = open_remote(credential, "99001", f"{TOKEN}:{PIN}")
    responder.faults = {fault}
    with pytest.raises(RemoteAbsent) as refused:
        signer.sign(b"x")
    assert refused.value.retry


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_service_that_sends_elsewhere_is_not_followed(status: int) -> None:
    """Neither the token nor the PIN goes to another address, nor is anything inside knocked at."""
    with receiving() as inside, receiving(answer(status, Location=inside.url)) as service:
        with pytest.raises(RemoteAbsent, match="refused"):
            open_remote(service.url, "99001", f"{TOKEN}:{PIN}")
        assert len(service.calls) == 1
        assert inside.calls == []


@pytest.mark.parametrize("address", ["http://ky-so.example/csc", "ftp://127.0.0.1/", "file:///etc", "x"])
def test_only_https_or_this_machine_is_asked(address: str) -> None:
    with pytest.raises(WrongUsage):
        open_remote(address, "99001", TOKEN)


def test_a_credential_must_be_there(credential: str) -> None:
    with pytest.raises(RemoteAbsent):
        open_remote(credential, "99002", TOKEN)


# --- tokens ---


def test_without_module_or_package_the_token_is_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(TokenAbsent):
        open_token(str(tmp_path / "none.so"), "", "1234")


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A software token with the label "khoyte"; skipped where SoftHSM or python-pkcs11 is not installed."""
    pkcs11 = pytest.importorskip("pkcs11")
    tool = shutil.which("softhsm2-util") or os.environ.get("SOFTHSM2_UTIL", "")
    if not SOFTHSM or not tool:
        pytest.skip("SoftHSM is not installed")
    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    asked = ["--init-token", "--free", "--label", "khoyte", "--pin", "1234", "--so-pin", "1234"]
    subprocess.run([tool, "--module", SOFTHSM, *asked], check=True, capture_output=True, timeout=60)
    pkcs11.lib(SOFTHSM).reinitialize()  # it looks for tokens only once
    return SOFTHSM


def put_in_token(module: str, issued: Issued) -> None:
    import pkcs11
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    session = pkcs11.lib(module).get_token(token_label="khoyte").open(rw=True, user_pin="1234")
    der = issued.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    more = {pkcs11.Attribute.ID: b"\1", pkcs11.Attribute.TOKEN: True}
    key = {**decode_rsa_private_key(der), **more}
    key[pkcs11.Attribute.SENSITIVE] = True
    session.create_object(key)
    certificate = decode_x509_certificate(issued.certificate.public_bytes(Encoding.DER))
    session.create_object({**certificate, **more})
    session.close()


def test_a_token_signs(token: str, issued: Issued) -> None:
    put_in_token(token, issued)
    signer = open_token(token, "khoyte", "1234")
    assert signer.certificate == issued.certificate
    assert holds(signer)
    signer.close()
    with pytest.raises(TokenAbsent):
        open_token(token, "khoyte", "9999")


def test_an_empty_token_is_told(token: str) -> None:
    with pytest.raises(WrongKey):
        open_token(token, "khoyte", "1234")


def test_names_of_an_invented_authority_are_no_real_ones() -> None:
    made = Authority.make().person("Trần Thị Giả Lập", "999190000001").certificate
    numbers = [part.value for part in made.subject if part.oid.dotted_string == "0.9.2342.19200300.100.1.1"]
    assert numbers == ["CCCD:999190000001"]
    assert isinstance(made, x509.Certificate)
