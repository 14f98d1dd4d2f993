"""What of the notices leaves the platform, how and when: one step for each new notice, in the worker.

Whoever has handed their role on (`/tai-khoan/uy-quyen`) hears through that delegate, who gets a notice of
their own; no chain of delegates is followed. What is switched off or muted stays in the application alone.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from khoyte.notices.addressing import key_of
from khoyte.notices.channels import offered
from khoyte.notices.enums import Channel, Level
from khoyte.notices.kinds import Kind, kinds
from khoyte.notices.models import Notice, NoticeDelivery, NoticePreference
from khoyte.notices.timing import after_quiet, next_digest
from khoyte.units import delegations
from khoyte.units.tenancy import working

MOST_AT_ONCE = 500
_ADDRESS_OF = {Channel.EMAIL: "email_sealed", Channel.SMS: "phone_sealed", Channel.ZALO: "phone_sealed"}


def plan_new(now: datetime | None = None) -> int:
    """Plan what was told since the last time; the number of notices planned."""
    now = now or timezone.now()
    with working():
        new = list(
            Notice.objects.select_for_update(skip_locked=True)
            .filter(planned_at=None)
            .order_by("id")[:MOST_AT_ONCE]
        )
        if not new:
            return 0
        accounts = {notice.account for notice in new if notice.account}
        chosen = {one.account: one for one in NoticePreference.objects.filter(account__in=accounts)}
        delegate_of = delegations.delegates_of(accounts)
        stands: list[Notice] = []
        ways: list[NoticeDelivery] = []
        for notice in new:
            choice = chosen.get(notice.account)
            delegate = delegate_of.get(notice.account)
            if delegate and not notice.instead_of:
                stands.append(_for_delegate(notice, delegate))
            else:
                ways += _deliveries(notice, choice, now)
        Notice.objects.bulk_create(stands, ignore_conflicts=True)
        NoticeDelivery.objects.bulk_create(ways, ignore_conflicts=True)
        Notice.objects.filter(pk__in=[notice.pk for notice in new]).update(planned_at=now)
        return len(new)


def _for_delegate(notice: Notice, delegate: str) -> Notice:
    return Notice(
        kind=notice.kind,
        account=delegate,
        unit=notice.unit,
        role=notice.role,
        recipient_key=key_of(delegate),
        subject=notice.subject,
        occasion=notice.occasion,
        facts=notice.facts,
        href=notice.href,
        instead_of=notice.account,
        written_at=notice.written_at,
    )


def _deliveries(notice: Notice, choice: NoticePreference | None, now: datetime) -> Iterator[NoticeDelivery]:
    kind = kinds().get(notice.kind)
    if kind is None:  # told by a newer version of the program
        return
    if notice.contact_sealed:
        channel = Channel(notice.contact_channel)
        if channel in offered():
            yield NoticeDelivery(notice=notice, channel=channel, next_attempt_at=now)
        return
    if choice is None or kind.name in choice.muted:
        return
    for channel in kind.channels:
        if channel in offered() and channel.value in choice.channels and _has_address(choice, channel):
            yield NoticeDelivery(
                notice=notice,
                account=notice.account,
                channel=channel,
                is_digest=kind.is_digest,
                next_attempt_at=due_at(kind, choice, now),
            )


def _has_address(choice: NoticePreference, channel: Channel) -> bool:
    return bool(getattr(choice, _ADDRESS_OF[channel]))


def due_at(kind: Kind, choice: NoticePreference, now: datetime) -> datetime:
    """When a notice of this kind may leave for somebody who chose so."""
    if kind.is_digest:
        return next_digest(now, choice.digest_at)
    if kind.level == Level.URGENT or not kind.is_quiet:
        return now
    return after_quiet(now, choice.quiet_from, choice.quiet_to)
