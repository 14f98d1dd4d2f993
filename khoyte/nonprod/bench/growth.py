"""One benchmark at several scales: how cost and memory grow with size."""

import math
from collections.abc import Callable, Sequence
from typing import Any

Document = dict[str, Any]
EXPONENT_BAR = 1.05
"""Cost may grow with size to this power at most."""
MEMORY_BAR = 1.25
"""Memory counts as flat when the largest size holds at most so many times what the smallest does."""


def at_scales(bench: Callable[[int], Document], scales: Sequence[int]) -> Document:
    """The document of the largest scale, with `scales` (all of them) and `growth` of every case."""
    measured = {scale: bench(scale) for scale in sorted(set(scales))}
    last = measured[max(measured)]
    growth = {"all": growth_of(list(measured.values()))}
    for name in last.get("cases", {}):
        growth[name] = growth_of([document["cases"][name] for document in measured.values()])
    return {**last, "scales": {str(scale): one for scale, one in measured.items()}, "growth": growth}


def growth_of(documents: Sequence[Document]) -> Document:
    """Exponent of cost over size (least squares of logarithms); memory, largest size over smallest."""
    ours = [document["ours"] for document in documents]
    sizes, costs = ([one[name] for one in ours] for name in ("visits", "cpu_s"))
    exponent = slope([math.log(size) for size in sizes], [math.log(cost) for cost in costs])
    memory = ours[-1]["rss_mb"] / ours[0]["rss_mb"]
    return {
        "sizes": sizes,
        "cpu_s": costs,
        "rss_mb": [one["rss_mb"] for one in ours],
        "exponent": None if exponent is None else round(exponent, 3),
        "memory": round(memory, 2),
        "holds": (exponent is None or exponent <= EXPONENT_BAR) and memory <= MEMORY_BAR,
    }


def slope(across: Sequence[float], up: Sequence[float]) -> float | None:
    """Of the straight line nearest to the points; None for points at one place."""
    middle, level = sum(across) / len(across), sum(up) / len(up)
    spread = sum((one - middle) ** 2 for one in across)
    if spread == 0:
        return None
    return sum((x - middle) * (y - level) for x, y in zip(across, up, strict=True)) / spread
