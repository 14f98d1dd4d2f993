"""Reads of this room. Row-level security shows an account its own notices alone."""

from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Count, Max, Prefetch, QuerySet

from khoyte.foundation.crypto import Keyring
from khoyte.notices.addressing import CONTACT
from khoyte.notices.models import Notice, NoticeDelivery, NoticePreference
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as

MOST_COUNTED = 99


def notices_of(actor: Actor, *, unread: bool = False) -> QuerySet[Notice]:
    """The actor's notices, newest first, with their ways out."""
    rows = Notice.objects.filter(account=actor.name).order_by("-id")
    rows = rows.prefetch_related(Prefetch("deliveries", NoticeDelivery.objects.order_by("channel")))
    return rows.filter(read_at=None) if unread else rows


def unread(actor: Actor) -> int:
    """How many the actor has not read, up to `MOST_COUNTED` + 1: one look into an index."""
    if actor.kind != "account":
        return 0
    try:
        if connection.in_atomic_block:  # the page's own transaction speaks for this actor already
            return _unread(actor)
        with speaking_as(actor):
            return _unread(actor)
    except DatabaseError:  # a page that tells of a database in trouble shows no number
        return 0


def _unread(actor: Actor) -> int:
    if connection.needs_rollback:
        return 0
    return Notice.objects.filter(account=actor.name, read_at=None)[: MOST_COUNTED + 1].count()


def preferences_of(actor: Actor) -> NoticePreference:
    """What the actor chose; the defaults, not stored, for who never did."""
    found = NoticePreference.objects.filter(account=actor.name).first()
    return found or NoticePreference(account=actor.name)


def opened(sealed: Any) -> str:
    """An address of the actor's own."""
    return Keyring.held().open(bytes(sealed), CONTACT).decode() if sealed else ""


def delivery_counts() -> list[dict[str, Any]]:
    """Deliveries by channel, state and trouble, for the operator: no names, no addresses."""
    rows = NoticeDelivery.objects.values("channel", "state", "last_trouble")
    counted = rows.annotate(n=Count("pk"), newest=Max("next_attempt_at"))
    return [dict(one) for one in counted.order_by("channel", "state", "last_trouble")]


def unheard() -> int:
    """Notices to a role that nobody held when they were told."""
    return Notice.objects.filter(account="", contact_sealed=None).count()
