"""`khoyte fault clock`: the machine's clock jumps while files come in.

The date of every process, the database server's too, is the true one plus a distance (`data/moved_clock.c`,
made with the machine's C compiler and preloaded). It jumps forward and back by seconds, hours and a day, as
after a wrong time server, a dead battery or a machine that slept; a repeat with the same key is sent on each
side of a jump.
"""

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from khoyte.foundation.database import database_urls
from khoyte.foundation.errors import ServiceAbsent
from khoyte.foundation.language import Text
from khoyte.nonprod.faults.checker import CheckResult, check
from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile
from khoyte.nonprod.faults.files import generated_files
from khoyte.nonprod.faults.kill import RECOVERY_GOAL_SECONDS, Progress
from khoyte.nonprod.faults.sender import GaveUp, Sender, SteadyStream
from khoyte.nonprod.faults.system import OwnSystem

FACILITIES = ("99001", "99002")
JUMPS_SECONDS = (90, -90, 7200, -7200, 86_400, -86_400)
_LONGEST_RECOVERY = 90.0
_STREAM_THREADS = 2
_STREAM_PAUSE = 0.15
_FILES_PER_JUMP = 25

_NEEDS_COMPILER = Text(
    "Diễn tập lệch đồng hồ cần trình biên dịch C. Cài gói Debian gcc và libc6-dev rồi chạy lại.",
    "The clock drill needs a C compiler. Install the Debian packages gcc and libc6-dev and run it again.",
)


