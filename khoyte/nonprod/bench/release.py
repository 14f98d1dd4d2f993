"""Figures kept for each release: one JSON document a version in `docs/bench`, and a page over all of them.

The page is made from the documents alone; a test holds the two together.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from khoyte import __version__
from khoyte.foundation.calendar import now

FOLDER = Path(__file__).parents[3] / "docs" / "bench"
PAGE = FOLDER.parent / "benchmarks.md"
_KEPT = (
    *("scale", "machine", "rounds", "unit", "ours", "floor", "peer", "ratio", "exponent", "growth"),
    *("p50_ms", "p95_ms", "first_ms", "holds", "answers_checked", "cases", "rss_mb_of_a_fifth", "limits"),
)
_COLUMNS = (
    *("benchmark", "size", "ours, CPU s", "floor, CPU s", "ratio (least to most)", "per core-second"),
    *("MB", "exponent", "p50, p95 ms"),
)
_HEAD = """<!-- Made by `khoyte bench all --release` from docs/bench/*.json; do not edit. -->
# Benchmarks by release

Each release's figures, ours and the floor in turns on one machine, answers checked. Seconds are CPU of all
processes concerned; machines differ, ratios hold. What is measured how: [performance.md](performance.md).
"""


def keep(documents: dict[str, dict[str, Any]], folder: Path = FOLDER, at: datetime | None = None) -> Path:
    """Write the release's document (again) and the page. Returns the document's place."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{__version__}.json"
    before = json.loads(place.read_text(encoding="utf-8"))["benches"] if place.exists() else {}
    kept = {name: {key: one[key] for key in _KEPT if key in one} for name, one in sorted(documents.items())}
    document = {
        "version": __version__,
        "measured_at": (at or now()).isoformat(timespec="minutes"),
        "benches": {**before, **kept},
    }
    place.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder.parent / PAGE.name).write_text(page(folder), encoding="utf-8")
    return place


def page(folder: Path = FOLDER) -> str:
    """The page over all releases, the newest first."""
    releases = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    releases.sort(key=lambda one: one["measured_at"], reverse=True)
    return "\n".join([_HEAD, *(line for one in releases for line in _release(one))])


def _release(document: dict[str, Any]) -> list[str]:
    lines = [f"## {document['version']}, measured {document['measured_at'][:10]}", ""]
    machines = sorted({bench["machine"].partition("; load")[0] for bench in document["benches"].values()})
    lines += [f"{machine}." for machine in machines]
    lines += [
        "",
        f"| {' | '.join(_COLUMNS)} |",
        "|---" * len(_COLUMNS) + "|",
    ]
    for name, bench in document["benches"].items():
        cases = bench.get("cases") or {"": bench}
        for case, one in cases.items():
            lines.append(_row(f"{name} {case.replace('_', ' ')}".strip(), bench, case, one))
    return [*lines, ""]


def _row(name: str, bench: dict[str, Any], case: str, one: dict[str, Any]) -> str:
    ours, floor, ratio = one["ours"], one["floor"], one["ratio"]
    growth = bench.get("growth", {}).get(case or "all")
    exponent = (
        growth["exponent"] if growth else bench.get("exponent") if case in ("", *_only(bench)) else None
    )
    cells = (
        name,
        f"{ours.get('visits', '')} {bench['unit']}".strip(),
        ours["cpu_s"],
        floor["cpu_s"],
        f"{ratio['floor_cpu_median']} ({ratio['floor_cpu_min']} to {ratio['floor_cpu_max']})",
        ours["per_core_second"],
        ours["rss_mb"],
        "" if exponent is None else exponent,
        f"{one['p50_ms']}, {one['p95_ms']}" if "p95_ms" in one else "",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _only(bench: dict[str, Any]) -> tuple[str, ...]:
    """The first case: the document's own exponent speaks of it."""
    return tuple(bench.get("cases") or ())[:1]
