"""`khoyte fault kill`: web, workers, database and `khoyte up` itself are killed while files come in.

After every kill a fresh file is sent; recovery is the time until it is acknowledged and judged. Other files
stream in all the while, so a kill always finds work in hand.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from khoyte.foundation.database import database_urls
from khoyte.nonprod.faults.checker import CheckResult, check
from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile, read_ledger
from khoyte.nonprod.faults.files import generated_files
from khoyte.nonprod.faults.processes import KINDS
from khoyte.nonprod.faults.sender import GaveUp, Sender, SteadyStream
from khoyte.nonprod.faults.system import OwnSystem

FACILITIES = ("99001", "99002", "99003")
RECOVERY_GOAL_SECONDS = 10.0
_LONGEST_RECOVERY = 90.0
_STREAM_THREADS = 2
_STREAM_PAUSE = 0.15
_FILES_PER_KILL = 25

Progress = Callable[[str], None]


@dataclass
class Kills:
    """What was killed, and how long until a fresh file was acknowledged and judged."""

    by_kind: Counter[str] = field(default_factory=Counter)
    recovered_s: list[tuple[str, float]] = field(default_factory=list)
    given_up: int = 0

    @property
    def worst(self) -> float:
        return max((seconds for _, seconds in self.recovered_s), default=0.0)


def run_kill_drill(
    n: int, seed: int, progress: Progress = lambda line: None, *, kinds: Sequence[str] = KINDS
) -> dict[str, Any]:
    """The document of `khoyte fault kill --json`: `n` kills in all, as many of each of `kinds`."""
    begin = time.monotonic()
    with TemporaryDirectory(prefix="khoyte-drill-files-") as folder, OwnSystem() as system:
        files = generated_files(n * _FILES_PER_KILL, FACILITIES, Path(folder), seed=seed)
        tokens = system.senders(FACILITIES)
        ledger = ClientLedger(Path(folder) / "ledger.jsonl")
        progress(f"{len(files)} files ready, system at {system.address}")

        def make_sender() -> Sender:
            return Sender(system.address, tokens, ledger)

        fresh, streamed = files[: n + 1], files[n + 1 :]
        stream = SteadyStream(streamed, make_sender, _STREAM_THREADS, _STREAM_PAUSE)
        stream.start()
        try:
            kills = _kill_all(n, kinds, Random(seed), system, make_sender(), fresh, progress)
        finally:
            stream.finish()
        progress("checking")
        result = check(ledger.path, make_sender(), database_urls(system.home)["admin"])
        ledger.close()
        figures = _figures(kills, stream, ledger, time.monotonic() - begin)
    return _document(n, seed, result, kills, figures)


def _kill_all(
    n: int,
    kinds: Sequence[str],
    chance: Random,
    system: OwnSystem,
    sender: Sender,
    fresh: list[OutgoingFile],
    progress: Progress,
) -> Kills:
    kills, files = Kills(), iter(fresh)
    # Everything is up and has judged once before harm is done.
    _recovery(sender, next(files), time.monotonic())
    order = _order(kinds, chance)
    left = n
    while left:
        time.sleep(chance.uniform(0.0, 1.5))
        kind = next(order)
        # One kill in four is followed by another before the system is back.
        blows = [kind, next(order)] if left > 1 and chance.random() < 0.25 else [kind]
        for blow in blows:
            struck = kill_one(system, blow, chance)
            kills.by_kind[blow] += 1
            left -= 1
            time.sleep(chance.uniform(0.0, 0.3) if len(blows) > 1 else 0.0)
        try:
            seconds = _recovery(sender, next(files), struck)
        except GaveUp as trouble:
            kills.given_up += 1
            seconds = _LONGEST_RECOVERY
            progress(f"not back after {'+'.join(blows)}: {trouble}")
        kills.recovered_s.append(("+".join(blows), seconds))
        progress(f"{'+'.join(blows)}: back after {seconds:.1f} s")
    return kills


def _order(kinds: Sequence[str], chance: Random) -> Iterator[str]:
    """Kinds in random order, each as often as the others."""
    for _ in cycle((None,)):
        yield from chance.sample(kinds, len(kinds))


def kill_one(system: OwnSystem, kind: str, chance: Random) -> float:
    """Kill one process of a kind by its number and say when; waits for one to exist after an earlier kill.

    `khoyte up` is started again at once, as a service manager would: nothing else is there to do it.
    """
    if kind == "supervisor":
        struck = time.monotonic()
        system.kill()
        system.start()
        return struck
    deadline = time.monotonic() + _LONGEST_RECOVERY
    while time.monotonic() < deadline:
        found = system.pids(kind)
        if found:
            try:
                os.kill(chance.choice(sorted(found)), signal.SIGKILL)
            except ProcessLookupError:
                continue
            return time.monotonic()
        time.sleep(0.02)
    raise RuntimeError(f"no process of kind {kind} came back: {system.output[-500:]}")


def _recovery(sender: Sender, file: OutgoingFile, begin: float) -> float:
    """Seconds since `begin` until a file sent now is acknowledged and judged. Raises GaveUp."""
    submission = sender.send(file, give_up_after=_LONGEST_RECOVERY)
    while time.monotonic() - begin < _LONGEST_RECOVERY:
        _, verdict = sender.get(f"/api/v1/submissions/{submission}", file.facility)
        if verdict.get("state") == "judged":
            return time.monotonic() - begin
        time.sleep(0.05)
    raise GaveUp(f"{submission} acknowledged, not judged")


def _figures(kills: Kills, stream: SteadyStream, ledger: ClientLedger, seconds: float) -> dict[str, Any]:
    sent = read_ledger(ledger.path)
    answers = Counter(str(status) for file in sent for status in file.statuses)
    times = [recovered for _, recovered in kills.recovered_s]
    return {
        "kills": dict(kills.by_kind),
        "files": len(sent),
        "dossiers": sum(file.dossiers for file in sent),
        "answers": dict(sorted(answers.items())),
        "recovered_s_median": round(median(times), 2) if times else 0.0,
        "recovered_s": [{"killed": blows, "seconds": round(value, 2)} for blows, value in kills.recovered_s],
        "not_recovered": kills.given_up,
        "given_up": stream.failures[:20],
        "seconds": round(seconds, 1),
    }


def _document(
    n: int, seed: int, result: CheckResult, kills: Kills, figures: dict[str, Any]
) -> dict[str, Any]:
    return {
        "drill": "kill",
        "n": n,
        "seed": seed,
        "acknowledged": result.acknowledged,
        "lost": result.lost,
        "doubled": result.doubled,
        "errors": result.errors,
        "recovered_s_max": round(kills.worst, 2),
        "holds": result.holds and kills.worst <= RECOVERY_GOAL_SECONDS,
        "figures": {"ledger_exact": result.ledger_exact, "remarks": result.remarks, **figures},
    }
