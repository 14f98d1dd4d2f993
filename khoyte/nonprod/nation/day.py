"""`khoyte nation`: one day of visits of the whole country, from HTTP to fresh indicators, on this machine.

A whole `khoyte up` of its own in a temporary home. Facilities send one file each (their sizes stand to each
other as in the demonstration), several at once; beside it the lake is filled as always. The clock runs from
the first file until every visit is judged and stored, in the lake, and every indicator has been answered from
it. The cost of sending is the hospitals' and told apart. Meanwhile processes may be killed (`kills`), the
disk filled to the last byte (`fills`: a file system in memory, as small as the day allows; needs root) and
the clock moved (`jumps`; needs a C compiler). Whatever was done, one checker holds the sender's ledger
against what is stored.
"""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from khoyte.foundation.database import database_urls
from khoyte.foundation.database.places import places_of
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.processor import Part
from khoyte.nonprod.faults.checker import check_stored
from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile, read_ledger
from khoyte.nonprod.faults.clock import Clock
from khoyte.nonprod.faults.disk import small_disk
from khoyte.nonprod.faults.sender import Sender
from khoyte.nonprod.faults.system import OwnSystem
from khoyte.nonprod.generator import generate_submissions
from khoyte.nonprod.nation.harm import Harm
from khoyte.nonprod.nation.stamping import Pattern, read_pattern, shares, stamped

VISITS, FACILITIES, WORKERS = 535_000, 13_000, 2
_DISK_AT_LEAST, _DISK_BYTES_A_VISIT = 2_500_000_000, 20_000
_DEMONSTRATION_FACILITIES = 40
_CONNECTIONS = 4
_LOOK_SECONDS, _TOLD_SECONDS = 0.5, 15.0
_LONGEST_SECONDS = 3 * 3600.0
_VISITS_A_SECOND = 800  # about; so that harm falls into the time that files come in

Progress = Callable[[str], None]


@dataclass
class Order:
    """What is asked for. `kills`, `fills`, `jumps`: how often harm is done while files come in."""

    visits: int = VISITS
    facilities: int = FACILITIES
    workers: int = WORKERS
    kills: int = 0
    seed: int = 1
    fills: int = 0
    jumps: int = 0

    @property
    def disk_bytes(self) -> int:
        """Room for the day, with what the system keeps free and what the write-ahead log may take."""
        return _DISK_AT_LEAST + _DISK_BYTES_A_VISIT * self.visits


