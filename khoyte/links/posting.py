"""One request to a checked address: no redirects, no proxies, an end whatever the other side does."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from khoyte.links.addresses import Network, WebAddress, resolve
from khoyte.links.errors import AddressRefused

TIMEOUT_SECONDS = 10.0
_ANSWER_BYTES = 64 * 1024
_ADDRESSES_TRIED = 3


@dataclass(frozen=True)
class Answer:
    """What came of a request: an HTTP status, or none and a stable word for the trouble."""

    status: int | None
    trouble: str = ""
    retry_after: int | None = None  # seconds, as the receiver asked
    body: bytes = b""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(
    address: WebAddress,
    body: bytes,
    headers: Mapping[str, str],
    *,
    loopback: bool,
    timeout: float = TIMEOUT_SECONDS,
) -> Answer:
    """Send `body` and read the answer's status. Never raises for what the network or the receiver does."""
    return ask("POST", address, body, headers, loopback=loopback, timeout=timeout)


def ask(
    method: str,
    address: WebAddress,
    body: bytes,
    headers: Mapping[str, str],
    *,
    loopback: bool,
    networks: Sequence[Network] = (),
    timeout: float = TIMEOUT_SECONDS,
    most: int = _ANSWER_BYTES,
) -> Answer:
    """Send a request and read the answer with its body, of which more than `most` bytes is trouble."""
    until = time.monotonic() + timeout
    try:
        numbers = resolve(address, loopback=loopback, networks=networks)[:_ADDRESSES_TRIED]
    except AddressRefused as refused:
        return Answer(None, refused.code)
    answer = Answer(None, "timeout")
    for number in numbers:
        left = until - time.monotonic()
        if left <= 0:
            break
        connection = _Connection(address, number, left)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            answer = Answer(None, _word(error))
            continue
        return _exchange(connection, method, body, headers, until, most)
    return answer


def _exchange(
    connection: "_Connection",
    method: str,
    body: bytes,
    headers: Mapping[str, str],
    until: float,
    most: int,
) -> Answer:
    """The request on an open connection. A receiver that sends a byte a second is cut off in time, too."""
    watchdog = threading.Timer(max(0.01, until - time.monotonic()), connection.cut)
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request(method, connection.target, body=body, headers=dict(headers))
        response = connection.getresponse()
        if connection.was_cut:  # a head that never ended
            return Answer(None, "timeout")
        answer = Answer(response.status, "", _seconds(response.headers.get("Retry-After", "")))
        return replace(answer, body=_body(response, most))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(None, "timeout" if connection.was_cut else _word(error))
    finally:
        watchdog.cancel()
        connection.close()


def _body(response: http.client.HTTPResponse, most: int) -> bytes:
    """The body; empty when it breaks off or is longer than `most`, which its reader notices."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        found = response.read(most + 1)
        return found if len(found) <= most else b""
    return b""


class _Connection(http.client.HTTPConnection):
    """A connection to one numeric address, speaking for (and with TLS: verifying) the host's name."""

    def __init__(self, address: WebAddress, number: str, timeout: float):
        super().__init__(address.host, address.port, timeout=timeout)
        self._until = time.monotonic() + timeout
        self._number = number
        self._secure = address.scheme == "https"
        self.target = address.target
        self.was_cut = False
        self.default_port = 443 if self._secure else 80  # decides whether Host names the port

    def connect(self) -> None:
        self.sock = socket.create_connection((self._number, self.port), timeout=self.timeout)
        if not self._secure:
            return
        watchdog = threading.Timer(max(0.01, self._until - time.monotonic()), self.cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()
        finally:
            watchdog.cancel()

    def cut(self) -> None:
        """End the conversation from another thread; reads and writes on it fail at once."""
        self.was_cut = True
        with contextlib.suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _word(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, OSError):
        return "connection"
    return "protocol"


def _seconds(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 10 else None
