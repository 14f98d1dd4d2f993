"""Which person an account is, kept as keyed hashes.

Said by the unit that invited it, verified at a counter or by the national identity. The assurance only rises:
invitation, counter, then a level of a provider.
"""

import hashlib
from dataclasses import dataclass

from django.db import transaction

from khoyte.audit import actions as audit
from khoyte.foundation.crypto import PERSON, Keyring
from khoyte.foundation.identifiers import parse_personal_number
from khoyte.foundation.language import Text
from khoyte.units.enums import Role
from khoyte.units.errors import UnknownAccount, WrongUnit
from khoyte.units.models import Account, PersonOfAccount
from khoyte.units.policy import Actor


@transaction.atomic
def link_person(*, username: str, number: str, assurance: str, by: Actor) -> PersonOfAccount:
    """Say whose account it is; a later link replaces the earlier one, both stand in the audit log.

    `assurance` says how it was verified ("counter", "vneid-2"). Raises UnknownAccount, WrongUnit for a
    number that cannot be or an account that is neither a citizen's nor a practitioner's.
    """
    account = Account.objects.select_related("unit").filter(username=username).first()
    if account is None:
        raise UnknownAccount(username)
    if account.role not in (Role.CITIZEN, Role.PRACTITIONER):
        raise WrongUnit(_NO_PERSON.fill(name=username))
    parsed = parse_personal_number(number)
    if parsed is None:
        raise WrongUnit(_NO_NUMBER)
    key = Keyring.load().blind(parsed.number, PERSON)
    linked, _ = PersonOfAccount.objects.update_or_create(
        account=account,
        defaults={
            "person_key": key,
            "register_key": register_key(parsed.number),
            "assurance": assurance,
            "linked_by": by.name,
        },
    )
    audit.record(
        by=by,
        action="account.person",
        subject_kind="account",
        subject_id=username,
        details={"assurance": assurance},
    )
    return linked


@dataclass(frozen=True)
class PersonKeys:
    """A person as records of care and as registers know them; nothing else is kept of the number."""

    care: bytes
    register: bytes


def keys_of(number: str) -> PersonKeys | None:
    """None for what is no personal number."""
    parsed = parse_personal_number(number)
    if parsed is None:
        return None
    return PersonKeys(Keyring.load().blind(parsed.number, PERSON), register_key(parsed.number))


@transaction.atomic
def recognise(account: Account, keys: PersonKeys, *, assurance: str, by: Actor) -> None:
    """A provider has shown whose account it is: join it with that person, or raise the assurance.

    Accounts of officers have no person. Raises WrongUnit when the account is joined with somebody else: then
    whoever was invited is not who came.
    """
    if account.role not in (Role.CITIZEN, Role.PRACTITIONER):
        return
    linked = PersonOfAccount.objects.select_for_update().filter(account=account).first()
    if linked is not None and not same_person(linked, keys):
        raise WrongUnit(_ANOTHER_PERSON)
    if linked is None:
        linked = PersonOfAccount(account=account, person_key=keys.care)
    elif rank(linked.assurance) >= rank(assurance) and linked.register_key is not None:
        return
    linked.register_key, linked.assurance, linked.linked_by = keys.register, assurance, by.name
    linked.save()
    audit.record(
        by=by,
        action="account.person",
        subject_kind="account",
        subject_id=account.username,
        details={"assurance": assurance},
    )


def same_person(linked: PersonOfAccount, keys: PersonKeys) -> bool:
    return bytes(linked.person_key) == keys.care


def rank(assurance: str) -> int:
    """What an assurance is worth: nothing, a unit's word, an officer who saw the card, a provider."""
    return 3 if ":" in assurance else {"": 0, "invitation": 1}.get(assurance, 2)


def accounts_of(key: bytes) -> list[str]:
    """Open accounts of the person whom registers find by this key."""
    rows = PersonOfAccount.objects.filter(register_key=key, account__is_active=True)
    return list(rows.order_by("account__username").values_list("account__username", flat=True))


def register_key(number: str) -> bytes:
    """The keyed hash registers find a personal number by (`registers.content.blind_number`)."""
    secret = Keyring.held().derive("register.digest")
    return hashlib.blake2b(f"personal_number\x1f{number}".encode(), digest_size=16, key=secret).digest()


_NO_PERSON = Text(
    "Tài khoản {name} không phải tài khoản người dân hoặc người hành nghề.",
    "The account {name} is neither a citizen's nor a practitioner's.",
)
_NO_NUMBER = Text("Số định danh cá nhân phải gồm đúng 12 chữ số.", "A personal number has exactly 12 digits.")
_ANOTHER_PERSON = Text(
    "Danh tính vừa xác thực không phải của người mà tài khoản này được lập cho. Báo đơn vị đã lập tài khoản.",
    "The identity just proven is not the person this account was made for. Tell the unit that made it.",
)
