"""`khoyte twin NAME`: run a twin of an outside system until Ctrl-C."""

import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import click

from khoyte.nonprod.twins import messages as of_messages
from khoyte.nonprod.twins import population as of_population
from khoyte.nonprod.twins import project06 as of_project06
from khoyte.nonprod.twins import receiver, responder
from khoyte.nonprod.twins import vneid as of_vneid
from khoyte.nonprod.twins.authority import Authority

Command = Callable[..., Any]


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
        click.echo(f"KHOYTE_VNEID={running.issuer}")
        for person in of_vneid.PERSONS:
            click.echo(f"  {person.number} {person.level} {person.name}")
        threading.Event().wait()


def _runs_a_twin(faults: Collection[str]) -> Callable[[Command], Command]:
    """What twins of exchange have in common: port, faults, how often each of these strikes."""

    def with_options(command: Command) -> Command:
        for option in (
            click.option("--port", type=click.IntRange(0, 65535), default=0),
            click.option(
                "--fault",
                "faults",
                multiple=True,
                type=click.Choice(sorted(faults)),
                help="Lỗi giả lập, dùng được nhiều lần · Faults, may be repeated.",
            ),
            click.option(
                "--rate",
                type=click.FloatRange(0, 1),
                default=0.25,
                show_default=True,
                help="Tỷ lệ yêu cầu gặp mỗi lỗi · Share of requests that suffer each fault.",
            ),
        ):
            command = option(command)
        return command

    return with_options


@twin.command("datacentre", help="Trung tâm Dữ liệu quốc gia nhận dữ liệu · The National Data Centre.")
@_runs_a_twin(receiver.FAULTS)
def datacentre(port: int, faults: tuple[str, ...], rate: float) -> None:
    """Print how Khoyte is told of it, then answer until Ctrl-C; what was applied is counted on the way."""
    running = receiver.Receiver(faults, rate=rate)
    with receiver.serving(running, port or 8091) as address:
        click.echo(f"KHOYTE_DATACENTRE={address}")
        _count_applied(running)


def _count_applied(running: receiver.Receiver) -> None:
    told = 0
    while not running.ended.wait(2.0):
        if len(running.log) != told:
            told = len(running.log)
            click.echo(f"{told} applied, {len(running.kept)} records")


@twin.command("project06", help="Phần mềm theo dõi Đề án 06 · Project 06 monitoring software.")
@_runs_a_twin(of_project06.FAULTS)
def project06(port: int, faults: tuple[str, ...], rate: float) -> None:
    """Print how Khoyte is told of it, then answer until Ctrl-C; what was applied is counted on the way."""
    running = of_project06.Project06Twin(faults, rate=rate)
    with receiver.serving(running, port or 8093) as address:
        click.echo(f"KHOYTE_PROJECT06={address}")
        _count_applied(running)


@twin.command("population", help="Đối chiếu dân cư, người giả lập · The population check, invented persons.")
@_runs_a_twin(of_population.FAULTS)
def population(port: int, faults: tuple[str, ...], rate: float) -> None:
    """Print how Khoyte is told of it, then answer until Ctrl-C."""
    running = of_population.PopulationTwin(of_population.demonstration_persons(), faults, rate=rate)
    with receiver.serving(running, port or 8092) as address:
        click.echo(f"KHOYTE_POPULATION={address}")
        click.echo(f"  {len(running.persons)} persons")
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
