"""`khoyte key`: rotate the keys that seal personal data, seal anew, drop old keys."""

import json

import click

from khoyte.foundation.language import Text
from khoyte.units.policy import system_actor

BY_COMMAND = system_actor("command-line")


@click.group(help="Khóa mã hóa dữ liệu cá nhân · Keys that seal personal data.")
def key() -> None:
    pass


@key.command("list", help="Các khóa và số giá trị còn dùng khóa cũ · Keys, and what older ones still seal.")
@click.option("--json", "as_json", is_flag=True, help="Một tài liệu JSON · One JSON document.")
@click.pass_context
def list_keys(ctx: click.Context, as_json: bool) -> int:
    from khoyte.foundation.crypto import Keyring
    from khoyte.protection import keys

    keyring, left = Keyring.load(), keys.left()
    document = {
        "current": keyring.current,
        "keys": sorted(keyring.keys, key=int),
        "older": {f"{column.table}.{column.column}": count for column, count in left.items()},
    }
    if as_json:
        click.echo(json.dumps(document))
    else:
        words = Text("Khóa đang dùng: {current}. Còn {count} giá trị dùng khóa cũ.",
                     "Key in use: {current}. {count} values are sealed with older keys.")  # fmt: skip
        click.echo(words.fill(current=keyring.current, count=sum(left.values())).say(ctx.obj["lang"]))
    return 1 if any(left.values()) else 0


@key.command("rotate", help="Thêm khóa mới và dùng từ nay · Add a key and use it from now on.")
def rotate() -> None:
    from khoyte.protection import keys

    click.echo(keys.rotate(by=BY_COMMAND))


@key.command("reseal", help="Mã hóa lại bằng khóa mới, hệ thống vẫn chạy · Seal anew while all goes on.")
def reseal() -> None:
    from khoyte.protection import keys

    total = sum(keys.left().values())
    with click.progressbar(length=total, label="reseal", width=30) as shown:
        for done in keys.reseal(by=BY_COMMAND):
            shown.update(done)


@key.command("drop-old", help="Bỏ các khóa không còn dùng · Drop keys that seal nothing any more.")
def drop_old() -> None:
    from khoyte.protection import keys

    click.echo(" ".join(keys.drop_old(by=BY_COMMAND)))
