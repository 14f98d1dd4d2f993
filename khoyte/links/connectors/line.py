"""A way to one national system: its address, our token, how long we wait. JSON out, JSON in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from khoyte import __version__
from khoyte.links import posting
from khoyte.links.addresses import parse
from khoyte.links.destinations import Place

LARGEST_ANSWER = 32 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """An answer with its JSON document; `trouble` is a stable word when there is none to use."""

    status: int | None
    trouble: str = ""
    retry_after: int | None = None
    document: Any = None

    @property
    def good(self) -> bool:
        return not self.trouble


@dataclass(frozen=True)
class Line:
    place: Place
    seconds: float

    def get(self, path: str) -> Reply:
        return self._ask("GET", path, b"")

    def post(self, path: str, document: Mapping[str, Any]) -> Reply:
        return self._ask("POST", path, orjson.dumps(document))

    def _ask(self, method: str, path: str, body: bytes) -> Reply:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"Khoyte/{__version__}"}
        try:
            token = self.place.token()
        except OSError:
            return Reply(None, "no-token-file")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = posting.ask(
            method,
            parse(self.place.url + path),
            body,
            headers,
            loopback=settings.NONPROD,
            networks=self.place.networks,
            timeout=self.seconds,
            most=LARGEST_ANSWER,
        )
        return _reply(answer)


def _reply(answer: posting.Answer) -> Reply:
    if not answer.taken:
        trouble = answer.trouble or f"http-{answer.status}"
        return Reply(answer.status, trouble, answer.retry_after)
    try:
        return Reply(answer.status, document=orjson.loads(answer.body))
    except orjson.JSONDecodeError:
        return Reply(answer.status, "not-json")
