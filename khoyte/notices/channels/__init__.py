"""Ways out of the platform, each behind the same small interface; which are there is said by the settings."""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from khoyte.notices.enums import Channel

ACCEPTED, DELIVERED, REFUSED, AGAIN, LOST = "accepted", "delivered", "refused", "again", "lost"


@dataclass(frozen=True)
class Message:
    """What goes out. `id` is the same on every attempt: a receiver knows a repeat by it."""

    id: str
    to: str
    title: str
    body: str


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt, or what a receipt says; `lost`: the receiver knows nothing of it."""

    state: str
    status: int | None = None
    trouble: str = ""
    retry_after: int | None = None


class Way(Protocol):
    """`has_receipts`: whether `ask` can say later what became of a message."""

    has_receipts: bool

    def send(self, message: Message) -> Outcome:
        """Never raises for what the network or the receiver does."""

    def ask(self, id: str) -> Outcome:
        """What became of an accepted message."""


def offered() -> tuple[Channel, ...]:
    """The channels this installation is connected to."""
    return tuple(channel for channel in Channel if channel.value in settings.NOTICE_WAYS)


def way(channel: Channel) -> Way:
    """The way of an offered channel."""
    # Here, as each imports what only a worker needs.
    from khoyte.notices.channels.gateways import SmsBrandname, ZaloAccount
    from khoyte.notices.channels.mail import Mail

    place = settings.NOTICE_WAYS[channel.value]
    return {Channel.EMAIL: Mail, Channel.SMS: SmsBrandname, Channel.ZALO: ZaloAccount}[channel](place)
