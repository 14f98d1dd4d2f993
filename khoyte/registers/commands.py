"""`khoyte register`: list, template, import, export."""

import sys
from pathlib import Path
from typing import Any

import click
import orjson

from khoyte.foundation.numbers import vn_number
from khoyte.units.policy import system_actor

BY_COMMAND = system_actor("command-line")


@click.group(help="Các sổ đăng ký · Declared registers.")
def register() -> None:
    pass


@register.command("list", help="Các sổ và số hồ sơ · Registers and how many records they hold.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> None:
    from khoyte.registers import schema  # Django is set up only once a command runs
    from khoyte.registers.known import registers

    lines = [{**schema.summary(one.declaration), "records": one.model.objects.count()} for one in registers()]
    if as_json:
        _print({"registers": lines})
        return
    for line in lines:
        click.echo(f"{line['name']}: {line['labels'][_language(ctx)]} ({vn_number(line['records'])})")


@register.command("template", help="Ghi biểu mẫu XLSX · Write the XLSX template.")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def template_command(name: str, file: Path | None) -> None:
    from khoyte.registers.known import register as known  # Django is set up only once a command runs
    from khoyte.registers.template import file_name, template

    declaration = known(name).declaration
    place = file or Path(file_name(declaration))
    place.write_bytes(template(declaration))
    click.echo(str(place))


@register.command(
    "import", help="Nhập XLSX hoặc CSV · Import XLSX or CSV; nothing is stored when a row is bad."
)
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Chỉ kiểm tra, không lưu · Check only.")
@click.option("--confirmed", is_flag=True, help="Nhập như đã xác nhận · Enter as already reviewed.")
@click.option(
    "--accept", multiple=True, help="Lỗi Excel được sửa hộ · lost_zeros scientific excel_serial ..."
)
@click.option(
    "--effective-from", type=click.DateTime(["%Y-%m-%d"]), help="Ngày áp dụng · Day it applies from."
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def import_command(
    ctx: click.Context,
    name: str,
    file: Path,
    dry_run: bool,
    confirmed: bool,
    accept: tuple[str, ...],
    effective_from: Any,
    as_json: bool,
) -> int:
    from khoyte.registers import importing  # Django is set up only once a command runs
    from khoyte.registers.known import register as known
    from khoyte.registers.reading import Source
    from khoyte.units.tenancy import working

    causes = importing.accepted([word for words in accept for word in words.replace(",", " ").split()])
    with working():
        report = importing.run(
            known(name),
            Source(file.name, file),
            by=BY_COMMAND,
            dry=dry_run,
            accept=causes,
            confirmed=confirmed,
            effective_from=effective_from.date() if effective_from else None,
            way="command",
        )
    document = report.document(_language(ctx))
    if as_json:
        _print(document)
    else:
        _say(document, _language(ctx))
    return 1 if report.bad else 0


def _say(document: dict[str, Any], language: str) -> None:
    words = {
        "vi": "{rows} dòng: {good} đạt, {bad} cần sửa, {duplicate} trùng; đã lưu {stored}.",
        "en": "{rows} rows: {good} good, {bad} to correct, {duplicate} duplicate; {stored} stored.",
    }
    click.echo(words[language].format_map(document))
    for cause in [*document["causes"], *document["warnings"]]:
        click.echo(f"  {cause['rows']}: {cause['message']} {cause['fix']}")
    for error in document["errors"][:20]:
        click.echo(f"    {error['cell']} {error['column']}: {error['message']}")


@register.command("export", help="Xuất CSV các hồ sơ hiện có · Current records as CSV.")
@click.argument("name")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Tệp · File (stdout).")
@click.option("--json", "as_json", is_flag=True, help="Mỗi dòng một JSON · JSON lines.")
def export_command(name: str, out: Path | None, as_json: bool) -> None:
    from khoyte.audit import actions as audit  # Django is set up only once a command runs
    from khoyte.foundation.look.formulas import HarmlessCsv
    from khoyte.registers import content as contents
    from khoyte.registers.known import register as known
    from khoyte.units.tenancy import working

    found = known(name)
    file = out.open("w", encoding="utf-8", newline="") if out else sys.stdout
    rows = 0
    try:
        with working():
            writer = HarmlessCsv(file)
            if not as_json:
                writer.write(found.declaration.by_name)
            for record in found.model.objects.order_by("sort_key", "id").iterator(2_000):
                content = contents.content_of(found.declaration, record)
                rows += 1
                if as_json:
                    file.write(orjson.dumps(content).decode() + "\n")
                else:
                    writer.write(contents.raw_of(found.declaration, content).values())
            audit.record(
                by=BY_COMMAND,
                action="register.export",
                subject_kind="register",
                subject_id=name,
                details={"records": rows},
            )
    finally:
        if out:
            file.close()


@register.command("layouts", help="Mẫu tệp của hệ thống khác · Layouts of other systems' files.")
@click.option(
    "--copy", type=click.Path(dir_okay=False, path_type=Path), help="Chép để sửa · Copy to correct."
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def layouts_command(ctx: click.Context, copy: Path | None, as_json: bool) -> None:
    from khoyte.registers import layouts  # Django is set up only once a command runs

    if copy is not None:
        copy.write_text(
            "\n".join(place.read_text(encoding="utf-8") for place in layouts.announced()), encoding="utf-8"
        )
        click.echo(f"{copy} → {layouts.own_file()}")
        return
    found = layouts.layouts()
    if as_json:
        _print(
            {
                "layouts": [
                    {
                        "register": one.register,
                        "name": one.name,
                        "way": one.way,
                        "valid_from": one.valid_from.isoformat(),
                        "assumed": one.assumed,
                        "own": one.own,
                        "columns": [column.heading for column in one.columns],
                    }
                    for one in found
                ]
            }
        )
        return
    words = {"vi": ("giả định", "đơn vị khai báo", "cột"), "en": ("assumed", "own", "columns")}[
        _language(ctx)
    ]
    for one in found:
        marks = [words[0]] * (one.assumed and not one.own) + [words[1]] * one.own
        tail = f" ({', '.join(marks)})" if marks else ""
        click.echo(
            f"{one.register}: {one.name}, {one.way}, {one.valid_from:%d/%m/%Y}, "
            f"{len(one.columns)} {words[2]}{tail}"
        )


@register.command(
    "publish",
    help="Công bố lại mọi hồ sơ đã xác nhận · Publish all that is confirmed anew, after an update.",
)
@click.argument("name")
def publish_command(name: str) -> None:
    from khoyte.registers import actions  # Django is set up only once a command runs
    from khoyte.registers.known import register as known
    from khoyte.units.tenancy import working

    with working():
        count = actions.publish_again(register=known(name), by=BY_COMMAND)
    click.echo(vn_number(count))


def _print(document: dict[str, Any]) -> None:
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def _language(ctx: click.Context) -> str:
    found = ctx.find_object(dict)
    return found.get("lang", "vi") if found else "vi"
