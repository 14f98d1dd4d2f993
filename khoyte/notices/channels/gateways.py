"""SMS under a brand name and Zalo Official Account: gateways that take JSON and give receipts.

Operators and aggregators each have an interface of their own, agreed by contract. The form here is a small
common one (a request number that makes repeats harmless, an echo of it, a status to ask for); a real gateway
gets a class of its own beside these two. What is acknowledged under another number counts as not taken.
"""

from typing import Any

from khoyte.links.connectors.line import Line, Reply
from khoyte.links.destinations import Place
from khoyte.notices.channels import ACCEPTED, AGAIN, DELIVERED, LOST, REFUSED, Message, Outcome

SECONDS = 10.0
LONGEST_SMS = 300
# Wrong on our side for this one message; 401, 403, 408 and 429 are not.
_FINAL = {400, 404, 410, 422}


class SmsBrandname:
    has_receipts = True

    def __init__(self, place: Place, seconds: float = SECONDS):
        self.line = Line(place, seconds)

    def send(self, message: Message) -> Outcome:
        body = {"requestId": message.id, "to": message.to, "text": _short(message.title)}
        return _taken(self.line.post("/messages", body), "requestId", message.id)

    def ask(self, id: str) -> Outcome:
        return _became(self.line.post("/status", {"requestId": id}), "requestId", id)


class ZaloAccount:
    has_receipts = True

    def __init__(self, place: Place, seconds: float = SECONDS):
        self.line = Line(place, seconds)

    def send(self, message: Message) -> Outcome:
        data = {"title": message.title, "content": message.body}
        body = {"tracking_id": message.id, "phone": message.to, "template_data": data}
        return _taken(self.line.post("/message/template", body), "tracking_id", message.id)

    def ask(self, id: str) -> Outcome:
        return _became(self.line.post("/message/status", {"tracking_id": id}), "tracking_id", id)


def _short(text: str) -> str:
    """A text message says the title; the rest is read in the application."""
    return text if len(text) <= LONGEST_SMS else text[: LONGEST_SMS - 1] + "…"


def _taken(reply: Reply, name: str, id: str) -> Outcome:
    if not reply.good:
        final = reply.status in _FINAL
        return Outcome(REFUSED if final else AGAIN, reply.status, reply.trouble, reply.retry_after)
    if _field(reply.document, name) != id:
        return Outcome(AGAIN, reply.status, "wrong-acknowledgement")
    return Outcome(ACCEPTED, reply.status)


_STATES = {"delivered": DELIVERED, "failed": REFUSED, "unknown": LOST, "queued": ACCEPTED}


def _became(reply: Reply, name: str, id: str) -> Outcome:
    if not reply.good or _field(reply.document, name) != id:
        return Outcome(ACCEPTED, reply.status, reply.trouble or "wrong-acknowledgement", reply.retry_after)
    state = _STATES.get(str(_field(reply.document, "status")), ACCEPTED)
    return Outcome(state, reply.status, "undeliverable" if state == REFUSED else "")


def _field(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None
