"""`khoyte twin NAME`: run a twin of a national system until Ctrl-C."""

import threading

import click

from khoyte.nonprod.twins import vneid as of_vneid


@click.group(
    help="Bản sao hệ thống quốc gia, chỉ để phát triển · Twins of national systems, development only."
)
def twin() -> None:
    pass


@twin.command("vneid", help="Đăng nhập VNeID · VNeID's sign-in (OpenID Connect).")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    type=click.Choice(list(of_vneid.FAULTS)),
    help="Lỗi giả lập, dùng được nhiều lần · Faults, may be repeated.",
)
def vneid(port: int, faults: tuple[str, ...]) -> None:
    """Print how Khoyte is told of it, then answer until Ctrl-C."""
    with of_vneid.VNeIDTwin(port, faults) as running:
        click.echo(f"KHOYTE_OIDC=vneid KHOYTE_OIDC_VNEID_ISSUER={running.issuer}", nl=False)
        click.echo(" KHOYTE_OIDC_VNEID_CLIENT_ID=khoyte KHOYTE_OIDC_VNEID_LEVELS=level2")
        for person in of_vneid.PERSONS:
            click.echo(f"  {person.number} {person.level} {person.name}")
        threading.Event().wait()
