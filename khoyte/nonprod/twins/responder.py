"""The authority over HTTP: lists, answers on revocation, time stamps and remote signing (CSC API v2).

Faults: "down" (503), "slow" (answers after `slow_seconds`), "odd" (an answer that is no answer), "old" (lists
and answers that ended long ago), "refuse" (the remote service does not agree). All on one address:

    GET  /crl/root.crl, /crl/issuing.crl      POST /ocsp      POST /tsa      POST /csc/v2/...
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import keys, tsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from khoyte.nonprod.twins.authority import Authority, Issued
from khoyte.signing.documents import to_asn1

FAULTS = ("down", "slow", "odd", "old", "refuse")
TOKEN, PIN = "twin-token", "0000"


class Responder:
    """One authority with its services; `issued` are the certificates it answers about and signs for."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.issued: dict[str, Issued] = {}
        self.faults: set[str] = set()
        self.slow_seconds = 2.0
        self.agreed: set[str] = set()
        self._stamps: DummyTimeStamper | None = None

    def answer(self, path: str, body: bytes, bearer: str) -> tuple[int, str, bytes]:
        """Status, kind of content and content for a request."""
        if "slow" in self.faults:
            time.sleep(self.slow_seconds)
        if "down" in self.faults:
            return 503, "text/plain", b""
        if "odd" in self.faults:
            return 200, "application/octet-stream", b"<html>not what you asked for</html>"
        if path.startswith("/crl/"):
            who = path.removeprefix("/crl/").removesuffix(".crl")
            return 200, "application/pkix-crl", self.authority.list_of(who, made=self._made())
        if path == "/ocsp":
            return 200, "application/ocsp-response", self._ocsp(body)
        if path == "/tsa":
            return 200, "application/timestamp-reply", self._stamp(body)
        if path.startswith("/csc/v2/"):
            return self._csc(path.removeprefix("/csc/v2/"), json.loads(body), bearer)
        return 404, "text/plain", b""

    def _made(self) -> datetime:
        return datetime.now(UTC) - (timedelta(days=60) if "old" in self.faults else timedelta())

    def _ocsp(self, body: bytes) -> bytes:
        number = ocsp.load_der_ocsp_request(body).serial_number
        for one in self.issued.values():
            if one.certificate.serial_number == number:
                return self.authority.answer_for(one.certificate, made=self._made())
        unknown = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        return unknown.public_bytes(Encoding.DER)

    def stamper(self) -> DummyTimeStamper:
        """The time-stamp service itself, for use without the network."""
        if self._stamps is None:
            own = self.authority.special("Khoyte TSA", ExtendedKeyUsageOID.TIME_STAMPING, bits=2048)
            der = own.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            above = [to_asn1(one) for one in own.above]
            self._stamps = DummyTimeStamper(
                to_asn1(own.certificate),
                keys.PrivateKeyInfo.load(der),
                above,  # type: ignore[arg-type]
            )
        return self._stamps

    def _stamp(self, body: bytes) -> bytes:
        return bytes(self.stamper().request_tsa_response(tsp.TimeStampReq.load(body)).dump())

    # --- remote signing ---

    def _csc(self, act: str, body: dict[str, Any], bearer: str) -> tuple[int, str, bytes]:
        credential = self.issued.get(body.get("credentialID", ""))
        if bearer != f"Bearer {TOKEN}":
            return _json(401, {"error": "invalid_token"})
        if credential is None:
            return _json(400, {"error": "invalid_request"})
        if act == "credentials/info":
            chain = (credential.certificate, *credential.above)
            written = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in chain]
            return _json(
                200, {"key": {"status": "enabled"}, "cert": {"status": "valid", "certificates": written}}
            )
        if act == "credentials/authorize":
            return self._agree(body)
        if act == "signatures/signHash":
            return self._sign(credential, body)
        return _json(404, {"error": "invalid_request"})

    def _agree(self, body: dict[str, Any]) -> tuple[int, str, bytes]:
        given = {one["id"]: one["value"] for one in body.get("authData", [])}
        if "refuse" in self.faults or given.get("PIN") != PIN:
            return _json(400, {"error": "invalid_pin"})
        self.agreed.add(body["hashes"][0])
        return _json(200, {"SAD": f"SAD-{body['hashes'][0]}", "expiresIn": 300})

    def _sign(self, credential: Issued, body: dict[str, Any]) -> tuple[int, str, bytes]:
        """Only what was agreed to, and once."""
        [digest] = body["hashes"]
        if digest not in self.agreed or body.get("SAD") != f"SAD-{digest}":
            return _json(400, {"error": "invalid_request"})
        self.agreed.discard(digest)
        data, key, how = base64.b64decode(digest), credential.key, Prehashed(hashes.SHA256())
        if isinstance(key, rsa.RSAPrivateKey):
            value = key.sign(data, padding.PKCS1v15(), how)
        else:
            value = key.sign(data, ec.ECDSA(how))
        return _json(200, {"signatures": [base64.b64encode(value).decode()]})


def _json(status: int, document: dict[str, Any]) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(document).encode()


@contextmanager
def serving(responder: Responder, port: int = 0) -> Iterator[str]:
    """Serve on loopback; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            status, kind, content = responder.answer(self.path, body, self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(BrokenPipeError):  # who asked has given up
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
