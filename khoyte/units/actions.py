"""Making organisations, named accounts and machine tokens. Each act is one transaction with its audit
entry.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.units.enums import ROLES_OF_KIND, Role, Scope, UnitKind
from khoyte.units.errors import UnknownUnit, WrongUnit
from khoyte.units.models import Account, MachineClient, MachineToken, Unit
from khoyte.units.policy import Actor
from khoyte.units.training import BEGINNING, is_office, is_training

TOKEN_LIFE_SECONDS = 30 * 24 * 3600
LONGEST_TOKEN_LIFE_SECONDS = 10 * 365 * 24 * 3600
_FACILITY_CODE = re.compile(r"[0-9A-Z]{5}\Z")


@transaction.atomic
def create_unit(*, code: str, kind: str, name: str, under: str = "", level: str = "", by: Actor) -> Unit:
    """Make an organisation. A facility takes its province from the province it stands under.

    Raises WrongUnit for a code or kind that cannot be, UnknownUnit when `under` does not exist.
    """
    parent = _unit_or_none(under)
    _must_fit(code, 20)
    _must_fit(name, 255)
    if kind not in UnitKind.values:
        raise WrongUnit(Text(vi=f"Không có loại đơn vị {kind}.", en=f"There is no kind of unit {kind}."))
    if kind == UnitKind.FACILITY and not _FACILITY_CODE.match(code):
        raise WrongUnit(
            Text(
                vi=f"Mã cơ sở {code} không đúng dạng.",
                en=f"{code} is not a facility code.",
            ),
            remedy=Text(
                vi="Mã cơ sở gồm đúng 5 ký tự là chữ số hoặc chữ in hoa (Quyết định 384/QĐ-BYT).",
                en="A facility code has exactly 5 digits or capital letters (Decision 384/QĐ-BYT).",
            ),
        )
    if Unit.objects.filter(code=code).exists():
        raise WrongUnit(
            Text(vi=f"Mã đơn vị {code} đã tồn tại.", en=f"A unit with code {code} exists already.")
        )
    province = code if kind == UnitKind.PROVINCE else (parent.province if parent else "")
    _keep_training_apart(code, kind, province)
    unit = Unit.objects.create(code=code, kind=kind, name=name, under=parent, province=province, level=level)
    audit.record(by=by, action="unit.create", subject_kind="unit", subject_id=code, province=province)
    return unit


@transaction.atomic
def create_account(
    *, username: str, unit: str, role: str, full_name: str = "", password: str | None = None, by: Actor
) -> tuple[Account, str]:
    """Make a named account and return it with its password, which is stored only as a hash.

    Raises UnknownUnit, or WrongUnit when the name is taken or the unit's kind does not know the role.
    """
    owner = _unit_or_none(unit)
    if owner is None:
        raise UnknownUnit(unit)
    check_role(owner, role)
    _must_fit(username, 100)
    if Account.objects.filter(username=username).exists():
        raise WrongUnit(
            Text(
                vi=f"Tên đăng nhập {username} đã tồn tại.", en=f"An account named {username} exists already."
            )
        )
    password = password or secrets.token_urlsafe(15)
    account = Account(username=username, unit=owner, role=Role(role), full_name=full_name)
    account.set_password(password)
    account.save()
    audit.record(
        by=by,
        action="account.create",
        subject_kind="account",
        subject_id=username,
        facility=owner.code if owner.kind == UnitKind.FACILITY else "",
        province=owner.province,
        details={"role": role},
    )
    return account, password


@transaction.atomic
def create_token(
    *, unit: str, scopes: Sequence[str], ttl_seconds: int = TOKEN_LIFE_SECONDS, by: Actor
) -> str:
    """Make a bearer token of a unit and return it; only its hash is kept.

    Raises UnknownUnit, or WrongUnit for an unknown scope or a life that is not positive.
    """
    owner = _unit_or_none(unit)
    if owner is None:
        raise UnknownUnit(unit)
    check_scopes(scopes)
    if not 0 < ttl_seconds <= LONGEST_TOKEN_LIFE_SECONDS:
        raise WrongUnit(
            Text(
                vi="Thời hạn của mã truy cập phải từ 1 giây đến 10 năm.",
                en="A token lives from 1 second to 10 years.",
            )
        )
    token = issue_token(unit=owner, scopes=scopes, life=timedelta(seconds=ttl_seconds), by=by)
    audit.record(
        by=by,
        action="token.create",
        subject_kind="unit",
        subject_id=unit,
        province=owner.province,
        details={"scopes": sorted(set(scopes)), "ttl_seconds": ttl_seconds},
    )
    return token


def issue_token(
    *,
    unit: Unit,
    scopes: Sequence[str],
    life: timedelta,
    client: MachineClient | None = None,
    by: Actor,
) -> str:
    """A bearer token of which only the hash is kept. The caller has checked the scopes, and records why."""
    token = f"kht_{secrets.token_urlsafe(32)}"
    MachineToken.objects.create(
        unit=unit,
        client=client,
        token_sha256=hashlib.sha256(token.encode()).digest(),
        scopes=sorted(set(scopes)),
        created_by=by.name,
        expires_at=timezone.now() + life,
    )
    return token


def _keep_training_apart(code: str, kind: str, province: str) -> None:
    """Codes that begin with TH are the training province's, and it has no others. Raises WrongUnit."""
    of_facility = kind == UnitKind.FACILITY and is_training(code) != is_training(province)
    of_office = kind == UnitKind.PROVINCE and code.startswith(BEGINNING) and not is_office(code)
    if of_facility or of_office:
        raise WrongUnit(
            Text(
                vi=f"Mã bắt đầu bằng {BEGINNING} dành riêng cho tỉnh tập huấn.",
                en=f"Codes that begin with {BEGINNING} belong to the training province.",
            ),
            remedy=Text(
                vi="Lập tỉnh tập huấn bằng lệnh khoyte sandbox fill.",
                en="Make the training province by khoyte sandbox fill.",
            ),
        )


def check_scopes(scopes: Sequence[str]) -> None:
    """Raise WrongUnit unless there are scopes and all are known."""
    unknown = [scope for scope in scopes if scope not in Scope.values]
    if unknown or not scopes:
        raise WrongUnit(
            Text(
                vi=f"Không có phạm vi {', '.join(unknown)}. Chọn trong: {', '.join(Scope.values)}.",
                en=f"Unknown scope {', '.join(unknown)}. Possible: {', '.join(Scope.values)}.",
            )
        )


def check_role(unit: Unit, role: str) -> None:
    """Raise WrongUnit unless accounts of such a unit may have the role."""
    known = ROLES_OF_KIND[UnitKind(unit.kind)]
    if role not in known:
        allowed = ", ".join(known)
        raise WrongUnit(
            Text(
                vi=f"Đơn vị {unit.code} không có vai trò {role}. Chọn một trong các vai trò: {allowed}.",
                en=f"Unit {unit.code} knows no role {role}. Possible: {allowed}.",
            )
        )


def _must_fit(text: str, longest: int) -> None:
    """Raise WrongUnit for a code or name that is empty, too long or not printable."""
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise WrongUnit(
            Text(
                vi=f"Mã hoặc tên phải có từ 1 đến {longest} ký tự in được.",
                en=f"A code or name has 1 to {longest} printable characters.",
            )
        )


def _unit_or_none(code: str) -> Unit | None:
    if not code:
        return None
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise UnknownUnit(code)
    return unit
