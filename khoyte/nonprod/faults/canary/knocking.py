"""One request at a time, written by hand to the last byte, and what came back of it."""

import re
import socket
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPMessage, parse_headers
from io import BytesIO
from urllib.parse import urlsplit

from khoyte.nonprod.faults.canary.searching import Place

_TIMEOUT_SECONDS = 20.0
_MOST_BYTES = 8 * 2**20
_LINKS = re.compile(rb"""(?:href|src|action|content)\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
# What somebody typed as a user name stands in that field again, on their own screen and nowhere else.
_TYPED_NAME = re.compile(rb'<input id="username"[^>]*>')


@dataclass(frozen=True)
class Knock:
    """One request. `own`: by somebody who may see what was planted, so a success may show it to them.

    Texts go out as UTF-8. `raw` replaces everything else.
    """

    method: str = "GET"
    target: str = "/"
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    body: bytes = b""
    own: bool = False
    raw: bytes = b""


@dataclass(frozen=True)
class Answer:
    """Status 0: the connection was closed without one."""

    status: int
    headers: HTTPMessage
    whole: bytes
    body: bytes


class Caller:
    """Knocks at one system and keeps what strangers were told and every address it gave away."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.port, self.named = parts.hostname or "", parts.port or 80, parts.netloc
        self.statuses: Counter[int] = Counter()
        self.told: list[Place] = []

    def ask(self, knock: Knock, door: str = "") -> Answer:
        """Send and read to the end; a system that is down or hangs up answers with status 0."""
        answer = _parsed(self._exchange(knock.raw or self._written(knock)))
        self.statuses[answer.status] += 1
        if door:
            self._keep(knock, answer, door)
        return answer

    def _written(self, knock: Knock) -> bytes:
        headers: dict[str, str | bytes] = {"Host": self.named, "Connection": "close"}
        if knock.body or knock.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(knock.body))
        lines = [f"{knock.method} {knock.target} HTTP/1.1".encode()]
        for name, value in {**headers, **knock.headers}.items():
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
        return b"\r\n".join(lines) + b"\r\n\r\n" + knock.body

    def _exchange(self, raw: bytes) -> bytes:
        got: list[bytes] = []
        try:
            with socket.create_connection((self.host, self.port), _TIMEOUT_SECONDS) as line:
                line.sendall(raw)
                while (piece := line.recv(65536)) and sum(map(len, got)) < _MOST_BYTES:
                    got.append(piece)
        except OSError:
            pass  # what came before still counts
        return b"".join(got)

    def _keep(self, knock: Knock, answer: Answer, door: str) -> None:
        where = f"answer {answer.status} at the door {door}"
        page = b"<html" in answer.body[:4096]
        # The page of sending names the sender's own files that it could not take.
        shown_to_owner = answer.status < 400 or (page and answer.status == 422)
        if not (knock.own and shown_to_owner):
            self.told.append(Place(where, _TYPED_NAME.sub(b"", answer.whole)))
            return
        if "?" in knock.target:
            return  # who asks with a value gets links with it, to turn the page or the language
        links = _LINKS.findall(answer.body) if page else []
        addresses = [answer.headers.get("Location", "").encode("latin-1", "replace"), *links]
        self.told.append(Place(f"addresses in {where}", b"\n".join(addresses)))


def _parsed(whole: bytes) -> Answer:
    head, _, body = whole.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    words = first.split(b" ")
    if not first.startswith(b"HTTP/") or len(words) < 2 or not words[1].isdigit():
        return Answer(0, HTTPMessage(), whole, b"")
    headers = parse_headers(BytesIO(rest + b"\r\n\r\n"))
    return Answer(int(words[1]), headers, whole, body)


def multipart(parts: Iterable[tuple[str, bytes]], boundary: str = "khoyte-canary") -> tuple[str, bytes]:
    """Content type and body of a form; each part is its head (without the blank line) and its content."""
    lines = b"".join(
        b"--" + boundary.encode() + b"\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return f"multipart/form-data; boundary={boundary}", lines + b"--" + boundary.encode() + b"--\r\n"
