import hashlib
import re
from collections.abc import Collection, Sequence

from django.utils import timezone

from khoyte.foundation.database.prepared import ask_prepared
from khoyte.units.enums import Role
from khoyte.units.models import Account, PersonOfAccount, Unit
from khoyte.units.policy import Actor
from khoyte.units.training import BEGINNING


def actor_of_account(account: Account) -> Actor:
    unit = account.unit
    return Actor(
        kind="account",
        name=account.username,
        unit_code=unit.code,
        unit_name=unit.name,
        unit_kind=unit.kind,
        province=unit.province,
        role=account.role,
        person=_person_of(account),
        before=tuple(unit.before),
    )


def account_of(actor: Actor) -> Account:
    """The account of a signed-in person, with its unit."""
    return Account.objects.select_related("unit").get(username=actor.name)


_PERSON_COLUMN = {Role.CITIZEN.value: "person_key", Role.PRACTITIONER.value: "register_key"}
"""A citizen is known as records of care know them, a practitioner as registers do."""


def _person_of(account: Account) -> str:
    column = _PERSON_COLUMN.get(str(account.role))
    if column is None:
        return ""
    key = PersonOfAccount.objects.filter(account_id=account.pk).values_list(column, flat=True).first()
    return bytes(key).hex() if key else ""


def actor_of_token(token: str) -> Actor | None:
    """The unit's machine behind a bearer token, or None when unknown, expired or revoked."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
    # Asked for every file that is sent.
    row = ask_prepared(_ACTOR_OF_BEARER, [digest, timezone.now()])
    if row is None:
        return None
    number, client, scopes, code, name, kind, province, before = row
    return Actor(
        kind="machine",
        # The name of software that gets a new token every few minutes stays the same.
        name=f"machine:{code}:{client or number}",
        unit_code=code,
        unit_name=name,
        unit_kind=kind,
        province=province,
        scopes=tuple(scopes),
        before=tuple(before),
    )


_ACTOR_OF_BEARER = """
SELECT token.id, token.client_id, token.scopes, unit.code, unit.name, unit.kind, unit.province, unit.before
FROM machine_token token JOIN unit ON unit.code = token.unit_id
WHERE token.token_sha256 = %s AND token.revoked_at IS NULL AND token.expires_at > %s
"""


def facility(code: str) -> Unit | None:
    return Unit.objects.filter(code=code, kind="facility").first()


def provinces_of(facilities: Sequence[str]) -> dict[str, str]:
    """Facility -> its province, of those that are known."""
    rows = Unit.objects.filter(code__in=facilities, kind="facility") if facilities else Unit.objects.none()
    return dict(rows.values_list("code", "province"))


def shared_with(facility: str) -> str:
    """The department that shares the authority over a facility; empty when none does."""
    found = Unit.objects.filter(code=facility).values_list("shared_with", flat=True).first()
    return found or ""


def facilities_shared_with(department: str) -> list[str]:
    """Codes of the facilities over which a department shares the authority."""
    return list(Unit.objects.filter(shared_with=department).values_list("code", flat=True))


def facilities_of(province: str) -> list[Unit]:
    """Facilities of a province in order of code; all of the country when `province` is empty."""
    rows = Unit.objects.filter(kind="facility").order_by("code")
    return list(rows.filter(province=province) if province else rows.exclude(code__startswith=BEGINNING))


def names_of(codes: Collection[str]) -> dict[str, str]:
    """The names of units by their codes; names of units are public."""
    return dict(Unit.objects.filter(code__in=codes).values_list("code", "name"))


def areas_of(codes: Collection[str]) -> dict[str, str]:
    """Provinces by their codes, as people call them: the area whose office bears the code.

    The health office of a sector answers for no area; it is called by its own name.
    """
    areas = {code: _OFFICE_OF.sub("", name) for code, name in names_of(codes).items()}
    return {code: name[:1].upper() + name[1:] for code, name in areas.items()}


_OFFICE_OF = re.compile(r"(?i)^Sở Y tế\s+")


def accounts_with_roles(unit: str, roles: Collection[str]) -> list[Account]:
    """Open accounts of a unit that have one of these roles, in order of name."""
    return list(Account.objects.filter(unit=unit, role__in=roles, is_active=True).order_by("username"))


def provinces() -> list[Unit]:
    """The offices of the country; the training province is none of them."""
    rows = Unit.objects.filter(kind="province").exclude(code__startswith=BEGINNING)
    return list(rows.order_by("code"))
