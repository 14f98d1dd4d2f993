"""`khoyte qr`: check a QR code of a licence without network or database; keep the keys that sign them."""

from pathlib import Path
from typing import TextIO

import click
import orjson

from khoyte.foundation.calendar import format_date
from khoyte.practice import qr_tokens
from khoyte.practice.qr_tokens import Licence, NotGenuine
from khoyte.units.policy import system_actor

BY_COMMAND = system_actor("command-line")


@click.group(help="Mã QR của giấy phép hành nghề · QR codes of licences.")
def qr() -> None:
    pass


@qr.command(
    "verify",
    help="Kiểm tra mã QR khi không có mạng; đọc nội dung mã từ tệp hoặc đầu vào · "
    "Check a QR code offline; its text comes from a file or from standard input.",
)
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Khóa công khai, tải từ /.well-known/khoyte-qr-keys.json · Public keys as published.",
)
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def verify(ctx: click.Context, keys_file: Path, file: TextIO, as_json: bool) -> int:
    """A name is never an argument: the list of processes shows those to everybody on the machine."""
    try:
        licence = qr_tokens.read(file.read(), orjson.loads(keys_file.read_bytes()))
    except NotGenuine as wrong:
        if not as_json:
            raise
        click.echo(orjson.dumps({"genuine": False, "why": wrong.why}).decode())
        return 1
    except ValueError:
        raise click.UsageError(f"--keys: {keys_file.name}?") from None
    if as_json:
        click.echo(orjson.dumps({"genuine": True, **_document(licence)}).decode())
        return 0
    lang = ctx.obj["lang"]
    click.echo(_GENUINE[lang].format(number=licence.number, day=format_date(licence.signed_on)))
    click.echo(f"{licence.name} – {licence.title} – {licence.issuer}")
    click.echo(_ASK_NOW[lang].format(code=licence.code))
    return 0


verify.callback.needs_none = True  # type: ignore[union-attr]  # read by the command line: no database


def _document(licence: Licence) -> dict[str, object]:
    return {name: getattr(licence, name) for name in Licence.__dataclass_fields__}


_GENUINE = {
    "vi": "Mã thật: giấy phép {number}, nội dung ký ngày {day}.",
    "en": "Genuine: licence {number}, as signed on {day}.",
}
_ASK_NOW = {
    "vi": "Tình trạng hiện nay (đình chỉ, thu hồi) chỉ có khi xem trực tuyến: /xac-minh/{code}",
    "en": "Whether it was suspended or revoked since is told online: /xac-minh/{code}",
}


@qr.command("keys", help="In các khóa công khai đang dùng · Print the public keys in use.")
def keys() -> None:
    from khoyte.practice import qr_keys  # Django is set up only once a command runs
    from khoyte.units.tenancy import working

    with working():
        click.echo(orjson.dumps(qr_keys.published(), option=orjson.OPT_INDENT_2).decode())


@qr.command("rotate", help="Ký bằng khóa mới từ nay; mã đã in vẫn hợp lệ · Sign with a new key from now on.")
def rotate() -> None:
    from khoyte.practice import qr_keys  # Django is set up only once a command runs
    from khoyte.units.tenancy import working

    with working():
        click.echo(str(qr_keys.rotate(by=BY_COMMAND).pk))


@qr.command("revoke", help="Bỏ một khóa bị lộ; mã khóa ấy đã ký không còn hợp lệ · Revoke a key that leaked.")
@click.argument("kid")
def revoke(kid: str) -> None:
    from khoyte.practice import qr_keys  # Django is set up only once a command runs
    from khoyte.units.tenancy import working

    with working():
        click.echo(str(qr_keys.revoke(kid, by=BY_COMMAND).pk))
