"""The figures of the matrix, put together from those of the processes that shared it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

_SHOWN = 50


def together(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of the whole matrix from those of every process."""
    counts = Counter[str]()
    for part in parts:
        counts.update(part["counts"])
    lists = {
        name: [one for part in parts for one in part[name]]
        for name in ("leaks", "faults", "moved", "in_sql", "removals", "not_noticed", "shown_through")
    }
    told = ("faults", "moved", "in_sql", "removals")
    names = ("cells", "allowed", "refused", "not_there", "other_methods", "compared_with_more_of_others")
    return {
        "routes": parts[0]["routes"],
        "without_line": parts[0]["without_line"],
        **{name: counts[name] for name in names},
        "leaks": len(lists["leaks"]),
        "faults": sum(len(lists[name]) for name in told),
        "in_sql": {"tables": parts[0]["tables"], "asked": counts["in_sql"], "faults": len(lists["in_sql"])},
        "filters": {
            "taken_away": counts["taken_away"],
            "noticed": counts["noticed"],
            "not_noticed": len(lists["not_noticed"]),
            "not_noticed_names": sorted(lists["not_noticed"]),
            "not_walls": counts["not_walls"],
            "wall_behind_tried": counts["wall_behind_tried"],
            "shown_through": len(lists["shown_through"]),
        },
        "examples": [one for name in ("leaks", *told) for one in lists[name][:_SHOWN]],
        "processes": len(parts),
        "seconds_of_cells": max(part["seconds"]["cells"] for part in parts),
        "seconds": max(part["seconds"]["all"] for part in parts),
    }
