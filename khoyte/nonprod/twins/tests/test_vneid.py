"""The twin by its command, and that it is as strict as a provider is."""

import base64
import hashlib
import re
import subprocess
import sys

import httpx
import pytest

from khoyte.nonprod.twins.vneid import PERSONS, VNeIDTwin

VERIFIER = "a verifier of at least 43 signs, as RFC 7636 has it"
ASKED = {
    "client_id": "khoyte",
    "redirect_uri": "http://127.0.0.1:1/ve",
    "state": "s",
    "nonce": "n",
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    .decode()
    .rstrip("="),
}


def form(code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "khoyte",
        "redirect_uri": ASKED["redirect_uri"],
        "code_verifier": VERIFIER,
    }


def code_of(twin: VNeIDTwin) -> str:
    return re.search(r"code=([^&]+)", twin.consent(ASKED, PERSONS[0])).group(1)


def test_a_code_is_redeemed_once() -> None:
    with VNeIDTwin() as twin:
        code = code_of(twin)
        answers = [httpx.post(f"{twin.issuer}/token", data=form(code)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert set(answers[0].json()) == {"access_token", "token_type", "expires_in", "id_token"}


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": VERIFIER[:-1] + "x"},
        {"code_verifier": ""},
        {"client_id": "another"},
        {"redirect_uri": "http://127.0.0.1:2/ve"},
        {"grant_type": "password"},
        {"code": "another"},
    ],
)
def test_a_request_that_does_not_fit_gets_nothing(change: dict[str, str]) -> None:
    with VNeIDTwin() as twin:
        answer = httpx.post(f"{twin.issuer}/token", data={**form(code_of(twin)), **change})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


def test_without_pkce_nobody_is_asked() -> None:
    with VNeIDTwin() as twin:
        without = {name: value for name, value in ASKED.items() if name != "code_challenge"}
        assert httpx.get(f"{twin.issuer}/authorize", params=without).status_code == 400
        assert "Lò Thị" in httpx.get(f"{twin.issuer}/authorize", params=ASKED).text


def test_persons_are_invented() -> None:
    assert all(person.number.startswith("999") for person in PERSONS)


def test_the_command_says_how_it_is_used() -> None:
    command = [sys.executable, "-m", "khoyte", "twin", "vneid", "--port", "0", "--fault", "expired"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            issuer = re.search(r"ISSUER=(\S+)", line).group(1)
            found = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
            assert found["issuer"] == issuer
        finally:
            process.terminate()
