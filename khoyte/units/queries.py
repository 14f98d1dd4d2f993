import hashlib

from django.utils import timezone

from khoyte.units.enums import Role
from khoyte.units.models import Account, MachineToken, PersonOfAccount, Unit
from khoyte.units.policy import Actor


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
        person=_person_of(account) if account.role == Role.CITIZEN else "",
    )


def _person_of(account: Account) -> str:
    key = PersonOfAccount.objects.filter(account_id=account.pk).values_list("person_key", flat=True).first()
    return bytes(key).hex() if key else ""


def actor_of_token(token: str) -> Actor | None:
    """The unit's machine behind a bearer token, or None when unknown, expired or revoked."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
    row = (
        MachineToken.objects.select_related("unit")
        .filter(token_sha256=digest, revoked_at__isnull=True, expires_at__gt=timezone.now())
        .first()
    )
    if row is None:
        return None
    return Actor(
        kind="machine",
        name=f"machine:{row.unit.code}:{row.pk}",
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        unit_kind=row.unit.kind,
        province=row.unit.province,
        scopes=tuple(row.scopes),
    )


def facility(code: str) -> Unit | None:
    return Unit.objects.filter(code=code, kind="facility").first()


def facilities_of(province: str) -> list[Unit]:
    """Facilities of a province in order of code; all facilities when `province` is empty."""
    rows = Unit.objects.filter(kind="facility").order_by("code")
    return list(rows.filter(province=province) if province else rows)


def provinces() -> list[Unit]:
    return list(Unit.objects.filter(kind="province").order_by("code"))
