"""Holding back whoever guesses passwords, without telling whether a name has an account.

Attempts are counted by name and by address, before the password is looked at; a name without an account is
counted and refused in the same words. What is kept is a keyed hash: a password typed as a name is not stored.

Ministry security rules (Decision 326/QĐ-BYT of 2024) and TCVN 14423:2026, account group, ask for a lockout
and leave the numbers to the level file; these are ours.
"""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.db import connection, transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.crypto import Keyring
from khoyte.units.models import Account, SignInFailure
from khoyte.units.places import sender_of
from khoyte.units.policy import ANONYMOUS, Actor


@dataclass(frozen=True)
class Limit:
    """So many attempts that failed within so many minutes; then none until the minutes are over."""

    failures: int
    minutes: int


NAME_LIMIT = Limit(failures=5, minutes=15)
ADDRESS_LIMIT = Limit(failures=100, minutes=15)
"""Many officers may stand behind one address (of IPv6: one network of 64 bits). The loopback (a proxy, the
demonstration) is not counted."""

_COUNT = """
INSERT INTO sign_in_failure AS kept (key, failures, since) VALUES (%(key)s, 1, now())
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN kept.since <= %(begin)s THEN 1 ELSE kept.failures + 1 END,
    since = CASE WHEN kept.since <= %(begin)s THEN now() ELSE kept.since END
RETURNING failures
"""


@transaction.atomic
def admit(name: str, address: str, *, what: str = "name") -> bool:
    """Count one attempt; False when too many have failed. Of many at once only so many get through.

    `what` is guessed is counted apart: "name" (with its password), "code" (of the second step).
    """
    by_address = _count(_address_key(address), ADDRESS_LIMIT) if _counts(address) else 0
    by_name = _count(_name_key(name, what), NAME_LIMIT)
    if by_name == NAME_LIMIT.failures + 1:
        _record_lock(name, what)
    return by_name <= NAME_LIMIT.failures and by_address <= ADDRESS_LIMIT.failures


REQUEST_LIMIT = Limit(failures=10, minutes=15)
"""Requests for accounts that one address may hand in, or look for by reference."""


def admit_request(address: str) -> bool:
    """Count one request for an account from an address; False when there were too many."""
    key = _keyring().blind(sender_of(address), "account-request.address")
    return not _counts(address) or _count(key, REQUEST_LIMIT) <= REQUEST_LIMIT.failures


@transaction.atomic
def succeeded(name: str, address: str, *, what: str = "name") -> None:
    """The attempt just counted was no failure. An address keeps its others: one account does not clear it."""
    forget(name, what=what)
    if _counts(address):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sign_in_failure SET failures = failures - 1 WHERE key = %s", [_address_key(address)]
            )


def forget(name: str, *, what: str = "name") -> None:
    """Let the name try again now."""
    SignInFailure.objects.filter(key=_name_key(name, what)).delete()


def clear_expired() -> int:
    """Remove counts whose time is over; returns how many."""
    longest = max(NAME_LIMIT.minutes, ADDRESS_LIMIT.minutes)
    removed, _ = SignInFailure.objects.filter(since__lt=timezone.now() - timedelta(minutes=longest)).delete()
    return removed


def _count(key: bytes, limit: Limit) -> int:
    begin = timezone.now() - timedelta(minutes=limit.minutes)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key, "begin": begin})
        return cursor.fetchone()[0]


def _record_lock(name: str, what: str) -> None:
    """Once a lock; of names without an account nothing is written, since anything may have been typed."""
    account = Account.objects.select_related("unit").filter(username=name).first()
    if account is not None:
        audit.record(
            by=ANONYMOUS,
            action="account.lock",
            subject_kind="account",
            subject_id=account.username,
            facility=account.unit_id if account.unit.kind == "facility" else "",
            province=account.unit.province,
            details={"failures": NAME_LIMIT.failures, "minutes": NAME_LIMIT.minutes, "what": what},
        )


@transaction.atomic
def unlock(name: str, *, by: Actor) -> None:
    """Let an account that was locked try again before its time."""
    for what in ("name", "code"):
        forget(name, what=what)
    audit.record(by=by, action="account.unlock", subject_kind="account", subject_id=name)


def _counts(address: str) -> bool:
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _name_key(name: str, what: str) -> bytes:
    return _keyring().blind(name, f"sign-in.{what}")


def _address_key(address: str) -> bytes:
    return _keyring().blind(sender_of(address), "sign-in.address")


_keyring = cache(Keyring.load)
