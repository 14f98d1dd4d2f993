"""Requests with a body, a few at once: who sends slowly, or never ends, must not take every thread.

A thread is given back when the last read of its body is over (see `patience`), which can be long after the
answer; so the place is given back there, too. Without that reader (tests) nothing is counted.
"""

from collections.abc import Callable

from django.http import HttpResponse

from khoyte.edges import errors
from khoyte.edges.patience import AFTERWARDS
from khoyte.edges.process import THREADS
from khoyte.foundation.language import Text
from khoyte.units.crowd import CROWD
from khoyte.units.places import connected_from, sender_of
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


def at_once(get_response: Handler) -> Handler:
    """Refuse a body (429) while this account, unit or address sends as many as it may."""

    def middleware(request: ActingRequest) -> HttpResponse:
        afterwards: list[Callable[[], None]] | None = request.META.get(AFTERWARDS)
        if afterwards is None or not has_body(request):
            return get_response(request)
        places = places_of(request)
        if not CROWD.enter(places):
            return errors.respond(request, 429, "too-many-at-once", CROWDED, LATER, RETRY_SECONDS)
        afterwards.append(lambda: CROWD.leave(places))
        return get_response(request)

    return middleware


def has_body(request: ActingRequest) -> bool:
    return request.META.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in request.META


def places_of(request: ActingRequest) -> dict[str, int]:
    """The places one request takes. Behind a proxy, which waits for bodies, strangers share its address."""
    actor = request.actor
    if actor.kind == "anonymous":
        address = sender_of(connected_from(request))
        return {"bodies": ALL_BODIES, "strangers": OF_STRANGERS, f"address {address}": OF_ONE_ADDRESS}
    places = {"bodies": ALL_BODIES, f"unit {actor.unit_code}": OF_ONE_UNIT}
    return places if actor.kind == "machine" else {**places, f"account {actor.name}": OF_ONE_ACCOUNT}
