"""The processes of `khoyte up`: database, web, workers, as one group in the foreground.

    khoyte up
      ├─ postgres          unless KHOYTE_DATABASE_URL names a server
      ├─ granian           web pages and API, two or more; speak to the database as khoyte_app
      ├─ khoyte worker     one or more; judge what came in, as khoyte_worker
      ├─ khoyte lake work  appends to the lake every few minutes, as khoyte_worker
      └─ khoyte links work sends to national systems, where one is switched on, as khoyte_worker

What dies is started again; Ctrl-C or SIGTERM ends web, then workers, then the database. All of them are
direct children that end with this process, even when it is killed.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from khoyte.edges import process_errors as errors
from khoyte.edges import schema
from khoyte.foundation.database import database_running
from khoyte.foundation.database.keeper import Keeper, Program
from khoyte.foundation.errors import ServiceAbsent
from khoyte.foundation.language import Text
from khoyte.links import destinations
from khoyte.warehouse.freshness import seconds_between_fills

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - named to be translated, not bound
_WEB_READY_SECONDS = 60.0
_DEATHS_WORTH_A_WORD = 3
THREADS = 8

_ADDRESS = Text(
    "Khoyte đang chạy tại {address} (bấm Ctrl-C để dừng).", "Khoyte runs at {address} (Ctrl-C stops it)."
)
_STOPPING = Text("Đang dừng…", "Stopping…")
_KEEPS_DYING = Text(
    "Tiến trình {name} nhiều lần dừng đột ngột; đang khởi động lại. Xem nhật ký {log}.",
    "{name} keeps dying; trying again. See {log}.",
)


@dataclass(frozen=True)
class System:
    """One running installation, as the callbacks of `run_up` see it."""

    home: Path
    address: str
    environment: dict[str, str]

    def run(self, role: str, *arguments: str) -> None:
        """Run `khoyte ARGUMENTS` as a database role ("owner", "app", "worker") to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "khoyte", *arguments],
            check=False,
            env={**self.environment, "KHOYTE_DB_ROLE": role},
        )
        if done.returncode != 0:
            raise errors.command_failed(" ".join(arguments))


def run_up(
    home: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    demo: bool = False,
    workers: int = 1,
    web_workers: int | None = None,
    say: Callable[[Text], None] = lambda text: print(text, flush=True),
    prepare: Callable[[System], None] = lambda system: None,
    announce: Callable[[System], None] | None = None,
    before_database_stops: Callable[[System], None] = lambda system: None,
) -> None:
    """Run the whole system until SIGINT, SIGTERM or SIGHUP; must be called in the main thread.

    `workers` judge; `web_workers` answer requests (by default KHOYTE_WEB_WORKERS, else two).
    `prepare` is called when the database is migrated and nothing else runs yet (demonstration data),
    `announce` when the web answers, `before_database_stops` after web and workers have ended (last seal of
    the audit). Raises WrongUsage for --demo off the loopback, ServiceAbsent (exit status 3) when port or
    database cannot be had or the web does not start.
    """
    home = Path(os.path.abspath(home))
    if demo and host not in LOOPBACK:
        raise errors.demo_on_network(host)
    check_port_free(host, port)
    answering = web_workers or int(os.environ.get("KHOYTE_WEB_WORKERS") or 2)
    system = System(home=home, address=_address(host, port), environment=_environment(home, demo, answering))
    stop = _stop_event()
    with ExitStack() as stack:
        urls = stack.enter_context(database_running(home, purpose="up"))
        if not _prepared(system, urls, prepare, stop):
            return
        stack.callback(before_database_stops, system)
        keepers = _start(system, host, port, workers, answering, stack)
        if _wait_for_web(system, keepers, stop):
            (announce or (lambda up: say(_ADDRESS.fill(address=up.address))))(system)
        _watch(keepers, stop, say)
        say(_STOPPING)


