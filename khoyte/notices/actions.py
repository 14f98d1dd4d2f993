"""Writes of this room: telling, reading, choosing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db import transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.language import Text
from khoyte.notices.addressing import CODE, CONTACT, Directory, To
from khoyte.notices.channels import offered
from khoyte.notices.enums import Channel
from khoyte.notices.errors import OutsideTransaction, WrongPreferences
from khoyte.notices.kinds import Facts, code_in, kept_facts, kinds
from khoyte.notices.models import Notice, NoticePreference
from khoyte.units.policy import Actor

_BATCH = 2_000


@dataclass(frozen=True)
class Telling:
    """One thing to be told. Told again with the same kind, subject and occasion it has no effect.

    `href`: where in the application it is dealt with; ids only, never words about a person.
    """

    kind: str
    to: To
    subject: str
    occasion: str
    facts: Facts
    href: str = ""


def tell(kind: str, *, to: Sequence[To], subject: str, occasion: str, facts: Facts, href: str = "") -> int:
    """Tell each of `to`, in the caller's transaction; the number of notices. Raises UnsafeFact."""
    return tell_all(Telling(kind, one, subject, occasion, facts, href) for one in to)


def tell_all(tellings: Iterable[Telling]) -> int:
    """Tell many things, in the caller's transaction; the number of notices asked for, new or not."""
    tellings = list(tellings)
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(
            Text(vi="Chưa mở giao dịch nên không ghi được thông báo.", en="No transaction is open.")
        )
    if not tellings:
        return 0
    directory = Directory(telling.to for telling in tellings)
    rows = [row for telling in tellings for row in _rows(telling, directory)]
    # Without a conflict target: then no right to read other people's notices is needed to write one.
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    return len(rows)


def _rows(telling: Telling, directory: Directory) -> Iterable[Notice]:
    kept = kept_facts(kinds()[telling.kind], telling.facts)
    code = code_in(kinds()[telling.kind], telling.facts)
    for heard in directory.heard_by(telling.to):
        yield Notice(
            kind=telling.kind,
            account=heard.account,
            unit=heard.unit,
            role=heard.role,
            contact_channel=heard.channel,
            contact_sealed=heard.contact_sealed,
            recipient_key=heard.key,
            subject=telling.subject,
            occasion=telling.occasion,
            facts=kept,
            code_sealed=Keyring.held().seal(code.encode(), CODE) if code else None,
            href=telling.href,
            written_at=timezone.now(),
        )


def mark_read(*, by: Actor, ids: Sequence[Any] | None = None) -> int:
    """Mark the actor's own notices as read: those of `ids`, or all of them."""
    rows = Notice.objects.filter(account=by.name, read_at=None)
    return (rows if ids is None else rows.filter(pk__in=ids)).update(read_at=timezone.now())


@dataclass(frozen=True)
class Choices:
    """What somebody chose; addresses as typed."""

    email: str = ""
    phone: str = ""
    channels: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    digest_at: time = time(7, 30)
    quiet_from: time = time(21, 0)
    quiet_to: time = time(7, 0)
    language: str = "vi"


def keep_preferences(*, choices: Choices, by: Actor) -> NoticePreference:
    """Keep how the actor wants to hear. Raises WrongPreferences with a sentence per field."""
    phone = re.sub(r"[\s.()-]", "", choices.phone)
    problems = _problems(choices, phone)
    if problems:
        raise WrongPreferences(problems)
    keyring = Keyring.held()

    def sealed(address: str) -> bytes | None:
        return keyring.seal(address.encode(), CONTACT) if address else None

    kept, _ = NoticePreference.objects.update_or_create(
        account=by.name,
        defaults={
            "email_sealed": sealed(choices.email.strip()),
            "phone_sealed": sealed(phone),
            "channels": [one.value for one in Channel if one.value in choices.channels],
            "muted": [name for name in kinds() if name in choices.muted],
            "digest_at": choices.digest_at,
            "quiet_from": choices.quiet_from,
            "quiet_to": choices.quiet_to,
            "language": "en" if choices.language == "en" else "vi",
            "changed_at": timezone.now(),
        },
    )
    details = {"channels": kept.channels, "muted": kept.muted}
    audit.record(
        by=by, action="notice.preferences", subject_kind="account", subject_id=by.name,
        facility=by.facility, province=by.province, details=details,
    )  # fmt: skip
    return kept


def is_address(channel: Channel, written: str) -> bool:
    """Whether a message could go there by this channel."""
    pattern = _EMAIL if channel == Channel.EMAIL else _PHONE
    return bool(pattern.fullmatch(written))


_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
_PHONE = re.compile(r"(0|\+84)\d{9}")


def _problems(choices: Choices, phone: str) -> dict[str, Text]:
    found: dict[str, Text] = {}
    email = choices.email.strip()
    if email and not _EMAIL.fullmatch(email):
        found["email"] = _NO_EMAIL
    if phone and not _PHONE.fullmatch(phone):
        found["phone"] = _NO_PHONE
    ways = {Channel.EMAIL: ("email", email), Channel.SMS: ("phone", phone), Channel.ZALO: ("phone", phone)}
    for channel, (field, address) in ways.items():
        if channel.value in choices.channels and not address:
            found.setdefault(field, _ADDRESS_NEEDED.fill(channel=channel.label))
        if channel.value in choices.channels and channel not in offered():
            found["channels"] = _NOT_OFFERED.fill(channel=channel.label)
    return found


_NO_EMAIL = Text(
    vi="Địa chỉ thư điện tử chưa đúng dạng ten@donvi.vn.", en="An address looks like name@unit.vn."
)
_NO_PHONE = Text(
    vi="Số điện thoại gồm 10 chữ số, bắt đầu bằng 0, hoặc dạng +84.",
    en="A number has 10 digits from 0, or +84.",
)
_ADDRESS_NEEDED = Text(
    vi="Ghi địa chỉ nhận trước khi bật kênh “{channel}”.",
    en="Enter an address before switching {channel} on.",
)
_NOT_OFFERED = Text(
    vi="Hệ thống này chưa nối kênh “{channel}”.", en="This installation is not connected to {channel}."
)
