"""A twin of a national system that takes batches: the National Data Centre, and the wallet of VNeID.

It keeps what was applied, per subject the last version, and shows it by digest and read back. It knows a
message again by its id and applies in the order of arrival, as a plain receiver would: whoever sends a newer
version before the older one is through is found out in `log`. Each request suffers each fault chosen with
the probability `rate`. The wire form is `links.connectors.batches`; nothing official is published.
"""

import json
import secrets
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from khoyte.links.feeds import bucket_digest, digest_of

FAULTS = {
    "slow": "answers after the sender has given up; what it was sent is applied all the same, now or later",
    "401": "does not know the token",
    "half-batch": "applies and answers the first half only",
    "duplicate": "is delivered the same batch twice",
    "silent-drop": "says that all is accepted and forgets some of it",
    "wrong-ack": "answers for messages it was never sent",
    "down": "hangs up, before or after applying",
    "429": "asks to wait a second",
    "out-of-order": "applies backwards, and some of it only with a later request",
}
SLOW_SECONDS = 12.0
RETRY_AFTER = 1


@dataclass(frozen=True)
class Answer:
    status: int
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class HangUp(Exception):
    """No answer at all."""


@dataclass
class Kept:
    """What is held of a subject; `payload` None: it was asked to forget it."""

    kind: str
    bucket: str
    sequence: int
    digest: str
    payload: dict[str, Any] | None


