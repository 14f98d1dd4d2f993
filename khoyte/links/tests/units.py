"""Units and their officers for tests of this room."""

from khoyte.units import actions
from khoyte.units.models import Unit
from khoyte.units.policy import Actor, system_actor

BY = system_actor("tests")


def make_province() -> Unit:
    return actions.create_unit(code="97", kind="province", name="Sở Y tế 97", by=BY)


def make_facility(code: str) -> Unit:
    return actions.create_unit(code=code, kind="facility", name=f"Bệnh viện {code}", under="97", by=BY)


def make_token(unit: str, *scopes: str) -> str:
    return actions.create_token(unit=unit, scopes=scopes or ("submissions:write",), by=BY)


def actor_of(unit: Unit) -> Actor:
    """A signed-in officer of the unit."""
    return Actor(
        kind="account",
        name=f"officer-{unit.code}",
        unit_code=unit.code,
        unit_name=unit.name,
        unit_kind=unit.kind,
        province=unit.province,
        role=unit.kind,
    )
