"""Who is asking: a bearer token of a machine, or the session of a person."""

from dataclasses import replace

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare

from khoyte.audit import actions as audit
from khoyte.units import delegations, sessions
from khoyte.units.models import Account
from khoyte.units.places import address_of, connected_from
from khoyte.units.policy import ANONYMOUS, Actor
from khoyte.units.queries import actor_of_account, actor_of_token
from khoyte.units.web import ActingRequest, Handler

DELEGATION = "delegation"
"""In the session: the number of the delegation by which the person acts just now."""


def actor(get_response: Handler) -> Handler:
    """Set `request.actor`. A request with a bearer token never uses the session beside it."""

    def middleware(request: ActingRequest) -> HttpResponse:
        request.actor = _actor_of(request)
        # A browser never sends a bearer token by itself, so such a request cannot be forged across sites.
        request._dont_enforce_csrf_checks = request.actor.kind == "machine"
        with audit.coming_from(address_of(request) or connected_from(request)):
            return get_response(request)

    return middleware


def _actor_of(request: ActingRequest) -> Actor:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind:
        found = actor_of_token(token.strip()) if kind.lower() == "bearer" else None
        return found or ANONYMOUS
    account_id = request.session.get(SESSION_KEY)
    if account_id is None:
        return ANONYMOUS
    account = Account.objects.select_related("unit").filter(pk=account_id, is_active=True).first()
    if account is None or not _same_password(request, account):
        return ANONYMOUS
    if not sessions.may_be_used_from(request.session, address_of(request)):
        return ANONYMOUS
    sessions.touch(request.session)
    actor = actor_of_account(account)
    giver = (
        delegations.giver_of(request.session.get(DELEGATION), account)
        if DELEGATION in request.session
        else None
    )
    # The role is that of the officer acted for; the person stays who signed in, and both are written down.
    return replace(actor, role=giver.role, on_behalf_of=giver.username) if giver else actor


def _same_password(request: ActingRequest, account: Account) -> bool:
    """Sessions end when the password they began with is changed."""
    return constant_time_compare(request.session.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash())
