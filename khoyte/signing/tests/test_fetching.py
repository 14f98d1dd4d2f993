"""Lists and answers are fetched apart from judging; what does not verify is not kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from khoyte.nonprod.twins.authority import Authority, Issued
from khoyte.nonprod.twins.responder import Responder
from khoyte.signing import fetching
from khoyte.signing.trust import load_trust


@pytest.fixture
def in_use(responder: Responder, address: str, trusted: Path) -> Issued:
    """A certificate that names the services of the authority; nothing about it is at hand."""
    made = responder.authority.organisation("Bệnh viện Giả lập")
    responder.issued["x"] = made
    fetching.keep_in_use(made.certificate)
    (trusted / "lists/issuing.crl").unlink()
    return made


def lacking(issued: Issued) -> list[str]:
    standing = load_trust().standing(issued.certificate, (), datetime.now(UTC))
    return [part for part, _ in (*standing.problems, *standing.lacking)]


def test_a_list_and_an_answer_are_fetched_from_where_the_certificate_says(in_use: Issued) -> None:
    assert lacking(in_use) == ["list-missing"]
    report = fetching.refresh()
    assert ([address.rpartition("/")[2] for address in report.kept], report.failed) == (
        ["issuing.crl", "ocsp"],
        [],
    )
    assert lacking(in_use) == []


def test_what_was_revoked_since_is_known_after_the_next_fetch(responder: Responder, in_use: Issued) -> None:
    fetching.refresh()
    responder.authority.revoke(in_use.certificate, datetime.now(UTC) - timedelta(minutes=1))
    assert lacking(in_use) == []
    fetching.refresh()
    assert lacking(in_use) == ["revoked"]


@pytest.mark.parametrize(("fault", "reason"), [("down", "no-answer"), ("odd", "unreadable")])
def test_a_service_out_of_order_leaves_what_is_at_hand(
    responder: Responder, in_use: Issued, fault: str, reason: str
) -> None:
    fetching.refresh()
    responder.faults = {fault}
    report = fetching.refresh()
    assert {why for _, why in report.failed} == {reason}
    assert lacking(in_use) == []


def test_an_old_list_does_not_replace_a_newer_one(responder: Responder, in_use: Issued) -> None:
    fetching.refresh()
    responder.faults = {"old"}
    report = fetching.refresh()
    assert "older-than-at-hand" in {why for _, why in report.failed}


def test_a_slow_service_is_given_up(
    responder: Responder, in_use: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    responder.slow_seconds = 1.5
    responder.faults = {"slow"}
    assert {why for _, why in fetching.refresh().failed} == {"no-answer"}


def test_a_list_of_somebody_else_is_not_kept(
    responder: Responder, in_use: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responder, "authority", Authority.make(address=responder.authority.address))
    report = fetching.refresh()
    assert {why for _, why in report.failed} == {"not-signed-by-a-trusted-authority"}
    assert lacking(in_use) == ["list-missing"]


def test_addresses_that_are_not_of_the_web_are_not_asked(trusted: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (trusted / fetching.ADDRESSES).write_text(f"file://{secret}\nftp://127.0.0.1/x\n")
    assert {why for _, why in fetching.refresh().failed} == {"no-answer"}
