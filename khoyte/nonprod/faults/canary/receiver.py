"""A receiver of webhooks whose every answer carries a canary: in head, body, reason or garbage."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from urllib.parse import quote

from khoyte.nonprod.faults.canary.planting import Canary


class Receiver:
    """`url` to register; `calls` counts what came. Each call takes the next canary and the next manner."""

    def __init__(self, canaries: Sequence[Canary]) -> None:
        self.calls = 0
        self._values = cycle(canary.value for canary in canaries)
        self._manners = cycle((_in_body, _in_head, _refusing, _elsewhere, _gibberish, _in_body))
        self._guard = threading.Lock()
        self.url = ""

    def answer(self) -> bytes:
        with self._guard:
            self.calls += 1
            return next(self._manners)(next(self._values))


def _in_body(value: str) -> bytes:
    body = value.encode()
    return b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def _in_head(value: str) -> bytes:
    return b"HTTP/1.1 204 %s\r\nX-Note: %s\r\nSet-Cookie: a=%s\r\n\r\n" % ((value.encode(),) * 3)


def _refusing(value: str) -> bytes:
    return b"HTTP/1.1 429 Slow\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n" % value.encode()


def _elsewhere(value: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: http://{quote(value)}/\r\nContent-Length: 0\r\n\r\n".encode()


def _gibberish(value: str) -> bytes:
    return value.encode() + b" is not HTTP\r\n\r\n"


@contextmanager
def receiving(canaries: Sequence[Canary]) -> Iterator[Receiver]:
    receiver = Receiver(canaries)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.wfile.write(receiver.answer())
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()
