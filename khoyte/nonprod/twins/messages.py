"""Twins of what carries notices: a mail relay (SMTP), an SMS gateway and Zalo's, on the loopback.

They behave as they are told, call by call: `behaviours` are taken in turn, the last one stays. A gateway
knows a message again by its number, a mail store by its Message-ID: `reached` is what people really got.
Nothing official describes how these systems fail; the faults are those of the other twins.
"""

import json
import socketserver
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAULTS = {
    "down": "hangs up before taking anything",
    "slow": "answers after the sender has given up; what it was sent is taken all the same",
    "429": "asks to wait a second (450 from a relay)",
    "500": "is broken (451 from a relay)",
    "no-such": "does not know the recipient",
    "drop": "says that it took the message and forgets it",
    "wrong-ack": "acknowledges another message; what it was sent is taken",
    "cut": "takes the message and hangs up before saying so",
    "good": "takes it",
}


@dataclass
class Taken:
    """One message as somebody got it."""

    id: str
    to: str
    text: str


@dataclass
class Carrier:
    """What came in, how the next calls behave, what reached people."""

    behaviours: list[str] = field(default_factory=lambda: ["good"])
    slow_seconds: float = 3.0
    reached: dict[str, Taken] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)  # the number of each message handed in, repeats included
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def next_behaviour(self) -> str:
        with self.lock:
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]

    def take(self, taken: Taken) -> None:
        """Once in effect, however often it comes."""
        with self.lock:
            self.reached.setdefault(taken.id, taken)


class _Gateway(BaseHTTPRequestHandler):
    carrier: Carrier

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        name = "tracking_id" if "tracking_id" in asked else "requestId"
        number = str(asked.get(name, ""))
        if self.path.endswith("/status"):
            state = "delivered" if number in self.carrier.reached else "unknown"
            self._answer(200, {name: number, "status": state})
            return
        self.carrier.calls.append(number)
        self._behave(self.carrier.next_behaviour(), name, number, asked)

    def _behave(self, behaviour: str, name: str, number: str, asked: dict[str, Any]) -> None:
        if behaviour == "down":
            self.connection.close()
            return
        if behaviour in ("429", "500", "no-such"):
            status = {"429": 429, "500": 500, "no-such": 404}[behaviour]
            self._answer(status, {"error": behaviour}, {"Retry-After": "1"} if status == 429 else {})
            return
        if behaviour != "drop":
            text = asked.get("text") or json.dumps(asked.get("template_data"), ensure_ascii=False)
            self.carrier.take(Taken(number, str(asked.get("to") or asked.get("phone")), text))
        if behaviour == "cut":
            self.connection.close()
            return
        if behaviour == "slow":
            time.sleep(self.carrier.slow_seconds)
        echoed = "00000000-0000-0000-0000-000000000000" if behaviour == "wrong-ack" else number
        with suppress(OSError):
            self._answer(202, {name: echoed, "status": "queued"})

    def _answer(self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class _Relay(socketserver.StreamRequestHandler):
    carrier: Carrier

    def handle(self) -> None:
        behaviour = self.carrier.next_behaviour()
        if behaviour == "down":
            return
        if behaviour == "slow":
            time.sleep(self.carrier.slow_seconds)
        with suppress(OSError):
            self._converse(behaviour)

    def _converse(self, behaviour: str) -> None:
        self._say("220 twin")
        to = ""
        while line := self.rfile.readline():
            verb = line.decode("ascii", "replace").strip().upper()
            if verb.startswith("RCPT"):
                to = line.decode("ascii", "replace").partition("<")[2].partition(">")[0]
                refusals = {"429": "450 later", "500": "451 broken", "no-such": "550 no such user"}
                self._say(refusals.get(behaviour, "250 ok"))
            elif verb == "DATA":
                self._say("354 go on")
                self._take(self._data(), to, behaviour)
                if behaviour == "cut":
                    return
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _take(self, raw: bytes, to: str, behaviour: str) -> None:
        mail = message_from_bytes(raw, policy=policy.default)
        number = str(mail["Message-ID"]).strip("<>").partition("@")[0]
        self.carrier.calls.append(number)
        if behaviour != "drop":
            self.carrier.take(Taken(number, to, f"{mail['Subject']}\n{mail.get_content()}"))

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Threading(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def gateway(behaviours: Sequence[str] = ("good",), port: int = 0) -> Iterator[tuple[str, Carrier]]:
    """An SMS or Zalo gateway: its address, and what it does."""
    carrier = Carrier(list(behaviours))
    bound = type("Bound", (_Gateway,), {"carrier": carrier})
    server = ThreadingHTTPServer(("127.0.0.1", port), bound)
    server.daemon_threads = True
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}", carrier


@contextmanager
def relay(behaviours: Sequence[str] = ("good",), port: int = 0) -> Iterator[tuple[str, Carrier]]:
    """A mail relay: its address, and what it does."""
    carrier = Carrier(list(behaviours))
    server = _Threading(("127.0.0.1", port), type("Bound", (_Relay,), {"carrier": carrier}))
    with _serving(server):
        yield f"smtp://127.0.0.1:{server.server_address[1]}", carrier


@contextmanager
def _serving(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
