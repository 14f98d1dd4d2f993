"""`khoyte catalogue import --dry-run`: what a file would change, before it is published.

The other commands of the group are those of the room `terminology` and need no database.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson

from khoyte.terminology import commands as dated

_publish: Callable[..., Any] = dated.import_command.callback  # type: ignore[assignment]


@click.command("import", help=dated.import_command.help)
@click.pass_context
def import_command(context: click.Context, dry_run: bool, **given: Any) -> None:
    if dry_run:
        _preview(context, **given)
    else:
        _publish(**given)


import_command.params += [
    *dated.import_command.params,
    click.Option(
        ["--dry-run"], is_flag=True, help="Chỉ xem trước tác động · Show the impact, import nothing."
    ),
]
catalogue = click.Group(
    "catalogue", help=dated.catalogue.help, commands={**dated.catalogue.commands, "import": import_command}
)


def _preview(
    context: click.Context,
    name: str,
    file: Path,
    valid_from: datetime,
    valid_to: datetime | None,
    partial: bool,
    as_json: bool,
) -> None:
    """Print differences by span of days, rules and fields, and how much of what is stored is touched."""
    # Rules and database are loaded for this act alone.
    from khoyte.submissions.catalogue_impact import impact, stored_touched
    from khoyte.terminology import load_pack
    from khoyte.terminology.importing import pack_with, read_draft

    last = valid_to.date() if valid_to else None
    draft = read_draft(name, file, valid_from.date(), valid_to=last, complete=not partial)
    found = impact(load_pack(), pack_with(draft), name)
    database: Callable[[str], AbstractContextManager[None]] = context.obj["database"]
    with database("worker"):
        touched = stored_touched(found, name)
    if as_json:
        document = {
            "file": file.name, "catalogue": name, "published": False, "rules": found.rules,
            "fields": [".".join(place) for place in found.fields], "alters_judgement": found.alters,
            "spans": [{"first": span.first, "last": span.last, **dated.facts_of(span.differences)}
                      for span in found.spans],
            "stored": asdict(touched),
        }  # fmt: skip
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        return
    _tell(found, touched, context.obj["lang"])


def _tell(found: Any, touched: Any, lang: str) -> None:
    for span in found.spans:
        click.echo(_SPAN[lang].format(first=span.first, last=span.last or "…"))
        for line in dated.lines_of(span.differences, lang):
            click.echo(f"  {line}")
    rules = ", ".join(found.rules) if found.alters else "–"
    click.echo(_TOUCHED[lang].format(rules=rules, **asdict(touched)))


_SPAN = {"vi": "Hồ sơ từ {first} đến {last}:", "en": "Records from {first} to {last}:"}
_TOUCHED = {
    "vi": "Quy tắc bị ảnh hưởng: {rules}. Dữ liệu đã lưu có mã bị ảnh hưởng: {visits} lượt khám, điều trị; "
    "{submissions} gói hồ sơ; {facilities} cơ sở. Chưa công bố nội dung nào.",
    "en": "Rules affected: {rules}. Stored with affected codes: {visits} visits, {submissions} submissions, "
    "{facilities} facilities. Nothing was published.",
}
