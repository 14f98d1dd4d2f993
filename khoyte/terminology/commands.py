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
from khoyte.terminology.differences import Differences
from khoyte.terminology.importing import import_file
from khoyte.terminology.model import ReleaseHeader
from khoyte.terminology.queries import KINDS, differences_between, label_of, list_releases, show

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
def import_command(
    name: str, file: Path, valid_from: datetime, valid_to: datetime | None, partial: bool, as_json: bool
) -> None:
    """Nhập danh mục từ CSV, XLSX hoặc FHIR CodeSystem · Import from CSV, XLSX or FHIR CodeSystem."""
    imported = import_file(
        name, file, valid_from.date(), valid_to=valid_to.date() if valid_to else None, complete=not partial
    )
    if as_json:
        _print_json(
            {
                "file": imported.file,
                "pack": imported.pack,
                "catalogues": [_facts(header) for header in imported.releases],
            }
        )
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
        _print_json(
            {
                "name": shown.name,
                "code": shown.code,
                "date": shown.day,
                "found": shown.attributes is not None,
                "may_stand": shown.may_stand,
                "attributes": shown.attributes,
                "release": _facts(shown.release),
            }
        )
    elif shown.attributes is None:
        click.echo(_NOT_HELD.fill(code=shown.code, release=_line(shown.release)).say(_language()))
    else:
        click.echo(f"{shown.code} ({_line(shown.release)})")
        for attribute, value in shown.attributes.items():
            click.echo(f"  {attribute}: {value}")
    context.exit(0 if shown.attributes is not None else 1)


@catalogue.command("diff")
@click.argument("name")
@click.option("--from", "first", type=_DAY, required=True, help="Ngày trước · Earlier day, YYYY-MM-DD.")
@click.option("--to", "second", type=_DAY, required=True, help="Ngày sau · Later day, YYYY-MM-DD.")
@_as_json
def diff_command(name: str, first: datetime, second: datetime, as_json: bool) -> None:
    """Khác nhau giữa hai ngày của một danh mục · How a catalogue differs between two days."""
    found = differences_between(name, first.date(), second.date())
    if as_json:
        _print_json({"name": name, "from": first.date(), "to": second.date(), **facts_of(found)})
        return
    for line in lines_of(found, _language()):
        click.echo(line)


def facts_of(found: Differences) -> dict[str, Any]:
    """Differences as a document: counts, whether the whole list is judged otherwise, every code."""
    return {
        **found.counts(),
        "whole_list": found.whole,
        "alters_judgement": found.alters,
        "changes": [asdict(change) for change in found.changes],
    }


def lines_of(found: Differences, lang: str) -> list[str]:
    """Differences as lines for people: counts, then codes with what changed."""
    lines = [_COUNTED.fill(**{key: vn_number(count) for key, count in found.counts().items()}).say(lang)]
    if found.whole:
        lines.append(_WHOLE.say(lang))
    for change in found.changes:
        shown = "; ".join(
            f"{one.attribute}: {one.before or '–'} → {one.after or '–'}" for one in change.attributes
        )
        mark = " *" if change.alters else ""
        lines.append(f"{KINDS[change.kind].say(lang)} {change.code}{mark} {shown or change.name}".rstrip())
    return lines


def _facts(header: ReleaseHeader) -> dict[str, Any]:
    return {**asdict(header), "label_vi": label_of(header.name).vi, "label_en": label_of(header.name).en}


def _line(header: ReleaseHeader) -> str:
    lang = _language()
    ends: date | None = header.valid_to
    until = f" – {format_date(ends)}" if ends else Text(" – nay", " – now").say(lang)
    note = "" if header.complete else Text(", chưa đủ mã", ", not complete").say(lang)
    size = vn_number(header.size)
    return (
        f"{header.name}: {label_of(header.name).say(lang)}, {format_date(header.valid_from)}{until}, "
        f"{size} {Text('mã', 'codes').say(lang)}{note}. {header.source}"
    )


def _language() -> str:
    chosen = click.get_current_context().find_object(dict)
    return chosen.get("lang", "vi") if chosen else "vi"


def _print_json(document: dict[str, Any]) -> None:
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


_SAVED = Text(
    vi="Đã nhập. Bộ dữ liệu tham chiếu đang dùng: {pack}… Để kiểm tra lại hồ sơ đã lưu, chạy lệnh: "
    "khoyte rejudge --catalogue.",
    en="Imported. Reference pack in use: {pack}... Stored records are judged again with: "
    "khoyte rejudge --catalogue.",
)
_COUNTED = Text(
    vi="Thêm {added}, bỏ {removed}, sửa {changed} mã; "
    "{altering} mã làm thay đổi kết quả kiểm tra (đánh dấu *).",
    en="{added} codes added, {removed} removed, {changed} changed; {altering} alter judgement (marked *).",
)
_WHOLE = Text(
    vi="Mã không có trong cả hai danh mục cũng được kiểm tra khác trước.",
    en="Codes outside both lists are judged otherwise, too.",
)
_NOT_HELD = Text(
    vi="{code}: không có trong danh mục ({release})", en="{code}: not in the catalogue ({release})"
)
