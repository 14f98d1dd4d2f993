"""Requests with a body, a few at once: who sends slowly, or never ends, must not take every thread.

A thread is given back when the last read of its body is over (see `patience`), which can be long after the
answer; so the place is given back there, too. Without that reader (tests) nothing is counted.

A program that was refused and does not heed Retry-After comes again at once, many times a second. It is
refused at the door from then on (`turned_away`): before its token is looked up, before a byte of its body is
read. What is remembered of it serves to refuse only; whoever gets past is asked for everything as always.
"""

import hashlib
import time
from collections.abc import Callable
from threading import Lock

from django.http import HttpResponse

from khoyte.edges import errors
from khoyte.edges.patience import AFTERWARDS
from khoyte.edges.process import THREADS
from khoyte.foundation.language import Text
from khoyte.submissions.errors import wait_for_your_turn
from khoyte.submissions.pacing import TOLD
from khoyte.units.crowd import CROWD
from khoyte.units.places import connected_from, sender_of
from khoyte.units.policy import Actor
from khoyte.units.web import ActingRequest, Handler

ALL_BODIES = THREADS - 2
OF_ONE_UNIT = THREADS // 2
OF_ONE_ACCOUNT = THREADS // 2 - 1
OF_STRANGERS = THREADS // 2
OF_ONE_ADDRESS = THREADS // 2 - 1
RETRY_SECONDS = 1
CROWDED = Text(
    vi="Đang có quá nhiều yêu cầu gửi nội dung cùng lúc. Chưa có nội dung nào được giữ lại.",
    en="Too many requests are sending something at once. Nothing was kept.",
)
LATER = Text(
    vi="Gửi lần lượt từng tệp, hoặc gửi lại sau thời gian ghi ở Retry-After.",
    en="Send one after the other, or again after Retry-After.",
)


REMEMBERED_SECONDS = 60.0
MOST_REMEMBERED = 10_000
_SENDING = "/api/v1/submissions"


class RefusedLately:
    """Machines whose bodies were refused lately, by a digest of what they sign in with. Safe for threads."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._known: dict[bytes, tuple[float, Actor]] = {}

    def remember(self, header: str, actor: Actor) -> None:
        with self._guard:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[_digest(header)] = (time.monotonic() + REMEMBERED_SECONDS, actor)

    def find(self, header: str) -> Actor | None:
        if not self._known or not header:
            return None
        until, actor = self._known.get(_digest(header), (0.0, None))
        return actor if until > time.monotonic() else None

    def clear(self) -> None:
        with self._guard:
            self._known.clear()


REFUSED = RefusedLately()


def _digest(header: str) -> bytes:
    return hashlib.blake2b(header.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def turned_away(get_response: Handler) -> Handler:
    """Refuse at the door (429) what would be refused further in, when its sender was refused before."""

    def middleware(request: ActingRequest) -> HttpResponse:
        if AFTERWARDS not in request.META or not has_body(request):
            return get_response(request)
        header = request.META.get("HTTP_AUTHORIZATION", "")
        known = REFUSED.find(header)
        if known is not None:
            if CROWD.is_full(_places_of_unit(known)):
                return _crowded(request)
            if seconds := _turn(request, known):
                return _unread(errors.answer(request, wait_for_your_turn(seconds)))
        response = get_response(request)
        if response.status_code == 429 and request.actor.kind == "machine":
            REFUSED.remember(header, request.actor)
        return response

    return middleware


def _turn(request: ActingRequest, actor: Actor) -> int:
    """Seconds that a facility's own program has to wait before it sends on."""
    return TOLD.seconds(actor.facility) if actor.facility and request.path == _SENDING else 0


def at_once(get_response: Handler) -> Handler:
    """Refuse a body (429) while this account, unit or address sends as many as it may."""

    def middleware(request: ActingRequest) -> HttpResponse:
        afterwards: list[Callable[[], None]] | None = request.META.get(AFTERWARDS)
        if afterwards is None or not has_body(request):
            return get_response(request)
        places = places_of(request)
        if not CROWD.enter(places):
            return _crowded(request)
        afterwards.append(lambda: CROWD.leave(places))
        return get_response(request)

    return middleware


def _crowded(request: ActingRequest) -> HttpResponse:
    return _unread(errors.respond(request, 429, "too-many-at-once", CROWDED, LATER, RETRY_SECONDS))


def _unread(response: HttpResponse) -> HttpResponse:
    """The line is closed with a body on it that nobody reads: say so, or the sender would use it again."""
    response["Connection"] = "close"
    return response


def has_body(request: ActingRequest) -> bool:
    return request.META.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in request.META


def places_of(request: ActingRequest) -> dict[str, int]:
    """The places one request takes. Behind a proxy, which waits for bodies, strangers share its address."""
    actor = request.actor
    if actor.kind == "anonymous":
        address = sender_of(connected_from(request))
        return {"bodies": ALL_BODIES, "strangers": OF_STRANGERS, f"address {address}": OF_ONE_ADDRESS}
    places = _places_of_unit(actor)
    return places if actor.kind == "machine" else {**places, f"account {actor.name}": OF_ONE_ACCOUNT}


def _places_of_unit(actor: Actor) -> dict[str, int]:
    return {"bodies": ALL_BODIES, f"unit {actor.unit_code}": OF_ONE_UNIT}
