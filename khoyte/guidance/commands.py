"""`khoyte sandbox`: make the training province, make it anew, say how it stands."""

import json

import click

from khoyte.foundation.home import folder, write_durably
from khoyte.units.policy import system_actor

BY_COMMAND = system_actor("command-line")
ACCOUNTS_FILE = "sandbox-accounts.json"


@click.group(help="Tỉnh tập huấn · The training province.")
def sandbox() -> None:
    pass


@sandbox.command("fill", help="Lập tỉnh tập huấn và tài khoản học viên · Make it, with learners' accounts.")
@click.option("--seats", type=click.IntRange(1, 50), default=1, show_default=True)
@click.pass_context
def fill(ctx: click.Context, seats: int) -> None:
    """Accounts that are there keep their passwords; new ones are shown, and kept in a file of mode 0600."""
    from khoyte.guidance import sandbox as making  # Django is set up only once a command runs

    made = making.fill(seats=seats, by=BY_COMMAND)
    path = folder() / ACCOUNTS_FILE
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    write_durably(path, json.dumps([*known, *made], ensure_ascii=False, indent=1).encode())
    for line in made:
        click.echo(f"  {line['role']:<18} {line['unit']:<6} {line['username']:<28} {line['password']}")
    _say(ctx)


@sandbox.command("reset", help="Lập lại từ đầu; tài khoản giữ nguyên · Make it anew; accounts stay.")
@click.pass_context
def reset(ctx: click.Context) -> None:
    from khoyte.guidance import sandbox as making  # Django is set up only once a command runs

    making.make_anew(by=BY_COMMAND)
    _say(ctx)


@sandbox.command("status", help="Tỉnh tập huấn hiện có · How it stands.")
@click.pass_context
def status(ctx: click.Context) -> None:
    _say(ctx)


def _say(ctx: click.Context) -> None:
    from khoyte.guidance import sandbox as making  # Django is set up only once a command runs

    found = making.current()
    if found is None:
        raise making.NoSandbox
    words = {
        "vi": f"Tỉnh tập huấn {found.office.code}: {len(found.facilities)} cơ sở, "
        f"{found.accounts} tài khoản.",
        "en": f"Training province {found.office.code}: {len(found.facilities)} facilities, "
        f"{found.accounts} accounts.",
    }
    click.echo(words[ctx.obj["lang"]])
