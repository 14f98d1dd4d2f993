"""A practitioner's account by invitation: the facility that keeps the record vouches for the person.

Until VNeID is granted to an installation this is the way in. The account is joined with the person of the
record, never with a number somebody types, and one person has one account: nobody makes a second to answer in
another's name. The assurance is "invitation" until a provider raises it (`units.persons.recognise`).
"""

import uuid
from dataclasses import dataclass

from django.db import transaction

from khoyte.foundation.language import Text
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.errors import NotNow, UnknownRecord
from khoyte.registers.known import register
from khoyte.registers.models import Record
from khoyte.units import letting_in
from khoyte.units.enums import Role
from khoyte.units.letting_in import INVITED, Reach
from khoyte.units.models import Account
from khoyte.units.persons import accounts_of, link_person
from khoyte.units.policy import Actor, decide

PRACTITIONERS = "practitioners"


@dataclass(frozen=True)
class Invited:
    """What an invitation made; the code is shown this once."""

    account: Account
    code: str
    sent_to: str


def may_invite(record: Record, actor: Actor) -> bool:
    """Whether the actor keeps the accounts of the unit that keeps the record, and the person has none yet."""
    return _keeps(record, actor) and record.state != "withdrawn" and not _accounts(record)


def _keeps(record: Record, actor: Actor) -> bool:
    """Accounts alone do not do: operators keep everybody's, and read no record of a person."""
    facts = queries.facts_of(record, actor)
    return bool(decide(actor, "account.administer", facts) and decide(actor, "register.read", facts))


@transaction.atomic
def invite(*, id: uuid.UUID, reach: Reach, by: Actor) -> Invited:
    """Open the account of a record's person. Raises UnknownRecord, NotNow where they have one, Refused."""
    # Held: two invitations of one person at the same moment make one account.
    record = register(PRACTITIONERS).model.objects.select_for_update().filter(pk=id).first()
    if record is None or not _keeps(record, by):
        raise UnknownRecord
    _hold_person(record)
    if record.state == "withdrawn" or _accounts(record):
        raise NotNow(HAS_ONE)
    content = contents.content_of(register(PRACTITIONERS).declaration, record)
    account, code = letting_in.open_account(
        unit=record.facility or record.province,
        role=Role.PRACTITIONER,
        full_name=content["full_name"],
        by=by,
    )
    link_person(username=account.username, number=content["personal_number"], assurance=INVITED, by=by)
    return Invited(account, code, letting_in.send_code(account, code, reach))


def _accounts(record: Record) -> list[str]:
    return accounts_of(_key(record))


def _key(record: Record) -> bytes:
    return bytes(record.personal_number_key)  # type: ignore[attr-defined]  # of the register of persons


def _hold_person(record: Record) -> None:
    """One invitation at a time for a person, also from two facilities that keep a record of theirs."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"invite {_key(record).hex()}"])


NOT_VOUCHED = Text(
    vi="Chưa xác nhận đã nhận diện đúng người. Đối chiếu giấy tờ tùy thân rồi đánh dấu ô xác nhận.",
    en="Nobody vouches for the person yet. Compare the identity card, then tick the box.",
)
HAS_ONE = Text(
    vi="Người này đã có tài khoản. Mất mật khẩu hoặc ứng dụng xác thực thì cấp lại mã ở trang Tài khoản.",
    en="This person has an account. A lost password or app is set up anew on the page of accounts.",
)
