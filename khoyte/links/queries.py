"""Reading webhooks and messages. Row-level security shows a unit its own alone."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from khoyte.links.connectors import CONNECTORS, POPULATION, BatchConnector
from khoyte.links.connectors.population import Population
from khoyte.links.enums import UNFINISHED
from khoyte.links.errors import NoWebhook
from khoyte.links.models import (
    ExchangeDestination,
    ExchangeMessage,
    ExchangeRun,
    OutboxMessage,
    Reconciliation,
    WebhookTarget,
)
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


# National systems


def switched_on() -> list[str]:
    """Names of the destinations of batches that are switched on."""
    return [name for name in CONNECTORS if name in settings.EXCHANGE]


@dataclass(frozen=True)
class Destination:
    """A connector with how it goes; `state` is None while nothing was ever sent."""

    connector: BatchConnector | Population
    is_on: bool
    state: ExchangeDestination | None

    def document(self) -> dict[str, Any]:
        state = self.state or ExchangeDestination(name=self.connector.name)
        return {
            "name": self.connector.name,
            "label": self.connector.label.vi,
            "waiting": state.waiting,
            "dead": state.dead,
            "failures": state.failures,
            "last_status": state.last_status,
            "last_trouble": state.last_trouble,
            "answered_at": state.answered_at.isoformat() if state.answered_at else None,
        }


def overview(*, all_known: bool = False) -> list[Destination]:
    """Destinations that are switched on, or all that are declared."""
    states = {one.name: one for one in ExchangeDestination.objects.all()}
    known: list[BatchConnector | Population] = [*CONNECTORS.values(), POPULATION]
    return [
        Destination(
            connector,
            connector.name in settings.EXCHANGE,
            states.get(connector.name),
        )
        for connector in known
        if all_known or connector.name in settings.EXCHANGE
    ]


def runs(destination: str, limit: int = 20) -> list[ExchangeRun]:
    """The newest runs, newest first."""
    return list(ExchangeRun.objects.filter(destination=destination).order_by("-id")[:limit])


def run_document(run: ExchangeRun) -> dict[str, Any]:
    names = ("batches", "sent", "acknowledged", "applied", "rejected", "again", "last_trouble")
    return {
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        **{name: getattr(run, name) for name in names},
    }


_COUNTS = (
    "ours",
    "theirs",
    "on_the_way",
    "ours_missing",
    "theirs_missing",
    "differing",
    "fields",
    "sent_again",
)


def reconciliation_document(row: Reconciliation) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "started_at": row.started_at.isoformat(),
        "equal": row.equal,
        **{name: getattr(row, name) for name in _COUNTS},
        "trouble": row.trouble,
    }


def last_reconciliations() -> list[Reconciliation]:
    """Of each feed the newest."""
    rows = Reconciliation.objects.order_by("destination", "kind", "-id").distinct("destination", "kind")
    return list(rows)


def deliveries_of(subject: str) -> list[ExchangeMessage]:
    """Of each destination the newest message about a record; what the speaker may see."""
    rows = ExchangeMessage.objects.filter(subject=subject).order_by("destination", "-number")
    return list(rows.distinct("destination"))
