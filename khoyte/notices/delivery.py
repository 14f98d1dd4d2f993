"""Carrying notices out: claim under a lease, send with no transaction open, write down what came of it.

The number of a parcel is drawn once and kept over all attempts, so that a receiver knows a repeat: killed
after sending, the same parcel goes out again under the same number and has no second effect. Where receipts
are given, what was accepted is asked for; what the receiver lost is sent again. Nothing is tried for ever.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from khoyte.foundation.crypto import Keyring, SealBroken
from khoyte.foundation.language import Text
from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.notices.addressing import CODE, CONTACT
from khoyte.notices.channels import ACCEPTED, DELIVERED, LOST, REFUSED, Message, Outcome, offered, way
from khoyte.notices.enums import Channel, DeliveryState
from khoyte.notices.kinds import HIDDEN_CODE, facilities_in, kinds, words
from khoyte.notices.models import Notice, NoticeDelivery, NoticePreference
from khoyte.notices.timing import after_quiet
from khoyte.units.queries import names_of
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.notices")
LEASE = timedelta(seconds=120)
WAITS_SECONDS = (5, 30, 120, 600, 3_600, 14_400, 43_200, 86_400)
MOST_ATTEMPTS = 12
# When a receipt is first asked for, and until when: after that, what was accepted counts as delivered.
RECEIPT_AFTER, RECEIPTS_UNTIL = timedelta(seconds=20), timedelta(hours=24)
_LOCK = 20_260_023


@dataclass(frozen=True)
class Parcel:
    """Rows that go out as one message. `asks`: it was accepted, and its receipt is asked for."""

    message: Message
    channel: Channel
    rows: tuple[NoticeDelivery, ...]
    asks: bool
    choice: NoticePreference | None


def deliver_due(limit: int = 50, now: datetime | None = None) -> int:
    """Carry out what is due, at most `limit` parcels; the number of parcels tried."""
    now = now or timezone.now()
    parcels = _claim(limit, now)
    for parcel in parcels:
        carrier = way(parcel.channel)
        outcome = carrier.ask(parcel.message.id) if parcel.asks else carrier.send(parcel.message)
        _write_down(parcel, outcome, carrier.has_receipts, timezone.now())
    return len(parcels)


def _claim(limit: int, now: datetime) -> list[Parcel]:
    with working():
        if not _alone():
            return []
        due = NoticeDelivery.objects.filter(finished_at=None, next_attempt_at__lte=now, channel__in=offered())
        rows = list(due.select_related("notice").order_by("next_attempt_at", "id")[: limit * 20])
        together = list(_together(rows).values())[:limit]
        claimed = [row for group in together for row in group]
        asking = {row.pk for row in claimed if row.state == DeliveryState.ACCEPTED}
        for group in together:
            number = group[0].parcel or time_ordered_id()
            for row in group:
                row.parcel = number
                row.next_attempt_at = now + LEASE
                if row.pk not in asking:
                    row.state = DeliveryState.SENDING
                    row.attempts += 1
        fields = ["parcel", "next_attempt_at", "state", "attempts"]
        NoticeDelivery.objects.bulk_update(claimed, fields, batch_size=500)
        return _parcels(together, asking, now)


def _alone() -> bool:
    """One process claims at a time, so that a digest is not torn in two."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _together(rows: Sequence[NoticeDelivery]) -> dict[object, list[NoticeDelivery]]:
    """Rows by the message they belong to: the one they went with before, or the digest of their reader."""
    found: dict[object, list[NoticeDelivery]] = defaultdict(list)
    for row in rows:
        digest = (row.account, row.channel) if row.is_digest and row.account else row.pk
        found[row.parcel or digest].append(row)
    return found


def _parcels(together: Sequence[Sequence[NoticeDelivery]], asking: set[UUID], now: datetime) -> list[Parcel]:
    accounts = {row.account for group in together for row in group if row.account}
    chosen = {one.account: one for one in NoticePreference.objects.filter(account__in=accounts)}
    known = [row.notice for group in together for row in group if row.notice.kind in kinds()]
    names = names_of({code for one in known for code in facilities_in(kinds()[one.kind], one.facts)})
    found = []
    for group in together:
        choice = chosen.get(group[0].account)
        address = _address(group[0], choice)
        if address is None:
            _finish(group, now, state=DeliveryState.REFUSED, last_trouble="no-address")
            continue
        language = choice.language if choice else "vi"
        message = Message(str(group[0].parcel), address, *_written(group, language, names))
        found.append(Parcel(message, Channel(group[0].channel), tuple(group), group[0].pk in asking, choice))
    return found


def _address(row: NoticeDelivery, choice: NoticePreference | None) -> str | None:
    sealed = row.notice.contact_sealed
    if choice is not None:
        sealed = choice.email_sealed if row.channel == Channel.EMAIL else choice.phone_sealed
    try:
        return Keyring.held().open(bytes(sealed), CONTACT).decode() if sealed else None
    except SealBroken:
        log.error("an address for notices does not open")
        return None


