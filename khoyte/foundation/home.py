"""Where an installation keeps its things: `KHOYTE_HOME` (default `~/.khoyte`).

Folders are made on first use and are readable by their owner alone.
"""

import os
import tempfile
from pathlib import Path


def home() -> Path:
    """The home folder of this installation, absolute; not made by asking."""
    chosen = os.environ.get("KHOYTE_HOME")
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".khoyte"


def folder(*parts: str) -> Path:
    """A folder below the home (`folder("blobs")`), made with mode 0700 where it is missing."""
    path = home()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in parts:
        path = path / part
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a whole file so that a reader finds the old content or the new, never a part.

    The bytes reach the disk before the name does. `mode` is the file's permission where the system has one.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).chmod(mode)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable: after it returns, a renamed or made file is found after a crash."""
    # Windows cannot open a folder; there the rename alone must do.
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
