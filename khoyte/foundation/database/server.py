"""The supervised embedded server."""

import os
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from khoyte.foundation.database import cluster, errors
from khoyte.foundation.database.addresses import database_urls
from khoyte.foundation.database.engine import find_engine
from khoyte.foundation.database.keeper import Keeper, Program, last_lines
from khoyte.foundation.database.locks import OwnerLock
from khoyte.foundation.database.places import places_of

_STARTS_BEFORE_GIVING_UP = 5
# Nothing of our surroundings reaches the server but what the loader is told: the clock drill
# moves its clock so.
_PASSED_ON = ("LD_PRELOAD", "MOVED_CLOCK_FILE")


class EmbeddedPostgres:
    """PostgreSQL for one home, as a direct child of this process, restarted when it dies.

    `start` blocks until connections are taken (a crash recovery may lie in between); `stop` until all is
    written and the process gone. The server ends when this process ends, whatever way.
    `settings` overrides single configuration values.
    """

    def __init__(self, home: Path, settings: dict[str, str] | None = None) -> None:
        self.places = places_of(home)
        self.settings = {**cluster.SETTINGS, **(settings or {})}
        self.lock = OwnerLock(self.places.home)
        self._keeper: Keeper | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the server; None while it is down."""
        return self._keeper.pid if self._keeper else None

    @property
    def starts(self) -> int:
        """How often the server was started since `start`."""
        return self._keeper.starts if self._keeper else 0

    @property
    def urls(self) -> dict[str, str]:
        return database_urls(self.places.home)

    def start(self, *, wait_seconds: float = 120.0, purpose: str = "command") -> Self:
        """Own the home's database and run it. Raises DatabaseUnavailable when it cannot be had.

        `purpose` tells other processes who holds it: "up" for a long-running system, else "command".
        """
        self.lock.hold(purpose)
        return self.start_owned(wait_seconds)

    def start_owned(self, wait_seconds: float = 120.0) -> Self:
        """Run the server when `lock` is held already; gives the lock back if it does not start."""
        try:
            self._start(wait_seconds)
        except BaseException:
            self._end()
            raise
        return self

    def stop(self, *, wait_for_guests: bool = False) -> None:
        """Clean stop; with `wait_for_guests` only after other commands using this server are done."""
        if wait_for_guests:
            self.lock.wait_for_guests()
        self._end()

    def _start(self, wait_seconds: float) -> None:
        engine = find_engine(as_root=self.places.as_root)
        cluster.prepare_cluster(self.places, engine, self.settings)
        self._keeper = Keeper(
            Program(
                name="database",
                command=[engine.program("postgres"), "-D", str(self.places.data)],
                log=self.places.log,
                stop_with=((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0)),
                environment=_environment(),
                folder=self.places.base,
                user=engine.user,
                before_start=lambda: cluster.clear_way(self.places),
                longest_pause=1.0,
                # Killed outright it would leave its own processes and its shared memory behind.
                orphaned_with=signal.SIGINT,
            )
        )
        self._keeper.start()
        self._wait_until_ready(wait_seconds)

    def _wait_until_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.ready:
                return
            if self._keeper is None or self._keeper.quick_deaths >= _STARTS_BEFORE_GIVING_UP:
                break
            time.sleep(0.01)
        trouble = self._keeper.trouble if self._keeper else None
        raise errors.not_starting(self.places.log, str(trouble or last_lines(self.places.log)))

    @property
    def ready(self) -> bool:
        """Whether connections are taken now."""
        pid = self.pid
        return pid is not None and cluster.is_ready(self.places, pid)

    def _end(self) -> None:
        if self._keeper is not None:
            self._keeper.stop()
            self._keeper = None
        self.lock.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **passed_on}
