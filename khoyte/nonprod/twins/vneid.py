"""A twin of VNeID with faults: its sign-in for invented persons (OpenID), and its wallet of licences.

Endpoints as in any provider (discovery, authorize, token, jwks); PKCE is asked. The page of persons stands
for the app in which somebody consents. VNeID's own interface is not public: what is not in OpenID Connect
Core (names of the levels) is our guess and is set by KHOYTE_OIDC_VNEID_LEVELS.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from khoyte.nonprod.twins.receiver import FAULTS as RECEIVER_FAULTS
from khoyte.nonprod.twins.receiver import HangUp, Receiver, write

FAULTS = {
    "slow": "answers later than anybody waits",
    "401": "refuses at the token address",
    "elsewhere": "sends on to another address at the token address",
    "wrong-signature": "signs with a key that is not its own",
    "unsigned": "does not sign (alg none)",
    "wrong-issuer": "names another issuer",
    "wrong-audience": "made for another client",
    "wrong-nonce": "made for another way",
    "wrong-state": "comes back with another state",
    "wrong-hash": "does not fit the access token",
    "expired": "ended an hour ago",
    "no-json": "answers with a page",
}
SLOW_SECONDS = 30.0
_CODE_SECONDS = 60


@dataclass(frozen=True)
class Person:
    """An invented person: personal number with the unused place code 999, name, assurance level."""

    number: str
    name: str
    level: str


PERSONS = (
    Person("999185000101", "Lò Thị Thử Nghiệm", "level2"),
    Person("999090000102", "Trần Văn Minh Họa", "level1"),
    Person("999195000103", "Nguyễn Thị Giả Định", "level2"),
)


@dataclass
class _Code:
    """What was consented to, until its code is redeemed or a minute is over."""

    person: Person
    client_id: str
    redirect_uri: str
    nonce: str
    challenge: str
    made_at: float = field(default_factory=time.time)


class VNeIDTwin:
    """A running provider; `faults` may be changed while it runs. `with VNeIDTwin() as twin: twin.issuer`."""

    def __init__(self, port: int = 0, faults: Collection[str] = ()) -> None:
        self.faults = set(faults)
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})
        self.server = _Server(port, self)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.codes: dict[str, _Code] = {}
        self.wallet = Receiver(self.faults & set(RECEIVER_FAULTS))
        self.ended = threading.Event()

    def __enter__(self) -> "VNeIDTwin":
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def consent(self, asked: dict[str, str], person: Person) -> str:
        """Where the browser goes once the person has consented."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = _Code(
            person, asked["client_id"], asked["redirect_uri"], asked.get("nonce", ""), asked["code_challenge"]
        )
        state = "another" if "wrong-state" in self.faults else asked.get("state", "")
        answer = {"code": code, "state": state, "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def redeem(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Tokens for a code, once; None when code, client, address or PKCE do not fit."""
        kept = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "").encode()
        fits = (
            kept is not None
            and time.time() - kept.made_at < _CODE_SECONDS
            and form.get("grant_type") == "authorization_code"
            and form.get("client_id") == kept.client_id
            and form.get("redirect_uri") == kept.redirect_uri
            and _unpadded(hashlib.sha256(verifier).digest()) == kept.challenge
        )
        if kept is None or not fits:
            return None
        access = secrets.token_urlsafe(24)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self._id_token(kept, access),
        }

    def _id_token(self, kept: _Code, access: str) -> str:
        now = int(time.time()) - (3600 if "expired" in self.faults else 0)
        digest = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": "http://127.0.0.1:1" if "wrong-issuer" in self.faults else self.issuer,
            "aud": "another" if "wrong-audience" in self.faults else kept.client_id,
            "sub": kept.person.number,
            "nonce": "another" if "wrong-nonce" in self.faults else kept.nonce,
            "iat": now,
            "exp": now + 300,
            "acr": kept.person.level,
            "at_hash": _unpadded(digest[::-1] if "wrong-hash" in self.faults else digest),
        }
        if "unsigned" in self.faults:
            parts = ({"alg": "none"}, claims)
            return ".".join(_unpadded(json.dumps(part).encode()) for part in parts) + "."
        key = self.key
        if "wrong-signature" in self.faults:
            key = RSAKey.generate_key(2048, {"kid": str(self.key.kid)})
        return jwt.encode({"alg": "RS256", "kid": str(self.key.kid)}, claims, key, algorithms=["RS256"])

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": ["level1", "level2"],
            "authorization_response_iss_parameter_supported": True,
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, twin: VNeIDTwin) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.twin = twin


class _Handler(BaseHTTPRequestHandler):
    """One request; `self.server` knows its self.server.twin."""

    server: "_Server"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        pages: dict[str, Callable[[], None]] = {
            "/.well-known/openid-configuration": lambda: self.document(self.server.twin.configuration()),
            "/jwks": lambda: self.document({"keys": [self.server.twin.key.as_dict(private=False)]}),
            "/authorize": lambda: self.persons(asked),
            "/consent": lambda: self.consented(asked),
        }
        if address.path.startswith("/v1/wallet/"):
            return self.wallet()
        return pages.get(address.path, lambda: self.send_error(404))()

    def wallet(self) -> None:
        """Licences on their way to holders, as the sign-in's neighbour."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        authorization = self.headers.get("Authorization", "")
        try:
            given = self.server.twin.wallet.answer(self.command, self.path, body, authorization)
        except HangUp:
            self.close_connection = True
            return
        write(self, given)

    def do_POST(self) -> None:
        if self.path.startswith("/v1/wallet/"):
            return self.wallet()
        length = min(int(self.headers.get("Content-Length") or 0), 65536)
        body = self.rfile.read(length).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if "slow" in self.server.twin.faults:
            self.server.twin.ended.wait(SLOW_SECONDS)
        if "401" in self.server.twin.faults:
            return self.document({"error": "invalid_client"}, 401)
        if "elsewhere" in self.server.twin.faults:
            return self.redirect(f"{self.server.twin.issuer}/.well-known/openid-configuration")
        if "no-json" in self.server.twin.faults:
            return self.page("<p>Bảo trì</p>")
        given = self.server.twin.redeem(form)
        return self.document(given, 200) if given else self.document({"error": "invalid_grant"}, 400)

    def persons(self, asked: dict[str, str]) -> None:
        """The page that stands for the app: who consents?"""
        if not {"client_id", "redirect_uri", "code_challenge"} <= set(asked):
            return self.send_error(400)
        links = "".join(
            f'<li><a href="/consent?{html.escape(urlencode({**asked, "person": person.number}))}">'
            f"{html.escape(person.name)} ({person.level})</a></li>"
            for person in PERSONS
        )
        return self.page(f"<h1>VNeID (bản sao để phát triển)</h1><ul>{links}</ul>")

    def consented(self, asked: dict[str, str]) -> None:
        person = next((one for one in PERSONS if one.number == asked.get("person")), None)
        if person is None or not {"client_id", "redirect_uri", "code_challenge"} <= set(asked):
            return self.send_error(400)
        return self.redirect(self.server.twin.consent(asked, person))

    def document(self, value: dict[str, Any], status: int = 200) -> None:
        self.answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def page(self, body: str) -> None:
        head = '<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><title>VNeID</title>'
        self.answer(200, (head + body).encode(), {"Content-Type": "text/html; charset=utf-8"})

    def redirect(self, address: str) -> None:
        self.answer(302, b"", {"Location": address})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Addresses hold codes: nothing is written."""


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
