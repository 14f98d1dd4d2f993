"""Reading webhooks and messages. Row-level security shows a unit its own alone."""

from khoyte.links.enums import UNFINISHED
from khoyte.links.errors import NoWebhook
from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.units.policy import Actor


def webhook_of(actor: Actor) -> WebhookTarget:
    """The webhook of the actor's unit. Raises NoWebhook."""
    target = WebhookTarget.objects.filter(unit=actor.unit_code).first()
    if target is None:
        raise NoWebhook
    return target


def waiting(unit: str) -> int:
    """Messages to a unit that it has not acknowledged yet."""
    return OutboxMessage.objects.filter(unit=unit, state__in=UNFINISHED).count()


def recent_messages(actor: Actor, limit: int = 20) -> list[OutboxMessage]:
    """The newest messages to the actor's unit, newest first: the delivery log people look at."""
    return list(OutboxMessage.objects.filter(unit=actor.unit_code).order_by("-number")[:limit])
