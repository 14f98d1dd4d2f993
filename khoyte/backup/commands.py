"""`khoyte backup`, `khoyte restore`, `khoyte drill`."""

import json
import os
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


@click.command(help="Sao lưu có mã hóa vào thư mục DIR (mặc định KHOYTE_BACKUP) · Encrypted backup into DIR.")
@click.argument("place", required=False, metavar="DIR")
@_json
@click.pass_context
def backup(ctx: click.Context, place: str | None, as_json: bool) -> None:
    from khoyte.backup import actions, keys, settings  # the database is up only now

    home, lang = chosen_home(), ctx.obj["lang"]
    target = place or settings.place_of(home)
    if not target:
        raise WrongUsage(_NO_PLACE)
    key_path = keys.key_file(home)
    is_new = not key_path.exists()
    with _progress(as_json, lang) as progress:
        manifest = actions.back_up(home, _absolute(target), progress)
    if as_json:
        click.echo(json.dumps(actions.summary(manifest), ensure_ascii=False))
        return
    click.echo(_DONE.fill(base=manifest.id, place=target).say(lang))
    if is_new:
        click.echo(_NEW_KEY.fill(path=key_path).say(lang))


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
    catalog = settings.open_for_reading(_absolute(place), (key or keys.key_file(home)).absolute())
    target = restoring.Target(at=parse_moment(at) if at else None)
    with _progress(as_json, lang) as progress:
        done = restoring.restore(catalog, home, target, progress)
    document = {"home": str(home), "base": done.base, "blobs": done.blobs, "seconds": round(done.seconds, 1)}
    click.echo(json.dumps(document) if as_json else _RESTORED.fill(**document).say(lang))


def parse_moment(text: str) -> datetime:
    """A moment as written by a person: Vietnamese time unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(_BAD_MOMENT.fill(text=text)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=TZ)


def _absolute(place: str) -> str:
    return place if "://" in place else os.path.abspath(os.path.expanduser(place))


@contextmanager
def _progress(silent: bool, lang: str) -> Iterator[Any]:
    """One line on a terminal, rewritten a few times a second."""
    from khoyte.backup.progress import Line

    line = Line(lang, shown=not silent and click.get_text_stream("stderr").isatty())
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
    vi="Đã khôi phục vào {home} từ bản {base}: {blobs} tệp gốc, {seconds} giây. Chạy `khoyte up --home {home}`.",
    en="Restored into {home} from base {base}: {blobs} raw files, {seconds} s. Run `khoyte up --home {home}`.",
)
_BAD_MOMENT = Text(
    vi="Không đọc được thời điểm {text}. Viết như 2026-11-28T09:30:00.",
    en="{text} is no moment. Write it like 2026-11-28T09:30:00.",
)
