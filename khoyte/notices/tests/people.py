"""Accounts that hear, and notices to tell them, for the tests of this room."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from khoyte.notices import actions, delivery, planning
from khoyte.notices.actions import Choices, tell
from khoyte.notices.addressing import To
from khoyte.notices.models import NoticeDelivery
from khoyte.units.models import Account
from khoyte.units.policy import Actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as, working
from khoyte.units.tests.country import make_account

EVERY_HOUR = {"quiet_from": datetime.min.time(), "quiet_to": datetime.min.time()}


def listener(unit: str = "97001", role: str = "facility", **choices: Any) -> Actor:
    """An account reached by every way at every hour unless it chose otherwise."""
    made = make_account(unit, role)
    return chooses(actor_of_account(Account.objects.select_related("unit").get(pk=made.pk)), **choices)


def chooses(actor: Actor, **choices: Any) -> Actor:
    usual = {"email": f"{actor.name}@donvi.example", "phone": "0900000001", "channels": ("email",)}
    with speaking_as(actor):
        actions.keep_preferences(choices=Choices(**{**usual, **EVERY_HOUR, **choices}), by=actor)
    return actor


def returned(*to: To, subject: str = "r1", occasion: str = "1", points: int = 2) -> int:
    facts = {"register": "practitioners", "points": points}
    with working():
        return tell("file_returned", to=to, subject=subject, occasion=occasion, facts=facts)


def missing(*to: To, facility: str = "97001", day: date = date(2026, 11, 20)) -> int:
    """A kind that goes by all three ways."""
    facts = {"facility": facility, "day": day}
    with working():
        return tell("submission_missing", to=to, subject=facility, occasion=day.isoformat(), facts=facts)


def carry_out(rounds: int = 1) -> None:
    """So many rounds of the worker, each when everything that waits is due."""
    planning.plan_new()
    for _ in range(rounds):
        make_due()
        delivery.deliver_due()


def make_due() -> None:
    past = timezone.now() - timedelta(seconds=1)
    NoticeDelivery.objects.filter(finished_at=None).update(next_attempt_at=past)
