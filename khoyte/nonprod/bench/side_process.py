"""One side of a benchmark as a process of its own: asked by lines, answers with lines of JSON.

The process is `python -m MODULE NAME FOLDER`; it says a first line when it is ready.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench.processor import Part


class SideProcess:
    """Started with the block, ended with it. With two threads wherever a library lets us say so."""

    def __init__(self, module: str, name: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, name, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "POLARS_MAX_THREADS": "2"},
        )
        self._answer()

    def tell(self, line: str) -> dict[str, Any]:
        """What the side answers to a line. Raises BenchFailed with its last words where it ends instead."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._answer()

    def peak_mb(self) -> float:
        return Part([self._process.pid]).peak_mb()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        if not line:
            _, words = self._process.communicate()
            raise errors.floor_failed(words.strip().splitlines()[-1] if words.strip() else "")
        return dict(json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
