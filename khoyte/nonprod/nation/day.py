"""`khoyte nation`: one day of visits of the whole country, from HTTP to fresh indicators, on this machine.

A whole `khoyte up` of its own in a temporary home. Facilities send one file each (their sizes stand to each
other as in the demonstration), several at once; beside it the lake is filled as always. The clock runs from
the first file until every visit is judged and stored, in the lake, and every indicator has been answered from
it. The cost of sending is the hospitals' and told apart. With `kills`, processes are killed meanwhile.
"""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
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
from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile, read_ledger
from khoyte.nonprod.faults.kill import kill_one
from khoyte.nonprod.faults.sender import Sender
from khoyte.nonprod.faults.system import OwnSystem
from khoyte.nonprod.generator import generate_submissions
from khoyte.nonprod.nation.stamping import Pattern, read_pattern, shares, stamped

VISITS, FACILITIES, WORKERS = 535_000, 13_000, 2
KILLED = ("web", "web-worker", "worker", "database", "backend")
_DEMONSTRATION_FACILITIES = 40
_CONNECTIONS = 4
_LOOK_SECONDS, _TOLD_SECONDS = 0.5, 15.0
_LONGEST_SECONDS = 3 * 3600.0

Progress = Callable[[str], None]


@dataclass
class Order:
    """What is asked for. `kills` is how many processes are killed while files come in."""

    visits: int = VISITS
    facilities: int = FACILITIES
    workers: int = WORKERS
    kills: int = 0
    seed: int = 1


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


@dataclass
class Killing:
    """Kills so many processes, one kind after the other, spread over the time that files come in."""

    system: OwnSystem
    kills: int
    chance: Random
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while self.done.total() < self.kills and not self._over.wait(self.chance.uniform(0.5, 4.0)):
            kind = KILLED[self.done.total() % len(KILLED)]
            kill_one(self.system, kind, self.chance)
            self.done[kind] += 1

    def end(self) -> None:
        self._over.set()
        self._thread.join()


def run_nations_day(order: Order, progress: Progress = lambda line: None) -> dict[str, Any]:
    """The document of `khoyte nation --json`."""
    with TemporaryDirectory(prefix="khoyte-nation-") as name, OwnSystem(workers=order.workers) as system:
        folder = Path(name)
        patterns = _patterns(order, folder)
        tokens = _run_apart(system, "senders", str(order.facilities))
        ledger = ClientLedger(folder / "ledger.jsonl")
        progress(f"{len(tokens)} facilities, system at {system.address}")
        followed = shares(patterns, len(tokens))
        turns = ((code, followed[turn], turn) for turn, code in enumerate(tokens))
        parts = _parts(system)
        own, begun, before = time.process_time(), time.monotonic(), _seconds(parts)
        sending = Sending(turns, lambda: Sender(system.address, tokens, ledger), folder)
        killing = Killing(system, order.kills, Random(order.seed))
        judged = _wait(system, sending, begun, progress)
        killing.end()
        stored = time.monotonic()
        closed = _run_apart(system, "closing")
        done = time.monotonic()
        spent = {name: round(after - before[name], 1) for name, after in _seconds(parts).items()}
        ledger.close()
        sent = read_ledger(folder / "ledger.jsonl")
        visits = sum(file.dossiers for file in sent)
        wrong = [*sending.troubles[:20], *_wrong(system, len(sent), visits, closed)]
        return {
            "machine": machine_line(),
            "visits": visits,
            "facilities": len(tokens),
            "megabytes": round(sending.megabytes),
            "seconds": round(done - begun, 1),
            "seconds_until_stored": round(stored - begun, 1),
            "visits_per_second": round(visits / (done - begun), 1),
            # Processes that were killed took their books with them.
            "cpu_s": None if order.kills else {**spent, "all": round(sum(spent.values()), 1)},
            "cpu_s_of_sending": round(time.process_time() - own, 1),
            "peak_mb": {name: round(part.peak_mb()) for name, part in parts.items()},
            "disk_mb": _disk(system),
            "answers": dict(Counter(str(status) for file in sent for status in file.statuses)),
            "killed": dict(killing.done),
            "judged": judged,
            **closed,
            "wrong": wrong,
            "holds": not wrong,
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


def _wait(system: OwnSystem, sending: Sending, begun: float, progress: Progress) -> int:
    """Until everything sent is judged; how many visits were judged."""
    told = begun
    while True:
        goes_on = sending.goes_on
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


_BALANCE = """
SELECT (SELECT count(*) FROM submission),
       (SELECT count(*) FROM visit WHERE is_current),
       (SELECT count(*) FROM visit),
       (SELECT sum(accepted) FROM ledger_entry WHERE readable),
       (SELECT sum(undeclared + rejected + quarantined + duplicate + missing) FROM ledger_entry)
"""


def _wrong(system: OwnSystem, files: int, visits: int, closed: dict[str, Any]) -> list[str]:
    """What does not agree with what was sent: submissions, visits stored, ledger, lake, indicators."""
    with psycopg.connect(database_urls(system.home)["admin"]) as connection:
        found = connection.execute(_BALANCE).fetchone() or ()
    wrong = []
    if tuple(found) != (files, visits, visits, visits, 0):
        wrong.append(f"stored {found}, sent {files} files of {visits} visits")
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
