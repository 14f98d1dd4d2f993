"""`khoyte fault matrix`: every route, method, role and relation against the expected table, in a database of
its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from khoyte.foundation.database.places import places_of
from khoyte.nonprod.faults.system import NOT_INHERITED
from khoyte.nonprod.matrix.figures import together

PARTS = max(1, min(2, os.cpu_count() or 1))
"""Processes that share the work, each with a world of its own."""


def run_matrix(n: int, seed: int, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """The document of `khoyte fault matrix --json`; `n` cells drawn by chance, 0 for all."""
    home = Path(tempfile.mkdtemp(prefix="khoyte-drill-"))
    try:
        figures = _figures(home, n, seed, say)
    finally:
        for part in range(PARTS):
            shutil.rmtree(places_of(home / str(part)).base, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
    errors = figures["leaks"] + figures["faults"] + len(figures["without_line"])
    return {
        "drill": "matrix",
        "n": figures["cells"],
        "seed": seed,
        "acknowledged": figures["allowed"],
        "lost": 0,
        "doubled": 0,
        "errors": errors,
        "recovered_s_max": 0.0,
        "holds": errors == 0,
        "figures": figures,
    }


def _figures(home: Path, n: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """What the processes say; they have the settings and the role of the tests."""
    running = [_begun(home / str(part), n, seed, part) for part in range(PARTS)]
    last: list[str] = []
    hearing = [threading.Thread(target=_hear, args=(one, say, last), daemon=True) for one in running]
    for one in hearing:
        one.start()
    try:
        found = [_answer(process, last) for process in running]
        for process in running:
            print(json.dumps(found), file=process.stdin, flush=True)
        return together([_answer(process, last) for process in running])
    finally:
        for process in running:
            process.terminate()
            process.wait()


def _begun(home: Path, n: int, seed: int, part: int) -> "subprocess.Popen[str]":
    home.mkdir()
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    chosen = {
        "KHOYTE_HOME": str(home),
        "KHOYTE_TEST": "1",
        "KHOYTE_DB_ROLE": "admin",
        "DJANGO_SETTINGS_MODULE": "khoyte.edges.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "khoyte.nonprod.matrix.process", *map(str, (n, seed, part, PARTS))],
        env={**inherited, **chosen},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _hear(process: "subprocess.Popen[str]", say: Callable[[str], None], last: list[str]) -> None:
    for line in process.stderr or ():
        say(line.rstrip())
        last[:] = [*last[-20:], line]


def _answer(process: "subprocess.Popen[str]", last: list[str]) -> Any:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"the matrix did not run: {''.join(last)}")
    return json.loads(line)
