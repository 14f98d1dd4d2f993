"""`khoyte intake`: receive files as if their facility had sent them, and judge them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

_CHUNK = 1 << 20


@click.command(help="Tiếp nhận tệp như cơ sở gửi, kiểm tra và lưu · Receive, judge and keep files.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def intake(ctx: click.Context, paths: tuple[Path, ...], as_json: bool) -> int:
    """Exit status: 0 all accepted, 1 some dossier rejected or quarantined, 2 a file not read or taken."""
    from khoyte.submissions.commands.check import status_of
    from khoyte.submissions.models import Submission

    lang = ctx.obj["lang"]
    ids, refused = _receive(_files(paths), lang)
    _judge_until_done(ids)
    found = Submission.objects.in_bulk(ids)
    documents = [_document(found[pk], lang) for pk in ids]
    _print(documents, lang, as_json)
    return 2 if refused else status_of(documents)


def _receive(paths: list[Path], lang: str) -> tuple[list[Any], int]:
    """Submissions made, and how many files were not taken; each of these is told and the others go on."""
    from khoyte.submissions import archives
    from khoyte.submissions.errors import ReceiptRefused
    from khoyte.units.policy import system_actor

    by, ids, refused = system_actor("command-line"), [], 0
    for path in paths:
        try:
            receipts = archives.receive_any(chunks=_chunks(path), file_name=path.name, by=by)
        except ReceiptRefused as error:
            click.echo(f"{path.name}: {error.say(lang)}", err=True)
            refused += 1
            continue
        ids += [receipt.submission.pk for receipt in receipts]
    return ids, refused


def _files(paths: tuple[Path, ...]) -> list[Path]:
    """Files in order of name; of a folder its XML and ZIP files."""
    files: list[Path] = []
    for path in paths:
        inside = (
            sorted(p for p in path.rglob("*") if p.suffix.lower() in (".xml", ".zip"))
            if path.is_dir()
            else [path]
        )
        files += inside
    return files


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _judge_until_done(ids: list[Any]) -> None:
    """Judge here what no running worker has taken."""
    import time

    from khoyte.submissions.models import Submission
    from khoyte.submissions.working import Judge

    judge = Judge()
    while Submission.objects.filter(pk__in=ids, state__in=("received", "judging")).exists():
        if not judge.work_once():
            time.sleep(0.1)


def _document(found: Any, lang: str) -> dict[str, Any]:
    from khoyte.submissions import verdicts

    return verdicts.document(found, lang)


def _print(documents: list[dict[str, Any]], lang: str, as_json: bool) -> None:
    from khoyte.submissions.commands.check import as_text

    if as_json:
        click.echo(json.dumps({"submissions": documents}, ensure_ascii=False))
        return
    for document in documents:
        click.echo(as_text(document, lang))
