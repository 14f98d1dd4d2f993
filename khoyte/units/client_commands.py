"""`khoyte client`: software of a unit that proves itself with keys (SMART backend services)."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from khoyte.units.commands import BY_COMMAND
from khoyte.units.enums import Scope

_KEY_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(help="Phần mềm xác thực bằng khóa · Software that proves itself with keys.")
def client() -> None:
    pass


@client.command(
    "register",
    help="Đăng ký phần mềm và khóa công khai (JWK, JWKS, PEM) · Register software and its public keys.",
)
@click.argument("client_id")
@click.option("--unit", "unit_code", required=True)
@click.option("--scope", "scopes", multiple=True, required=True, help=" ".join(Scope.values))
@click.option("--key", "key_file", type=_KEY_FILE, default=None, help="Tệp khóa công khai · Public key file.")
@click.option(
    "--jwks-uri", default="", help="Địa chỉ https phần mềm để khóa công khai · Where it keeps its keys."
)
@click.option("--name", default="", help="Tên phần mềm · What people call it.")
@click.argument("more_scopes", nargs=-1)
def register(
    client_id: str,
    unit_code: str,
    scopes: tuple[str, ...],
    key_file: Path | None,
    jwks_uri: str,
    name: str,
    more_scopes: tuple[str, ...],
) -> None:
    from khoyte.units import client_keys, machine_clients  # Django is set up only once a command runs

    if (key_file is None) == (not jwks_uri):
        raise click.UsageError("--key / --jwks-uri: chọn một · one of the two.")
    asked = [scope for words in scopes + more_scopes for scope in words.replace(",", " ").split()]
    made = machine_clients.register(
        client_id=client_id,
        unit=unit_code,
        name=name or client_id,
        scopes=asked,
        keys=client_keys.read(key_file.read_bytes()) if key_file else (),
        jwks_uri=jwks_uri,
        by=BY_COMMAND,
    )
    click.echo(" ".join((made.client_id, unit_code, *made.scopes)))


@client.command("add-key", help="Thêm khóa công khai, in mã khóa · Add public keys; prints their kid.")
@click.argument("client_id")
@click.argument("key_file", type=_KEY_FILE)
def add_key(client_id: str, key_file: Path) -> None:
    from khoyte.units import client_keys, machine_clients  # Django is set up only once a command runs

    for key in client_keys.read(key_file.read_bytes()):
        click.echo(machine_clients.add_key(client_id, key, by=BY_COMMAND).kid)


@client.command("remove-key", help="Bỏ khóa, kết thúc mã truy cập · Take a key away; its tokens end.")
@click.argument("client_id")
@click.argument("kid")
def remove_key(client_id: str, kid: str) -> None:
    from khoyte.units import machine_clients  # Django is set up only once a command runs

    machine_clients.remove_key(client_id, kid, by=BY_COMMAND)
    click.echo(f"{client_id} {kid}")


@client.command("revoke", help="Ngừng phần mềm · End the software's access.")
@click.argument("client_id")
def revoke(client_id: str) -> None:
    from khoyte.units import machine_clients  # Django is set up only once a command runs

    machine_clients.revoke(client_id, by=BY_COMMAND)
    click.echo(client_id)


@client.command("list", help="Danh sách phần mềm · The list of software.")
@click.option("--unit", "unit_code", default="", help="Chỉ một đơn vị · One unit only.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def list_clients(ctx: click.Context, unit_code: str, as_json: bool) -> None:
    from khoyte.units import machine_clients  # Django is set up only once a command runs

    lines = machine_clients.registered(unit_code)
    if as_json:
        document = {"clients": [asdict(line) for line in lines]}
        click.echo(json.dumps(document, ensure_ascii=False, default=str))
        return
    for line in lines:
        state = _REVOKED[ctx.obj["lang"]] if line.revoked_at else line.jwks_uri or ",".join(line.keys)
        click.echo("  ".join((line.unit, line.client_id, " ".join(line.scopes), state)))


_REVOKED = {"vi": "đã ngừng", "en": "revoked"}
