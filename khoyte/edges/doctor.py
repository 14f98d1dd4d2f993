"""`khoyte doctor`: what is wrong with this installation and what to do. Changes nothing that was there."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from khoyte.edges import doctor_backup as backup
from khoyte.edges import doctor_database as database
from khoyte.edges import doctor_machine as machine
from khoyte.edges.doctor_machine import Check
from khoyte.foundation.database import database_running
from khoyte.foundation.database.addresses import configured_url
from khoyte.foundation.database.places import places_of
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.home import home
from khoyte.foundation.language import Text

_NO_DATABASE_YET = Text("Chưa có cơ sở dữ liệu; `khoyte up` sẽ tạo", "None yet; `khoyte up` makes it")


@click.command(help="Kiểm tra bản cài đặt và nêu cách khắc phục · What is wrong and what to do.")
@click.option("--json", "as_json", is_flag=True, help="JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    lang = ctx.obj["lang"] if ctx.obj else "vi"
    results = []
    for check in examine():
        results.append(check)
        if not as_json:
            click.echo(_line(check, lang))
    healthy = all(check.ok for check in results)
    if as_json:
        document = {"ok": healthy, "checks": [_as_dict(check, lang) for check in results]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    sys.exit(0 if healthy else 1)


def examine() -> Iterator[Check]:
    """Every check of this installation, one after the other; what needs the database comes last."""
    folder = home()
    yield machine.python()
    yield machine.time_zone()
    yield machine.home_folder(folder)
    yield machine.secrets(folder)
    yield machine.disk(folder)
    yield machine.engine()
    yield machine.reference_pack()
    yield machine.trust()
    yield from machine.former_clusters(folder)
    if configured_url() or (places_of(folder).data / "PG_VERSION").exists():
        yield from _examine_database(folder)
    else:
        yield Check("database", True, _NO_DATABASE_YET)


def _examine_database(folder: Path) -> Iterator[Check]:
    try:
        with database_running(folder) as urls:
            yield database.version(urls)
            yield database.durability(urls)
            yield database.roles(urls)
            yield database.schema(folder)
            yield database.tenant_walls(urls)
            yield backup.backup(urls, folder)
            yield backup.drill(urls)
    except KhoyteError as trouble:
        yield Check("database", False, trouble.text, trouble.remedy)


def _line(check: Check, lang: str) -> str:
    line = f"{'ok ' if check.ok else '!! '} {check.name}: {check.message.say(lang)}"
    return line if check.ok or check.remedy is None else f"{line}\n     → {check.remedy.say(lang)}"


def _as_dict(check: Check, lang: str) -> dict[str, object]:
    remedy = None if check.ok or check.remedy is None else check.remedy.say(lang)
    return {"name": check.name, "ok": check.ok, "message": check.message.say(lang), "remedy": remedy}
