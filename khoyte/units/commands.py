"""`khoyte unit|account|token create`. Each prints what was made; secrets are the last word, shown once."""

import click

from khoyte.units.enums import Role, Scope, UnitKind
from khoyte.units.policy import system_actor

BY_COMMAND = system_actor("command-line")


@click.group(help="Đơn vị · Organisations.")
def unit() -> None:
    pass


@unit.command("create", help="Tạo đơn vị · Make an organisation.")
@click.argument("code")
@click.option("--kind", type=click.Choice(UnitKind.values), required=True)
@click.option("--name", required=True)
@click.option("--under", default="", help="Mã đơn vị cấp trên · Code of the unit above.")
def create_unit(code: str, kind: str, name: str, under: str) -> None:
    from khoyte.units import actions  # Django is set up only once a command runs

    made = actions.create_unit(code=code, kind=kind, name=name, under=under, by=BY_COMMAND)
    click.echo(f"{made.code} {made.kind} {made.name}")


@click.group(help="Tài khoản · Named accounts.")
def account() -> None:
    pass


@account.command(
    "create", help="Tạo tài khoản; mật khẩu in ở cuối dòng · Make an account; the last word is its password."
)
@click.argument("name")
@click.option("--unit", "unit_code", required=True)
@click.option("--role", type=click.Choice(Role.values), required=True)
@click.option("--full-name", default="")
def create_account(name: str, unit_code: str, role: str, full_name: str) -> None:
    from khoyte.units import actions  # Django is set up only once a command runs

    made, password = actions.create_account(
        username=name, unit=unit_code, role=role, full_name=full_name, by=BY_COMMAND
    )
    click.echo(f"{made.username} {made.role} {unit_code} {password}")


@click.group(help="Mã truy cập của phần mềm · Bearer tokens of software.")
def token() -> None:
    pass


@token.command(
    "create",
    help="Tạo và in mã truy cập cho phần mềm của đơn vị · Print a bearer token for a unit's software.",
)
@click.option("--unit", "unit_code", required=True)
@click.option("--scope", "scopes", multiple=True, required=True, help=" ".join(Scope.values))
@click.argument("more_scopes", nargs=-1)
@click.option(
    "--ttl", "ttl_seconds", type=int, default=None, help="Thời hạn, tính bằng giây · Seconds it lives."
)
def create_token(
    unit_code: str, scopes: tuple[str, ...], more_scopes: tuple[str, ...], ttl_seconds: int | None
) -> None:
    from khoyte.units import actions  # Django is set up only once a command runs

    # Several scopes may follow one --scope, stand in one word list, or repeat the option.
    asked = [scope for words in scopes + more_scopes for scope in words.replace(",", " ").split()]
    life = actions.TOKEN_LIFE_SECONDS if ttl_seconds is None else ttl_seconds
    click.echo(actions.create_token(unit=unit_code, scopes=asked, ttl_seconds=life, by=BY_COMMAND))
