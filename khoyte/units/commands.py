"""`khoyte unit|account|token`. Each prints what it made or changed; secrets are the last word, shown once."""

import json
from dataclasses import asdict

import click

from khoyte.foundation.calendar import format_date
from khoyte.units.enums import Role, Scope, UnitKind
from khoyte.units.openid_providers import Provider
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


@account.command("password", help="Cấp mật khẩu mới, in ở cuối dòng · New password, the last word printed.")
@click.argument("name")
def renew_password(name: str) -> None:
    from khoyte.units import accounts  # Django is set up only once a command runs

    click.echo(f"{name} {accounts.renew_password(name, by=BY_COMMAND)}")


@account.command(
    "person", help="Ghi nhận danh tính đã xác thực của người dân · Say whose account a citizen's is."
)
@click.argument("name")
@click.option("--assurance", default="counter", show_default=True, help="Cách xác thực · How verified.")
def link_person(name: str, assurance: str) -> None:
    from khoyte.units import persons  # Django is set up only once a command runs

    # Asked for, never an argument: the list of processes shows arguments to everybody on the machine.
    number = click.prompt("Số định danh cá nhân · Personal number", hide_input=True)
    persons.link_person(username=name, number=number, assurance=assurance, by=BY_COMMAND)
    click.echo(name)


@account.command("disable", help="Ngừng tài khoản · Close an account.")
@click.argument("name")
def disable_account(name: str) -> None:
    from khoyte.units import accounts  # Django is set up only once a command runs

    click.echo(accounts.disable(name, by=BY_COMMAND).username)


@account.command("enable", help="Mở lại tài khoản đã ngừng · Open a closed account again.")
@click.argument("name")
def enable_account(name: str) -> None:
    from khoyte.units import accounts  # Django is set up only once a command runs

    click.echo(accounts.enable(name, by=BY_COMMAND).username)


@account.command("unlock", help="Mở khóa sau nhiều lần nhập sai · Unlock after wrong attempts.")
@click.argument("name")
def unlock_account(name: str) -> None:
    from khoyte.units import sign_in_guard  # Django is set up only once a command runs

    sign_in_guard.unlock(name, by=BY_COMMAND)
    click.echo(name)


@account.command("reset-second-step", help="Đặt lại xác thực hai bước · The second step is set up anew.")
@click.argument("name")
def reset_second_step(name: str) -> None:
    from khoyte.units import accounts  # Django is set up only once a command runs

    click.echo(accounts.reset_second_step(name, by=BY_COMMAND).username)


@account.command("role", help="Đổi vai trò, kết thúc mọi phiên · Change the role; its sessions end.")
@click.argument("name")
@click.argument("role", type=click.Choice(Role.values))
def change_role(name: str, role: str) -> None:
    from khoyte.units import accounts  # Django is set up only once a command runs

    changed = accounts.change_role(name, role, by=BY_COMMAND)
    click.echo(f"{changed.username} {changed.role}")


@account.command(
    "invite",
    help="Mã mời dùng một lần, in ở cuối dòng, hạn 3 ngày · One-time invitation, the last word, for 3 days.",
)
@click.argument("name")
def invite(name: str) -> None:
    from khoyte.units import invitations  # Django is set up only once a command runs

    click.echo(f"{name} {invitations.invite(name, by=BY_COMMAND)}")


@account.command("link", help="Liên kết tài khoản với định danh VNeID... · Join with an identity elsewhere.")
@click.argument("name")
@click.option("--provider", "provider_name", default="vneid", show_default=True)
@click.option(
    "--subject", required=True, help="Giá trị sub do nơi cấp định danh trả về · The provider's sub."
)
def link_identity(name: str, provider_name: str, subject: str) -> None:
    from khoyte.units import identities  # Django is set up only once a command runs

    provider = _provider(provider_name)
    identities.link(name, provider, identities.hashed(provider, subject), by=BY_COMMAND)
    click.echo(f"{name} {provider_name}")


@account.command("unlink", help="Bỏ liên kết với định danh nơi khác · Take an identity elsewhere away.")
@click.argument("name")
@click.option("--provider", "provider_name", default="vneid", show_default=True)
def unlink_identity(name: str, provider_name: str) -> None:
    from khoyte.units import identities  # Django is set up only once a command runs

    identities.unlink(name, _provider(provider_name), by=BY_COMMAND)
    click.echo(f"{name} {provider_name}")


def _provider(name: str) -> Provider:
    from django.conf import settings  # Django is set up only once a command runs

    if name not in settings.OIDC:
        raise click.UsageError(f"KHOYTE_OIDC: {name}?")
    return settings.OIDC[name]


@account.command("confirm", help="Xác nhận tài khoản còn cần dùng · Confirm that an account is needed.")
@click.argument("name")
def confirm_account(name: str) -> None:
    from khoyte.units import accounts  # Django is set up only once a command runs

    click.echo(accounts.confirm(name, by=BY_COMMAND).username)


@account.command("review", help="Danh sách rà soát 6 tháng một lần · The half-yearly review list.")
@click.option("--unit", "unit_code", default="", help="Chỉ một đơn vị · One unit only.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def review_accounts(ctx: click.Context, unit_code: str, as_json: bool) -> None:
    from khoyte.units import accounts  # Django is set up only once a command runs

    lines = list(accounts.review_list(unit_code))
    if as_json:
        document = {"accounts": [asdict(line) for line in lines]}
        click.echo(json.dumps(document, ensure_ascii=False, default=str))
        return
    lang = ctx.obj["lang"]
    for line in lines:
        seen = format_date(line.last_sign_in) if line.last_sign_in else _NEVER[lang]
        state = _DUE[lang] if line.is_due else "" if line.is_active else _CLOSED[lang]
        click.echo("  ".join(part for part in (line.unit, line.username, line.role, seen, state) if part))


_NEVER = {"vi": "chưa đăng nhập", "en": "never signed in"}
_DUE = {"vi": "cần rà soát", "en": "review due"}
_CLOSED = {"vi": "đã ngừng", "en": "closed"}


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


@token.command("revoke", help="Thu hồi mọi mã truy cập của đơn vị · Revoke all tokens of a unit.")
@click.option("--unit", "unit_code", required=True)
@click.pass_context
def revoke_tokens(ctx: click.Context, unit_code: str) -> None:
    from khoyte.units import accounts  # Django is set up only once a command runs

    said = {"vi": "Đã thu hồi {n} mã truy cập.", "en": "{n} tokens revoked."}
    click.echo(said[ctx.obj["lang"]].format(n=accounts.revoke_tokens(unit_code, by=BY_COMMAND)))
