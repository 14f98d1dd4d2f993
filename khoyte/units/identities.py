"""Which identity at a provider is the person of which account. Joined by an administrator or an invitation.

Never by an e-mail address or a name: who can choose those at a provider could become anybody here.
"""

from functools import cache

from django.db import transaction

from khoyte.audit import actions as audit
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.language import Text
from khoyte.units.errors import UnknownAccount, WrongUnit
from khoyte.units.models import Account, LinkedIdentity
from khoyte.units.openid_providers import Provider
from khoyte.units.policy import Actor


def hashed(provider: Provider, subject: str) -> bytes:
    """What is kept of a subject of an issuer."""
    return _keyring().blind(f"{provider.issuer}\n{subject}", "identity.subject")


def account_of(subject_hash: bytes) -> Account | None:
    """The open account an identity is joined with."""
    found = LinkedIdentity.objects.select_related("account__unit").filter(
        subject_hash=subject_hash, account__is_active=True
    )
    row = found.first()
    return row.account if row else None


@transaction.atomic
def link(username: str, provider: Provider, subject_hash: bytes, *, by: Actor) -> Account:
    """Join an account with an identity, in place of another of the same provider.

    Raises UnknownAccount, or WrongUnit when the identity is somebody else's here.
    """
    account = Account.objects.select_related("unit").filter(username=username).first()
    if account is None:
        raise UnknownAccount(username)
    if LinkedIdentity.objects.filter(subject_hash=subject_hash).exclude(account=account).exists():
        raise WrongUnit(
            Text(
                vi="Định danh {label} này đã liên kết với tài khoản khác. Bỏ liên kết đó trước.",
                en="This identity at {label} is joined with another account. Take that away first.",
            ).fill(label=provider.label)
        )
    LinkedIdentity.objects.update_or_create(
        account=account,
        provider=provider.name,
        defaults={"subject_hash": subject_hash, "linked_by": by.name},
    )
    _record(account, "account.link", provider, by)
    return account


@transaction.atomic
def unlink(username: str, provider: Provider, *, by: Actor) -> Account:
    """Take the account's identity at a provider away. Raises UnknownAccount."""
    account = Account.objects.select_related("unit").filter(username=username).first()
    if account is None:
        raise UnknownAccount(username)
    account.identities.filter(provider=provider.name).delete()
    _record(account, "account.unlink", provider, by)
    return account


def _record(account: Account, action: str, provider: Provider, by: Actor) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="account",
        subject_id=account.username,
        facility=account.unit_id if account.unit.kind == "facility" else "",
        province=account.unit.province,
        details={"provider": provider.name},
    )


_keyring = cache(Keyring.load)