class Clock:
    """How far the system's date is from the true one, in seconds; a jump holds from the next look at it.

    Raises ServiceAbsent without a C compiler.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._library = _made_library(folder)
        self.distance = 0
        self._file.write_bytes(struct.pack("=q", 0))
        self._file.chmod(0o644)

    def jump(self, seconds: int) -> None:
        self.distance += seconds
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", self.distance))

    @property
    def settings(self) -> dict[str, str]:
        """Environment of `khoyte up`."""
        return {"LD_PRELOAD": str(self._library), "MOVED_CLOCK_FILE": str(self._file)}


def _made_library(folder: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise ServiceAbsent(_NEEDS_COMPILER)
    library = folder / "moved_clock.so"
    source = Path(__file__).with_name("data") / "moved_clock.c"
    done = subprocess.run(
        [compiler, "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"moved_clock.c: {done.stderr[-2000:]}")
    library.chmod(0o755)
    return library


@dataclass
class Seen:
    """Seconds after each jump until a fresh file was judged, and how its repeats were answered."""

    recovered_s: list[tuple[int, float]] = field(default_factory=list)
    other_id: int = 0
    given_up: int = 0

    @property
    def worst(self) -> float:
        return max((seconds for _, seconds in self.recovered_s), default=0.0)


def run_clock_drill(n: int, seed: int, progress: Progress = lambda line: None) -> dict[str, Any]:
    """The document of `khoyte fault clock --json`; `n` jumps. Raises ServiceAbsent without a C compiler."""
    begin = time.monotonic()
    with TemporaryDirectory(prefix="khoyte-drill-files-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - the database server, another user, looks in too
        clock = Clock(Path(folder))
        with OwnSystem(settings=clock.settings) as system:
            files = generated_files(n * _FILES_PER_JUMP, FACILITIES, Path(folder) / "files", seed=seed)
            tokens = system.senders(FACILITIES)
            ledger = ClientLedger(Path(folder) / "ledger.jsonl")
            progress(f"{len(files)} files ready, system at {system.address}")

            def make_sender() -> Sender:
                return Sender(system.address, tokens, ledger)

            fresh, streamed = files[: n + 1], files[n + 1 :]
            stream = SteadyStream(streamed, make_sender, _STREAM_THREADS, _STREAM_PAUSE)
            stream.start()
            try:
                seen = _jump_all(n, Random(seed), clock, make_sender(), fresh, progress)
            finally:
                stream.finish()
            progress("checking")
            result = check(ledger.path, make_sender(), database_urls(system.home)["admin"])
            audit = system.run("audit", "verify", "--json")
            spans = _spans(database_urls(system.home)["admin"])
            ledger.close()
    return _document(n, seed, result, seen, audit, spans, time.monotonic() - begin)


def _spans(admin_url: str) -> dict[str, float]:
    """Seconds between the earliest and the latest date written: by the web's clock and by the database's."""
    with psycopg.connect(admin_url) as connection:
        web, database = connection.execute(
            "SELECT (SELECT extract(epoch FROM max(received_at) - min(received_at)) FROM submission),"
            " (SELECT extract(epoch FROM max(at) - min(at)) FROM audit_entry)"
        ).fetchone() or (0, 0)
    return {"web": float(web), "database": float(database)}


def _jumps(n: int, chance: Random) -> Iterator[int]:
    """`n` jumps (an even number) that end where they began: each outward one is gone back sooner or later."""
    back: list[int] = []
    for jump in chance.choices(JUMPS_SECONDS, k=n // 2):
        yield jump
        back.append(-jump)
        if chance.random() < 0.5:
            yield back.pop()
    yield from reversed(back)


def _jump_all(
    n: int, chance: Random, clock: Clock, sender: Sender, fresh: list[OutgoingFile], progress: Progress
) -> Seen:
    seen, files = Seen(), iter(fresh)
    before = next(files)
    known = _judged(sender, before)
    for jump in _jumps(n, chance):
        time.sleep(chance.uniform(0.0, 1.0))
        clock.jump(jump)
        begin = time.monotonic()
        try:
            # The same file with the same key on the other side of the jump is the same submission.
            seen.other_id += sender.send(before, give_up_after=_LONGEST_RECOVERY) != known
            before = next(files)
            known = _judged(sender, before)
            seconds = time.monotonic() - begin
        except GaveUp as trouble:
            seen.given_up += 1
            seconds = _LONGEST_RECOVERY
            progress(f"stands still after {jump:+d} s: {trouble}")
        seen.recovered_s.append((jump, seconds))
        progress(f"{jump:+d} s: judged after {seconds:.1f} s")
    return seen


def _judged(sender: Sender, file: OutgoingFile) -> str:
    """Send and wait for the verdict; the submission's id. Raises GaveUp."""
    submission = sender.send(file, give_up_after=_LONGEST_RECOVERY)
    deadline = time.monotonic() + _LONGEST_RECOVERY
    while time.monotonic() < deadline:
        _, verdict = sender.get(f"/api/v1/submissions/{submission}", file.facility)
        if verdict.get("state") == "judged":
            return submission
        time.sleep(0.05)
    raise GaveUp(f"{submission} acknowledged, not judged")


def _document(
    n: int,
    seed: int,
    result: CheckResult,
    seen: Seen,
    audit: dict[str, Any],
    spans: dict[str, float],
    seconds: float,
) -> dict[str, Any]:
    whole = audit["broken_at"] is None
    # A drill whose clock stood still would hold whatever the system does.
    moved = min(spans.values()) > seconds
    return {
        "drill": "clock",
        "n": n,
        "seed": seed,
        "acknowledged": result.acknowledged,
        "lost": result.lost,
        "doubled": result.doubled + seen.other_id,
        "errors": result.errors + seen.given_up,
        "recovered_s_max": round(seen.worst, 2),
        "holds": result.holds
        and whole
        and moved
        and not seen.other_id
        and not seen.given_up
        and seen.worst <= RECOVERY_GOAL_SECONDS,
        "figures": {
            "ledger_exact": result.ledger_exact,
            "remarks": result.remarks,
            "audit_whole": whole,
            "audit_entries": audit["entries"],
            "dates_written_span_s": {name: round(span) for name, span in spans.items()},
            "repeats_with_another_id": seen.other_id,
            "judged_after_s": [
                {"jump_s": jump, "seconds": round(value, 2)} for jump, value in seen.recovered_s
            ],
            "seconds": round(seconds, 1),
        },
    }
