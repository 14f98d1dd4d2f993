"""Keep one program running: start it as a direct child, reap it, start it again when it dies unasked.

One thread starts the child and waits for it. It must be the same thread for as long as the child lives: the
kernel's signal on the parent's death looks at the starting thread, not the process.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

_TETHER = Path(__file__).with_name("tether.py")
_LOG_LIMIT = 16 * 1024 * 1024
_LONG_ENOUGH = 3.0


@dataclass(frozen=True)
class Program:
    """What to run and how to end it.

    `stop_with`: signals in order, each with the seconds it is given; SIGKILL follows by itself.
    `orphaned_with`: the signal it gets when its keeper dies unasked. Nobody is left then to send a second
    one, so a program that can bear it is killed outright: a web server's polite end hangs when its database
    goes too.
    `user`: "UID:GID" to give up root for. `before_start` runs before every start, also after a death.
    """

    name: str
    command: Sequence[str]
    log: Path
    stop_with: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10.0),)
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    user: str = "-"
    before_start: Callable[[], None] = field(default=lambda: None)
    longest_pause: float = 5.0
    orphaned_with: signal.Signals = signal.SIGKILL


class Keeper:
    """Supervises one program from `start()` to `stop()`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.starts = 0
        self.quick_deaths = 0
        self.trouble: OSError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running child; None between a death and the next start."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._keep, name=f"keeper-{self.program.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the program, first politely; returns when it is gone."""
        self._stopping.set()
        for signal_number, seconds in (*self.program.stop_with, (signal.SIGKILL, 10.0)):
            self._send(signal_number)
            if self._ended(seconds):
                return

    def _ended(self, seconds: float) -> bool:
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _send(self, signal_number: signal.Signals) -> None:
        with self._guard:
            if self._process is None or self._process.poll() is not None:
                return
            if signal_number == signal.SIGKILL:
                _kill_group(self._process.pid)
            self._process.send_signal(signal_number)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            started = time.monotonic()
            self._run_once()
            if time.monotonic() - started >= _LONG_ENOUGH:
                self.quick_deaths = 0
            self.quick_deaths += 1
            # 0.1 s after the first death; longer each time while it keeps dying at once.
            self._stopping.wait(min(0.1 * 2 ** (self.quick_deaths - 1), self.program.longest_pause))

    def _run_once(self) -> None:
        try:
            self.program.before_start()
            with self._guard:
                if self._stopping.is_set():
                    return
                self._process = self._spawn()
                self.starts += 1
        except OSError as trouble:
            # A full disk, a program out of reach: try again after the pause, and say so when asked.
            self.trouble = trouble
            return
        self._process.wait()
        # Children of a program that was killed must not live on beside its successor.
        _kill_group(self._process.pid)

    def _spawn(self) -> subprocess.Popen[bytes]:
        program = self.program
        with _open_log(program.log) as log:
            return subprocess.Popen(
                tethered(program.command, program.orphaned_with, program.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=program.folder,
                env=dict(os.environ) if program.environment is None else dict(program.environment),
                # Its own session: Ctrl-C at the terminal reaches us alone, and we end the others in order.
                start_new_session=True,
            )


def tethered(command: Sequence[str], signal_number: signal.Signals, user: str = "-") -> list[str]:
    """`command` such that it gets the signal when the thread that starts it ends (see tether)."""
    launcher = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), str(int(signal_number)), user]
    return [*launcher, *command]


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def last_lines(path: Path, count: int = 3) -> str:
    """The end of a log, for a message to a person."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").splitlines()
    return " / ".join(line.strip() for line in lines[-count:] if line.strip())
