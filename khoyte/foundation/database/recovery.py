"""Run a restored cluster through PostgreSQL's recovery, fed with log segments one by one.

The server asks for a segment by leaving a note in a folder; a thread of ours answers with the segment or says
that there is none. So neither a key nor our programs need to be within the server's reach, and only a few
unpacked segments lie on the disk at a time.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from khoyte.foundation.database import cluster
from khoyte.foundation.database.addresses import ADMIN_USER, DATABASE
from khoyte.foundation.database.engine import Engine, find_engine
from khoyte.foundation.database.keeper import tethered
from khoyte.foundation.database.places import Places, places_of
from khoyte.foundation.database.secrets import ADMIN, load_secrets

FEED = "wal-feed"
_PATIENCE_SECONDS = 120
# Exit status 200 makes the server give up; 1 would mean "there are no more segments" and end the recovery
# short of them. Bounded, since this shell may outlive the server and us.
_COMMAND = (
    f"f=../{FEED}/%f; touch $f.wanted; i=0;"
    " until test -e $f.ready || test -e $f.none; do"
    f" i=$((i+1)); test $i -gt {_PATIENCE_SECONDS * 50} && exit 200; test -e ../{FEED}/broken && exit 200;"
    " sleep 0.02; done;"
    " test -e $f.ready && mv $f.ready %p"
)

Segment = Callable[[str], Iterable[bytes] | None]
"""Content of an archived file by name; None where there is none."""


class RecoveryFailed(Exception):
    """With the last lines of the server's log, and what the feeding thread met, if it was that."""

    def __init__(self, log: str, cause: BaseException | None = None) -> None:
        super().__init__(log)
        self.log, self.cause = log, cause


def recover(
    home: Path,
    segment: Segment,
    following: Callable[[str], list[str]],
    target: Mapping[str, str],
    *,
    settings: Mapping[str, str] | None = None,
    wait_seconds: float = 12 * 3600,
) -> None:
    """Recover the cluster in the data folder of `home` up to `target` (settings `recovery_target...`; none:
    to the end of the log) and leave it stopped, ready for an ordinary start.

    `following` names the segments likely to be asked for next; `settings` overrides single configuration
    values meanwhile. Raises RecoveryFailed.
    """
    places, engine = places_of(home), find_engine(as_root=os.geteuid() == 0)
    own = {**cluster.SETTINGS, **(settings or {}), "archive_mode": "off", "hot_standby": "off"}
    wanted = {"restore_command": f"'{_COMMAND}'", "recovery_target_action": "promote", **target}
    cluster.make_folders(places, engine)
    cluster.configure(places, engine, {**own, **wanted})
    engine.give(_touched(places.data / "recovery.signal"))
    feeder = _Feeder(places, engine, segment, following)
    log = places.base / "recovery.log"
    feeder.start()
    try:
        _run(places, engine, log, wait_seconds)
    except RecoveryFailed as failed:
        raise RecoveryFailed(str(failed), feeder.trouble) from feeder.trouble
    finally:
        feeder.stop()
    log.unlink(missing_ok=True)
    cluster.configure(places, engine, dict(cluster.SETTINGS))


def configure_foreign(home: Path) -> None:
    """Give a cluster that came from another server the configuration files of ours, before `recover`."""
    places, engine = places_of(home), find_engine(as_root=os.geteuid() == 0)
    files = {
        "postgresql.conf": "include 'khoyte.conf'\n",
        "postgresql.auto.conf": "",
        "pg_hba.conf": "local all all scram-sha-256\nlocal replication all scram-sha-256\n",
        "pg_ident.conf": "",
    }
    for name, content in files.items():
        path = places.data / name
        path.write_text(content)
        path.chmod(0o600)
        engine.give(path)


def adopt_foreign(home: Path, database: str) -> None:
    """Make the recovered, stopped cluster of another server ours: its superuser and its database get the
    names and the password by which we speak to the embedded server. Raises RecoveryFailed."""
    places, engine = places_of(home), find_engine(as_root=os.geteuid() == 0)
    password = load_secrets(home).passwords[ADMIN]
    # An error of one line (the role exists) does not keep the next from being carried out.
    lines = [
        f"CREATE ROLE {ADMIN_USER}",
        f"ALTER ROLE {ADMIN_USER} SUPERUSER LOGIN PASSWORD '{password}'",
        f'ALTER DATABASE "{database}" RENAME TO {DATABASE}' if database != DATABASE else "",
    ]
    done = subprocess.run(
        [engine.program("postgres"), "--single", "-D", str(places.data), "postgres"],
        input="\n".join(filter(None, lines)) + "\n",
        capture_output=True,
        text=True,
        check=False,
        cwd=places.base,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        **engine.run_as(),
    )
    if done.returncode != 0:
        raise RecoveryFailed(done.stderr[-2000:])


def _run(places: Places, engine: Engine, log: Path, wait_seconds: float) -> None:
    command = [engine.program("postgres"), "-D", str(places.data)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            tethered(command, signal.SIGQUIT, engine.user),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=places.base,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + wait_seconds
        while not cluster.is_ready(places, server.pid):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RecoveryFailed(log.read_text(errors="replace")[-6000:])
            time.sleep(0.02)
        server.send_signal(signal.SIGINT)
        server.wait(300)
    finally:
        if server.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _touched(path: Path) -> Path:
    path.touch(mode=0o600)
    return path


class _Feeder:
    """Answers what the server's restore_command asks for; keeps a few following segments ready."""

    _AHEAD = 4

    def __init__(
        self, places: Places, engine: Engine, segment: Segment, following: Callable[[str], list[str]]
    ) -> None:
        self.folder = places.base / FEED
        self.engine, self.segment, self.following = engine, segment, following
        self.trouble: BaseException | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="wal-feed", daemon=True)

    def start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        self.engine.give(self.folder)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _feed(self) -> None:
        try:
            while not self._stopping.is_set():
                asked = [path.name.removesuffix(".wanted") for path in self.folder.glob("*.wanted")]
                for name in asked:
                    # Before the answer: after it the server may ask for the same again.
                    (self.folder / f"{name}.wanted").unlink(missing_ok=True)
                    self._answer(name)
                if not asked:
                    self._stopping.wait(0.01)
        except BaseException as trouble:  # told by the thread that waits for the server
            self.trouble = trouble
            self.engine.give(_touched(self.folder / "broken"))

    def _answer(self, name: str) -> None:
        if not (self.folder / f"{name}.ready").exists() and not self._make(name):
            self.engine.give(_touched(self.folder / f"{name}.none"))
            return
        for later in self.following(name)[: self._AHEAD]:
            if not (self.folder / f"{later}.ready").exists():
                self._make(later)

    def _make(self, name: str) -> bool:
        content = self.segment(name)
        if content is None:
            return False
        unfinished = self.folder / f"{name}.part"
        with unfinished.open("wb") as file:
            for chunk in content:
                file.write(chunk)
        self.engine.give(unfinished).rename(self.folder / f"{name}.ready")
        return True
