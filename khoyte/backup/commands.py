"""`khoyte backup`, `khoyte restore`, `khoyte drill`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from khoyte.foundation.calendar import TZ
from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.home import home as chosen_home
from khoyte.foundation.language import Text

_json = click.option("--json", "as_json", is_flag=True, help="JSON.")
_run = click.option("--run", type=int, hidden=True, help="Number of the run that was asked for.")


@click.command(help="Sao lưu có mã hóa vào thư mục DIR (mặc định KHOYTE_BACKUP) · Encrypted backup into DIR.")
@click.argument("place", required=False, metavar="DIR")
@_json
@_run
@click.pass_context
def backup(ctx: click.Context, place: str | None, as_json: bool, run: int | None) -> None:
    from khoyte.backup import actions, settings  # the web framework is set up only now
    from khoyte.units.policy import system_actor

    home, lang = chosen_home(), ctx.obj["lang"]
    target = place or settings.place_of(home)
    if not target:
        raise WrongUsage(_NO_PLACE)
    new_key = actions.key_warning(home)
    with _progress(as_json, lang) as progress:
        manifest, report = actions.back_up(
            home, settings.absolute(target), by=system_actor(_by(run)), progress=progress, run_id=run
        )
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(_DONE.fill(base=manifest.id, place=target).say(lang))
    if new_key:
        click.echo(_NEW_KEY.fill(path=new_key).say(lang))


@click.command(
    help="Diễn tập: khôi phục vào nơi tạm và đối chiếu · Restore into a scratch place and prove it."
)
@click.argument("place", required=False, metavar="[DIR]")
@_json
@_run
@click.pass_context
def drill(ctx: click.Context, place: str | None, as_json: bool, run: int | None) -> int:
    from khoyte.backup import actions, settings  # as above
    from khoyte.units.policy import system_actor

    home, lang = chosen_home(), ctx.obj["lang"]
    target = settings.absolute(place) if place else actions.last_place(home)
    with _progress(as_json, lang) as progress:
        report = actions.drill(home, target, by=system_actor(_by(run)), progress=progress, run_id=run)
    document = report.as_json()
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for name, value in document.items():
            if name != "wrong":
                click.echo(f"{name}: {value}")
        for one in report.wrong:
            click.echo(one[lang], err=True)
    return 0 if report.holds else 1


def _by(run: int | None) -> str:
    """Who it is written down for: a person's wish is carried out by the worker."""
    return "command-line" if run is None else "worker"


@click.command(help="Khôi phục từ bản sao lưu vào thư mục trống · Restore a backup into an empty home.")
@click.argument("place", metavar="DIR")
@click.option("--at", "at", help="Thời điểm (2026-11-28T09:30:00, giờ Việt Nam) · Moment to restore to.")
@click.option("--home", "chosen", type=click.Path(path_type=Path), help="KHOYTE_HOME.")
@click.option("--key", type=click.Path(path_type=Path), help="Tệp khóa sao lưu · Backup key file.")
@_json
@click.pass_context
def restore(
    ctx: click.Context, place: str, at: str | None, chosen: Path | None, key: Path | None, as_json: bool
) -> None:
    from khoyte.backup import keys, restoring, settings

    home, lang = (chosen or chosen_home()).absolute(), ctx.obj["lang"]
    restoring.check_empty(home)
    key_path = (key or keys.key_file_to_restore_with(home)).absolute()
    catalog = settings.open_for_reading(settings.absolute(place), key_path)
    target = restoring.Target(at=parse_moment(at) if at else None)
    with _progress(as_json, lang) as progress:
        done = restoring.restore(catalog, home, target, progress, store=settings.store_apart())
    restoring.put_secret_where_it_is_looked_for(home)
    document = {"home": str(home), "base": done.base, "blobs": done.blobs, "seconds": round(done.seconds, 1)}
    click.echo(json.dumps(document) if as_json else _RESTORED.fill(**document).say(lang))


def parse_moment(text: str) -> datetime:
    """A moment as written by a person: Vietnamese time unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(_BAD_MOMENT.fill(text=text)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=TZ)


@contextmanager
def _progress(silent: bool, lang: str) -> Iterator[Any]:
    """One line on a terminal, rewritten a few times a second."""
    from khoyte.backup.progress import Line  # as above

    line = Line(lang, shown=not silent and sys.stderr.isatty())
    try:
        yield line
    finally:
        line.end()


_NO_PLACE = Text(
    vi="Chưa cho biết sao lưu vào đâu. Ghi thư mục sau lệnh, hoặc đặt KHOYTE_BACKUP.",
    en="Where to? Name a folder after the command, or set KHOYTE_BACKUP.",
)
_DONE = Text(vi="Đã sao lưu: bản {base} tại {place}.", en="Backed up: base {base} in {place}.")
_NEW_KEY = Text(
    vi="KHÓA SAO LƯU MỚI: {path}. Chép tệp này ra nơi khác (giấy, USB, két), không để cùng bản sao lưu:"
    " mất khóa thì không khôi phục được.",
    en="NEW BACKUP KEY: {path}. Put a copy of it away (paper, stick, safe), not beside the backup:"
    " without it nothing can be restored.",
)
_RESTORED = Text(
    vi="Đã khôi phục vào {home} từ bản {base}: {blobs} tệp gốc, {seconds} giây."
    " Chạy `khoyte up --home {home}`.",
    en="Restored into {home} from base {base}: {blobs} raw files, {seconds} s."
    " Run `khoyte up --home {home}`.",
)
_BAD_MOMENT = Text(
    vi="Không đọc được thời điểm {text}. Viết như 2026-11-28T09:30:00.",
    en="{text} is no moment. Write it like 2026-11-28T09:30:00.",
)
