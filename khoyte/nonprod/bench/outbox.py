"""`khoyte bench outbox`: messages to a national system, against raw SKIP LOCKED batches of 100.

Both sides empty a table of the same number of messages in batches of 100, each in a process of its own
against one PostgreSQL; counted are that process and the database's backends. Two cases: *sql*, where the
receiver answers at once inside the process, so only the keeping of the queue is measured; and *http*, where
both post every batch to the same receiver on this machine. The floor claims a hundred rows with FOR UPDATE
SKIP LOCKED, posts them where there is somebody to post to, marks them done and commits. Ours keeps the order
of each record, leases, four states, runs and digests, and reads every batch back before it believes it.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from khoyte.edges import schema
from khoyte.foundation.database import database_running
from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench.figures import Case, Turn, exponent
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.processor import Part
from khoyte.nonprod.faults.processes import children
from khoyte.nonprod.faults.system import NOT_INHERITED
from khoyte.nonprod.twins.receiver import Receiver, serving

MESSAGES, ROUNDS = 10_000, 3
_CASES = (("sql", "large", False), ("sql_smaller", "small", False), ("http", "small", True))
_FLOOR = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.message (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject text NOT NULL, payload jsonb NOT NULL,
    done_at timestamptz);
CREATE INDEX IF NOT EXISTS bench_due ON bench.message (number) WHERE done_at IS NULL;
GRANT USAGE ON SCHEMA bench TO khoyte_worker;
GRANT SELECT, UPDATE ON bench.message TO khoyte_worker;
"""
_FILL_FLOOR = """
INSERT INTO bench.message (subject, payload)
SELECT 's' || n, jsonb_build_object('thing_name', 'Đồ vật ' || n, 'thing_colour', 'xanh')
FROM generate_series(1, %s) n
"""
_FILL_OURS = """
INSERT INTO exchange_message (message_id, destination, kind, subject, version, removed, facility, province,
                              digest, state, attempts, looked, dead, alone, reason)
SELECT gen_random_uuid(), 'datacentre', 'bench', 's' || n, 1, false, '97001', '97',
       encode(sha256(convert_to('{"thing_colour":"xanh","thing_name":"Đồ vật ' || n || '"}', 'UTF8')), 'hex'),
       'pending', 0, 0, false, false, ''
FROM generate_series(1, %s) n
"""


def outbox(scale: int) -> dict[str, Any]:
    """Measured figures at a scale, told on the terminal as they come."""
    shown = sys.stderr.isatty()
    with ExitStack() as stack:
        bench = _Bench(stack)
        sizes = {"small": MESSAGES * scale // 4, "large": MESSAGES * scale}
        found: dict[str, tuple[list[Turn], list[Turn]]] = {}
        for number in range(-1, ROUNDS):  # the first warms up and is thrown away
            for case, size, http in _CASES:
                ours = bench.turn("ours", sizes[size], http=http)
                floor = bench.turn("floor", sizes[size], http=http)
                if number >= 0:
                    both = found.setdefault(case, ([], []))
                    both[0].append(ours)
                    both[1].append(floor)
                if shown:
                    print(f"{number} {case}: CPU {ours.cpu:.2f} s, floor {floor.cpu:.2f} s", file=sys.stderr)
        memory = bench.memory
    cases = {name: Case(*turns, memory["ours"], memory["floor"]).document() for name, turns in found.items()}
    return {
        **cases["sql"],
        "machine": machine_line(),
        "unit": "messages",
        "peer": None,
        "exponent": exponent(found["sql_smaller"][0], found["sql"][0]),
        "answers_checked": True,
        "cases": cases,
    }


class _Bench:
    """One cluster, one receiver; sides run as processes, one turn each."""

    def __init__(self, stack: ExitStack) -> None:
        folder = stack.enter_context(TemporaryDirectory(prefix="khoyte-bench-"))
        home = Path(folder) / "home"
        home.mkdir()
        self.twin = Receiver()
        self.address = stack.enter_context(serving(self.twin))
        own = {"KHOYTE_HOME": str(home), "KHOYTE_NONPROD": "1", "KHOYTE_DB_ROLE": "worker"}
        self.environment = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED} | own
        os.environ["KHOYTE_HOME"] = str(home)
        before = set(children(os.getpid()))
        self.urls = stack.enter_context(database_running(home, purpose="bench"))
        self.server = sorted(set(children(os.getpid())) - before)
        schema.bring_up_to_date(self.urls, self.environment)
        self.connection = stack.enter_context(psycopg.connect(self.urls["admin"], autocommit=True))
        self.connection.execute(_FLOOR)
        self.memory = {"ours": 0.0, "floor": 0.0}

    def turn(self, side: str, messages: int, *, http: bool) -> Turn:
        """Fill the side's table, empty it, and hold the answers against what was put in."""
        table = "exchange_message" if side == "ours" else "bench.message"
        self.connection.execute(f"TRUNCATE {table}")
        self.connection.execute(_FILL_OURS if side == "ours" else _FILL_FLOOR, [messages])
        self.connection.execute(f"VACUUM ANALYZE {table}")
        self.connection.execute("CHECKPOINT")
        self.twin.kept.clear()
        self.twin.log.clear()
        self.twin.seen.clear()
        process = subprocess.Popen(
            [sys.executable, "-m", "khoyte.nonprod.bench.outbox_process", side, self.address if http else ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(f"{self.urls['worker']}\n")  # not as an argument: it holds a password
            process.stdin.flush()
            if process.stdout.readline().strip() != "ready":
                raise errors.floor_failed(f"{side} does not start")
            parts = {"sender": Part([process.pid]), "database": Part(self.server)}
            before, begun = {name: part.seconds() for name, part in parts.items()}, time.monotonic()
            process.stdin.write("go\n")
            process.stdin.flush()
            done = json.loads(process.stdout.readline())
            wall = time.monotonic() - begun
            self.connection.execute("CHECKPOINT")
            spent = {name: part.seconds() - before[name] for name, part in parts.items()}
            self.memory[side] = max(self.memory[side], parts["sender"].peak_mb())
        finally:
            process.kill()
            process.wait()
        self._check(side, messages, done["messages"], http)
        return Turn(messages, wall, spent)

    def _check(self, side: str, messages: int, said: int, http: bool) -> None:
        done = {
            "ours": "exchange_message WHERE state = 'applied'",
            "floor": "bench.message WHERE done_at IS NOT NULL",
        }
        which = done[side]
        row = self.connection.execute(f"SELECT count(*) FROM {which}").fetchone()  # noqa: S608 - our own words
        applied = len(self.twin.log) if http else messages
        for what, found in (("said", said), ("stored", row[0] if row else 0), ("applied", applied)):
            if found != messages:
                raise errors.answers_differ(f"{side} {what}", found, messages)
