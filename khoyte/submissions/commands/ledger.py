"""`khoyte ledger prove`: recount everything and hold the ledger against it."""

import json
from datetime import datetime

import click


@click.group(help="Sổ đối soát · Ledger of conservation.")
def ledger() -> None:
    pass


@ledger.command("prove", help="Đếm lại từ hồ sơ và đối chiếu với sổ · Recount and compare; 1 when unequal.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Một ngày tiếp nhận · One day of receipt.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def prove(ctx: click.Context, day: datetime | None, as_json: bool) -> int:
    from khoyte.submissions import queries

    wrong = queries.prove_ledger(day.date() if day else None)
    if as_json:
        click.echo(json.dumps({"balances": not wrong, "wrong": wrong}, ensure_ascii=False, default=str))
    elif wrong:
        for line in wrong:
            click.echo({"vi": "Chưa khớp: ", "en": "Unequal: "}[ctx.obj["lang"]] + str(line), err=True)
    else:
        click.echo({"vi": "Sổ đối soát khớp.", "en": "The ledger balances."}[ctx.obj["lang"]])
    return 1 if wrong else 0
