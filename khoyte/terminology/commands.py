"""`khoyte catalogue`: list, import and look up dated catalogues."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from khoyte.foundation.calendar import format_date, today
from khoyte.foundation.language import Text
from khoyte.foundation.numbers import vn_number
from khoyte.terminology.importing import import_file
from khoyte.terminology.model import ReleaseHeader
from khoyte.terminology.queries import label_of, list_releases, show

_DAY = click.DateTime(["%Y-%m-%d"])
_as_json = click.option("--json", "as_json", is_flag=True, help="Một tài liệu JSON · One JSON document.")


@click.group()
def catalogue() -> None:
    """Danh mục theo thời gian · Dated catalogues."""


@catalogue.command("list")
@_as_json
def list_command(as_json: bool) -> None:
    """Các danh mục đang dùng và thời gian hiệu lực · Catalogues in use and their periods."""
    releases = list_releases()
    if as_json:
        _print_json({"catalogues": [_facts(header) for header in releases]})
        return
    for header in releases:
        click.echo(_line(header))


@catalogue.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--valid-from", type=_DAY, required=True, help="Ngày bắt đầu hiệu lực · First day, YYYY-MM-DD.")
@click.option("--valid-to", type=_DAY, help="Ngày cuối còn hiệu lực · Last day, YYYY-MM-DD.")
@click.option("--partial", is_flag=True, help="Danh mục chưa đủ mã · Codes may be missing from the list.")
@_as_json
def import_command(name: str, file: Path, valid_from: datetime, valid_to: datetime | None, partial: bool,
                   as_json: bool) -> None:
    """Nhập danh mục từ CSV, XLSX hoặc FHIR CodeSystem · Import from CSV, XLSX or FHIR CodeSystem."""
    imported = import_file(name, file, valid_from.date(), valid_to=valid_to.date() if valid_to else None,
                           complete=not partial)
    if as_json:
        _print_json({"file": imported.file, "pack": imported.pack,
                     "catalogues": [_facts(header) for header in imported.releases]})
        return
    for header in imported.releases:
        click.echo(_line(header))
    click.echo(_SAVED.fill(pack=imported.pack[:19]).say(_language()))


@catalogue.command("show")
@click.argument("name")
@click.argument("code")
@click.option("--date", "day", type=_DAY, help="Ngày của hồ sơ · Date of the record, YYYY-MM-DD (today).")
@_as_json
@click.pass_context
def show_command(context: click.Context, name: str, code: str, day: datetime | None, as_json: bool) -> None:
    """Tra một mã · Look up a code; exit status 1 when it is not in the catalogue."""
    shown = show(name, code, day.date() if day else today())
    if as_json:
        _print_json({"name": shown.name, "code": shown.code, "date": shown.day,
                     "found": shown.attributes is not None, "may_stand": shown.may_stand,
                     "attributes": shown.attributes, "release": _facts(shown.release)})
    elif shown.attributes is None:
        click.echo(_NOT_HELD.fill(code=shown.code, release=_line(shown.release)).say(_language()))
    else:
        click.echo(f"{shown.code} ({_line(shown.release)})")
        for attribute, value in shown.attributes.items():
            click.echo(f"  {attribute}: {value}")
    context.exit(0 if shown.attributes is not None else 1)


def _facts(header: ReleaseHeader) -> dict[str, Any]:
    return {**asdict(header), "label_vi": label_of(header.name).vi, "label_en": label_of(header.name).en}


def _line(header: ReleaseHeader) -> str:
    lang = _language()
    ends: date | None = header.valid_to
    until = f" – {format_date(ends)}" if ends else Text(" – nay", " – now").say(lang)
    note = "" if header.complete else Text(", chưa đủ mã", ", not complete").say(lang)
    size = vn_number(header.size)
    return (f"{header.name}: {label_of(header.name).say(lang)}, {format_date(header.valid_from)}{until}, "
            f"{size} {Text('mã', 'codes').say(lang)}{note}. {header.source}")


def _language() -> str:
    chosen = click.get_current_context().find_object(dict)
    return chosen.get("lang", "vi") if chosen else "vi"


def _print_json(document: dict[str, Any]) -> None:
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


_SAVED = Text(
    vi="Đã nhập. Bộ dữ liệu tham chiếu đang dùng: {pack}… Để kiểm tra lại hồ sơ đã lưu, chạy lệnh: "
       "khoyte rejudge --catalogue.",
    en="Imported. Reference pack in use: {pack}... Stored records are judged again with: "
       "khoyte rejudge --catalogue.")
_NOT_HELD = Text(vi="{code}: không có trong danh mục ({release})",
                 en="{code}: not in the catalogue ({release})")
