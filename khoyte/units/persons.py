"""Which person an account is: verified by somebody or by the national identity, kept as a keyed hash."""

import hashlib

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


def register_key(number: str) -> bytes:
    """The keyed hash registers find a personal number by (`registers.content.blind_number`)."""
    secret = Keyring.held().derive("register.digest")
    return hashlib.blake2b(f"personal_number\x1f{number}".encode(), digest_size=16, key=secret).digest()


_NO_PERSON = Text(
    "Tài khoản {name} không phải tài khoản người dân hoặc người hành nghề.",
    "The account {name} is neither a citizen's nor a practitioner's.",
)
_NO_NUMBER = Text("Số định danh cá nhân phải gồm đúng 12 chữ số.", "A personal number has exactly 12 digits.")
