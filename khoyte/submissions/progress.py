"""A count on the terminal for work over a second; silent where nobody looks."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_WORD = {"vi": "hồ sơ đã kiểm tra", "en": "dossiers judged"}


@contextmanager
def dossiers_shown(lang: str) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with each number of dossiers done; shows the sum after the first second."""
    begun, done = time.monotonic(), 0
    visible = sys.stderr.isatty()

    def add(count: int) -> None:
        nonlocal done
        done += count
        if visible and time.monotonic() - begun > 1:
            sys.stderr.write(f"\r{done} {_WORD[lang]}")
            sys.stderr.flush()

    yield add
    if visible and time.monotonic() - begun > 1:
        sys.stderr.write("\n")
