"""`khoyte bench pages`: how long the pages people open most take, with many visits stored.

A whole `khoyte up` with the demonstration's units, registers and plan; 500 visits sent to it in files of 25
are copied within the database to the number wanted (`pages_rows`: nothing goes through intake), and the lake
is filled. Then every page is asked again and again over one connection, for other records each time, as one
signed in would ask. The floor is the emptiest page of the same server, asked in turns. Counted are all
processes of the web and the database; times are those a browser on this machine would wait. Pages that tell a
number or a name of the tables are held against these; of the others it is only asked that they are answered.

The first asking of each page is told apart (`first_ms`): a figure nobody has asked for since the lake was
filled is worked out then. Bar: p95 of 50 ms with 10,000,000 visits (scale 100); goal 20 ms.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import psycopg

from khoyte.foundation.calendar import today
from khoyte.foundation.database import database_urls
from khoyte.nonprod.bench import errors, pages_rows
from khoyte.nonprod.bench.figures import Case, Turn
from khoyte.nonprod.bench.intake import judged_by
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.pages_asked import EMPTIEST, Asked, Page, Reader, pages_of
from khoyte.nonprod.bench.processor import Part
from khoyte.nonprod.bench.sending import Sender
from khoyte.nonprod.faults.system import OwnSystem
from khoyte.nonprod.generator.bench import FACILITY

VISITS, ROUNDS, REQUESTS = 100_000, 3, 30
P95_BAR_MS = 50.0
_LONGEST_COUNTING = 1_800.0
# The lake is filled once, before the pages are asked; one address asks more than a household may.
_OFF = {"KHOYTE_LAKE_SECONDS": "0", "KHOYTE_LOOKUPS_A_MINUTE": "0", "KHOYTE_LOOKUPS_A_DAY": "0"}

Say = Callable[[str], None]


@dataclass
class Measured:
    """Turns of one page and of the floor, and the wall milliseconds of every answer but the first."""

    ours: list[Turn] = field(default_factory=list)
    floor: list[Turn] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    first: float = 0.0


def run(visits: int, rounds: int, requests: int, say: Say) -> dict[str, Any]:
    """What stands in the document beside `bench` and `scale`; sizes are visits stored."""
    with ExitStack() as stack:
        system = stack.enter_context(OwnSystem(settings=_OFF))
        token = _made(system, "data")["token"]
        connection = stack.enter_context(
            psycopg.connect(database_urls(system.home)["admin"], autocommit=True)
        )
        _send_template(system, connection, token)
        say(f"{pages_rows.TEMPLATE_VISITS} visits sent; {visits} are made of them")
        stored = pages_rows.multiply(connection, visits, today(), say)
        system.run("lake", "fill", "--json")
        say("the lake is filled")
        _wait_until_counted(connection)
        say("papers are counted by day")
        server, workers = system.pids("database"), system.pids("worker")
        parts = {
            "web": Part([system.pid], apart_from=[*workers, *server]),
            "database": Part(server),
        }
        # Only now: a session that nobody uses ends after half an hour.
        reader = stack.enter_context(Reader(system.port, _made(system, "sessions")))
        known = pages_of(connection, FACILITY, today())
        measured = {page.name: Measured() for page in known}
        for number in range(-1, rounds):  # the first warms up; of it only the first answers are kept
            for page in known:
                _turn(
                    reader, page, parts, measured[page.name], stored, requests if number >= 0 else 5, number
                )
            say(f"{stored} visits: {'warm-up' if number < 0 else f'round {number + 1}'} done")
        memory = parts["web"].peak_mb()
    return document(measured, memory)


def _wait_until_counted(connection: psycopg.Connection) -> None:
    """Until the worker has counted the papers of all days, which it begins to every two minutes."""
    deadline = time.monotonic() + _LONGEST_COUNTING
    while connection.execute("SELECT FROM paper_day_changed LIMIT 1").fetchone():
        if time.monotonic() > deadline:
            raise errors.floor_failed("papers are not counted by day in time")
        time.sleep(1)


def _turn(
    reader: Reader,
    page: Page,
    parts: dict[str, Part],
    into: Measured,
    stored: int,
    requests: int,
    number: int,
) -> None:
    ours, waits = _asked(reader, page, parts, stored, requests, number)
    floor, _ = _asked(reader, EMPTIEST, parts, stored, requests, number)
    if number < 0:
        into.first = waits[0]
        return
    into.ours.append(ours)
    into.floor.append(floor)
    into.milliseconds.extend(waits)


def _asked(
    reader: Reader, page: Page, parts: dict[str, Part], stored: int, requests: int, number: int
) -> tuple[Turn, list[float]]:
    """So many requests of a page as one turn, and what each of them waited."""
    before = {name: part.seconds() for name, part in parts.items()}
    answers: list[Asked] = []
    for place in range(requests):
        wanted = page.addresses[(max(number, 0) * requests + place) % len(page.addresses)]
        answers.append(reader.ask(page, wanted))
    spent = {name: part.seconds() - before[name] for name, part in parts.items()}
    waits = [one.milliseconds for one in answers]
    return Turn(stored, sum(waits) / 1000, spent), waits


def document(measured: dict[str, Measured], memory: float) -> dict[str, Any]:
    """What was measured as the document printed."""
    cases = {name: _case(one, memory) for name, one in measured.items()}
    slowest = max(cases.values(), key=lambda one: one["p95_ms"])
    return {
        **slowest,
        "machine": machine_line(),
        "unit": "visits stored",
        "peer": None,
        "exponent": None,
        "answers_checked": True,
        "cases": cases,
    }


def _case(one: Measured, memory: float) -> dict[str, Any]:
    found = Case(one.ours, one.floor, memory, memory).document()
    requests = len(one.milliseconds) // len(one.ours)
    for side in (found["ours"], found["floor"]):
        # The units of a turn are visits stored; costs are those of one page, a core-second buys pages.
        side["per_core_second"] = round(requests / side["cpu_s"], 1)
        side |= {name: round(side[name] / requests, 5) for name in ("cpu_s", "wall_s")}
        side["cpu_s_of"] = {part: round(cpu / requests, 5) for part, cpu in side["cpu_s_of"].items()}
    p95 = share_of(one.milliseconds, 0.95)
    return {
        **found,
        "p50_ms": round(share_of(one.milliseconds, 0.5), 1),
        "p95_ms": round(p95, 1),
        "first_ms": round(one.first, 1),
        "holds": p95 <= P95_BAR_MS,
    }


def share_of(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all does not exceed."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def _made(system: OwnSystem, what: str) -> dict[str, str]:
    """What `pages_fill` prints: the facility's bearer token, or the session of each role."""
    done = subprocess.run(
        [sys.executable, "-m", "khoyte.nonprod.bench.pages_fill", what],
        env=system.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise errors.floor_failed(done.stderr[-2000:])
    told: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return told


def _send_template(system: OwnSystem, connection: psycopg.Connection, token: str) -> None:
    files = pages_rows.template_files(system.home / "bench-files")
    judged_by(connection, Sender(system.port, token, 2), files, pages_rows.TEMPLATE_VISITS)


def pages(scale: int) -> dict[str, Any]:
    """Measured figures at a scale, told on the terminal as they come."""
    shown = sys.stderr.isatty()

    def say(line: str) -> None:
        if shown:
            print(line, file=sys.stderr)

    return run(VISITS * scale, ROUNDS, REQUESTS, say)
