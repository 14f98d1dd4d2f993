"""Lists and answers are fetched apart from judging; what does not verify is not kept."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.test import override_settings

from khoyte.links.tests.receiver import answer, receiving
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


# Where a certificate may send us: one facility's certificate must not make the platform knock inside.
IN_PRODUCTION = {"NONPROD": False, "TRUST_NETWORKS": ()}


def troubles(trusted: Path, *addresses: str) -> dict[str, str]:
    """What became of these addresses alone."""
    (trusted / fetching.ADDRESSES).write_text("\n".join(addresses) + "\n")
    report = fetching.refresh()
    return {address: why for address, why in report.failed if address in addresses}


@contextmanager
def calls_of(responder: Responder, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every path the authority is asked for."""
    calls: list[str] = []
    original = responder.answer

    def noted(path: str, body: bytes, bearer: str) -> tuple[int, str, bytes]:
        calls.append(path)
        return original(path, body, bearer)

    monkeypatch.setattr(responder, "answer", noted)
    yield calls


def test_what_a_certificate_names_inside_is_never_asked(
    responder: Responder, in_use: Issued, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with calls_of(responder, monkeypatch) as calls, override_settings(**IN_PRODUCTION):
        report = fetching.refresh()
        assert {why for _, why in report.failed} == {"address-not-public"}
        assert (len(report.failed), report.kept, calls) == (2, [], [])
        inside = [f"http://{host}/x.crl" for host in (
            "169.254.169.254", "10.0.0.8", "192.168.1.1", "[::1]", "[::ffff:127.0.0.1]", "[fd00::8]",
            "[64:ff9b::a9fe:a9fe]", "localhost", "2130706433",
        )]  # fmt: skip
        assert troubles(trusted, *inside) == dict.fromkeys(inside, "address-not-public")


def test_an_authority_in_a_network_the_operator_named_is_asked(in_use: Issued) -> None:
    named = {**IN_PRODUCTION, "TRUST_NETWORKS": (ip_network("127.0.0.0/8"),)}
    with override_settings(**named):
        assert fetching.refresh().failed == []
    assert lacking(in_use) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("inside", [True, False])
def test_an_address_that_sends_elsewhere_is_not_followed(
    responder: Responder,
    address: str,
    trusted: Path,
    status: int,
    inside: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = f"{address}/crl/issuing.crl" if inside else "http://169.254.169.254/latest/meta-data"
    with (
        calls_of(responder, monkeypatch) as calls,
        receiving() as moved,
        monkeypatch.context() as patched,
    ):
        handler = moved.server.RequestHandlerClass  # type: ignore[union-attr]
        patched.setattr(handler, "do_GET", answer(status, Location=target))
        assert troubles(trusted, moved.url) == {moved.url: "redirect"}
        assert calls == []


def test_a_name_is_looked_up_once_and_all_it_stands_for_must_be_allowed(
    address: str, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its address after the check (rebinding) gains nothing, nor one with two."""
    port, original = int(address.rpartition(":")[2]), socket.getaddrinfo
    behind = {"doi.example": ["127.0.0.1"], "hai.example": ["127.0.0.1", "169.254.169.254"]}
    looked_up: list[str] = []

    def look_up(host: str, *rest: object, **more: object) -> list[tuple]:
        if host not in behind:
            return original(host, *rest, **more)  # type: ignore[arg-type]
        looked_up.append(host)
        # From the second time on the name stands for the address of a cloud's metadata.
        numbers = behind[host] if looked_up.count(host) == 1 else ["169.254.169.254"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in numbers]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    one, two = (f"http://{name}:{port}/crl/issuing.crl" for name in behind)
    named = {**IN_PRODUCTION, "TRUST_NETWORKS": (ip_network("127.0.0.0/8"),)}
    with override_settings(**named):
        assert troubles(trusted, one, two) == {two: "address-not-public"}
    assert looked_up == list(behind)


def test_an_answer_too_large_is_not_kept(
    in_use: Issued, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LIST_BYTES", 64)
    monkeypatch.setattr(fetching, "ANSWER_BYTES", 64)
    report = fetching.refresh()
    assert ({why for _, why in report.failed}, report.kept) == ({"not-whole"}, [])
    assert lacking(in_use) == ["list-missing"]
