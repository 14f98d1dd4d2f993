"""What processes have cost, from the kernel's books (Linux: /proc).

A process's own time plus that of its children who have ended and been waited for: summed over a living family
nothing is lost or counted twice, though backends of the database come and go.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from khoyte.nonprod.faults.processes import family

_TICKS = os.sysconf("SC_CLK_TCK")
_KIB_PER_MB = 1000 * 1000 / 1024
# Places in /proc/PID/stat after the name: user and system time, own and of children.
_TIMES = slice(11, 15)


@dataclass(frozen=True)
class Part:
    """Some processes of a system with all that stem from them, apart from the families of others."""

    roots: Sequence[int]
    apart_from: Sequence[int] = ()

    def processes(self) -> set[int]:
        return _families(self.roots) - _families(self.apart_from)

    def seconds(self) -> float:
        """CPU seconds spent so far."""
        return sum(_ticks(pid) for pid in self.processes()) / _TICKS

    def peak_mb(self) -> float:
        """Sum of the highest resident sizes its processes ever had."""
        return sum(_peak_kib(pid) for pid in self.processes()) / _KIB_PER_MB


def _families(roots: Sequence[int]) -> set[int]:
    return {pid for root in roots for pid in family(root)}


def _ticks(pid: int) -> int:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0  # it ended meanwhile; whoever waited for it has its time
    return sum(map(int, after_name[_TIMES]))


def _peak_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
