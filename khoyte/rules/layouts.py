"""The tags of a row against the fields of its table: missing, unknown, repeated, out of order.

Rows with the same sequence of tags share one layout, so a batch has a handful to look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=1024)
def layout_faults(sent: tuple[str, ...], expected: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Fault -> tags with it; empty when the tags are the expected ones, once each and in order.

    Out of order is the first tag that stands where another is expected.
    """
    if sent == expected:
        return {}
    known = set(expected)
    counts = Counter(sent)
    faults = {
        "missing": tuple(tag for tag in expected if tag not in counts),
        "unknown": tuple(tag for tag in counts if tag not in known),
        "repeated": tuple(tag for tag, times in counts.items() if times > 1 and tag in known),
        "order": _first_misplaced([tag for tag in counts if tag in known], expected),
    }
    return {fault: tags for fault, tags in faults.items() if tags}


def _first_misplaced(sent: Sequence[str], expected: Sequence[str]) -> tuple[str, ...]:
    present = set(sent)
    wanted = [tag for tag in expected if tag in present]
    return next(((tag,) for tag, want in zip(sent, wanted, strict=True) if tag != want), ())
