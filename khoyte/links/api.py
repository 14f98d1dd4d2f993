"""REST for webhooks: one address per unit receives its verdicts, signed by Standard Webhooks 1.0."""

from typing import Any

from django.http import JsonResponse
from django.utils import timezone
from ninja import Router, Schema

from khoyte.links import actions, addresses, queries
from khoyte.links.delivery import loopback_allowed
from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, asking, guarded

router = Router(tags=["webhook"])


class WebhookAddress(Schema):
    """Where a unit wants its messages: a public http(s) URL."""

    url: str


@router.put(
    "/webhook",
    summary="Khai báo địa chỉ nhận thông báo · Name the webhook",
    response=dict,
    auth=asking("webhook.manage"),
)
@guarded("webhook.manage", transaction=False)
def put_webhook(request: ActingRequest, body: WebhookAddress) -> JsonResponse:
    """Register the unit's one URL. The answer holds the signing secret (`whsec_...`), shown this once."""
    addresses.resolve(addresses.parse(body.url), loopback=loopback_allowed())
    with speaking_as(request.actor):
        secret = actions.register_webhook(url=body.url, by=request.actor)
        target = queries.webhook_of(request.actor)
        return JsonResponse({**_shown(target), "secret": secret})


@router.get("/webhook", summary="Địa chỉ nhận thông báo của đơn vị · The unit's webhook", response=dict)
@guarded("webhook.manage")
def get_webhook(request: ActingRequest) -> JsonResponse:
    """The unit's own URL, what waits for it and how the newest messages fared."""
    target = queries.webhook_of(request.actor)
    messages = [_message(row) for row in queries.recent_messages(request.actor)]
    return JsonResponse({**_shown(target), "waiting": queries.waiting(target.unit), "messages": messages})


def _shown(target: WebhookTarget) -> dict[str, Any]:
    return {
        "unit": target.unit,
        "url": target.url,
        "registered_at": _moment(target.registered_at),
        "acknowledged_at": _moment(target.acknowledged_at),
    }


def _message(row: OutboxMessage) -> dict[str, Any]:
    return {
        "id": str(row.message_id),
        "type": row.kind,
        "subject": row.subject,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": _moment(row.created_at),
        "last_status": row.last_status,
        "last_trouble": row.last_trouble,
    }


def _moment(at: Any) -> str | None:
    return timezone.localtime(at).isoformat() if at else None
