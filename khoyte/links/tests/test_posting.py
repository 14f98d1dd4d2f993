import socket
import ssl
import time
from pathlib import Path

import pytest

from khoyte.foundation.tests.certificates import self_signed
from khoyte.links.addresses import parse
from khoyte.links.posting import Answer, post
from khoyte.links.tests.receiver import answer, babble, drip, endless_body, hang_up, receiving


def send(url: str, timeout: float = 2.0, loopback: bool = True) -> Answer:
    return post(parse(url), b'{"a":1}', {"X-Mark": "1"}, loopback=loopback, timeout=timeout)


def test_body_headers_and_path_arrive_as_given():
    with receiving() as receiver:
        found = send(receiver.url + "?x=1")
        assert found == Answer(204)
        call = receiver.calls[0]
        assert (call.path, call.body, call.headers["x-mark"]) == ("/hook?x=1", b'{"a":1}', "1")
        assert call.headers["host"] == receiver.url.split("/")[2]


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_every_2xx_is_taken(status: int):
    with receiving(answer(status)) as receiver:
        assert send(receiver.url).taken


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int):
    with receiving() as other, receiving(answer(status, Location=other.url)) as receiver:
        found = send(receiver.url)
        assert (found.status, found.taken) == (status, False)
        assert other.calls == []


def test_the_wish_to_wait_is_heard():
    with receiving(answer(429, Retry_After="120")) as receiver:
        assert send(receiver.url) == Answer(429, "", 120)


@pytest.mark.parametrize(
    ("behaviour", "word"), [(hang_up, "connection"), (babble, "protocol"), (drip, "timeout")]
)
def test_a_receiver_that_misbehaves_gets_a_word_and_never_an_exception(behaviour, word: str):
    with receiving(behaviour) as receiver:
        started = time.monotonic()
        found = send(receiver.url, timeout=0.6)
        assert found.status is None
        assert found.trouble == word
        assert time.monotonic() - started < 2


def test_a_receiver_that_never_answers_is_left_in_time():
    with receiving(lambda handler: time.sleep(3)) as receiver:
        started = time.monotonic()
        assert send(receiver.url, timeout=0.4) == Answer(None, "timeout")
        assert time.monotonic() - started < 1.5


def test_an_endless_answer_is_cut_off_and_its_status_counts():
    with receiving(endless_body) as receiver:
        started = time.monotonic()
        assert send(receiver.url, timeout=1).status == 200
        assert time.monotonic() - started < 2


def test_nobody_listens():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/") == Answer(None, "connection")


def test_plain_http_behind_an_https_address_is_a_tls_trouble():
    with receiving() as receiver:
        found = send(receiver.url.replace("http://", "https://"), timeout=2)
        assert found.status is None
        assert found.trouble == "tls"
        assert receiver.calls == []


def test_a_private_address_is_never_connected_to():
    with receiving() as receiver:
        assert send(receiver.url, loopback=False) == Answer(None, "address-not-public")
        assert receiver.calls == []


def test_the_connection_goes_to_the_checked_address_not_to_a_second_look_up(monkeypatch: pytest.MonkeyPatch):
    """A name that changes its address between check and connection gains nothing."""
    with receiving() as receiver:
        port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
        looked_up = []

        def rebinding(host: str, *_: object, **__: object) -> list[tuple]:
            looked_up.append(host)
            if host == "his.example":
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
            return original(host, *_, **__)

        original = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        found = send(f"http://his.example:{port}/hook")
        assert found.taken
        assert receiver.calls[0].headers["host"] == f"his.example:{port}"
        assert looked_up.count("his.example") == 1


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path):
    with receiving() as receiver:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(tmp_path))
        receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
        found = send(receiver.url.replace("http://127.0.0.1", "https://localhost"))
        assert found == Answer(None, "tls")
        assert receiver.calls == []
