"""`khoyte twin authority`: the invented certification authority as a service, for development."""

import time
from pathlib import Path

import click

from khoyte.nonprod.twins.authority import Authority
from khoyte.nonprod.twins.responder import FAULTS, Responder, serving


@click.group(help="Hệ thống bên ngoài giả lập · Stand-ins for parties outside, development only.")
def twin() -> None:
    pass


@twin.command("authority", help="Tổ chức chứng thực giả lập: CRL, OCSP, TSA, ký từ xa · Invented CA.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--port", type=int, default=0)
@click.option("--fault", "faults", multiple=True, type=click.Choice(FAULTS))
def authority(folder: Path, port: int, faults: tuple[str, ...]) -> None:
    """Keys and certificates are kept in the folder; prints its address and serves until it is stopped."""
    responder = Responder(Authority.load_or_make(folder))
    responder.faults = set(faults)
    with serving(responder, port) as address:
        responder.authority.address = address
        responder.issued["99001"] = responder.authority.organisation("Bệnh viện Giả lập", bits=2048)
        click.echo(address)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return
