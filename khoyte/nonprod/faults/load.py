"""`khoyte fault load`: one facility floods the system; another goes on as on any day.

Three parts. Calm: the ordinary facility alone, for comparison. Flood: the other facility sends from many
connections at once and waits for nothing; the ordinary one must still be served and judged. Overload:
judging stands still until the flooding facility is refused; refusals must say when to come again, the
ordinary facility must still be received, and once judging goes on everything must be taken after all.

With `--seconds` it measures, on another system with the published limits, what is left of the capacity when
ten times of it is offered, and what others feel of one facility's flood (see `overload`).
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from khoyte.foundation.database import database_urls
from khoyte.nonprod.faults.checker import CheckResult, check
from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile
from khoyte.nonprod.faults.files import generated_files
from khoyte.nonprod.faults.flood import CONNECTIONS, Flood
from khoyte.nonprod.faults.kill import Progress
from khoyte.nonprod.faults.overload import measure_overload
from khoyte.nonprod.faults.sender import GaveUp, Sender
from khoyte.nonprod.faults.system import OwnSystem

FLOODING, ORDINARY = "99001", "99002"
STARVED_SECONDS = 10.0
"""Longest time from sending to verdict that the ordinary facility may see while the other floods."""
# The published limit would need thousands of files before anybody is refused.
WAITING_LIMIT = 100
_CALM_FILES = 10
_MOST_ORDINARY_FILES = 100
_ORDINARY_PAUSE = 0.25


@dataclass
class Ordinary:
    """What the ordinary facility sees: seconds to the receipt and to the verdict, answers refused."""

    receipt_s: list[float] = field(default_factory=list)
    verdict_s: list[float] = field(default_factory=list)
    refused: int = 0

    def summary(self) -> dict[str, float]:
        return {
            "files": len(self.receipt_s),
            "receipt_s_median": round(median(self.receipt_s or [0.0]), 3),
            "receipt_s_max": round(max(self.receipt_s, default=0.0), 3),
            "verdict_s_median": round(median(self.verdict_s or [0.0]), 3),
            "verdict_s_max": round(max(self.verdict_s, default=0.0), 3),
        }


def run_load_drill(
    n: int, seed: int, progress: Progress = lambda line: None, *, seconds: float = 0
) -> dict[str, Any]:
    """The document of `khoyte fault load --json`; `n` is the number of files of the flood.

    With `seconds` of tenfold overload its figures are under `tenfold`, and it holds only when they do.
    """
    document = _run_flood(n, seed, progress)
    if seconds:
        tenfold = measure_overload(seconds, seed, progress)
        document["figures"]["tenfold"] = tenfold
        document["holds"] = document["holds"] and tenfold["holds"]
    return document


def _run_flood(n: int, seed: int, progress: Progress) -> dict[str, Any]:
    with TemporaryDirectory(prefix="khoyte-drill-files-") as folder:
        system = OwnSystem(settings={"KHOYTE_WAITING_LIMIT": str(WAITING_LIMIT)})
        with system:
            drill = _LoadDrill(system, n, seed, Path(folder), progress)
            return drill.run()


class _LoadDrill:
    def __init__(self, system: OwnSystem, n: int, seed: int, folder: Path, progress: Progress) -> None:
        self.system, self.n, self.seed, self.progress = system, n, seed, progress
        self.flood_files = generated_files(n, [FLOODING], folder / "flood", seed=seed)[:n]
        self.ordinary_files = iter(
            generated_files(
                _CALM_FILES + _MOST_ORDINARY_FILES + 3, [ORDINARY], folder / "ordinary", seed=seed
            )
        )
        self.tokens = system.senders([FLOODING, ORDINARY])
        self.ledger = ClientLedger(folder / "ledger.jsonl")

    def run(self) -> dict[str, Any]:
        begin = time.monotonic()
        calm, during, held_back = Ordinary(), Ordinary(), Ordinary()
        self._be_ordinary(calm, _CALM_FILES)
        self.progress(f"alone: {calm.summary()}")
        flood = self._flood_beside(during)
        self.progress(f"flood: {during.summary()}, answers {dict(flood.answers)}")
        overload = self._overload(held_back)
        self.progress(f"overload: {held_back.summary()}, answers {dict(overload.answers)}")
        recovered = self._recover(overload.left)
        self.progress("checking")
        result = check(self.ledger.path, self._sender(), database_urls(self.system.home)["admin"])
        self.ledger.close()
        return self._document(calm, during, held_back, flood, overload, recovered, result, begin)

    def _flood_beside(self, ordinary: Ordinary) -> Flood:
        """The ordinary facility goes on for as long as the flood lasts."""
        flood = Flood(self.flood_files[: self.n // 2], self._sender, self.ledger, again=True)
        flood.start()
        try:
            while flood.running and len(ordinary.receipt_s) < _MOST_ORDINARY_FILES:
                self._be_ordinary(ordinary, 1)
        finally:
            flood.stop()
        self._send_rest(flood.left)
        return flood

    def _overload(self, ordinary: Ordinary) -> Flood:
        """Files pile up while nobody judges."""
        flood = Flood(self.flood_files[self.n // 2 :], self._sender, self.ledger, again=False)
        with self._judging_stopped():
            flood.start()
            flood.join()
            self._be_received(ordinary, 3)
        return flood

    def _sender(self) -> Sender:
        return Sender(self.system.address, self.tokens, self.ledger)

    def _be_ordinary(self, seen: Ordinary, count: int) -> None:
        """Send now and then, and wait for each verdict."""
        sender = self._sender()
        for _ in range(count):
            file = next(self.ordinary_files)
            begin = time.monotonic()
            submission = self._ordinary_receipt(sender, file, seen, begin)
            _wait_for_verdict(sender, submission, begin + 6 * STARVED_SECONDS)
            seen.verdict_s.append(time.monotonic() - begin)
            time.sleep(_ORDINARY_PAUSE)

    def _be_received(self, seen: Ordinary, count: int) -> None:
        sender = self._sender()
        for _ in range(count):
            self._ordinary_receipt(sender, next(self.ordinary_files), seen, time.monotonic())

    def _ordinary_receipt(self, sender: Sender, file: OutgoingFile, seen: Ordinary, begin: float) -> str:
        self.ledger.intend(file)
        status, submission, _ = sender.try_once(file)
        if submission is None:
            seen.refused += status in (429, 503)
            submission = sender.send(file)
        seen.receipt_s.append(time.monotonic() - begin)
        return submission

    def _send_rest(self, files: list[OutgoingFile]) -> None:
        """What was refused or not sent yet, now as a well-behaved program sends it."""
        sender = self._sender()
        for file in files:
            sender.send(file, give_up_after=300.0)

    @contextmanager
    def _judging_stopped(self) -> Iterator[None]:
        stopped = self.system.pids("worker")
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def _recover(self, left: list[OutgoingFile]) -> float:
        """Seconds from judging again until the flooding facility is received again; then all the rest."""
        begin = time.monotonic()
        sender = self._sender()
        for file in left[:1]:
            try:
                sender.send(file, give_up_after=6 * STARVED_SECONDS)
            except GaveUp as trouble:
                self.progress(f"not received again: {trouble}")
        recovered = time.monotonic() - begin
        self._send_rest(left[1:])
        return recovered

    def _document(
        self,
        calm: Ordinary,
        during: Ordinary,
        held_back: Ordinary,
        flood: Flood,
        overload: Flood,
        recovered: float,
        result: CheckResult,
        begin: float,
    ) -> dict[str, Any]:
        fair = (
            max(during.verdict_s, default=0.0) <= STARVED_SECONDS and during.refused == held_back.refused == 0
        )
        refused_well = overload.refused > 0 and flood.unsaid == overload.unsaid == 0
        return {
            "drill": "load",
            "n": self.n,
            "seed": self.seed,
            "acknowledged": result.acknowledged,
            "lost": result.lost,
            "doubled": result.doubled,
            "errors": result.errors,
            "recovered_s_max": round(recovered, 2),
            "holds": result.holds and fair and refused_well and recovered <= STARVED_SECONDS,
            "figures": {
                "ledger_exact": result.ledger_exact,
                "remarks": result.remarks,
                "ordinary_alone": calm.summary(),
                "ordinary_during_flood": during.summary(),
                "ordinary_refused": during.refused + held_back.refused,
                "flood_answers": _as_text(flood.answers),
                "overload_answers": _as_text(overload.answers),
                "refusals_without_retry_after": flood.unsaid + overload.unsaid,
                "waiting_limit": WAITING_LIMIT,
                "connections": CONNECTIONS,
                "seconds": round(time.monotonic() - begin, 1),
            },
        }


def _wait_for_verdict(sender: Sender, submission: str, deadline: float) -> None:
    while time.monotonic() < deadline:
        _, verdict = sender.get(f"/api/v1/submissions/{submission}", ORDINARY)
        if verdict.get("state") == "judged":
            return
        time.sleep(0.02)
    raise RuntimeError(f"{submission} is not judged; see the worker's log")


def _as_text(answers: Counter[int]) -> dict[str, int]:
    return {str(status): count for status, count in sorted(answers.items())}
