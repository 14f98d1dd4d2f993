"""A webhook receiver on this machine that behaves as it is told: answers, stalls, redirects, hangs up."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[["Handler"], None]


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came in, and how the next calls are answered; the last behaviour stays."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    on_call: Callable[[], None] = lambda: None
    server: ThreadingHTTPServer | None = None

    def next_behaviour(self) -> Behaviour:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.calls.append(Call(self.path, headers, body))
        self.receiver.on_call()
        self.receiver.next_behaviour()(self)

    def do_GET(self) -> None:
        self.receiver.calls.append(Call("GET " + self.path, {}, b""))
        answer(200)(self)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def answer(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def hang_up(handler: Handler) -> None:
    handler.connection.close()


def babble(handler: Handler) -> None:
    handler.wfile.write(b"this is not HTTP\r\n\r\n")


def drip(handler: Handler) -> None:
    """One byte of the head every tenth of a second, for ever."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        return


def endless_body(handler: Handler) -> None:
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        return


@contextmanager
def receiving(*behaviours: Behaviour) -> Iterator[Receiver]:
    receiver = Receiver(behaviours=list(behaviours) or [answer(204)])
    bound = type("BoundHandler", (Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), bound)
    server.daemon_threads = True
    receiver.server = server
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
