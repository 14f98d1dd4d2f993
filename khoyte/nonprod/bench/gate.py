"""`khoyte bench gate`: intake with the licence gate against intake without it, in turns on the same files.

Two systems stand side by side, both with the demonstration's registers (some 1,600 licences); one has the
gate switched off and is the floor. Files of 500 visits whose orders name people in the register, so that
every line is judged. Counted is all of `khoyte up`; the figure is the CPU of the one over that of the other.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from khoyte.foundation.database import database_urls
from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench.figures import Case, Turn
from khoyte.nonprod.bench.intake import judged_by, turn_of
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.processor import Part
from khoyte.nonprod.bench.sending import Sender
from khoyte.nonprod.faults.system import OwnSystem
from khoyte.nonprod.generator.bench import FACILITY, bench_visit_files

VISITS, PER_FILE, ROUNDS = 2000, 500, 3
_CONNECTIONS = 4


class Side:
    """A system with the demonstration's registers, the gate on or off, and what its turns cost."""

    def __init__(self, stack: ExitStack, gate: str) -> None:
        self.system = stack.enter_context(OwnSystem(settings={"KHOYTE_LICENCE_GATE": gate}))
        token = self.system.senders([FACILITY])[FACILITY]
        _fill_registers(self.system)
        url = database_urls(self.system.home)["admin"]
        self.connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        self.sender = Sender(self.system.port, token, _CONNECTIONS)
        server, workers = self.system.pids("database"), self.system.pids("worker")
        self.parts = {
            "web": Part([self.system.pid], apart_from=[*workers, *server]),
            "judging": Part(workers),
            "database": Part(server),
        }
        self.turns: list[Turn] = []

    def take(self, files: list[Path], visits: int) -> Turn:
        def judged() -> list[str]:
            return self.send(files, visits)

        return turn_of(self.connection, visits, self.parts, judged)

    def send(self, files: list[Path], visits: int) -> list[str]:
        """Files sent and all judged; ids of the submissions, in the order of the files."""
        return judged_by(self.connection, self.sender, files, visits)

    def seconds(self) -> dict[str, float]:
        """CPU seconds so far, by part."""
        return {name: part.seconds() for name, part in self.parts.items()}

    @property
    def judged_at_the_gate(self) -> int:
        """Submissions with no word of V-050b among what could not be judged."""
        counted = "SELECT count(*) FROM judgement WHERE not_judged::text NOT LIKE '%V-050b%'"
        row = self.connection.execute(counted).fetchone()
        return row[0] if row else 0

    @property
    def peak_mb(self) -> float:
        return sum(part.peak_mb() for part in self.parts.values())


def _fill_registers(system: OwnSystem) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "khoyte.nonprod.bench.gate"],
        env=system.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"no registers: {done.stderr[-2000:]}")


def gate(scale: int, rounds: int = ROUNDS) -> dict[str, Any]:
    """What stands in the document beside `bench` and `scale`."""
    visits = VISITS * scale
    with ExitStack() as stack:
        ours, floor = Side(stack, "on"), Side(stack, "off")
        for number in range(-1, rounds):  # the first is to warm up and is thrown away
            folder = ours.system.home / f"bench-{number}"
            files = bench_visit_files(visits, PER_FILE, folder, seed=number + 2)
            turns = [side.take(files, visits) for side in (ours, floor)]
            if number >= 0:
                ours.turns.append(turns[0])
                floor.turns.append(turns[1])
        files_sent = (rounds + 1) * len(files)
        if (ours.judged_at_the_gate, floor.judged_at_the_gate) != (files_sent, 0):
            raise errors.answers_differ("gate", ours.judged_at_the_gate, files_sent)
        case = Case(ours.turns, floor.turns, ours.peak_mb, floor.peak_mb).document()
    return {
        **case,
        "machine": machine_line(),
        "unit": "visits",
        "peer": None,
        "exponent": None,
        "answers_checked": True,
        "cases": {f"files_of_{PER_FILE}": case},
    }


def _make_registers() -> None:
    from khoyte.edges.setup import ready_database  # only in the process that fills

    with ready_database("worker"):
        from khoyte.nonprod.demo import make_accounts, make_units
        from khoyte.nonprod.demo_registers import fill_registers
        from khoyte.nonprod.generator import demo_units
        from khoyte.units.models import Unit

        known = set(Unit.objects.values_list("code", flat=True))
        make_units((unit for unit in demo_units() if unit.code not in known), by="bench")
        make_accounts()
        fill_registers()
    print(json.dumps({"filled": True}))


if __name__ == "__main__":
    _make_registers()
