"""Units and actors for the tests of this room."""

from khoyte.units import actions
from khoyte.units.models import Account, Unit
from khoyte.units.policy import Actor, system_actor
from khoyte.units.queries import actor_of_account

BY = system_actor("test")
UNITS = (
    ("BYT", "ministry", ""),
    ("CUC", "department", "BYT"),
    ("97", "province", "BYT"),
    ("98", "province", "BYT"),
    ("97001", "facility", "97"),
    ("97002", "facility", "97"),
    ("98001", "facility", "98"),
)
PASSWORD = "một mật khẩu rất dài"


def make_units() -> None:
    for code, kind, under in UNITS:
        actions.create_unit(code=code, kind=kind, name=f"Đơn vị {code}", under=under, by=BY)


def make_account(unit: str, role: str) -> Account:
    account, _ = actions.create_account(
        username=f"{role}-{unit}", unit=unit, role=role, password=PASSWORD, by=BY
    )
    return account


def actor(unit: str, role: str) -> Actor:
    return actor_of_account(Account(username=f"{role}-{unit}", unit=Unit.objects.get(pk=unit), role=role))
