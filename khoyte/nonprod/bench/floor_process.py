"""The floor as a process of the benchmark: started, given folders, ended."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from khoyte.nonprod.bench import errors

_END_SECONDS = 10.0


class FloorProcess:
    """Runs while the block lasts; `take` returns when every file of a folder is committed."""

    def __init__(self, database_url: str, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "khoyte.nonprod.bench.floor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._ask(database_url)  # not as an argument: it holds a password

    @property
    def pid(self) -> int:
        return self._process.pid

    def take(self, folder: Path) -> None:
        """Raises BenchFailed when the floor could not do it."""
        self._ask(str(folder))

    def _ask(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # told below, with its last words
        if self._process.stdout.readline().strip() != "done":
            _, words = self._process.communicate(timeout=_END_SECONDS)
            raise errors.floor_failed(words.strip().splitlines()[-1] if words.strip() else "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._process.communicate(timeout=_END_SECONDS)
        except (subprocess.TimeoutExpired, ValueError):
            self._process.kill()
            self._process.wait()
