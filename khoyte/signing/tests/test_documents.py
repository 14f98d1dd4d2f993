"""Signatures on PDF and beside documents: what holds, what does not, and what the logs must never say."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.nonprod.twins.authority import Authority
from khoyte.nonprod.twins.responder import Responder
from khoyte.signing import detached, documents, pdf
from khoyte.signing.checking import Answer
from khoyte.signing.making import CannotSign
from khoyte.signing.signers import WrongKey
from khoyte.signing.trust import TrustStore, load_trust

NUMBER = "999190000001"


def now() -> datetime:
    return datetime.now(UTC)


def parts(answer: Answer) -> list[str]:
    return [part for part, _ in (*answer.problems, *answer.lacking)]


@pytest.fixture
def signed(responder: Responder, trusted: Path, paper: bytes) -> bytes:
    """Signed by a person with a time stamp, then by the organisation."""
    person = responder.authority.person("Trần Thị Giả Lập", NUMBER)
    once = pdf.sign(paper, person.signer(), stamper=responder.stamper())
    return pdf.sign(once, responder.authority.organisation("Sở Y tế Giả lập").signer())


def test_each_signature_of_a_pdf_is_told_with_its_signer_and_stamp(signed: bytes) -> None:
    first, second = pdf.check(signed, load_trust(), now())
    assert [(name, answer.state) for name, answer in (first, second)] == [
        ("ChuKySo1", "holds"),
        ("ChuKySo2", "holds"),
    ]
    assert first[1].signer is not None
    assert second[1].signer is not None
    assert (first[1].signer["name"], second[1].signer["name"]) == ("Trần Thị Giả Lập", "Sở Y tế Giả lập")
    assert first[1].signer["stamped_at"]
    assert second[1].signer["stamped_at"] is None


def test_any_byte_of_a_signed_pdf_counts(signed: bytes) -> None:
    """All bytes but those of the last signature itself are inside it."""
    trust = load_trust()

    @settings(deadline=None, max_examples=60, database=None)
    @given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
    def changed_at(part: float, bits: int) -> None:
        place = int(signed.rindex(b"/Contents <") * part)
        changed = signed[:place] + bytes([signed[place] ^ bits]) + signed[place + 1 :]
        answers = pdf.check(changed, trust, now())
        assert not answers or answers[-1][1].state == "refused"

    changed_at()


def test_a_page_changed_after_signing_is_seen(signed: bytes) -> None:
    answers = pdf.check(signed.replace(b"595", b"594", 1), load_trust(), now())
    assert [parts(answer) for _, answer in answers] == [["mismatch"], ["mismatch"]]


def test_a_revision_that_changes_the_page_is_seen(responder: Responder, trusted: Path, paper: bytes) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    once = pdf.sign(paper, responder.authority.organisation("Sở Y tế Giả lập").signer())
    writer = IncrementalPdfFileWriter(BytesIO(once))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/MediaBox"] = generic.ArrayObject([generic.NumberObject(side) for side in (0, 0, 100, 100)])
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))
    changed = BytesIO()
    writer.write(changed)
    [(_, answer)] = pdf.check(changed.getvalue(), load_trust(), now())
    assert parts(answer) == ["mismatch"]


def test_a_stamped_signature_outlives_its_certificate(signed: bytes) -> None:
    """Two years on: what was stamped in time holds, the other cannot prove when it was made."""
    answers = pdf.check(signed, load_trust(), now() + timedelta(days=800))
    assert [(answer.state, parts(answer)) for _, answer in answers] == [
        ("holds", []),
        ("refused", ["expired", "list-stale"]),
    ]


def test_a_stamp_of_a_service_nobody_trusts_proves_nothing(
    responder: Responder, trusted: Path, paper: bytes
) -> None:
    stranger = Responder(Authority.make(name="Không ai tin")).stamper()
    made = pdf.sign(paper, responder.authority.organisation("Sở Y tế Giả lập").signer(), stamper=stranger)
    [(_, answer)] = pdf.check(made, load_trust(), now() + timedelta(days=800))
    assert parts(answer)[0] == "expired"


def test_a_stranger_is_not_trusted_and_without_anchors_nobody_is_judged(paper: bytes, trusted: Path) -> None:
    made = pdf.sign(paper, Authority.make(name="Không ai tin").organisation("Người lạ").signer())
    assert [parts(answer) for _, answer in pdf.check(made, load_trust(), now())] == [["untrusted"]]
    assert [parts(answer) for _, answer in pdf.check(made, TrustStore(), now())] == [["no-trust"]]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"%PDF-1.7\nnot one", b"hello"])
def test_what_is_no_pdf_is_told(data: bytes, trusted: Path, responder: Responder) -> None:
    answers = pdf.check(data, load_trust(), now())
    assert answers == [] or parts(answers[0][1]) == ["unreadable"]
    with pytest.raises(CannotSign):
        pdf.sign(data, responder.authority.organisation("Sở Y tế").signer())


def test_an_unsigned_pdf_has_no_signature(paper: bytes, trusted: Path) -> None:
    assert pdf.check(paper, load_trust(), now()) == []


def test_a_certificate_for_another_use_signs_nothing(responder: Responder, paper: bytes) -> None:
    wrong = responder.authority.organisation("Sở Y tế", fault="wrong-usage").signer()
    with pytest.raises(WrongKey):
        pdf.sign(paper, wrong)


@pytest.mark.parametrize("bits", [0, 2048])
def test_a_signature_beside_a_document_holds_over_it_alone(
    responder: Responder, trusted: Path, bits: int
) -> None:
    signer = responder.authority.organisation("Sở Y tế Giả lập", bits=bits).signer()
    signature = detached.sign(b"noi dung", signer, stamper=responder.stamper())
    assert detached.check(b"noi dung", signature, load_trust(), now()).state == "holds"
    assert parts(detached.check(b"noi dunG", signature, load_trust(), now())) == ["mismatch"]
    assert parts(detached.check(b"noi dung", signature[:-5], load_trust(), now())) == ["unreadable"]
    assert parts(detached.check(b"noi dung", b"", load_trust(), now())) == ["unreadable"]


def test_a_time_stamp_is_asked_of_the_service(responder: Responder, address: str, trusted: Path) -> None:
    signer = responder.authority.organisation("Sở Y tế Giả lập").signer()
    signature = detached.sign(b"x", signer, timestamp=f"{address}/tsa")
    answer = detached.check(b"x", signature, load_trust(), now())
    assert answer.signer is not None
    assert answer.signer["stamped_at"]


@pytest.mark.parametrize("fault", ["down", "odd"])
def test_without_the_service_nothing_is_signed(
    responder: Responder, address: str, paper: bytes, fault: str
) -> None:
    responder.faults = {fault}
    signer = responder.authority.organisation("Sở Y tế Giả lập").signer()
    for make in (pdf.sign, detached.sign):
        with pytest.raises(documents.NoTimeStamp):
            make(paper, signer, timestamp=f"{address}/tsa")


def test_the_number_of_a_person_is_in_no_log(
    responder: Responder, trusted: Path, paper: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = pdf.sign(paper, responder.authority.person("Trần Thị Giả Lập", NUMBER).signer())
    answers = pdf.check(made, TrustStore(), now()) + pdf.check(made, load_trust(), now())
    assert len(answers) == 2
    assert NUMBER not in caplog.text
    assert NUMBER not in str(answers)
