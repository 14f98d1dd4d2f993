"""`khoyte up` and the processes it keeps."""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import click

from khoyte.foundation.home import folder, home


@click.command()
@click.option("--home", "chosen_home", type=click.Path(path_type=Path), help="KHOYTE_HOME.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--demo", is_flag=True, help="Tỉnh minh họa, chỉ mở trên máy này · Demonstration, loopback only."
)
@click.option("--workers", default=1, show_default=True, help="Tiến trình kiểm tra · Judging workers.")
@click.pass_context
def up(ctx: click.Context, chosen_home: Path | None, host: str, port: int, demo: bool, workers: int) -> None:
    """Chạy cơ sở dữ liệu, trang web và tiến trình kiểm tra đến khi bấm Ctrl-C · Run everything until
    Ctrl-C.
    """
    from khoyte.edges.process import System, run_up  # POSIX only; `khoyte check` runs on Windows too

    if chosen_home:
        os.environ["KHOYTE_HOME"] = str(chosen_home.absolute())
    if demo:
        os.environ["KHOYTE_DEMO"] = "1"
    lang = ctx.obj["lang"] if ctx.obj else "vi"
    from khoyte.backup.settings import switch_archiving  # as above

    switch_archiving(home())
    _read_rules()

    def prepare(system: System) -> None:
        _make_assets()
        _import_catalogues()
        if demo and not _nonprod("khoyte.nonprod.demo").is_filled(system.home):
            system.run("worker", "--lang", lang, "demo", "fill")

    def announce(system: System) -> None:
        click.echo({"vi": "Khoyte đang chạy tại", "en": "Khoyte runs at"}[lang] + f" {system.address}")
        if demo:
            _nonprod("khoyte.nonprod.demo").print_accounts(system.home, lang)
        click.echo({"vi": "Ctrl-C để dừng.", "en": "Ctrl-C stops it."}[lang])

    run_up(
        home(),
        host=host,
        port=port,
        demo=demo,
        workers=workers,
        say=lambda text: click.echo(text.say(lang)),
        prepare=prepare,
        announce=announce,
    )


def _nonprod(name: str) -> ModuleType:
    """Demonstration code is loaded only when asked for; no import statement leads there."""
    return importlib.import_module(name)


def _read_rules() -> None:
    """Say at once, and not in a log of some process, that switched levels of rules cannot be read."""
    if os.environ.get("KHOYTE_RULE_LEVELS"):
        importlib.import_module("khoyte.submissions.rulebook")


def _import_catalogues() -> None:
    """Take in what lies in KHOYTE_CATALOGUES and write the reference pack of today."""
    from khoyte.terminology.importing import refresh_pack

    refresh_pack()


def _make_assets() -> None:
    """Make the web font once, before several web workers would each begin to."""
    from khoyte.foundation.look.fonts import build_fonts

    build_fonts(folder("static"))


@click.command()
def worker() -> None:
    """Kiểm tra các gói hồ sơ đã tiếp nhận cho đến khi được dừng · Judge what came in until stopped."""
    from khoyte.edges.logs import hold_back_values
    from khoyte.edges.setup import set_up_django

    hold_back_values()
    set_up_django("worker")
    from khoyte.edges.duties import of_every_day
    from khoyte.quality.loop import keep_scores
    from khoyte.registers.tallies import keep_short
    from khoyte.submissions.loop import run
    from khoyte.visits.paper_days import keep_counted

    run(of_every_day(), [keep_scores, keep_short, keep_counted])


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def django(arguments: tuple[str, ...]) -> None:
    """Django's own commands (migrate, makemigrations, shell) in this installation."""
    from khoyte.edges.setup import set_up_django
    from khoyte.foundation.database import database_running

    with database_running(home()):
        set_up_django(os.environ.get("KHOYTE_DB_ROLE", "owner"))
        from django.core.management import execute_from_command_line

        execute_from_command_line(["khoyte django", *arguments])
    sys.exit(0)
