"""Signed files through the real intake: what the verdict says, what is kept, what people see."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import now
from khoyte.nonprod.twins.authority import Authority, Issued
from khoyte.signing import actions
from khoyte.signing.errors import NotAnAuthority, WrongBinding
from khoyte.signing.models import FacilityCertificate, SignatureCheck
from khoyte.signing.queries import bindings_at, check_of
from khoyte.submissions import rejudging
from khoyte.submissions.commands.signing import signing
from khoyte.submissions.models import Submission
from khoyte.submissions.signing_files import signed_bytes
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, SYSTEM, small_file
from khoyte.submissions.tests.test_commands import run
from khoyte.submissions.tests.test_pages import browser, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.setenv("KHOYTE_TRUST", str(tmp_path / "trust"))
    made = Authority.make()
    made.write_trust(tmp_path / "trust")
    return made


@pytest.fixture
def hospital(authority: Authority) -> Issued:
    return authority.organisation("Bệnh viện Giả lập 97001", "9990000001")


@pytest.fixture
def certificate(hospital: Issued, tmp_path: Path) -> Path:
    path = tmp_path / "hospital.pem"
    path.write_bytes(hospital.certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def bound(certificate: Path) -> FacilityCertificate:
    return actions.bind(facility=OWN, certificate=certificate, by=SYSTEM)


def signed(issued: Issued, *codes: str, change: Callable[[bytes], bytes] = bytes) -> bytes:
    return change(signed_bytes(small_file(*(codes or ("A1",))), issued.signer(), now()))


def v008(found: Submission) -> list[str]:
    """Messages of V-008 and reasons why it was not judged."""
    verdict = senders.verdict_of(found)
    findings = [row["message"] for row in verdict["findings"] if row["rule"] == "V-008"]
    return findings + [row["reason"] for row in verdict["not_judged"] if row["rule"] == "V-008"]


def test_a_good_signature_of_the_facility_leaves_nothing_to_say(
    hospital: Issued, bound: FacilityCertificate
) -> None:
    found = senders.judged(signed(hospital, "A1", "A2"))
    assert v008(found) == []
    kept = check_of(found.pk, 1)
    assert kept is not None
    assert (kept.state, kept.facility, kept.province, kept.problems, kept.lacking) == (
        "holds",
        OWN,
        "97",
        [],
        [],
    )
    assert kept.signer is not None
    assert kept.signer["name"] == "Bệnh viện Giả lập 97001"
    assert kept.trust.startswith("sha256:")


def test_a_bad_signature_warns_of_the_file_and_rejects_no_dossier(
    hospital: Issued, bound: FacilityCertificate
) -> None:
    found = senders.judged(signed(hospital, change=lambda data: data.replace(b"<NGAYLAP>2", b"<NGAYLAP>3")))
    assert v008(found) == ["The content was changed after signing (at GIAMDINHHS)."]
    assert senders.outcomes(found) == [("A1", "accepted")]
    assert {row["level"] for row in senders.verdict_of(found)["findings"]} == {"W"}


def test_a_certificate_of_another_facility_is_told(hospital: Issued, bound: FacilityCertificate) -> None:
    file = signed_bytes(small_file("A1", facility=NEIGHBOUR), hospital.signer(), now())
    found = senders.judged(file)
    assert v008(found) == [f"The certificate is not one entered for facility {NEIGHBOUR}."]


def test_another_certificate_of_a_bound_facility_is_told(
    authority: Authority, bound: FacilityCertificate
) -> None:
    found = senders.judged(signed(authority.organisation("Bệnh viện khác", "9990000002")))
    assert v008(found) == [f"The certificate is not one entered for facility {OWN}."]


def test_without_any_binding_nobody_is_accused(hospital: Issued) -> None:
    found = senders.judged(signed(hospital))
    assert v008(found) == [f"no certificate has been entered for facility {OWN}"]
    kept = check_of(found.pk, 1)
    assert kept is not None
    assert kept.state == "unchecked"


def test_a_tax_code_speaks_for_every_certificate_of_it(authority: Authority) -> None:
    actions.bind(facility=OWN, tax_code="9990000001", by=SYSTEM)
    renewed = authority.organisation("Bệnh viện Giả lập 97001", "9990000001")
    assert v008(senders.judged(signed(renewed))) == []


def test_without_anchors_only_presence_is_told(
    hospital: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHOYTE_TRUST", str(tmp_path / "none"))
    [reason] = v008(senders.judged(signed(hospital)))
    assert reason.startswith("no trusted certification authority")
    [unsigned] = v008(senders.judged(small_file("A2")))
    assert unsigned == "CHUKYDONVI is empty: the file is not signed."


def test_judging_again_asks_as_of_the_receipt(
    authority: Authority, hospital: Issued, bound: FacilityCertificate, tmp_path: Path
) -> None:
    """Revoked after the receipt changes nothing; revoked before it is seen at the next judgement."""
    found = senders.judged(signed(hospital))
    authority.revoke(hospital.certificate, now() + timedelta(minutes=5))
    authority.write_trust(tmp_path / "trust")
    rejudging.rejudge(submission=str(found.pk), judge=senders.judge())
    authority.revoke(hospital.certificate, now() - timedelta(minutes=5))
    authority.write_trust(tmp_path / "trust")
    rejudging.rejudge(submission=str(found.pk), judge=senders.judge())
    rows = SignatureCheck.objects.filter(submission=found.pk).order_by("judgement")
    assert [(row.judgement, row.state) for row in rows] == [(1, "holds"), (2, "holds"), (3, "refused")]


# --- acts ---


def entries() -> list[tuple[str, str]]:
    acts = AuditEntry.objects.filter(action__startswith="signing.").order_by("id")
    return list(acts.values_list("action", "facility"))


def test_every_act_leaves_its_entry(authority: Authority, bound: FacilityCertificate, tmp_path: Path) -> None:
    root = tmp_path / "new-root.pem"
    root.write_bytes(Authority.make(name="Khác").root.certificate.public_bytes(Encoding.PEM))
    [name] = actions.trust(file=root, by=SYSTEM)
    assert (tmp_path / "trust/anchors" / f"{name}.pem").exists()
    assert actions.distrust(name=name[:12], by=SYSTEM) == name
    assert not (tmp_path / "trust/anchors" / f"{name}.pem").exists()
    actions.end_binding(number=bound.pk, reason="hết hạn", by=SYSTEM)
    assert entries() == [
        ("signing.bind", OWN),
        ("signing.trust", ""),
        ("signing.distrust", ""),
        ("signing.unbind", OWN),
    ]
    assert bindings_at(now()) == []


def test_what_cannot_be_bound_is_refused(certificate: Path, bound: FacilityCertificate) -> None:
    for wrong in (
        {"facility": "99999", "certificate": certificate},
        {"facility": OWN, "certificate": certificate},
        {"facility": OWN},
        {"facility": OWN, "tax_code": "12"},
        {"facility": OWN, "tax_code": "9990000001", "certificate": certificate},
    ):
        with pytest.raises(WrongBinding):
            actions.bind(**wrong, by=SYSTEM)  # type: ignore[arg-type]
    with pytest.raises(WrongBinding):
        actions.end_binding(number=bound.pk + 1, by=SYSTEM)


def test_a_plain_certificate_is_no_anchor(certificate: Path) -> None:
    with pytest.raises(NotAnAuthority):
        actions.trust(file=certificate, by=SYSTEM)
    with pytest.raises(NotAnAuthority):
        actions.distrust(name="0" * 64, by=SYSTEM)


def test_a_binding_ended_no_longer_speaks(hospital: Issued, bound: FacilityCertificate) -> None:
    actions.end_binding(number=bound.pk, by=SYSTEM)
    assert v008(senders.judged(signed(hospital))) == [f"no certificate has been entered for facility {OWN}"]


# --- pages ---


def test_the_verdict_page_says_who_signed_and_that_it_holds(
    hospital: Issued, bound: FacilityCertificate
) -> None:
    found = senders.judged(signed(hospital))
    page = text(browser(OWN, "facility").get(f"/goi-ho-so/{found.pk}"))
    assert "Chữ ký số hợp lệ" in page
    assert "Bệnh viện Giả lập 97001" in page
    assert "9990000001" in page


def test_the_verdict_page_says_why_a_signature_does_not_hold(
    hospital: Issued, bound: FacilityCertificate
) -> None:
    found = senders.judged(signed(hospital, change=lambda data: data.replace(b"<NGAYLAP>2", b"<NGAYLAP>3")))
    page = text(browser(OWN, "facility").get(f"/goi-ho-so/{found.pk}"))
    assert "Chữ ký số không hợp lệ" in page
    assert "Nội dung đã thay đổi sau khi ký (GIAMDINHHS)" in page
    assert "Bệnh viện Giả lập 97001" in page


def test_an_unsigned_file_has_no_such_part(country: None) -> None:
    found = senders.judged(small_file("A1"))
    assert "Chữ ký số của tệp" not in text(browser(OWN, "facility").get(f"/goi-ho-so/{found.pk}"))


# --- commands ---


def test_the_commands_trust_bind_list_and_end(
    authority: Authority, certificate: Path, tmp_path: Path
) -> None:
    def said(*arguments: str) -> tuple[int, str]:
        status, printed, _ = run(signing, *arguments)
        return status, printed

    root = tmp_path / "root.pem"
    root.write_bytes(Authority.make(name="Gốc mới").root.certificate.public_bytes(Encoding.PEM))
    name = said("trust", str(root))[1].strip()
    number = said("bind", OWN, "--certificate", str(certificate))[1].split()[0]
    listed = json.loads(said("list", "--json")[1])
    assert name in [one["fingerprint"] for one in listed["anchors"]]
    assert [(str(one["number"]), one["facility"]) for one in listed["bindings"]] == [(number, OWN)]
    assert "Gốc mới Root CA" in said("list")[1]
    assert said("revoke", number)[0] == 0
    assert said("revoke", name[:16])[0] == 0
    after = json.loads(said("list", "--json")[1])
    assert after["bindings"] == []
    assert name not in [one["fingerprint"] for one in after["anchors"]]
    assert said("bind", OWN)[0] == 2
    assert said("revoke", "12345678901234567890")[0] == 2


def test_a_certificate_in_use_is_remembered_for_the_next_fetch(
    bound: FacilityCertificate, tmp_path: Path
) -> None:
    assert [path.stem for path in (tmp_path / "trust/in-use").iterdir()] == [bound.value]
