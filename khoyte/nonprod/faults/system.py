"""A whole system for one drill: `khoyte up` in a temporary home on a free port."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from khoyte.foundation.database.keeper import last_lines, tethered
from khoyte.foundation.database.places import places_of
from khoyte.nonprod.faults import processes

_START_SECONDS = 240.0
_STOP_SECONDS = 60.0
# What the surroundings chose (a test run, another server) must not reach the drill's own system.
NOT_INHERITED = (
    "KHOYTE_TEST",
    "KHOYTE_DB_ROLE",
    "KHOYTE_HOME",
    "KHOYTE_DATABASE_URL",
    "KHOYTE_DEMO",
    "KHOYTE_BLOBS",
    "KHOYTE_BACKUP",
    "KHOYTE_SECRET_FILE",
    "DJANGO_SETTINGS_MODULE",
)


class OwnSystem:
    """Started on entering, ended and removed on leaving; a home that is given stays."""

    def __init__(
        self,
        *,
        workers: int = 1,
        settings: dict[str, str] | None = None,
        host: str = "127.0.0.1",
        home: Path | None = None,
    ) -> None:
        self.is_kept = home is not None
        self.home = home or Path(tempfile.mkdtemp(prefix="khoyte-drill-"))
        self.home.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.host = host
        self.address = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self.workers = workers
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        self.environment = {
            **inherited,
            "KHOYTE_NONPROD": "1",
            **(settings or {}),
            "KHOYTE_HOME": str(self.home),
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of `khoyte up`."""
        if self.process is None:
            raise RuntimeError("the system is not started")
        return self.process.pid

    @property
    def output(self) -> str:
        """What `khoyte up` has said so far."""
        return (self.home / "up.log").read_text(errors="replace")

    def start(self) -> Self:
        """Run `khoyte up` and wait until its web answers. Raises RuntimeError with its last words."""
        command = [
            sys.executable,
            "-m",
            "khoyte",
            "up",
            "--host",
            self.host,
            "--port",
            str(self.port),
            "--workers",
            str(self.workers),
        ]
        with (self.home / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                tethered(command, signal.SIGTERM),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self.environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            # Its own web: what a killed one left behind must not answer in its place.
            if self.answers("/healthz") and self.pids("web"):
                return self
            time.sleep(0.1)
        raise RuntimeError(f"the system does not start: {self.output[-2000:]}\n{self._last_words()}")

    def _last_words(self) -> str:
        return "\n".join(
            f"{log.name}: {last_lines(log)}" for log in sorted((self.home / "logs").glob("*.log"))
        )

    def answers(self, path: str) -> bool:
        """Whether a page answers with success now."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10):  # noqa: S310 - our own loopback
                return True
        except OSError:
            return False

    def senders(self, facilities: Sequence[str]) -> dict[str, str]:
        """Make demonstration facilities and a bearer token of each, by facility code."""
        done = subprocess.run(
            [sys.executable, "-m", "khoyte.nonprod.faults.senders", *facilities],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"no senders: {done.stderr[-2000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def run(self, *arguments: str) -> dict[str, Any]:
        """The JSON document of `khoyte ARGUMENTS` against this system. Raises RuntimeError without one."""
        done = subprocess.run(
            [sys.executable, "-m", "khoyte", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-2000:]}") from None

    def kill(self) -> None:
        """SIGKILL to `khoyte up` itself; what it started must end without being told."""
        if self.process is None:
            raise RuntimeError("the system is not started")
        self.process.kill()
        self.process.wait()

    def pids(self, kind: str) -> list[int]:
        return processes.find(self.pid, kind)

    def stop(self) -> int:
        """SIGTERM, as a service manager would; the exit status."""
        if self.process is None:
            return 0
        family = processes.family(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_STOP_SECONDS)
        finally:
            for pid in family:
                _kill(pid)
            self.process.wait()
            self.process = None

    def remove(self) -> None:
        if self.is_kept:
            return
        shutil.rmtree(places_of(self.home).base, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self.remove()


def own_ipv6() -> str:
    """This machine by IPv6, "" where it has none."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ""
    return "::1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _kill(pid: int) -> None:
    """End what should have ended by itself."""
    if processes.is_running(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
