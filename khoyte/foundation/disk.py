"""Whether the disks of this installation have room left for what is already accepted.

A disk that fills up to the last byte stops PostgreSQL, and with it all reading. So new files are refused and
judging waits as long as less than a reserve is free: logs and audit go on, people go on reading, and when
room is made everything resumes by itself.
"""

import shutil
import time
from pathlib import Path

from khoyte.foundation.database.addresses import configured_url
from khoyte.foundation.database.places import places_of
from khoyte.foundation.home import home

RESERVE_BYTES = 256 * 1024 * 1024
_LOOK_SECONDS = 0.5
_seen: tuple[float, bool] = (float("-inf"), False)


def is_low() -> bool:
    """Whether less than the reserve is free where raw files or the embedded database lie."""
    global _seen
    looked, low = _seen
    if time.monotonic() - looked >= _LOOK_SECONDS:
        low = min(map(_free, _watched()), default=RESERVE_BYTES) < RESERVE_BYTES
        _seen = (time.monotonic(), low)
    return low


def _watched() -> list[Path]:
    folders = [home()] if configured_url() else [home(), places_of(home()).base]
    return [folder for folder in folders if folder.exists()]


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
