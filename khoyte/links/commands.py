"""`khoyte links`: how sending to national systems goes; send, reconcile, try again."""

import json
from typing import Any

import click

_json = click.option("--json", "as_json", is_flag=True)
_WHICH = click.argument("destination", type=click.Choice(["datacentre", "vneid", "project06"]))


@click.group(help="Gửi dữ liệu đến các hệ thống quốc gia · Sending to national systems.")
def links() -> None:
    pass


@links.command(help="Tình trạng gửi; 1 khi có bản tin bị từ chối · State; 1 with dead letters.")
@_json
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> int:
    from khoyte.links import queries, tidying

    for name in queries.switched_on():
        tidying.count(name)
    document = {"destinations": [one.document() for one in queries.overview()]}
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for line in _status_lines(document, ctx.obj["lang"]):
            click.echo(line)
    return 1 if any(one["dead"] for one in document["destinations"]) else 0


def _status_lines(document: dict[str, Any], lang: str) -> list[str]:
    words = {
        "vi": "{name}: {waiting} bản tin chờ gửi, {dead} bị từ chối{trouble}",
        "en": "{name}: {waiting} waiting, {dead} refused{trouble}",
    }[lang]
    if not document["destinations"]:
        return [
            {
                "vi": "Chưa kết nối hệ thống nào; đặt KHOYTE_DATACENTRE, KHOYTE_VNEID hoặc KHOYTE_PROJECT06.",
                "en": "No system is switched on; set KHOYTE_DATACENTRE, KHOYTE_VNEID or KHOYTE_PROJECT06.",
            }[lang]
        ]
    lines = []
    for one in document["destinations"]:
        waiting = sum(kind["waiting"] for kind in one["waiting"].values())
        dead = sum(group["messages"] for group in one["dead"])
        trouble = f" ({one['last_trouble']})" if one["last_trouble"] else ""
        lines.append(words.format(name=one["name"], waiting=waiting, dead=dead, trouble=trouble))
        lines += [f"  {group['kind']} {group['reason']}: {group['messages']}" for group in one["dead"]]
    return lines


@links.command(help="Gửi ngay những gì đến hạn; 1 khi nơi nhận không trả lời · Send what is due now.")
@_json
def send(as_json: bool) -> int:
    from khoyte.links import duties, queries, sending, tidying

    for duty in duties.duties():
        while duty.act():
            pass
    document = {}
    for name in queries.switched_on():
        taken = 0
        while done := sending.drain(name):
            taken += done
        tidying.finish_runs(name)
        found = tidying.count(name)
        waiting = sum(one["waiting"] for one in found.waiting.values())
        document[name] = {"taken": taken, "waiting": waiting, "trouble": found.last_trouble}
    if as_json:
        click.echo(json.dumps(document))
    else:
        for name, one in document.items():
            click.echo(f"{name}: {one['taken']} → {one['waiting']} {one['trouble']}")
    return 1 if any(one["waiting"] and one["trouble"] for one in document.values()) else 0


@links.command(help="Các lần gửi gần nhất · The newest runs.")
@_WHICH
@_json
def runs(destination: str, as_json: bool) -> None:
    from khoyte.links import queries

    rows = [queries.run_document(run) for run in queries.runs(destination)]
    if as_json:
        click.echo(json.dumps({"runs": rows}))
        return
    for row in rows:
        click.echo(
            f"{row['started_at']} batches {row['batches']} sent {row['sent']} acknowledged"
            f" {row['acknowledged']} applied {row['applied']} rejected {row['rejected']}"
            f" {row['last_trouble']}"
        )


@links.command(help="Đối chiếu với nơi nhận rồi gửi lại phần lệch; 1 khi lệch · Reconcile; 1 when unequal.")
@_WHICH
@click.option("--no-heal", is_flag=True, help="Chỉ đối chiếu · Compare only.")
@_json
def reconcile(destination: str, no_heal: bool, as_json: bool) -> int:
    from khoyte.links import queries, reconciling

    rows = reconciling.reconcile(destination, heal=not no_heal)
    documents = [queries.reconciliation_document(row) for row in rows]
    if as_json:
        click.echo(json.dumps({"equal": all(row.equal for row in rows), "kinds": documents}))
    else:
        for one in documents:
            click.echo(
                f"{one['kind']:24} {one['ours']:>10,} {'=' if one['equal'] else '≠'} {one['theirs']:>10,}"
                f"  -{one['theirs_missing']} +{one['ours_missing']} ≠{one['differing']}"
                f"  → {one['sent_again']} {one['trouble']}"
            )
    return 0 if all(row.equal for row in rows) else 1


@links.command(help="Gửi lại các bản tin bị từ chối · Try dead letters again.")
@_WHICH
def retry(destination: str) -> None:
    from khoyte.links import tidying

    click.echo(tidying.retry(destination))


@links.command(hidden=True, help="Tiến trình gửi (do `up` gọi) · Kept running by `up`.")
def work() -> None:
    from khoyte.links.loop import run

    run()
