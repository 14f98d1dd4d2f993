"""`khoyte notices`: what left, and what did not."""

import click

from khoyte.foundation.calendar import format_instant


@click.group(help="Thông báo: tình trạng gửi ra ngoài · Notices and their deliveries.")
def notices() -> None:
    pass


@notices.command("status", help="Số thông báo theo kênh và trạng thái, không nêu ai · Deliveries by channel.")
def status() -> None:
    """One line per channel, state and trouble."""
    from khoyte.notices import queries  # models exist only once Django is ready
    from khoyte.units.tenancy import working

    with working():
        counts, unheard = queries.delivery_counts(), queries.unheard()
    for line in counts:
        newest = format_instant(line["newest"])
        what = f"{line['channel']:8} {line['state']:10} {line['n']:>9}"
        click.echo(f"{what}  {newest}  {line['last_trouble']}".rstrip())
    click.echo(f"{'(role)':8} {'unheard':10} {unheard:>9}")
