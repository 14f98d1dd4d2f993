"""`khoyte nation`: a nation's day on this machine."""

import json
import sys

import click

from khoyte.nonprod.nation.stamping import MOST_FACILITIES


@click.command(
    help="Một ngày dữ liệu của cả nước trên máy này · One day of the whole country on this machine."
)
@click.option("--visits", default=535_000, show_default=True, type=click.IntRange(min=1))
@click.option("--facilities", default=13_000, show_default=True, type=click.IntRange(1, MOST_FACILITIES))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--kills", default=0, show_default=True, help="Số tiến trình bị dừng đột ngột · Kills at work.")
@click.option("--fills", default=0, show_default=True, help="Số lần đầy đĩa (cần root) · The disk fills up.")
@click.option("--jumps", default=0, show_default=True, help="Số lần đồng hồ nhảy · Jumps of the clock.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="JSON.")
def nation(
    visits: int,
    facilities: int,
    workers: int,
    kills: int,
    fills: int,
    jumps: int,
    seed: int,
    as_json: bool,
) -> None:
    from khoyte.nonprod.nation.day import Order, run_nations_day  # loaded only when a day is run

    order = Order(visits, facilities, workers, kills, seed, fills, jumps)
    document = run_nations_day(
        order, (lambda line: None) if as_json else (lambda line: click.echo(line, err=True))
    )
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for name, value in document.items():
            click.echo(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    sys.exit(0 if document["holds"] else 1)
