"""Sessions of signed-in persons: beginning, staying, seeing one's own, ending them.

A session is a row that every request looks up, so one that is ended is gone with the next request of its
browser. Limits: `units.session_limits`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, login
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.units import session_limits
from khoyte.units.models import Account, Session
from khoyte.units.places import address_of, is_inside
from khoyte.units.policy import Actor
from khoyte.units.session_store import ADDRESS, BEGUN, BROWSER, PROOF, SECOND, SessionStore, hashed
from khoyte.units.web import ActingRequest

# Seen is written once a minute at most: reading a page should not cost a write.
SEEN_EVERY = timedelta(minutes=1)
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_BROWSERS = (
    *(("Edg/", "Edge"), ("OPR/", "Opera"), ("coc_coc", "Cốc Cốc"), ("Firefox/", "Firefox")),
    *(("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("Linux", "Linux")),
)


@dataclass(frozen=True)
class OwnSession:
    """One line of a person's own list. `number` names the session; it does not open it."""

    number: str
    browser: str
    address: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool


def begin(request: ActingRequest, account: Account, *, proof: str, has_second_step: bool = False) -> None:
    """Sign in: a new session key, and a session that knows since when, from where and by what proof."""
    login(request, account, backend=_BACKEND)
    request.session[BEGUN] = timezone.now().timestamp()
    request.session[ADDRESS] = address_of(request)
    request.session[BROWSER] = request.headers.get("User-Agent", "").replace("\x00", "")[:200]
    request.session[PROOF] = proof
    request.session[SECOND] = has_second_step


def stay(request: ActingRequest, account: Account) -> None:
    """This browser stays signed in with a new password, under a new session key; its end stays, too."""
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()


def second_step_proven(request: ActingRequest) -> None:
    """The person has shown a code within the session."""
    request.session[SECOND] = True


def may_be_used_from(session: SessionBase, address: str) -> bool:
    """A session without a second step is good inside only: a stolen one opens nothing from outside."""
    return settings.DEMO or session.get(SECOND, False) or is_inside(address)


def touch(session: SessionBase) -> None:
    """The session was used: its idle time begins anew."""
    row, now = cast(SessionStore, session).row, timezone.now()
    if row is not None and now - row.seen_at > SEEN_EVERY:
        end = session_limits.end_of(row.begun_at, now)
        Session.objects.filter(pk=row.pk).update(seen_at=now, expire_date=end)


def own(account: Account, session: SessionBase) -> list[OwnSession]:
    """The account's sessions that have not ended, newest first; `session` is the one that asks."""
    this = hashed(session.session_key)
    rows = account.sessions.filter(expire_date__gt=timezone.now()).order_by("-seen_at", "key_sha256")
    return [
        OwnSession(
            number=row.key_sha256,
            browser=described(row.browser),
            address=row.address,
            begun_at=row.begun_at,
            seen_at=row.seen_at,
            is_this=row.key_sha256 == this,
        )
        for row in rows
    ]


@transaction.atomic
def end(account: Account, numbers: Iterable[str], *, by: Actor) -> int:
    """End sessions of an account by their numbers; returns how many there were. Others' are none of them."""
    ended, _ = account.sessions.filter(key_sha256__in=list(numbers)).delete()
    if ended:
        _record(account, ended, by)
    return ended


@transaction.atomic
def end_all(account: Account, *, by: Actor) -> int:
    """End every session of an account, with the next request of each browser."""
    return end(account, account.sessions.values_list("key_sha256", flat=True), by=by)


def clear_expired() -> None:
    """Remove sessions that have ended by themselves."""
    SessionStore.clear_expired()


def described(user_agent: str) -> str:
    """The browser in words people know ("Chrome, Windows"); empty when it does not say."""
    found = [
        next((name for mark, name in marks if mark in user_agent), "") for marks in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name)


def _record(account: Account, ended: int, by: Actor) -> None:
    audit.record(
        by=by,
        action="session.end",
        subject_kind="account",
        subject_id=account.username,
        facility=account.unit_id if account.unit.kind == "facility" else "",
        province=account.unit.province,
        details={"sessions": ended},
    )
