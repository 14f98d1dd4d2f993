"""Accounts made for named persons by an administrator, and letting a person in again.

The one-time code is the first password and the invitation at once: it opens the way in for three days, a
password of one's own is chosen before anything else, and from outside it sets up the second step. It is shown
to the administrator this once, and goes to the person's telephone or mail where the installation has a way.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.foundation.text import fold
from khoyte.units import accounts, actions, invitations, passwords, second_step, sign_in_guard
from khoyte.units.enums import Role
from khoyte.units.errors import Refused, UnknownUnit, WrongUnit
from khoyte.units.models import Account, Unit
from khoyte.units.openid_providers import Provider
from khoyte.units.policy import Actor, Facts, decide

INVITED = "invitation"
"""Assurance of an account whose unit vouches for the person; a provider such as VNeID raises it."""


@dataclass(frozen=True)
class Reach:
    """How the person can be reached before the account is used for the first time."""

    phone: str = ""
    mail: str = ""


Carrier = Callable[[Account, str, Reach], str]
_CARRIERS: list[Carrier] = []


def carry_codes_by(carrier: Carrier) -> None:
    """Let a room above send one-time codes (`apps.ready`)."""
    if carrier not in _CARRIERS:
        _CARRIERS.append(carrier)


def send_code(account: Account, code: str, reach: Reach) -> str:
    """Send the code in the caller's transaction; the address it goes to, mostly hidden, or ""."""
    return next(filter(None, (carrier(account, code, reach) for carrier in _CARRIERS)), "")


# Who may give a role, or let its holder in again, beside the policy's line on accounts: nobody lends a hand
# to a role above the own one.
GIVEN_BY: dict[str, tuple[str, ...]] = {
    Role.FACILITY_ADMIN: (Role.FACILITY_ADMIN, Role.PROVINCE, Role.PROVINCE_LEAD, Role.OPERATOR),
    Role.PROVINCE: (Role.PROVINCE, Role.PROVINCE_LEAD, Role.OPERATOR),
    Role.PROVINCE_LEAD: (Role.PROVINCE_LEAD, Role.OPERATOR),
}
NOT_GIVEN = Text(
    vi="Vai trò này do người có quyền cao hơn giao. Đề nghị lãnh đạo đơn vị hoặc đơn vị vận hành.",
    en="This role is given by somebody above. Ask the lead of the unit or the operator.",
)


def roles_to_give(unit: Unit, by: Actor) -> list[Role]:
    """Roles of the unit's kind that the actor may give; citizens prove themselves at a counter instead."""
    roles = actions.ROLES_OF_KIND[unit.kind]
    return [role for role in roles if role != Role.CITIZEN and _may_give(role, by)]


def check_may_give(role: str, by: Actor) -> None:
    """Raise Refused when the role is above the actor's."""
    if not _may_give(role, by):
        raise Refused(NOT_GIVEN, anonymous=False)


def _may_give(role: str, by: Actor) -> bool:
    return by.kind == "system" or by.role in GIVEN_BY.get(role, (by.role,))


def check_administers(unit: Unit, by: Actor) -> None:
    """Raise UnknownUnit unless the actor keeps the accounts of the unit: not there and not yours alike."""
    facility = unit.code if unit.kind == "facility" else ""
    if not decide(by, "account.administer", Facts(facility=facility, province=unit.province)):
        raise UnknownUnit(unit.code)


@transaction.atomic
def open_account(
    *, unit: str, role: str, full_name: str, username: str = "", by: Actor
) -> tuple[Account, str]:
    """Make a named account and return it with its one-time code.

    Without a user name one is made of the unit's code and the person's given name. Raises UnknownUnit,
    WrongUnit, Refused.
    """
    # Held, so that nobody is given an account of a unit that is being merged away.
    owner = Unit.objects.select_for_update().filter(code=unit, ended_on=None).first()
    if owner is None:
        raise UnknownUnit(unit)
    check_administers(owner, by)
    check_may_give(role, by)
    if not full_name.strip():
        raise WrongUnit(
            Text(
                vi="Chưa ghi họ tên. Mỗi tài khoản là của một người.",
                en="No name is given: each account is one person's.",
            )
        )
    name = username or free_name(owner, full_name)
    account, _ = actions.create_account(username=name, unit=unit, role=role, full_name=full_name, by=by)
    return account, _let_in(account, by=by)


@transaction.atomic
def let_in_again(username: str, *, by: Actor) -> tuple[Account, str]:
    """A new one-time code for somebody who lost password or app: both are set up anew, sessions end.

    Raises UnknownAccount for what the actor does not administer, Refused for a role above the actor's.
    """
    account = accounts.administered(username, by=by)
    check_may_give(account.role, by)
    if second_step.stands(account):
        second_step.remove(account, by=by, action="account.reset_second_step")
    for what in ("name", "code"):
        sign_in_guard.forget(username, what=what)
    return account, _let_in(account, by=by)


def _let_in(account: Account, *, by: Actor) -> str:
    code = invitations.invite(account.username, by=by)
    passwords.replace(account, code, by=by, must_change=True, action="account.one_time_code")
    if not account.identities.exists():
        account.assurance = INVITED
        account.save(update_fields=["assurance"])
    return code


def raise_assurance(account: Account, provider: Provider, level: str, *, by: Actor) -> None:
    """The person was recognised by a provider at this level. Within the caller's transaction.

    It never falls: who once came at a high level and now at a lower is known as well as before.
    """
    reached = (level or provider.name)[:40]
    order = ("", INVITED, provider.name, *provider.levels)
    held, new = (order.index(one) if one in order else 2 for one in (account.assurance, reached))
    if new > held:
        before, account.assurance = account.assurance, reached
        account.save(update_fields=["assurance"])
        audit.record(
            by=by,
            action="account.assurance",
            subject_kind="account",
            subject_id=account.username,
            facility=account.unit_id if account.unit.kind == "facility" else "",
            province=account.unit.province,
            details={"before": before, "after": account.assurance},
        )


def free_name(unit: Unit, full_name: str) -> str:
    """A user name such as "97001.anh", "97001.anh2" that nobody has."""
    words = "".join(sign if sign.isalnum() else " " for sign in fold(full_name)).split()
    base = f"{unit.code.lower()}.{words[-1][:30] if words else secrets.token_hex(3)}"
    taken = set(Account.objects.filter(username__startswith=base).values_list("username", flat=True))
    numbers = (f"{base}{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(name for name in numbers if name not in taken)
