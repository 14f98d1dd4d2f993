"""A one-time code by which an administrator lets the person of an account in for a first time.

It is asked where a password alone would not do: setting up the second step from outside, and joining an
account with an identity of another provider. One an account, three days.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.units import spoken_codes
from khoyte.units.errors import UnknownAccount
from khoyte.units.models import Account, Invitation
from khoyte.units.policy import Actor

LIFE = timedelta(days=3)
_PURPOSE = "account.invitation"


@transaction.atomic
def invite(username: str, *, by: Actor) -> str:
    """Make the account's invitation anew and return its code. Raises UnknownAccount."""
    account = Account.objects.select_related("unit").filter(username=username).first()
    if account is None:
        raise UnknownAccount(username)
    code = spoken_codes.make()
    Invitation.objects.update_or_create(
        account=account,
        defaults={
            "code_hash": spoken_codes.hashed(code, _PURPOSE),
            "expires_at": timezone.now() + LIFE,
        },
    )
    audit.record(
        by=by,
        action="account.invite",
        subject_kind="account",
        subject_id=username,
        facility=account.unit_id if account.unit.kind == "facility" else "",
        province=account.unit.province,
    )
    return code


def is_good(account: Account, code: str) -> bool:
    """Whether the code is the account's invitation, neither used nor too old; it is not used up."""
    return _good(account, code).exists()


def is_over(account: Account) -> bool:
    """Whether the account's one-time code was given and its days are over."""
    return Invitation.objects.filter(account=account, expires_at__lte=timezone.now()).exists()


def take(account: Account, code: str) -> bool:
    """Use the account's invitation up; False when it is not good."""
    return bool(_good(account, code).delete()[0])


def _good(account: Account, code: str) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        account=account, code_hash=spoken_codes.hashed(code, _PURPOSE), expires_at__gt=timezone.now()
    )