class Failing:
    """Each request suffers each fault chosen with the probability `rate`."""

    def __init__(
        self,
        faults: Collection[str] = (),
        *,
        rate: float = 1.0,
        seed: int = 1,
        token: str = "",
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self.faults, self.rate, self.token, self.slow_seconds = set(faults), rate, token, slow_seconds
        self.suffered: dict[str, int] = {}
        self.ended = threading.Event()
        self._rng, self._lock = Random(seed), threading.Lock()

    def _drawn(self) -> set[str]:
        with self._lock:
            drawn = {name for name in sorted(self.faults) if self._rng.random() < self.rate}
            for name in drawn:
                self.suffered[name] = self.suffered.get(name, 0) + 1
            if "down" in drawn and self._rng.random() < 0.5:
                drawn.add("down-first")
            if "slow" in drawn and self._rng.random() < 0.5:
                drawn.add("slow-first")
        return drawn

    def _before(self, faults: set[str]) -> Answer | None:
        """What befalls a request before anything is applied."""
        if "down-first" in faults:
            raise HangUp
        if "slow-first" in faults:
            self.ended.wait(self.slow_seconds)
        if "429" in faults:
            return Answer(429, {"error": "slow_down"}, {"Retry-After": str(RETRY_AFTER)})
        if "401" in faults:
            return Answer(401, {"error": "invalid_token"})
        return None

    def _slowly(self, faults: set[str]) -> None:
        if "slow" in faults:
            self.ended.wait(self.slow_seconds)
        if "down" in faults:
            raise HangUp


class Receiver(Failing):
    """The receiver itself, without its web server. Every method may be called from many threads."""

    def __init__(
        self,
        faults: Collection[str] = (),
        *,
        rate: float = 1.0,
        seed: int = 1,
        token: str = "",
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        super().__init__(faults, rate=rate, seed=seed, token=token, slow_seconds=slow_seconds)
        self.refuse: Callable[[dict[str, Any]], str] = lambda message: ""
        self.kept: dict[str, Kept] = {}
        self.log: list[tuple[str, int, str]] = []  # subject, sequence, message id, in the order applied
        self.seen: set[str] = set()
        self.repeats = 0
        self._late: list[dict[str, Any]] = []

    def answer(self, method: str, path: str, body: bytes, authorization: str = "") -> Answer:
        """Raises HangUp where the connection is to be closed."""
        address = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        faults = self._drawn()
        before = self._before(faults)
        if before is not None:
            return before
        if self.token and authorization != f"Bearer {self.token}":
            return Answer(401, {"error": "invalid_token"})
        document = json.loads(body) if body else {}
        last = address.path.rstrip("/").rpartition("/")[2]
        if method == "POST" and last in ("batches", "documents"):
            return self._batch(document.get("messages") or document.get("documents") or [], faults)
        self._slowly(faults)
        if method == "POST" and last == "read-back":
            return Answer(200, {"records": self._records(document.get("subjects") or [])})
        if method == "POST" and last == "payload":
            kept = self.kept.get(document.get("subject", ""))
            return Answer(200, {"payload": kept.payload}) if kept and kept.payload else Answer(404)
        if method == "GET" and last == "digests":
            return Answer(200, {"buckets": self._digests(asked.get("kind", ""))})
        if method == "GET" and last == "records":
            return Answer(
                200, {"records": self._records(self._of(asked.get("kind", ""), asked.get("bucket")))}
            )
        return Answer(404, {"error": "not_found"})

    # A batch

    def _batch(self, messages: list[dict[str, Any]], faults: set[str]) -> Answer:
        with self._lock:
            for late in self._late:
                self._apply(late)
            self._late = []
        if "half-batch" in faults:
            messages = messages[: (len(messages) + 1) // 2]
        results = []
        with self._lock:
            for _ in range(2 if "duplicate" in faults else 1):
                order = list(reversed(messages)) if "out-of-order" in faults else messages
                results = [self._take(message, faults) for message in order]
        if "wrong-ack" in faults:
            results = [{**one, "id": str(uuid4())} if n % 2 else one for n, one in enumerate(results)]
        self._slowly(faults)
        return Answer(200, {"results": results})

    def _take(self, message: dict[str, Any], faults: set[str]) -> dict[str, Any]:
        payload = message.get("payload")
        code = self.refuse(message)
        if message.get("digest") != digest_of(payload):
            code = "digest-mismatch"
        if code:
            return {"id": message["id"], "status": "rejected", "code": code}
        if "silent-drop" in faults and self._rng.random() < 0.5:
            pass
        elif "out-of-order" in faults and self._rng.random() < 0.1:
            self._late.append(message)
        else:
            self._apply(message)
        return {"id": message["id"], "status": "accepted"}

    def _apply(self, message: dict[str, Any]) -> None:
        if message["id"] in self.seen:
            self.repeats += 1
            return
        self.seen.add(message["id"])
        subject, payload = message["subject"], message.get("payload")
        self.kept[subject] = Kept(
            message["kind"], message["bucket"], message["sequence"], digest_of(payload), payload
        )
        self.log.append((subject, message["sequence"], message["id"]))

    # Showing what is held

    def _records(self, subjects: Collection[str]) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {"subject": subject, "sequence": kept.sequence, "digest": kept.digest}
                for subject in subjects
                for kept in [self.kept.get(subject)]
                if kept is not None
            ]

    def _of(self, kind: str, bucket: str | None = None) -> list[str]:
        with self._lock:
            return [
                subject
                for subject, kept in self.kept.items()
                if kept.kind == kind and kept.payload is not None and bucket in (None, kept.bucket)
            ]

    def _digests(self, kind: str) -> list[dict[str, Any]]:
        buckets: dict[str, dict[str, str]] = {}
        for subject in self._of(kind):
            kept = self.kept[subject]
            buckets.setdefault(kept.bucket, {})[subject] = kept.digest
        return [
            {"bucket": name, "records": len(held), "digest": bucket_digest(held)}
            for name, held in sorted(buckets.items())
        ]


def fresh_token() -> str:
    return secrets.token_urlsafe(24)


@contextmanager
def serving(receiver: Any, port: int = 0) -> Iterator[str]:
    """Serve anything with `answer(method, path, body, authorization)` on loopback; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _answer(self, body: bytes) -> None:
            try:
                given = receiver.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            except HangUp:
                self.close_connection = True
                return
            with suppress(OSError):  # who asked has given up
                write(self, given)

        def log_message(self, format: str, *args: object) -> None:
            """Addresses could hold what they should not: nothing is written."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        receiver.ended.set()
        server.shutdown()
        server.server_close()


def write(handler: BaseHTTPRequestHandler, given: Answer) -> None:
    content = b"" if given.document is None else json.dumps(given.document, ensure_ascii=False).encode()
    handler.send_response(given.status)
    for name, value in {**given.headers, "Content-Type": "application/json"}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
