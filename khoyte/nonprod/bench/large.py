"""`khoyte bench large`: one file of very many visits, received and judged by `khoyte intake`.

3,150 visits (100 MB) times the scale; 10 is the gigabyte. Ours is the whole command against a system of its
own: bytes kept durably, indexed, judged in batches, everything written. The floor takes the same visits in
files of 500, since it holds a file whole. The figure beside CPU is memory: it must not grow with the file.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from khoyte.foundation.database import database_urls
from khoyte.nonprod.bench import answers, errors
from khoyte.nonprod.bench.figures import Case, Turn, exponent
from khoyte.nonprod.bench.floor import SCHEMA, TABLES
from khoyte.nonprod.bench.floor_process import FloorProcess
from khoyte.nonprod.bench.intake import turn_of
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.processor import Part
from khoyte.nonprod.faults.processes import is_running
from khoyte.nonprod.faults.system import OwnSystem
from khoyte.nonprod.generator.bench import bench_visit_files

VISITS, PER_FILE = 3_150, 500
_TICKET = "SELECT id::text FROM submission WHERE file_name = %s ORDER BY received_at DESC LIMIT 1"


def run(visits: int, say: Callable[[str], None]) -> dict[str, Any]:
    """One turn of each side at a fifth of the size and at the size."""
    turns: dict[str, list[Turn]] = {"ours": [], "floor": []}
    with ExitStack() as stack:
        system = stack.enter_context(OwnSystem(workers=1))
        system.senders([])
        url = database_urls(system.home)["admin"]
        connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        floor = stack.enter_context(FloorProcess(url, system.environment))
        server = system.pids("database")
        peaks: list[float] = []
        for number, size in enumerate((max(1, visits // 5), visits)):
            # The worker of the system must not take the file from the command that is measured.
            folder = system.home / f"bench-{number}"
            whole = bench_visit_files(size, size, folder / "whole", seed=number + 1)[0]
            parts = bench_visit_files(size, PER_FILE, folder / "parts", seed=number + 1)
            command = _Command(system, whole)
            turns["ours"].append(_ours(connection, size, server, command))
            peaks.append(command.peak_mb)
            say(f"{size} visits, {whole.stat().st_size / 1e6:.0f} MB: {turns['ours'][-1].cpu:.1f} CPU s")
            for table in TABLES:
                connection.execute(f"TRUNCATE {SCHEMA}.{table}")
            floors = {"floor": Part([floor.pid]), "database": Part(server)}
            turns["floor"].append(
                turn_of(connection, size, floors, lambda: floor.take(parts[0].parent))  # noqa: B023 - used now
            )
            row = connection.execute(_TICKET, [whole.name]).fetchone()
            answers.check(connection, [row[0]] if row else [], size)
            shutil.rmtree(folder)
        case = Case(turns["ours"][1:], turns["floor"][1:], peaks[1], floor_mb(floor)).document()
    return {
        **case,
        "machine": machine_line(),
        "unit": "visits",
        "peer": None,
        "exponent": exponent(turns["ours"][:1], turns["ours"][1:]),
        "answers_checked": True,
        "cases": {"one_file": case},
        "rss_mb_of_a_fifth": round(peaks[0], 1),
    }


def floor_mb(floor: FloorProcess) -> float:
    return Part([floor.pid]).peak_mb()


class _Command:
    """`khoyte intake FILE`, its books read when it has ended."""

    def __init__(self, system: OwnSystem, path: Path) -> None:
        self._system, self._path = system, path
        self.cpu = self.peak_mb = 0.0

    def run(self) -> None:
        """Raises BenchFailed when it does not accept everything."""
        workers = self._system.pids("worker")
        for pid in workers:
            os.kill(pid, 19)  # stopped: it must not take the file
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "khoyte", "intake", str(self._path), "--json"],
                env=self._system.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            assert process.stderr is not None  # noqa: S101
            words = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            for pid in workers:
                if is_running(pid):
                    os.kill(pid, 18)
        self.cpu, self.peak_mb = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6
        if process.returncode != 0:
            raise errors.floor_failed(words.decode(errors="replace")[-500:])


def _ours(connection: psycopg.Connection, visits: int, server: list[int], command: _Command) -> Turn:
    part = Part(server)
    before, begun = part.seconds(), time.monotonic()
    command.run()
    wall = time.monotonic() - begun
    connection.execute("CHECKPOINT")
    return Turn(visits, wall, {"intake": command.cpu, "database": part.seconds() - before})


def large(scale: int) -> dict[str, Any]:
    """Measured figures at a scale, told on the terminal as they come."""
    shown = sys.stderr.isatty()

    def say(line: str) -> None:
        if shown:
            print(line, file=sys.stderr)

    return run(VISITS * scale, say)
