"""`khoyte twin NAME`: run a twin of an outside system until Ctrl-C."""

import threading
from pathlib import Path

import click

from khoyte.nonprod.twins import messages as of_messages
from khoyte.nonprod.twins import responder
from khoyte.nonprod.twins import vneid as of_vneid
from khoyte.nonprod.twins.authority import Authority


@click.group(
    help="Bản sao hệ thống bên ngoài, chỉ để phát triển · Twins of outside systems, development only."
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


@twin.command("authority", help="Tổ chức chứng thực giả lập: CRL, OCSP, TSA, ký từ xa · Invented CA.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0)
@click.option("--fault", "faults", multiple=True, type=click.Choice(responder.FAULTS))
def authority(folder: Path, port: int, faults: tuple[str, ...]) -> None:
    """Keys and certificates are kept in the folder; prints its address and answers until Ctrl-C."""
    running = responder.Responder(Authority.load_or_make(folder))
    running.faults = set(faults)
    with responder.serving(running, port) as address:
        running.authority.address = address
        running.issued["99001"] = running.authority.organisation("Bệnh viện Giả lập", bits=2048)
        click.echo(address)
        threading.Event().wait()


@twin.command("messages", help="Máy chủ thư, cổng SMS, Zalo giả lập · Mail relay, SMS and Zalo gateways.")
@click.option("--fault", "faults", multiple=True, type=click.Choice(list(of_messages.FAULTS)))
def messages(faults: tuple[str, ...]) -> None:
    """Print how Khoyte is told of them, then the number of each message that reached somebody."""
    chosen = faults or ("good",)
    with (
        of_messages.relay(chosen) as (mail, letters),
        of_messages.gateway(chosen) as (sms, texts),
        of_messages.gateway(chosen) as (zalo, chats),
    ):
        click.echo(f"KHOYTE_MAIL={mail} KHOYTE_SMS={sms} KHOYTE_ZALO={zalo}")
        seen: set[str] = set()
        while not threading.Event().wait(1.0):
            for number in {**letters.reached, **texts.reached, **chats.reached}.keys() - seen:
                seen.add(number)
                click.echo(number)
