"""From turns measured to the document that `khoyte bench NAME --json` prints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

# The kernel's books count in ticks: what cost less may have cost nearly one.
_TICK = 0.01


@dataclass(frozen=True)
class Turn:
    """One side's cost for `units` of work: wall seconds, and CPU seconds by part of the system."""

    units: int
    wall: float
    parts: dict[str, float]

    @property
    def cpu(self) -> float:
        return max(sum(self.parts.values()), _TICK)


@dataclass(frozen=True)
class Case:
    """Turns of both sides on the same bytes, in the order measured; peak memory over all turns, in MB."""

    ours: Sequence[Turn]
    floor: Sequence[Turn]
    ours_mb: float
    floor_mb: float

    def document(self) -> dict[str, Any]:
        return {
            "rounds": len(self.ours),
            "ours": _side(self.ours, self.ours_mb),
            "floor": _side(self.floor, self.floor_mb),
            "ratio": self._ratio(),
        }

    def _ratio(self) -> dict[str, Any]:
        ratios = [ours.cpu / floor.cpu for ours, floor in zip(self.ours, self.floor, strict=True)]
        return {
            "floor_cpu_median": round(median(ratios), 2),
            "floor_cpu_min": round(min(ratios), 2),
            "floor_cpu_max": round(max(ratios), 2),
            "peer_cpu_median": None,
        }


def _side(turns: Sequence[Turn], memory: float) -> dict[str, Any]:
    cpu = median(turn.cpu for turn in turns)
    return {
        "visits": turns[0].units,
        "cpu_s": round(cpu, 3),
        "wall_s": round(median(turn.wall for turn in turns), 3),
        "rss_mb": round(memory, 1),
        "per_core_second": round(median(turn.units / turn.cpu for turn in turns), 1),
        "cpu_s_of": {part: round(median(turn.parts[part] for turn in turns), 3) for part in turns[0].parts},
    }


def exponent(small: Sequence[Turn], large: Sequence[Turn]) -> float:
    """b of cost ~ size^b over two sizes of the same side."""
    cost = median(turn.cpu for turn in large) / median(turn.cpu for turn in small)
    return round(math.log(cost) / math.log(large[0].units / small[0].units), 3)
