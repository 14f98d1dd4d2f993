"""`khoyte unit|account|token create`: what is printed last is what a script takes."""

import pytest
from click.testing import CliRunner

from khoyte.units import commands, queries
from khoyte.units.errors import UnknownUnit, WrongUnit
from khoyte.units.models import Account, MachineToken, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]


def run(command, *arguments: str) -> str:
    made = CliRunner().invoke(command, arguments, obj={"lang": "vi"}, standalone_mode=False)
    if made.exception:
        raise made.exception
    return made.stdout.strip()


def test_a_unit_is_made() -> None:
    printed = run(
        commands.unit, "create", "97009", "--kind", "facility", "--name", "Trạm y tế", "--under", "97"
    )
    assert printed == "97009 facility Trạm y tế"
    assert Unit.objects.get(pk="97009").province == "97"


def test_an_account_is_made_and_its_password_is_the_last_word() -> None:
    printed = run(commands.account, "create", "an", "--unit", "97001", "--role", "facility")
    assert printed.startswith("an facility 97001 ")
    assert Account.objects.get(username="an").check_password(printed.split()[-1])


@pytest.mark.parametrize(
    "scopes",
    [
        ["--scope", "ledger:read", "--scope", "submissions:write"],
        ["--scope", "ledger:read", "submissions:write"],
        ["--scope", "ledger:read submissions:write"],
        ["--scope", "ledger:read,submissions:write"],
    ],
)
def test_a_token_is_made_with_all_its_scopes(scopes: list[str]) -> None:
    token = run(commands.token, "create", "--unit", "97001", *scopes, "--ttl", "60")
    assert " " not in token
    found = queries.actor_of_token(token)
    assert found is not None
    assert found.scopes == ("ledger:read", "submissions:write")
    assert MachineToken.objects.get().created_by == "system:command-line"


def test_what_cannot_be_made_is_said() -> None:
    with pytest.raises(UnknownUnit):
        run(commands.token, "create", "--unit", "00000", "--scope", "ledger:read")
    with pytest.raises(WrongUnit):
        run(commands.unit, "create", "9", "--kind", "facility", "--name", "Trạm")