def _written(rows: Sequence[NoticeDelivery], language: str, names: Mapping[str, str]) -> tuple[str, str]:
    """Title and body of a message: of one notice, or of a digest."""
    said = []
    for row in rows:
        kind = kinds().get(row.notice.kind)
        if kind is not None:
            title, body = words(kind, row.notice.facts, lambda code: names.get(code, ""), _code(row.notice))
            link = f"\n{settings.ADDRESS}{row.notice.href}" if settings.ADDRESS and row.notice.href else ""
            said.append((title.say(language), body.say(language) + link))
    if len(said) == 1:
        foot = _FOOT_OUTSIDE if rows[0].notice.contact_sealed else _FOOT
        return said[0][0], f"{said[0][1]}\n\n{foot.say(language)}"
    lines = [f"{number}. {title}\n{body}" for number, (title, body) in enumerate(said, start=1)]
    return _DIGEST.fill(n=len(said)).say(language), "\n\n".join([*lines, _FOOT.say(language)])


def _code(notice: Notice) -> str:
    try:
        sealed = notice.code_sealed
        return Keyring.held().open(bytes(sealed), CODE).decode() if sealed else HIDDEN_CODE
    except SealBroken:
        log.error("a one-time code for a notice does not open")
        return HIDDEN_CODE


def _write_down(parcel: Parcel, outcome: Outcome, has_receipts: bool, now: datetime) -> None:
    with working():
        facts: dict[str, object] = {"last_status": outcome.status, "last_trouble": outcome.trouble}
        if outcome.state == DELIVERED:
            _finish(parcel.rows, now, **facts, state=DeliveryState.DELIVERED)
        elif outcome.state == REFUSED:
            _finish(parcel.rows, now, **facts, state=DeliveryState.REFUSED)
        elif outcome.state == ACCEPTED and not has_receipts:
            _finish(parcel.rows, now, **facts, state=DeliveryState.ACCEPTED, accepted_at=now)
        elif outcome.state == ACCEPTED:
            _await_receipt(parcel, outcome, now, facts)
        else:
            _try_again(parcel, outcome, now, facts)


def _finish(rows: Sequence[NoticeDelivery], now: datetime, **changes: object) -> None:
    _of(rows).update(finished_at=now, **changes)
    with_code = [row.notice_id for row in rows if row.notice.code_sealed is not None]
    if with_code:  # what is out, or will never be, is not kept
        Notice.objects.filter(pk__in=with_code).update(code_sealed=None)


def _of(rows: Sequence[NoticeDelivery]):  # type: ignore[no-untyped-def]  # a QuerySet
    """The rows as long as nobody else has tried them since."""
    return NoticeDelivery.objects.filter(
        pk__in=[row.pk for row in rows], attempts=rows[0].attempts, finished_at=None
    )


def _await_receipt(parcel: Parcel, outcome: Outcome, now: datetime, facts: dict[str, object]) -> None:
    since = parcel.rows[0].accepted_at or now
    waited = now - since
    if waited > RECEIPTS_UNTIL:
        _finish(parcel.rows, now, **facts, state=DeliveryState.ACCEPTED)
        return
    pause = max(RECEIPT_AFTER, waited, timedelta(seconds=outcome.retry_after or 0))
    _of(parcel.rows).update(
        **facts, state=DeliveryState.ACCEPTED, accepted_at=since, next_attempt_at=now + pause
    )


def _try_again(parcel: Parcel, outcome: Outcome, now: datetime, facts: dict[str, object]) -> None:
    """Later, outside quiet hours; given up after so many attempts, which the log of deliveries shows."""
    attempts = parcel.rows[0].attempts
    if attempts >= MOST_ATTEMPTS:
        _finish(parcel.rows, now, **facts, state=DeliveryState.REFUSED)
        return
    seconds = WAITS_SECONDS[min(attempts, len(WAITS_SECONDS)) - 1] * random.uniform(0.9, 1.1)  # noqa: S311
    asked = min(outcome.retry_after or 0, WAITS_SECONDS[-1])
    due = now + timedelta(seconds=max(seconds, asked))
    if parcel.choice is not None:
        due = after_quiet(due, parcel.choice.quiet_from, parcel.choice.quiet_to)
    lost = {"last_trouble": "lost"} if outcome.state == LOST else {}
    _of(parcel.rows).update(
        **{**facts, **lost}, state=DeliveryState.WAITING, accepted_at=None, next_attempt_at=due
    )


_DIGEST = Text("Khoyte: {n} việc cần xem", "Khoyte: {n} things to see")
_FOOT_OUTSIDE = Text("Tin nhắn tự động của Khoyte.", "An automatic message of Khoyte.")
_FOOT = Text(
    "Thông báo tự động của Khoyte. Chọn cách nhận ở trang Thông báo, mục Tùy chọn.",
    "An automatic notice of Khoyte. Choose how to hear on the page of notices.",
)