@dataclass
class Sending:
    """The hospitals: threads that take the next facility, make its file and send it until it is taken."""

    todo: Iterator[tuple[str, Pattern, int]]
    make_sender: Callable[[], Sender]
    folder: Path
    megabytes: float = 0.0
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._guard = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(_CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    @property
    def goes_on(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        sender = self.make_sender()
        while True:
            with self._guard:
                following = next(self.todo, None)
            if following is None:
                break
            facility, pattern, turn = following
            path = self.folder / f"{facility}.xml"
            path.write_bytes(stamped(pattern, facility, turn))
            try:
                sender.send(OutgoingFile.of(path, facility, pattern.dossiers), give_up_after=_LONGEST_SECONDS)
            except Exception as trouble:
                self.troubles.append(f"{facility}: {type(trouble).__name__}: {trouble}")
            with self._guard:
                self.megabytes += path.stat().st_size / 1e6
            path.unlink()
        sender.close()


def run_nations_day(order: Order, progress: Progress = lambda line: None) -> dict[str, Any]:
    """The document of `khoyte nation --json`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="khoyte-nation-")))
        folder.chmod(0o755)  # the database server, another user, looks at the clock in it
        clock = Clock(folder) if order.jumps else None
        system = OwnSystem(workers=order.workers, settings=clock.settings if clock else None)
        if order.fills:
            stack.enter_context(small_disk(system.home, order.disk_bytes))
        stack.enter_context(system)
        patterns = _patterns(order, folder)
        tokens = _run_apart(system, "senders", str(order.facilities))
        ledger = ClientLedger(folder / "ledger.jsonl")
        progress(f"{len(tokens)} facilities, system at {system.address}")
        followed = shares(patterns, len(tokens))
        turns = ((code, followed[turn], turn) for turn, code in enumerate(tokens))
        parts = _parts(system)
        own, begun, before = time.process_time(), time.monotonic(), _seconds(parts)
        sending = Sending(turns, lambda: Sender(system.address, tokens, ledger), folder)
        pause = order.visits / _VISITS_A_SECOND / max(1, order.kills + order.fills + order.jumps)
        harm = Harm(system, order.kills, order.fills, clock, order.jumps, Random(order.seed), pause)
        judged = _wait(system, sending, harm, begun, progress)
        stored = time.monotonic()
        closed = _run_apart(system, "closing")
        done = time.monotonic()
        spent = {name: round(after - before[name], 1) for name, after in _seconds(parts).items()}
        ledger.close()
        sent = read_ledger(folder / "ledger.jsonl")
        visits = sum(file.dossiers for file in sent)
        checked = check_stored(folder / "ledger.jsonl", database_urls(system.home)["admin"])
        wrong = [*sending.troubles[:20], *harm.trouble, *checked.remarks, *_wrong(visits, closed)]
        return {
            "machine": machine_line(),
            "visits": visits,
            "facilities": len(tokens),
            "megabytes": round(sending.megabytes),
            "seconds": round(done - begun, 1),
            "seconds_until_stored": round(stored - begun, 1),
            "visits_per_second": round(visits / (done - begun), 1),
            # Processes that were killed took their books with them.
            "cpu_s": None if order.kills or order.fills else {**spent, "all": round(sum(spent.values()), 1)},
            "cpu_s_of_sending": round(time.process_time() - own, 1),
            "peak_mb": {name: round(part.peak_mb()) for name, part in parts.items()},
            "disk_mb": _disk(system),
            "answers": dict(Counter(str(status) for file in sent for status in file.statuses)),
            "harm": dict(harm.done),
            "judged": judged,
            "lost": checked.lost,
            "doubled": checked.doubled,
            "errors": checked.errors,
            "ledger_exact": checked.ledger_exact,
            **closed,
            "wrong": wrong,
            "holds": checked.holds and not wrong,
        }


def _patterns(order: Order, folder: Path) -> list[Pattern]:
    """Files to follow, drawn so that all facilities together send about as many visits as asked for."""
    count = min(_DEMONSTRATION_FACILITIES, order.facilities)
    drawn = max(count, round(order.visits * count / order.facilities))
    report = generate_submissions(drawn, order.seed, folder / "patterns", count)
    return [read_pattern(path) for path in report.files]


def _run_apart(system: OwnSystem, module: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", f"khoyte.nonprod.nation.{module}", *arguments],
        env=system.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _parts(system: OwnSystem) -> dict[str, Part]:
    server, workers = system.pids("database"), system.pids("worker")
    return {
        "web and lake": Part([system.pid], apart_from=[*workers, *server]),
        "judging": Part(workers),
        "database": Part(server),
    }


def _seconds(parts: dict[str, Part]) -> dict[str, float]:
    return {name: part.seconds() for name, part in parts.items()}


def _wait(system: OwnSystem, sending: Sending, harm: Harm, begun: float, progress: Progress) -> int:
    """Until everything sent is judged, and no harm is being done any more; how many visits were judged."""
    told = begun
    while True:
        goes_on = sending.goes_on
        if not goes_on:
            harm.end()
        waiting, judged = _counted(system)
        if not goes_on and waiting == 0:
            return judged
        now = time.monotonic()
        if now - told >= _TOLD_SECONDS:
            told = now
            progress(f"{now - begun:.0f} s: {judged} visits judged, {waiting} files waiting")
        if now - begun > _LONGEST_SECONDS:
            raise RuntimeError(f"{waiting} files are not judged after {_LONGEST_SECONDS:.0f} s")
        time.sleep(_LOOK_SECONDS)


def _counted(system: OwnSystem) -> tuple[int, int]:
    """Files waiting, visits accepted; a database that was just killed is waited for."""
    while True:
        try:
            with psycopg.connect(database_urls(system.home)["admin"], connect_timeout=5) as connection:
                return connection.execute(
                    "SELECT count(*) FILTER (WHERE state IN ('received', 'judging')),"
                    " coalesce((SELECT sum(accepted) FROM ledger_entry), 0)::int FROM submission"
                ).fetchone() or (0, 0)
        except psycopg.OperationalError:
            time.sleep(_LOOK_SECONDS)


def _wrong(visits: int, closed: dict[str, Any]) -> list[str]:
    """What does not agree with what was sent in the lake and its indicators."""
    wrong = []
    if not closed["lake_equal"] or closed["lake_visits"] != visits:
        wrong.append(f"the lake holds {closed['lake_visits']} visits of {visits}")
    if closed["indicator_visits_most"] != visits:
        wrong.append(f"indicators speak of {closed['indicator_visits_most']} visits of {visits}")
    return wrong


def _disk(system: OwnSystem) -> dict[str, int]:
    folders = {name: system.home / name for name in ("blobs", "lake")}
    folders["database"] = places_of(system.home).data
    return {
        name: round(sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6)
        for name, folder in folders.items()
    }
