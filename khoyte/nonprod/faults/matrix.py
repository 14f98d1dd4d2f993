"""`khoyte fault matrix`: every route, method, role and relation against the expected table, in a database of
its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from khoyte.foundation.database.places import places_of
from khoyte.nonprod.faults.system import NOT_INHERITED


def run_matrix(n: int, seed: int, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """The document of `khoyte fault matrix --json`; `n` cells drawn by chance, 0 for all."""
    home = Path(tempfile.mkdtemp(prefix="khoyte-drill-"))
    try:
        figures = _figures(home, n, seed, say)
    finally:
        shutil.rmtree(places_of(home).base, ignore_errors=True)
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
    """What the process says; it has the settings and the role of the tests."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    chosen = {
        "KHOYTE_HOME": str(home),
        "KHOYTE_TEST": "1",
        "KHOYTE_DB_ROLE": "admin",
        "DJANGO_SETTINGS_MODULE": "khoyte.edges.settings",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "khoyte.nonprod.matrix.process", str(n), str(seed)],
        env={**inherited, **chosen},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        last: list[str] = []
        for line in process.stderr or ():
            say(line.rstrip())
            last = [*last[-20:], line]
        output = process.stdout.read() if process.stdout else ""
    if process.returncode != 0:
        raise RuntimeError(f"the matrix did not run: {''.join(last)}")
    return json.loads(output.splitlines()[-1])
