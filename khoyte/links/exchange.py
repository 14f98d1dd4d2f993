"""Messages to national systems, written in the transaction of the change: neither without the other.

A message names a record and its version, not its content. Versions of one record leave one after the other;
a version that the destination has refused, or that was sent in vain, makes room for a newer one.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from khoyte.foundation.inserting import insert_all
from khoyte.foundation.language import Text
from khoyte.links.enums import ExchangeState
from khoyte.links.feeds import Change, Feed, digest_of, feeds_of
from khoyte.links.models import ExchangeMessage
from khoyte.links.outbox import OutsideTransaction

AT_ONCE = 1_000


def tell(kind: str, changes: Sequence[Change]) -> int:
    """Write a message per destination that takes records of this kind and is switched on; how many.

    Destinations switched on later get what they lack by reconciliation. Raises OutsideTransaction.
    """
    feeds = [feed for feed in feeds_of(kind) if feed.destination in settings.EXCHANGE]
    return sum(tell_one(feed, changes) for feed in feeds) if changes else 0


def tell_one(feed: Feed, changes: Sequence[Change]) -> int:
    """The same for one destination alone. Raises OutsideTransaction."""
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(
            Text(
                vi=f"Không xếp được bản tin {feed.kind}: chưa mở giao dịch.",
                en=f"Cannot enqueue {feed.kind}: no transaction is open.",
            )
        )
    changes = [change for change in changes if not change.is_training]
    _supersede(feed, [change.subject for change in changes])
    for start in range(0, len(changes), AT_ONCE):
        insert_all([_message(feed, change) for change in changes[start : start + AT_ONCE]])
    return len(changes)


def _message(feed: Feed, change: Change) -> ExchangeMessage:
    payload = None if change.content is None else feed.payload(change.content)
    return ExchangeMessage(
        destination=feed.destination,
        kind=feed.kind,
        subject=change.subject,
        version=change.version,
        removed=change.content is None,
        facility=change.facility,
        province=change.province,
        digest=digest_of(payload),
    )


def _supersede(feed: Feed, subjects: Sequence[str]) -> None:
    older = ExchangeMessage.objects.filter(destination=feed.destination, subject__in=subjects)
    vain = older.filter(finished_at=None, state=ExchangeState.PENDING, attempts__gt=0)
    superseded = {"state": ExchangeState.SUPERSEDED, "dead": False, "finished_at": timezone.now()}
    vain.update(**superseded)
    older.filter(dead=True).update(**superseded)
