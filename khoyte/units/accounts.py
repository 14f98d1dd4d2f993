"""The life of an account after it was made: review, idleness, closing, opening again.

One person each, closed after 45 idle days, reviewed every six months: TCVN 14423:2026, accounts, level 3.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.units import actions, passwords, second_step, sessions, sign_in_guard
from khoyte.units.enums import Role
from khoyte.units.errors import UnknownAccount
from khoyte.units.models import Account, Invitation, MachineToken
from khoyte.units.policy import Actor, Facts, decide

IDLE_DAYS = 45
IDLE_SOON_DAYS = 30
REVIEW_DAYS = 182


@dataclass(frozen=True)
class Reviewed:
    """One line of the review list. `is_due`: not confirmed within the last half year."""

    username: str
    full_name: str
    unit: str
    unit_name: str
    role: str
    is_active: bool
    last_sign_in: datetime | None
    reviewed_at: datetime | None
    reviewed_by: str
    is_due: bool
    assurance: str = ""


def review_list(unit: str = "") -> Iterator[Reviewed]:
    """Accounts (of one unit) with what a reviewer needs to decide; those due come first."""
    limit = timezone.now() - timedelta(days=REVIEW_DAYS)
    rows = Account.objects.select_related("unit").order_by("unit_id", "username")
    lines = [_line(row, limit) for row in (rows.filter(unit_id=unit) if unit else rows)]
    yield from sorted(lines, key=lambda line: not line.is_due)


def administered_by(actor: Actor, only: str = "") -> QuerySet[Account]:
    """Accounts the actor may administer, by unit and name; `only` those "due", "idle" or "closed"."""
    rows = Account.objects.select_related("unit").order_by("unit_id", "username")
    if not decide(actor, "account.administer"):
        return rows.none()
    if actor.facility:
        rows = rows.filter(unit__in=actor.units)
    elif actor.province:
        rows = rows.filter(unit__province__in=actor.provinces)
    now = timezone.now()
    if only == "due":
        due = now - timedelta(days=REVIEW_DAYS)
        return rows.filter(is_active=True).filter(_unreviewed_since(due))
    if only == "idle":
        idle = now - timedelta(days=IDLE_SOON_DAYS)
        return rows.filter(is_active=True, enabled_at__lt=idle).filter(_unused_since(idle))
    return rows.filter(is_active=False) if only == "closed" else rows


def line_of(row: Account) -> Reviewed:
    """An account as a line of the review list."""
    return _line(row, timezone.now() - timedelta(days=REVIEW_DAYS))


def administered(username: str, *, by: Actor) -> Account:
    """An account that `by` may administer. Raises UnknownAccount for any other, and for one's own."""
    account = _account(username)
    facts = Facts(
        facility=account.unit_id if account.unit.kind == "facility" else "", province=account.unit.province
    )
    if account.username in by.names or not decide(by, "account.administer", facts):
        raise UnknownAccount(username)
    return account


def _unreviewed_since(moment: datetime) -> Q:
    return Q(reviewed_at__lt=moment) | Q(reviewed_at=None, created_at__lt=moment)


def _unused_since(moment: datetime) -> Q:
    return Q(last_login=None) | Q(last_login__lt=moment)


def _line(row: Account, limit: datetime) -> Reviewed:
    reviewed = row.reviewed_at or row.created_at
    return Reviewed(
        username=row.username,
        full_name=row.full_name,
        unit=row.unit_id,
        unit_name=row.unit.name,
        role=row.role,
        is_active=row.is_active,
        last_sign_in=row.last_login,
        reviewed_at=row.reviewed_at,
        reviewed_by=row.reviewed_by,
        is_due=row.is_active and reviewed < limit,
        assurance=row.assurance,
    )


@transaction.atomic
def confirm(username: str, *, by: Actor) -> Account:
    """Say that the account is still needed with the role it has. Raises UnknownAccount, as all below."""
    account = _account(username)
    account.reviewed_at, account.reviewed_by = timezone.now(), by.name
    account.save(update_fields=["reviewed_at", "reviewed_by"])
    _record(account, "account.review", by)
    return account


@transaction.atomic
def disable(username: str, *, by: Actor, reason: str = "asked") -> Account:
    """Close an account; its sessions end with their next request."""
    account = _account(username)
    account.is_active = False
    account.save(update_fields=["is_active"])
    sessions.end_all(account, by=by)
    _record(account, "account.disable", by, reason=reason)
    return account


@transaction.atomic
def enable(username: str, *, by: Actor) -> Account:
    """Open a closed account again; its idle days begin anew."""
    account = _account(username)
    account.is_active, account.enabled_at = True, timezone.now()
    account.save(update_fields=["is_active", "enabled_at"])
    _record(account, "account.enable", by)
    return account


@transaction.atomic
def renew_password(username: str, *, by: Actor) -> str:
    """Give an account a new random password and return it; sessions begun with the old one end.

    Whoever signs in with it chooses another first.
    """
    account, password = _account(username), secrets.token_urlsafe(15)
    Invitation.objects.filter(account=account, expires_at__lte=timezone.now()).delete()
    passwords.replace(account, password, by=by, must_change=True, action="account.password")
    return password


@transaction.atomic
def reset_second_step(username: str, *, by: Actor) -> Account:
    """The person has lost the app and its recovery codes: another is set up at the next sign-in."""
    account = _account(username)
    second_step.remove(account, by=by, action="account.reset_second_step")
    sign_in_guard.forget(username, what="code")
    sessions.end_all(account, by=by)
    return account


@transaction.atomic
def change_role(username: str, role: str, *, by: Actor) -> Account:
    """Give an account another role of its kind of unit; sessions end. Raises WrongUnit for no such one."""
    account = _account(username)
    actions.check_role(account.unit, role)
    before, account.role = account.role, Role(role)
    account.save(update_fields=["role"])
    sessions.end_all(account, by=by)
    _record(account, "account.role", by, before=str(before), after=role)
    return account


@transaction.atomic
def disable_idle(*, by: Actor) -> list[str]:
    """Close the accounts nobody has signed in to for 45 days since they were made or opened."""
    limit = timezone.now() - timedelta(days=IDLE_DAYS)
    idle = Account.objects.filter(is_active=True, enabled_at__lt=limit).filter(_unused_since(limit))
    names = list(idle.order_by("username").values_list("username", flat=True))
    for name in names:
        disable(name, by=by, reason="idle")
    return names


@transaction.atomic
def revoke_tokens(unit: str, *, by: Actor) -> int:
    """Revoke every bearer token of a unit's software; returns how many were in force."""
    now = timezone.now()
    in_force = MachineToken.objects.filter(unit_id=unit, revoked_at=None, expires_at__gt=now)
    revoked = in_force.update(revoked_at=now)
    audit.record(
        by=by, action="token.revoke", subject_kind="unit", subject_id=unit, details={"tokens": revoked}
    )
    return revoked


def _account(username: str) -> Account:
    found = Account.objects.select_related("unit").filter(username=username).first()
    if found is None:
        raise UnknownAccount(username)
    return found


def _record(account: Account, action: str, by: Actor, **details: str) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="account",
        subject_id=account.username,
        facility=account.unit_id if account.unit.kind == "facility" else "",
        province=account.unit.province,
        details=details,
    )
