"""`khoyte fault disk`: the disk fills up while files come in.

The system lives on a small disk of its own (a tmpfs mounted under its home and its database: a real file
system that really refuses with ENOSPC, but one in memory, so nothing is told here of a disk that lies about
fsync). Each round it is filled by a foreign file, first to half of the reserve, then to the last byte, then
freed. While it is filled every file must be refused with Retry-After, and everything stored must be readable;
afterwards a fresh file must be received and judged within 30 s, and what was refused must be taken after all.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from khoyte.foundation.database import database_urls
from khoyte.foundation.database.places import places_of
from khoyte.foundation.disk import RESERVE_BYTES
from khoyte.foundation.errors import ServiceAbsent
from khoyte.foundation.language import Text
from khoyte.nonprod.faults.checker import CheckResult, check
from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile
from khoyte.nonprod.faults.files import generated_files
from khoyte.nonprod.faults.kill import Progress
from khoyte.nonprod.faults.sender import GaveUp, Sender
from khoyte.nonprod.faults.system import OwnSystem

FACILITY = "99001"
RECOVERY_GOAL_SECONDS = 30.0
_DISK_BYTES = 1200 * 1024 * 1024
_FILES_PER_STAGE = 4
_LONGEST_RECOVERY = 120.0


@dataclass
class Seen:
    """What the sender saw: answers while the disk was filled, reads that failed, seconds to recover."""

    answers: dict[str, Counter[str]] = field(default_factory=dict)
    unsaid: int = 0
    reads: int = 0
    reads_failed: dict[str, int] = field(default_factory=dict)
    recovered_s: list[float] = field(default_factory=list)

    @property
    def refused_well(self) -> bool:
        only_503 = all(set(counted) == {"503"} for counted in self.answers.values())
        return bool(self.answers) and only_503 and self.unsaid == 0


def run_disk_drill(n: int, seed: int, progress: Progress = lambda line: None) -> dict[str, Any]:
    """The document of `khoyte fault disk --json`; `n` is how often the disk is filled. Raises ServiceAbsent
    where no disk can be mounted."""
    begin, system, seen = time.monotonic(), OwnSystem(), Seen()
    with tempfile.TemporaryDirectory(prefix="khoyte-drill-files-") as folder, small_disk(system.home), system:
        wanted = n * (2 * _FILES_PER_STAGE + 1) + 1
        files = iter(generated_files(wanted, [FACILITY], Path(folder), seed=seed))
        ledger = ClientLedger(Path(folder) / "ledger.jsonl")
        sender = Sender(system.address, system.senders([FACILITY]), ledger)
        known = sender.send(next(files))
        _judged(sender, known)
        for _ in range(n):
            _one_round(system.home, sender, ledger, files, known, seen, progress)
        progress("checking")
        result = check(ledger.path, sender, database_urls(system.home)["admin"])
        ledger.close()
    return _document(n, seed, result, seen, time.monotonic() - begin)


@contextmanager
def small_disk(home: Path, size: int = _DISK_BYTES) -> Iterator[None]:
    """Mount one file system of `size` bytes under a home and its database; unmounted again. Needs root."""
    base = places_of(home).base
    root = Path(tempfile.mkdtemp(prefix="khoyte-small-disk-"))
    mounted: list[Path] = []
    try:
        _mount(["-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(root)])
        mounted.append(root)
        for name, place in (("home", home), ("base", base)):
            (root / name).mkdir(mode=0o700)
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            _mount(["--bind", str(root / name), str(place)])
            mounted.append(place)
        yield
    finally:
        for place in reversed(mounted):
            subprocess.run(["umount", "--lazy", str(place)], check=False)
        for place in (home, base, root):
            shutil.rmtree(place, ignore_errors=True)


def _mount(arguments: list[str]) -> None:
    try:
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise _no_disk("mount") from None
    if done.returncode != 0:
        raise _no_disk(done.stderr.strip())


def _no_disk(reason: str) -> ServiceAbsent:
    return ServiceAbsent(
        Text(
            vi="Không gắn được ổ đĩa nhỏ để diễn tập ({reason}).",
            en="No small disk can be mounted ({reason}).",
        ).fill(reason=reason),
        remedy=Text(vi="Chạy bằng root trên Linux.", en="Run as root on Linux."),
        retry=False,
    )


def _one_round(
    home: Path,
    sender: Sender,
    ledger: ClientLedger,
    files: Iterator[OutgoingFile],
    known: str,
    seen: Seen,
    progress: Progress,
) -> None:
    filler, refused = home / "filler", []
    for stage, left in (("reserve", RESERVE_BYTES // 2), ("full", 0)):
        fill(filler, left)
        time.sleep(1.0)  # the system looks twice a second
        refused += _send_in_vain(stage, sender, ledger, files, seen)
        _read(stage, sender, known, seen)
        time.sleep(6.0)  # a beat of the worker and some seals fall into it
        _read(stage, sender, known, seen)
        progress(f"{stage}: {dict(seen.answers[stage])}, reads failed {seen.reads_failed}")
    filler.unlink()
    begin = time.monotonic()
    try:
        _judged(sender, sender.send(next(files), give_up_after=_LONGEST_RECOVERY))
        seen.recovered_s.append(time.monotonic() - begin)
    except GaveUp as trouble:
        seen.recovered_s.append(_LONGEST_RECOVERY)
        progress(f"not back: {trouble}")
    progress(f"back after {seen.recovered_s[-1]:.1f} s")
    for file in refused:
        sender.send(file, give_up_after=_LONGEST_RECOVERY)


def fill(filler: Path, left: int) -> None:
    """Make a file so large that `left` bytes are free; to 0 the last block is really asked for."""
    with filler.open("ab") as file:
        while (free := shutil.disk_usage(filler.parent).free) > left:
            try:
                os.write(file.fileno(), bytes(min(free - left, 1 << 22)))
            except OSError:
                return


def _send_in_vain(
    stage: str, sender: Sender, ledger: ClientLedger, files: Iterator[OutgoingFile], seen: Seen
) -> list[OutgoingFile]:
    """Files that were refused; one that was taken after all is in the ledger and will be asked for."""
    counted = seen.answers.setdefault(stage, Counter())
    refused = []
    for _ in range(_FILES_PER_STAGE):
        file = next(files)
        ledger.intend(file)
        status, submission, retry_after = sender.try_once(file)
        counted[str(status)] += 1
        seen.unsaid += status == 503 and retry_after <= 0
        if submission is None:
            refused.append(file)
    return refused


def _read(stage: str, sender: Sender, known: str, seen: Seen) -> None:
    for path in (f"/api/v1/submissions/{known}", f"/api/v1/submissions?facility={FACILITY}"):
        seen.reads += 1
        if sender.get(path, FACILITY)[0] != 200:
            seen.reads_failed[stage] = seen.reads_failed.get(stage, 0) + 1


def _judged(sender: Sender, submission: str) -> None:
    deadline = time.monotonic() + _LONGEST_RECOVERY
    while time.monotonic() < deadline:
        if sender.get(f"/api/v1/submissions/{submission}", FACILITY)[1].get("state") == "judged":
            return
        time.sleep(0.05)
    raise GaveUp(f"{submission} is not judged")


def _document(n: int, seed: int, result: CheckResult, seen: Seen, seconds: float) -> dict[str, Any]:
    worst = max(seen.recovered_s, default=0.0)
    held = result.holds and seen.refused_well and not seen.reads_failed
    return {
        "drill": "disk",
        "n": n,
        "seed": seed,
        "acknowledged": result.acknowledged,
        "lost": result.lost,
        "doubled": result.doubled,
        "errors": result.errors,
        "recovered_s_max": round(worst, 2),
        "holds": held and worst <= RECOVERY_GOAL_SECONDS,
        "figures": {
            "ledger_exact": result.ledger_exact,
            "remarks": result.remarks,
            "answers": {stage: dict(counted) for stage, counted in seen.answers.items()},
            "refusals_without_retry_after": seen.unsaid,
            "reads": seen.reads,
            "reads_failed": seen.reads_failed,
            "recovered_s": [round(value, 2) for value in seen.recovered_s],
            "disk": f"tmpfs, {_DISK_BYTES // (1 << 20)} MB",
            "seconds": round(seconds, 1),
        },
    }
