"""Holding what is in force here against what a destination holds, by digest, and healing the difference.

Records are compared in buckets (256 of a register by hash of the id; visits by day of receipt), so equal
ones cost one line. In unequal buckets each record falls into a class: *theirs missing* (we hold it, they do
not), *ours missing* (they hold it, we do not), *differing*, of which some are opened to name the fields. The
first and the last are sent again. What only they hold is shown and never deleted by itself: our database may
be the one that lost it. Records on the way are left alone.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from khoyte.foundation.calendar import today
from khoyte.links import exchange
from khoyte.links import feeds as known
from khoyte.links.connectors import CONNECTORS, BatchConnector
from khoyte.links.connectors.batches import Held
from khoyte.links.connectors.line import Line
from khoyte.links.feeds import Change, Feed, bucket_digest, digest_of
from khoyte.links.models import ExchangeMessage, Reconciliation
from khoyte.units.tenancy import working

OPENED = 50
"""Differing records that are opened to name their fields, per reconciliation."""


class Broken(Exception):
    """The destination did not answer; `trouble` is its word."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass
class Found:
    """Subjects by class."""

    ours_missing: set[str] = field(default_factory=set)
    theirs_missing: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)
    highest: int = 0  # the highest sequence seen there


def reconcile(destination: str, *, heal: bool = True) -> list[Reconciliation]:
    """Every feed to a destination, one line each. Nothing for one that is not switched on."""
    place, connector = settings.EXCHANGE.get(destination), CONNECTORS.get(destination)
    if place is None or connector is None:
        return []
    line = Line(place, settings.EXCHANGE_SECONDS)
    return [_one(feed, connector, line, heal) for feed in known.feeds_to(destination)]


def _one(feed: Feed, connector: BatchConnector, line: Line, heal: bool) -> Reconciliation:
    with working():
        row = Reconciliation.objects.create(destination=feed.destination, kind=feed.kind)
    since = today() - timedelta(days=feed.window_days) if feed.window_days else None
    try:
        ours = _ours(feed, since)
        found, theirs = _compared(feed, connector, line, ours, since)
        on_the_way = _on_the_way(feed)
        for subjects in (found.ours_missing, found.theirs_missing, found.differing):
            subjects -= on_the_way
        row.ours, row.theirs = sum(map(len, ours.values())), theirs
        row.on_the_way = len(on_the_way)
        row.ours_missing, row.theirs_missing = len(found.ours_missing), len(found.theirs_missing)
        row.differing = len(found.differing)
        row.fields = _fields(feed, connector, line, found.differing)
        if heal:
            row.sent_again = _heal(feed, found)
    except Broken as broken:
        row.trouble = broken.trouble
    row.finished_at = timezone.now()
    with working():
        row.save()
    return row


def _ours(feed: Feed, since: date | None) -> dict[str, dict[str, str]]:
    """Bucket → subject → digest of what would be sent now."""
    source = known.source(feed.kind)
    found: dict[str, dict[str, str]] = {}
    with working():
        for change in source.current(since) if source else ():
            if change.is_training:
                continue
            bucket = feed.bucket(change.subject, change.content)
            found.setdefault(bucket, {})[change.subject] = digest_of(feed.payload(change.content or {}))
    return found


def _compared(
    feed: Feed,
    connector: BatchConnector,
    line: Line,
    ours: Mapping[str, Mapping[str, str]],
    since: date | None,
) -> tuple[Found, int]:
    """The classes, and how many records the destination holds. Raises Broken."""
    reply, theirs = connector.digests(line, feed.kind)
    if not reply.good:
        raise Broken(reply.trouble)
    if since is not None:  # days
        theirs = {bucket: one for bucket, one in theirs.items() if bucket >= since.isoformat()}
    found = Found()
    for bucket in sorted({*ours, *theirs}):
        held = ours.get(bucket, {})
        if theirs.get(bucket) == (len(held), bucket_digest(held)):
            continue
        reply, listed = connector.listing(line, feed.kind, bucket)
        if not reply.good:
            raise Broken(reply.trouble)
        _classify(held, listed, found)
    # A record whose bucket moved stands in two buckets: it is not missing here, only different there.
    moved = found.ours_missing & found.theirs_missing
    found.ours_missing -= moved
    found.theirs_missing -= moved
    found.differing |= moved
    return found, sum(records for records, _ in theirs.values())


def _classify(held: Mapping[str, str], listed: Mapping[str, Held], found: Found) -> None:
    found.ours_missing |= listed.keys() - held.keys()
    found.theirs_missing |= held.keys() - listed.keys()
    found.differing |= {one for one in held.keys() & listed.keys() if held[one] != listed[one].digest}
    found.highest = max([found.highest, *(one.sequence for one in listed.values())])


def _on_the_way(feed: Feed) -> set[str]:
    with working():
        rows = ExchangeMessage.objects.filter(destination=feed.destination, kind=feed.kind, finished_at=None)
        return set(rows.values_list("subject", flat=True))


def _fields(feed: Feed, connector: BatchConnector, line: Line, differing: set[str]) -> dict[str, int]:
    """Field → how many of the records opened differ in it. Names only, never values."""
    counted: Counter[str] = Counter()
    for change in _now(feed, set(sorted(differing)[:OPENED])):
        reply, theirs = connector.record(line, change.subject)
        if not reply.good or theirs is None:
            continue
        ours = feed.payload(change.content or {})
        counted.update(name for name in feed.carries if ours.get(name) != theirs.get(name))
    return dict(counted.most_common())


def _now(feed: Feed, subjects: set[str]) -> list[Change]:
    """These records as they are in force at this moment."""
    source = known.source(feed.kind)
    if not subjects or source is None:
        return []
    with working():
        return source.now(sorted(subjects))


def _heal(feed: Feed, found: Found) -> int:
    """Send again what they lack or hold otherwise; how many messages were written."""
    changes = _now(feed, found.theirs_missing | found.differing)
    with working():
        _rise_above(found.highest)
        for start in range(0, len(changes), exchange.AT_ONCE):
            exchange.tell_one(feed, changes[start : start + exchange.AT_ONCE])
    return len(changes)


def _rise_above(sequence: int) -> None:
    """Numbers go on above what the destination has seen: after a restore ours may be lower."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM exchange_message_number_seq")
        if cursor.fetchone()[0] < sequence:
            cursor.execute("SELECT setval('exchange_message_number_seq', %s)", [sequence])
