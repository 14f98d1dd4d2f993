"""Pages asked over HTTP as browsers ask them, one after the other, and how long each was waited for."""

import html
import http.client
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from statistics import median, quantiles
from typing import Any

from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench.processor import Part

_TIMEOUT_SECONDS = 300.0
WARM_UP = 3


@dataclass(frozen=True)
class Page:
    """One request: who asks (a cookie by name, "" for nobody) and words that the answer must hold."""

    path: str
    who: str = ""
    holds: Sequence[str] = ()


@dataclass
class Asker:
    """A browser with one connection. The parts are the processes whose CPU is counted."""

    port: int
    cookies: Mapping[str, str]
    parts: Mapping[str, Part]
    say: Callable[[str], None] = field(default=lambda line: None)

    def __post_init__(self) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)

    def body(self, page: Page) -> str:
        """The text of the answer. Raises AnswersDiffer when it is not 200 or does not hold the words."""
        headers = {"Cookie": f"sessionid={self.cookies[page.who]}; lang=vi"} if page.who else {}
        self._line.request("GET", page.path, headers=headers)
        answer = self._line.getresponse()
        text = html.unescape(answer.read().decode())
        if answer.status != 200:
            raise errors.answers_differ(page.path, answer.status, 200)
        for words in page.holds:
            if words not in text:
                raise errors.answers_differ(page.path, "…", words)
        return text

    def measure(self, name: str, pages: Sequence[Page]) -> dict[str, Any]:
        """Every page once, after some of them to warm up: milliseconds waited, CPU a request by part."""
        for page in pages[:WARM_UP]:
            self.body(page)
        before, waits = {part: one.seconds() for part, one in self.parts.items()}, []
        for page in pages:
            begun = time.perf_counter()
            self.body(page)
            waits.append((time.perf_counter() - begun) * 1000)
        spent = {part: one.seconds() - before[part] for part, one in self.parts.items()}
        found = {
            **waited(waits),
            "cpu_ms": round(sum(spent.values()) * 1000 / len(pages), 1),
            "cpu_ms_of": {part: round(cpu * 1000 / len(pages), 1) for part, cpu in spent.items()},
        }
        self.say(f"{name:28} {words_of(found)}")
        return found


def waited(milliseconds: Sequence[float]) -> dict[str, Any]:
    """Median, 95th of a hundred and longest."""
    several = len(milliseconds) > 1
    return {
        "requests": len(milliseconds),
        "median_ms": round(median(milliseconds), 1),
        "p95_ms": round(
            quantiles(milliseconds, n=20, method="inclusive")[-1] if several else milliseconds[0], 1
        ),
        "longest_ms": round(max(milliseconds), 1),
    }


def words_of(found: Mapping[str, Any]) -> str:
    """One line for a terminal."""
    parts = ", ".join(f"{part} {cpu}" for part, cpu in found["cpu_ms_of"].items())
    return (
        f"median {found['median_ms']:8.1f} ms  p95 {found['p95_ms']:8.1f}  longest {found['longest_ms']:8.1f}"
        f"  CPU {found['cpu_ms']:7.1f} ms ({parts}), {found['requests']} requests"
    )


def session_of(account: Any) -> str:
    """The cookie of a session begun for an account. Needs Django set up, in the database it belongs to."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.save()
    return store.session_key
