"""Who runs the database of a home, and who else uses it.

Two lock files under the home. Whoever holds `database.lock` owns the server and is its parent. Other
commands (guests) hold `database.guests.lock` shared while they use it; an owner that is itself only a command
waits for its guests before it stops the server. The kernel frees both locks when a process ends.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from khoyte.foundation.database import errors


class OwnerLock:
    """The right to run the server of `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._handle: int | None = None
        self._guests: int | None = None

    def hold(self, purpose: str) -> None:
        """Take the lock or raise DatabaseUnavailable with the present owner."""
        if not self.take(purpose):
            raise errors.busy(describe_owner(self._home))

    def take(self, purpose: str) -> bool:
        """Try to take the lock; leaves process id and purpose for others to read."""
        handle = _open(self._home / "database.lock")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "purpose": purpose}).encode(), 0)
        self._handle = handle
        return True

    def wait_for_guests(self) -> None:
        """Block until no guest is left; new ones wait until the owner is gone and then own it themselves."""
        self._guests = _open(self._home / "database.guests.lock")
        fcntl.flock(self._guests, fcntl.LOCK_EX)

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        if self._guests is not None:
            os.close(self._guests)
            self._guests = None


def owner_of(home: Path) -> dict[str, object] | None:
    """`{"pid", "purpose"}` of the process that owns the server now; None if nobody does."""
    if not (home / "database.lock").exists():
        return None
    handle = _open(home / "database.lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        written = os.pread(handle, 1000, 0)
        return json.loads(written) if written else {"pid": 0, "purpose": "starting"}
    else:
        return None
    finally:
        os.close(handle)


def describe_owner(home: Path) -> str:
    owner = owner_of(home) or {}
    return f"pid {owner.get('pid', '?')}, {owner.get('purpose', '?')}"


@contextmanager
def guest(home: Path) -> Iterator[None]:
    """Hold a guest's share for the length of the block; first waits while an owner is closing."""
    handle = _open(home / "database.guests.lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
