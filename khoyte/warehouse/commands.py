"""`khoyte lake`: fill, check, rebuild, tidy; `work` is what `khoyte up` keeps running."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # needs the web framework set up
    from khoyte.warehouse.filling import Filled

_FILLED = {
    "vi": "Đã nạp {visits} lượt khám, điều trị vào kho phân tích (tính đến {as_of}).",
    "en": "{visits} visits added to the lake (as of {as_of}).",
}
_EQUAL = {
    True: {"vi": "Kho phân tích khớp với dữ liệu đã lưu.", "en": "The lake equals the visits stored."},
    False: {
        "vi": "Kho phân tích KHÔNG khớp; chạy “khoyte lake rebuild” để dựng lại.",
        "en": "The lake is NOT equal; “khoyte lake rebuild” makes it anew.",
    },
}
_json = click.option("--json", "as_json", is_flag=True)


@click.group(help="Kho phân tích · The lake: accepted visits in columns.")
def lake() -> None:
    pass


@lake.command(help="Nạp ngay những gì mới được lưu · Append what was stored since the last time.")
@_json
@click.pass_context
def fill(ctx: click.Context, as_json: bool) -> None:
    from khoyte.warehouse import filling

    _say_filled(filling.fill(), ctx.obj["lang"], as_json)


@lake.command(help="Dựng lại toàn bộ từ dữ liệu đã lưu · Make it anew from the visits stored.")
@_json
@click.pass_context
def rebuild(ctx: click.Context, as_json: bool) -> None:
    from khoyte.warehouse import filling

    _say_filled(filling.rebuild(), ctx.obj["lang"], as_json)


def _say_filled(done: "Filled", lang: str, as_json: bool) -> None:
    as_of = done.as_of.isoformat() if done.as_of else None
    if as_json:
        click.echo(json.dumps({"fills": done.fills, "visits": done.visits, "as_of": as_of}))
    else:
        click.echo(_FILLED[lang].format(visits=done.visits, as_of=as_of))


@lake.command(help="Đối chiếu với dữ liệu đã lưu; 1 khi không khớp · Compare; 1 when unequal.")
@_json
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> int:
    from khoyte.warehouse import comparing

    document = comparing.compare()
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for line in lines_of(document, ctx.obj["lang"]):
            click.echo(line)
    return 0 if document["equal"] else 1


def lines_of(document: dict[str, Any], lang: str) -> list[str]:
    """The comparison for a terminal: one line a table, then what is wrong."""
    lines = []
    for table in (*document["tables"], *document["registers"]):
        mark = "=" if table["equal"] else "≠"
        lines.append(f"{table['table']:21} {table['rows']:>12,} {mark} {table['lake_rows']:>12,}")
        for one in table["unequal"]:
            lines.append(f"  {one['month']} {one['facility']}: {one['rows']} ≠ {one['lake_rows']}")
        lines += [f"  {one['file']}: {one['problem']}" for one in table["damaged"]]
    return [*lines, _EQUAL[document["equal"]][lang]]


@lake.command(help="Chụp sổ đăng ký của hôm nay · Take today's snapshot of the registers again.")
@_json
@click.pass_context
def registers(ctx: click.Context, as_json: bool) -> None:
    from khoyte.warehouse import registers_by_day

    rows = registers_by_day.take()
    said = {"vi": "Đã ghi {rows} dòng của các sổ đăng ký.", "en": "{rows} rows of registers written."}
    click.echo(json.dumps({"rows": rows}) if as_json else said[ctx.obj["lang"]].format(rows=rows))


@lake.command(help="Gộp tệp nhỏ, bỏ bản cũ · Make few files of many, forget old snapshots.")
def tidy() -> None:
    from khoyte.warehouse import tidying

    click.echo(tidying.tidy())


@lake.command(hidden=True, help="Tiến trình nạp kho phân tích (do `up` gọi) · Kept running by `up`.")
def work() -> None:
    from khoyte.warehouse.loop import run

    run()
