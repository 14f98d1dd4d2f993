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
    from khoyte.submissions import archives
    from khoyte.submissions.models import Submission
    from khoyte.units.policy import system_actor

    by = system_actor("command-line")
    receipts = [
        receipt
        for path in _files(paths)
        for receipt in archives.receive_any(chunks=_chunks(path), file_name=path.name, by=by)
    ]
    ids = [receipt.submission.pk for receipt in receipts]
    _judge_until_done(ids)
    found = Submission.objects.in_bulk(ids)
    documents = [_document(found[pk], ctx.obj["lang"]) for pk in ids]
    _print(documents, ctx.obj["lang"], as_json)
    return 1 if any(d["ledger"]["rejected"] or d["ledger"]["quarantined"] for d in documents) else 0


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
