"""Software that keeps its keys at an address: a twin of it, over TLS, that rotates, goes away, attacks."""

import json
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from django.test import Client
from joserfc import jwt
from joserfc.jwk import RSAKey

from khoyte.foundation.tests.certificates import self_signed
from khoyte.links import keysets
from khoyte.units import client_commands, client_keysets, client_proofs, machine_clients
from khoyte.units.errors import WrongKey
from khoyte.units.models import MachineClient
from khoyte.units.places import networks
from khoyte.units.policy import system_actor
from khoyte.units.tests.country import make_units

pytestmark = pytest.mark.django_db
BY = system_actor("test")
FIRST = RSAKey.generate_key(2048, {"kid": "first"})
SECOND = RSAKey.generate_key(2048, {"kid": "second"})


class Twin:
    """A hospital's software as far as it shows its keys."""

    def __init__(self, folder: Path) -> None:
        self.keys: list[RSAKey] = [FIRST]
        self.status, self.head, self.body = 200, {}, b""
        self.asked = 0
        twin = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                twin.asked += 1
                self.send_response(twin.status)
                for name, value in twin.head.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(twin.body or twin.said())

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(folder))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = f"https://localhost:{self.server.server_port}/jwks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def said(self) -> bytes:
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()


@pytest.fixture
def twin(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twin]:
    make_units()
    client_keysets.forget()
    settings.JWKS_HOSTS = ["localhost"]
    settings.JWKS_NETWORKS = networks("127.0.0.0/8,::1/128", "KHOYTE_JWKS_NETWORKS")
    made = Twin(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    yield made
    made.server.shutdown()
    made.server.server_close()
    client_keysets.forget()


@pytest.fixture
def software(twin: Twin) -> MachineClient:
    return machine_clients.register(
        client_id="his", unit="97001", name="HIS", scopes=["ledger:read"], jwks_uri=twin.address, by=BY
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(client_keysets, "_now", lambda: now[0])
    return now


def ask(key: RSAKey, kid: str = "") -> int:
    now = int(time.time())
    said = {"iss": "his", "sub": "his", "aud": "http://testserver/oauth/token", "exp": now + 200, "iat": now,
            "jti": str(uuid.uuid4())}  # fmt: skip
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": client_proofs.ASSERTION_TYPE,
        "client_assertion": jwt.encode(
            {"alg": "RS384", "kid": kid or key.kid}, said, key, algorithms=["RS384"]
        ),
        "scope": "ledger:read",
    }
    answer = Client(raise_request_exception=False).post(
        "/oauth/token", urlencode(form), content_type="application/x-www-form-urlencoded"
    )
    return answer.status_code


def test_the_keys_there_prove_it_and_are_asked_for_once(software: MachineClient, twin: Twin) -> None:
    assert [ask(FIRST), ask(FIRST), ask(SECOND)] == [200, 200, 401]
    assert twin.asked == 1, "a key id that is not there asks anew only after some seconds"


def test_a_new_key_works_soon_and_an_old_one_ends(
    software: MachineClient, twin: Twin, clock: list[float]
) -> None:
    assert ask(FIRST) == 200
    twin.keys = [FIRST, SECOND]
    clock[0] += client_keysets.FRESH_AFTER_SECONDS
    assert [ask(SECOND), ask(FIRST)] == [200, 200]
    twin.keys = [SECOND]
    assert ask(FIRST) == 200, "kept for some minutes"
    clock[0] += client_keysets.KEPT_SECONDS
    assert [ask(FIRST), ask(SECOND)] == [401, 200]


def test_invented_key_ids_do_not_make_us_ask_again_and_again(
    software: MachineClient, twin: Twin, clock: list[float]
) -> None:
    assert [ask(SECOND, f"invented-{number}") for number in range(9)] == [401] * 9
    assert twin.asked == 1
    clock[0] += client_keysets.FRESH_AFTER_SECONDS
    assert [ask(SECOND, "again"), ask(FIRST)] == [401, 200]
    assert twin.asked == 2


def test_while_it_is_away_the_last_keys_go_on_for_half_an_hour(
    software: MachineClient, twin: Twin, clock: list[float]
) -> None:
    assert ask(FIRST) == 200
    twin.status = 500
    clock[0] += client_keysets.KEPT_SECONDS
    assert ask(FIRST) == 200
    clock[0] += client_keysets.LAST_KNOWN_SECONDS
    assert ask(FIRST) == 401


@pytest.mark.parametrize(
    ("status", "head", "body"),
    [
        (302, {"Location": "https://localhost/other"}, b"x"),
        (200, {}, b"[" * 100_000),
        (200, {}, b"x" * (client_keysets.client_keys.LONGEST_FILE + 1)),
        (200, {}, json.dumps(FIRST.as_dict(private=True)).encode()),
        (200, {}, b'{"keys": []}'),
        (404, {}, b"no"),
    ],
    ids=["elsewhere", "deep", "endless", "private", "none", "gone"],
)
def test_what_is_no_key_set_proves_nothing(
    software: MachineClient, twin: Twin, status: int, head: dict[str, str], body: bytes
) -> None:
    twin.status, twin.head, twin.body = status, head, body
    assert ask(FIRST) == 401
    assert twin.asked == 1


def test_a_host_no_longer_allowed_or_in_no_named_network_is_never_connected_to(
    software: MachineClient, twin: Twin, settings: Any
) -> None:
    settings.JWKS_NETWORKS = ()
    assert ask(FIRST) == 401
    client_keysets.forget()
    settings.JWKS_NETWORKS = networks("127.0.0.0/8", "KHOYTE_JWKS_NETWORKS")
    settings.JWKS_HOSTS = []
    assert ask(FIRST) == 401
    assert twin.asked == 0


def test_a_certificate_nobody_vouches_for_is_refused(
    software: MachineClient, twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert ask(FIRST) == 401
    assert twin.asked == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost/jwks",
        "https://elsewhere.example/jwks",
        "https://a@localhost/",
        "localhost",
        "https://[/",
    ],
)
def test_an_address_that_may_not_be_asked_is_not_registered(twin: Twin, address: str) -> None:
    with pytest.raises(WrongKey):
        machine_clients.register(
            client_id="his", unit="97001", name="", scopes=["ledger:read"], jwks_uri=address, by=BY
        )
    assert keysets.fetch(address.replace("https://", "http://")) == b""


def test_keys_are_held_here_or_there_but_not_both(software: MachineClient, twin: Twin) -> None:
    with pytest.raises(WrongKey, match="add the key there"):
        machine_clients.add_key("his", FIRST.as_dict(private=False), by=BY)
    words = ["register", "other", "--unit", "97001", "--scope", "ledger:read"]
    assert CliRunner().invoke(client_commands.client, words).exit_code == 2
    done = CliRunner().invoke(client_commands.client, [*words, "--jwks-uri", twin.address])
    assert done.exit_code == 0, done.output
    listed = CliRunner().invoke(client_commands.client, ["list"], obj={"lang": "en"})
    assert twin.address in listed.output
