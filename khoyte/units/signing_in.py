"""The way in: password, then what else is asked of this account from this place, then the session.

Until the last step is taken nobody is signed in: what was proven so far waits in the browser's nameless
session for ten minutes and opens nothing but the next step.
"""

import time
from dataclasses import asdict, dataclass

from django.http import HttpResponseRedirect
from django.utils.crypto import constant_time_compare

from khoyte.audit import actions as audit
from khoyte.units import sessions
from khoyte.units.models import Account
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest

MINUTES = 10
_KEY = "signing_in"


@dataclass(frozen=True)
class Entry:
    """Somebody on the way in. `password_hash` ends the way when the password is changed meanwhile."""

    account: int
    password_hash: str
    begun_at: float
    next: str
    proof: str  # how the person was recognised: "password", later also a provider's name


def begin(request: ActingRequest, account: Account, *, next: str, proof: str) -> HttpResponseRedirect:
    """The first step is taken; go to what is still asked, or in."""
    request.session.cycle_key()
    entry = Entry(account.pk, account.get_session_auth_hash(), time.time(), next, proof)
    request.session[_KEY] = asdict(entry)
    return go_on(request, account, entry)


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
    if account.must_change_password:
        return HttpResponseRedirect("/dang-nhap/mat-khau-moi")
    return _enter(request, account, entry)


def password_replaced(request: ActingRequest, account: Account, entry: Entry) -> Entry:
    """The way goes on with the new password."""
    renewed = Entry(**{**asdict(entry), "password_hash": account.get_session_auth_hash()})
    request.session[_KEY] = asdict(renewed)
    return renewed


def again() -> HttpResponseRedirect:
    """To the beginning."""
    return HttpResponseRedirect("/dang-nhap")


def _enter(request: ActingRequest, account: Account, entry: Entry) -> HttpResponseRedirect:
    actor = actor_of_account(account)
    with speaking_as(actor):
        del request.session[_KEY]
        sessions.begin(request, account, proof=entry.proof)
        audit.record(
            by=actor,
            action="account.sign_in",
            subject_kind="account",
            subject_id=account.username,
            facility=actor.facility,
            province=actor.province,
            details={"proof": entry.proof},
        )
    return HttpResponseRedirect(entry.next)
