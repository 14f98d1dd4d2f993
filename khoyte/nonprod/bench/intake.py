"""`khoyte bench intake`: from bytes on the wire to verdict, rows and ledger, against the floor.

Ours is a whole `khoyte up` in a temporary home: files come over HTTP, every receipt is durable before it is
answered, one worker judges. Counted are all its processes, web and database included. Two shapes of the same
visits (about 33 kB, five tables): files of 500, and files of one. Turns end with a checkpoint, so that each
side pays for writing its own pages.
"""

import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from khoyte.foundation.database import database_urls
from khoyte.nonprod.bench import answers, errors
from khoyte.nonprod.bench.figures import Case, Turn, exponent
from khoyte.nonprod.bench.floor import SCHEMA, TABLES
from khoyte.nonprod.bench.floor_process import FloorProcess
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.processor import Part
from khoyte.nonprod.bench.sending import Sender
from khoyte.nonprod.faults.system import OwnSystem
from khoyte.nonprod.generator.bench import FACILITY, bench_visit_files

_CONNECTIONS = 4
_LOOK_SECONDS = 0.05
_LONGEST_PER_VISIT, _LONGEST_AT_ALL = 0.1, 120.0


@dataclass(frozen=True)
class Sizes:
    """Visits a turn: files of `per_file` in two sizes, and files of one."""

    small: int = 500
    large: int = 2000
    singles: int = 300
    per_file: int = 500
    rounds: int = 3

    def times(self, scale: int) -> "Sizes":
        return Sizes(self.small * scale, self.large * scale, self.singles * scale, self.per_file, self.rounds)


@dataclass
class Measured:
    """Turns of one shape on both sides."""

    ours: list[Turn] = field(default_factory=list)
    floor: list[Turn] = field(default_factory=list)


class IntakeBench:
    """One run; use as `IntakeBench(sizes).run()`."""

    def __init__(self, sizes: Sizes, say: Callable[[str], None] = lambda line: None) -> None:
        self.sizes, self._say = sizes, say
        self._seed = 0

    def run(self) -> dict[str, Any]:
        """Measure and return what stands in the document beside `bench` and `scale`."""
        with ExitStack() as stack:
            system = stack.enter_context(OwnSystem())
            self._begin(system, stack)
            shapes = {"small": Measured(), "large": Measured(), "singles": Measured()}
            for number in range(-1, self.sizes.rounds):  # the first is to warm up and is thrown away
                self._round(shapes if number >= 0 else {name: Measured() for name in shapes}, number)
            ours_mb = self._ours["web"].peak_mb() + self._ours["judging"].peak_mb()
            floor_mb = self._floors["floor"].peak_mb()
        cases = {name: Case(m.ours, m.floor, ours_mb, floor_mb).document() for name, m in shapes.items()}
        return {
            **cases["large"],
            "machine": machine_line(),
            "unit": "visits",
            "peer": None,
            "exponent": exponent(shapes["small"].ours, shapes["large"].ours),
            "answers_checked": True,
            "cases": {
                f"files_of_{self.sizes.per_file}": cases["large"],
                f"files_of_{self.sizes.per_file}_smaller": cases["small"],
                "files_of_1": cases["singles"],
            },
        }

    def _begin(self, system: OwnSystem, stack: ExitStack) -> None:
        self._system = system
        token = system.senders([FACILITY])[FACILITY]
        url = database_urls(system.home)["admin"]
        self._connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        self._sender = Sender(system.port, token, _CONNECTIONS)
        self._floor = stack.enter_context(FloorProcess(url, system.environment))
        server, workers = system.pids("database"), system.pids("worker")
        # "web" is all the rest of `khoyte up`: its own process and whatever answers requests.
        self._ours = {
            "web": Part([system.pid], apart_from=[*workers, *server]),
            "judging": Part(workers),
            "database": Part(server),
        }
        self._floors = {"floor": Part([self._floor.pid]), "database": Part(server)}

    def _round(self, shapes: dict[str, Measured], number: int) -> None:
        sizes = self.sizes
        for name, visits, per_file in (
            ("large", sizes.large, sizes.per_file),
            ("small", sizes.small, sizes.per_file),
            ("singles", sizes.singles, 1),
        ):
            if number < 0 and name == "large":
                continue  # the smaller size warms up as well
            self._both(shapes[name], visits, per_file)
            done = shapes[name]
            self._say(
                f"{'warm-up' if number < 0 else number + 1} {name}: {visits} visits,"
                f" CPU {done.ours[-1].cpu:.2f} s, floor {done.floor[-1].cpu:.2f} s"
            )

    def _both(self, measured: Measured, visits: int, per_file: int) -> None:
        """One turn of each side on the same new files, then the answers."""
        self._seed += 1
        folder = self._system.home / f"bench-{self._seed}"
        files = bench_visit_files(visits, per_file, folder, seed=self._seed)
        for table in TABLES:
            self._connection.execute(f"TRUNCATE {SCHEMA}.{table}")
        self._connection.execute("CHECKPOINT")
        submissions: list[str] = []
        connection = self._connection
        measured.ours.append(
            turn_of(
                connection,
                visits,
                self._ours,
                lambda: submissions.extend(judged_by(connection, self._sender, files, visits)),
            )
        )
        measured.floor.append(turn_of(connection, visits, self._floors, lambda: self._floor.take(folder)))
        answers.check(self._connection, submissions, visits)
        shutil.rmtree(folder)


def turn_of(
    connection: psycopg.Connection, visits: int, parts: Mapping[str, Part], work: Callable[[], object]
) -> Turn:
    """What `work` costs those processes; it ends with a checkpoint."""
    before, begun = {name: part.seconds() for name, part in parts.items()}, time.monotonic()
    work()
    wall = time.monotonic() - begun
    connection.execute("CHECKPOINT")
    return Turn(visits, wall, {name: part.seconds() - before[name] for name, part in parts.items()})


def judged_by(
    connection: psycopg.Connection, sender: Sender, files: Sequence[Path], visits: int
) -> list[str]:
    """Send files and wait until all is judged; ids of the submissions. Raises BenchFailed after too long."""
    submissions = sender.send(files)
    allowed = max(_LONGEST_AT_ALL, visits * _LONGEST_PER_VISIT)
    deadline = time.monotonic() + allowed
    while waiting := _waiting(connection):
        if time.monotonic() > deadline:
            raise errors.not_judged_in_time(waiting, allowed)
        time.sleep(_LOOK_SECONDS)
    return submissions


def _waiting(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM submission WHERE state IN ('received', 'judging')"
    ).fetchone()
    return row[0] if row else 0


def intake(scale: int) -> dict[str, Any]:
    """Measured figures at a scale, told on the terminal as they come."""
    shown = sys.stderr.isatty()

    def say(line: str) -> None:
        if shown:
            print(line, file=sys.stderr)

    return IntakeBench(Sizes().times(scale), say).run()
