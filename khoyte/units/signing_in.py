"""The way in: password, then what else is asked of this account from this place, then the session.

Until the last step is taken nobody is signed in: what was proven so far waits in the browser's nameless
session for ten minutes and opens nothing but the next step.
"""

import time
from dataclasses import asdict, dataclass, replace

from django.http import HttpResponseRedirect
from django.utils.crypto import constant_time_compare

from khoyte.audit import actions as audit
from khoyte.units import passwords, second_step, sessions
from khoyte.units.models import Account
from khoyte.units.places import address_of
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest

MINUTES = 10
PASSWORD = "password"  # noqa: S105 - how a person was recognised, not a secret
_KEY = "signing_in"


@dataclass(frozen=True)
class Entry:
    """Somebody on the way in. `password_hash` ends the way when the password is changed meanwhile."""

    account: int
    password_hash: str
    begun_at: float
    next: str
    proof: str  # how the person was recognised: "password", or the name of a provider
    second: str = ""  # how the second step was proven: "code", "recovery-code", a provider's level


def begin(
    request: ActingRequest, account: Account, *, next: str, proof: str, second: str = ""
) -> HttpResponseRedirect:
    """The first step is taken, perhaps with the second; go to what is still asked, or in."""
    request.session.cycle_key()
    entry = Entry(account.pk, account.get_session_auth_hash(), time.time(), next, proof, second)
    return go_on(request, account, _kept(request, entry))


def on_the_way(request: ActingRequest) -> tuple[Account, Entry] | None:
    """Who is on the way in by this browser; None when nobody is or it took too long."""
    kept = request.session.get(_KEY)
    if kept is None or time.time() - kept["begun_at"] > MINUTES * 60:
        return None
    account = Account.objects.select_related("unit").filter(pk=kept["account"], is_active=True).first()
    if account is None or not constant_time_compare(kept["password_hash"], account.get_session_auth_hash()):
        return None
    return account, Entry(**kept)


def go_on(request: ActingRequest, account: Account, entry: Entry) -> HttpResponseRedirect:
    """To the next step that is still asked of the account, or in."""
    stands = second_step.stands(account)
    if not entry.second and (stands or second_step.is_asked(account, address_of(request))):
        return HttpResponseRedirect("/dang-nhap/ma-xac-thuc" if stands else "/dang-nhap/cai-dat-xac-thuc")
    aged = entry.proof == PASSWORD and passwords.is_too_old(account)
    if account.must_change_password or aged:
        return HttpResponseRedirect("/dang-nhap/mat-khau-moi")
    return _enter(request, account, entry)


def password_replaced(request: ActingRequest, account: Account, entry: Entry) -> Entry:
    """The way goes on with the new password."""
    return _kept(request, replace(entry, password_hash=account.get_session_auth_hash()))


def second_proven(request: ActingRequest, entry: Entry, second: str) -> Entry:
    """The second step is taken."""
    return _kept(request, replace(entry, second=second))


def _kept(request: ActingRequest, entry: Entry) -> Entry:
    request.session[_KEY] = asdict(entry)
    return entry


def again() -> HttpResponseRedirect:
    """To the beginning."""
    return HttpResponseRedirect("/dang-nhap")


def _enter(request: ActingRequest, account: Account, entry: Entry) -> HttpResponseRedirect:
    actor = actor_of_account(account)
    with speaking_as(actor):
        del request.session[_KEY]
        proof = "+".join(part for part in (entry.proof, entry.second) if part)
        sessions.begin(request, account, proof=proof, has_second_step=bool(entry.second))
        audit.record(
            by=actor,
            action="account.sign_in",
            subject_kind="account",
            subject_id=account.username,
            facility=actor.facility,
            province=actor.province,
            details={"proof": proof},
        )
    return HttpResponseRedirect(entry.next)
