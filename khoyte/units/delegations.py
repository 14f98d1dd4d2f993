"""A delegate exercises the role of an officer of the same unit until a day; both stand in the log."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.units.enums import Role
from khoyte.units.errors import WrongUnit
from khoyte.units.models import Account, Delegation
from khoyte.units.policy import Actor

LONGEST_DAYS = 90
NEVER_GIVEN = (Role.CITIZEN, Role.PRACTITIONER, Role.OPERATOR)
"""What somebody is as a person, or needs one name behind it, is not handed on."""


@transaction.atomic
def give(*, taker: str, ends_on: date, reason: str, by: Actor) -> Delegation:
    """Let another officer of the unit act in one's place from today until `ends_on`. Raises WrongUnit."""
    giver = Account.objects.select_related("unit").get(username=by.name)
    found = Account.objects.filter(username=taker, unit=giver.unit, is_active=True).first()
    if by.on_behalf_of or giver.role in NEVER_GIVEN:
        raise WrongUnit(Text(vi="Quyền này không ủy quyền lại được.", en="This cannot be handed on."))
    # A name of another unit and one of nobody are answered alike.
    if found is None or found.pk == giver.pk or found.role in NEVER_GIVEN:
        raise WrongUnit(
            Text(
                vi="Trong đơn vị không có tài khoản khác mang tên đăng nhập này nhận ủy quyền được.",
                en="No other account of the unit with this name can take a delegation.",
            )
        )
    if not today() <= ends_on <= today() + timedelta(days=LONGEST_DAYS):
        raise WrongUnit(
            Text(
                vi=f"Ngày kết thúc ủy quyền phải từ hôm nay đến {LONGEST_DAYS} ngày sau.",
                en=f"A delegation ends between today and {LONGEST_DAYS} days from now.",
            )
        )
    made = Delegation.objects.create(
        giver=giver, taker=found, reason=reason[:255], begins_on=today(), ends_on=ends_on
    )
    _record("delegation.give", made, by)
    return made


@transaction.atomic
def end(number: int, *, by: Actor) -> bool:
    """End a delegation one has given or taken; False for any other."""
    made = _open().filter(pk=number).select_related("giver", "taker").first()
    if made is None or by.name not in (made.giver.username, made.taker.username):
        return False
    Delegation.objects.filter(pk=made.pk).update(ended_at=timezone.now())
    _record("delegation.end", made, by)
    return True


def given(account: Account) -> list[Delegation]:
    return list(_open().filter(giver=account).select_related("giver", "taker").order_by("pk"))


def taken(account: Account) -> list[Delegation]:
    """Those in force today."""
    return list(_in_force().filter(taker=account).select_related("giver", "taker").order_by("pk"))


def delegates_of(givers: Iterable[str]) -> dict[str, str]:
    """Who acts for each of these today, by name; of several the one named last. Both still in the unit."""
    rows = _in_force().filter(
        giver__username__in=set(givers), taker__is_active=True, taker__unit=F("giver__unit")
    )
    return dict(rows.order_by("pk").values_list("giver__username", "taker__username"))


def giver_of(number: object, taker: Account) -> Account | None:
    """For whom `taker` acts by this delegation now; None once it is over or one of them has left the unit."""
    if not isinstance(number, int):
        return None
    found = _in_force().filter(pk=number, taker=taker).select_related("giver__unit").first()
    if found is None or not found.giver.is_active or found.giver.unit_id != taker.unit_id:
        return None
    return found.giver


def _open() -> QuerySet[Delegation]:
    return Delegation.objects.filter(ended_at=None, ends_on__gte=today())


def _in_force() -> QuerySet[Delegation]:
    return _open().filter(begins_on__lte=today())


def _record(action: str, made: Delegation, by: Actor) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="account",
        subject_id=made.giver.username,
        facility=by.facility,
        province=by.province,
        details={"taker": made.taker.username, "ends_on": made.ends_on.isoformat()},
    )