def check_port_free(host: str, port: int) -> None:
    """Raise ServiceAbsent when somebody listens there already.

    granian shares ports: a second server would start without a word and take part of the first one's traffic.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as trouble:
            raise errors.port_not_free(host, port, trouble) from trouble


def _environment(home: Path, demo: bool, web_workers: int) -> dict[str, str]:
    chosen = {
        "KHOYTE_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "khoyte.edges.settings",
        "PYTHONUNBUFFERED": "1",
        "KHOYTE_WEB_WORKERS": str(web_workers),
    }
    if demo:
        chosen["KHOYTE_DEMO"] = "1"
    return {**os.environ, **chosen}


def _stop_event() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _prepared(
    system: System, urls: dict[str, str], prepare: Callable[[System], None], stop: threading.Event
) -> bool:
    """Bring the database up to date and fill it; False when told to stop meanwhile."""
    try:
        schema.bring_up_to_date(urls, system.environment)
        if not stop.is_set():
            prepare(system)
    except ServiceAbsent:
        # Ctrl-C at the terminal reaches those commands, too, and they fail.
        if not stop.is_set():
            raise
    return not stop.is_set()


def _start(
    system: System, host: str, port: int, workers: int, web_workers: int, stack: ExitStack
) -> list[Keeper]:
    """Start workers and web; `stack` will stop them in the opposite order, each group at once."""
    judging = [Keeper(_worker_program(system, number)) for number in range(1, workers + 1)]
    judging += [Keeper(_lake_program(system))] if seconds_between_fills() else []
    judging += [Keeper(_links_program(system))] if destinations.places(system.environment) else []
    answering = [Keeper(_web_program(system, host, port, number)) for number in range(1, web_workers + 1)]
    stack.callback(_stop_together, judging)
    stack.callback(_stop_together, answering)
    for keeper in (*judging, *answering):
        keeper.start()
    return [*answering, *judging]


def _stop_together(keepers: list[Keeper]) -> None:
    threads = [threading.Thread(target=keeper.stop) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _web_program(system: System, host: str, port: int, number: int) -> Program:
    """One of several servers that share the port: when one is killed, the others go on answering."""
    return Program(
        name=f"web-{number}",
        command=[
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            host,
            "--port",
            str(port),
            # One thread would be quickest for short requests, but a body that comes over a slow line holds
            # its thread for minutes; the others go on answering.
            "--workers",
            "1",
            "--blocking-threads",
            str(THREADS),
            "--workers-kill-timeout",
            "5",
            "--log-level",
            "warning",
            "khoyte.edges.web_process:application",
        ],
        log=system.home / "logs" / f"web-{number}.log",
        environment={**system.environment, "KHOYTE_DB_ROLE": "app"},
        stop_with=((signal.SIGTERM, 8.0),),
        longest_pause=2.0,
    )


def _worker_program(system: System, number: int) -> Program:
    return Program(
        name=f"worker-{number}",
        command=[sys.executable, "-m", "khoyte", "worker"],
        log=system.home / "logs" / f"worker-{number}.log",
        environment={**system.environment, "KHOYTE_DB_ROLE": "worker"},
        stop_with=((signal.SIGTERM, 8.0),),
        longest_pause=2.0,
    )


def _lake_program(system: System) -> Program:
    return Program(
        name="lake",
        command=[sys.executable, "-m", "khoyte", "lake", "work"],
        log=system.home / "logs" / "lake.log",
        environment={**system.environment, "KHOYTE_DB_ROLE": "worker"},
        # A fill that is cut off is taken up again; nobody waits long for it.
        stop_with=((signal.SIGTERM, 4.0),),
        longest_pause=30.0,
    )


def _links_program(system: System) -> Program:
    return Program(
        name="links",
        command=[sys.executable, "-m", "khoyte", "links", "work"],
        log=system.home / "logs" / "links.log",
        environment={**system.environment, "KHOYTE_DB_ROLE": "worker"},
        # What was on its way is sent again when its lease is over.
        stop_with=((signal.SIGTERM, 4.0),),
        longest_pause=30.0,
    )


def _wait_for_web(system: System, keepers: list[Keeper], stop: threading.Event) -> bool:
    """True when the web answers; False when told to stop before."""
    deadline = time.monotonic() + _WEB_READY_SECONDS
    while not stop.wait(0.05):
        if _answers(system.address + "/healthz"):
            return True
        if keepers[0].quick_deaths >= _DEATHS_WORTH_A_WORD or time.monotonic() > deadline:
            raise errors.web_not_starting(keepers[0].program.log)
    return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _watch(keepers: list[Keeper], stop: threading.Event, say: Callable[[Text], None]) -> None:
    told: set[str] = set()
    while not stop.wait(0.5):
        for keeper in keepers:
            name = keeper.program.name
            if keeper.quick_deaths >= _DEATHS_WORTH_A_WORD and name not in told:
                told.add(name)
                say(_KEEPS_DYING.fill(name=name, log=keeper.program.log))


def _address(host: str, port: int) -> str:
    shown = _EVERY_ADDRESS.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
