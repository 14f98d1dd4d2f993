"""Make and configure the cluster on disk, and judge what a previous server left there."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from khoyte.foundation.database import archive, errors
from khoyte.foundation.database.addresses import ADMIN_USER
from khoyte.foundation.database.engine import Engine
from khoyte.foundation.database.places import Places
from khoyte.foundation.database.secrets import (
    ADMIN,
    DatabaseSecrets,
    load_secrets,
    save_secrets,
    secrets_file,
)

SETTINGS = {
    "unix_socket_permissions": "0700",
    "listen_addresses": "''",  # only the socket: nobody on the network, nobody else on this machine
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "wal_level": "replica",  # base backups and archiving can be switched on later
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "'Asia/Ho_Chi_Minh'",
    "log_timezone": "'Asia/Ho_Chi_Minh'",
    "log_line_prefix": "'%m [%p] %a '",
    # Statements, parameters and error messages carry values of records; none may reach the log. (An error is
    # told to the program that caused it. In this order of levels "log" stands above "error".)
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_statement": "none",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# Throw-away clusters of tests: everything may be lost with the machine.
UNSAFE_AND_QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
}


def prepare_cluster(places: Places, engine: Engine, settings: dict[str, str]) -> None:
    """Folders, cluster and configuration ready for a start. Raises DatabaseUnavailable when data or its
    passwords are lost; never makes an empty database where there was a full one."""
    first_time = not secrets_file(places.home).exists()
    known = load_secrets(places.home)
    if places.as_root:
        _adopt_moved_home(places, known)
    if (places.data / "PG_VERSION").exists() and first_time:
        _former_home(places)
    make_folders(places, engine)
    if not (places.data / "PG_VERSION").exists():
        if known.cluster:
            raise errors.data_lost(Path(known.cluster) / "data")
        _initialise(places, engine, known)
    if known.cluster != str(places.base):
        save_secrets(places.home, replace(known, cluster=str(places.base)))
    configure(places, engine, {**settings, **archive.settings(places)})


def _adopt_moved_home(places: Places, known: DatabaseSecrets) -> None:
    """The home of a root installation was renamed: its cluster, named after the old path, follows."""
    former = Path(known.cluster) if known.cluster else places.base
    if former == places.base or places.base.exists() or not (former / "home").exists():
        return
    former_home = Path((former / "home").read_text())
    if not secrets_file(former_home).exists():
        former.rename(places.base)


def _former_home(places: Places) -> None:
    """A cluster without its passwords.

    Where root's home was deleted and made anew, the cluster of the deleted home is set aside (not removed: it
    may be all that is left); otherwise a person must decide.
    """
    if not places.as_root or (places.home / "blobs").exists():
        raise errors.secrets_lost(places.data)
    places.base.rename(places.base.with_name(f"{places.base.name}.left-{int(time.time())}"))


def make_folders(places: Places, engine: Engine) -> None:
    if places.as_root:
        places.base.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    places.base.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine.give(places.base)
    places.sockets.mkdir(mode=0o700, exist_ok=True)
    if places.sockets.stat().st_uid not in (os.geteuid(), engine.uid):
        raise errors.unreachable(f"{places.sockets} belongs to somebody else")
    engine.give(places.sockets)
    spool = places.base / archive.SPOOL
    spool.mkdir(mode=0o700, exist_ok=True)
    engine.give(spool)
    if places.as_root:
        places.home_note.write_text(str(places.home))


def _initialise(places: Places, engine: Engine, known: DatabaseSecrets) -> None:
    unfinished = places.base / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w", dir=places.base) as password:
        password.write(known.passwords[ADMIN])
        password.flush()
        engine.give(Path(password.name))
        done = subprocess.run(
            [
                engine.program("initdb"),
                "--pgdata",
                str(unfinished),
                "--username",
                ADMIN_USER,
                "--pwfile",
                password.name,
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "PG_UNICODE_FAST",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=places.base,
            **engine.run_as(),
        )
    if done.returncode != 0:
        raise errors.not_starting(places.log, done.stderr.strip())
    with (unfinished / "postgresql.conf").open("a") as file:
        file.write("\ninclude 'khoyte.conf'\n")
    unfinished.rename(places.data)


def configure(places: Places, engine: Engine, settings: dict[str, str]) -> None:
    """Write khoyte.conf of the cluster anew."""
    lines = [f"{name} = {value}" for name, value in settings.items()]
    lines.append(f"unix_socket_directories = '{places.sockets}'")
    engine.give(_touched(places.data / "own.conf"))
    path = places.data / "khoyte.conf"
    path.write_text(
        "# Written by khoyte at every start; own settings belong into own.conf.\n"
        + "\n".join(lines)
        + "\ninclude 'own.conf'\n"
    )
    engine.give(path)


def _touched(path: Path) -> Path:
    path.touch(mode=0o600)
    return path


# What a previous server left


def clear_way(places: Places, *, patience: float = 10.0) -> None:
    """Make a start possible: end a server that lost its supervisor, disown a stale pid file.

    Only for the holder of the owner's lock. Blocks while the other server shuts down.
    """
    pid = _recorded_pid(places)
    if pid is None:
        return
    if pid != os.getpid():
        if _is_server_of(pid, places):
            _end(pid, places, patience)
        _disown_pid_file(places)
    _end_leftovers(places)


def _end_leftovers(places: Places, patience: float = 2.0) -> None:
    """Wait for processes of a dead server, and kill those that do not notice that it is dead.

    Each has a session of its own, so no signal to the server's group reaches it, and while one touches the
    shared memory no new server starts. With the first process gone none can commit any more.
    """
    deadline = time.monotonic() + patience
    while left := _leftovers(places):
        if time.monotonic() >= deadline:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            deadline += patience
        time.sleep(0.05)


def _leftovers(places: Places) -> list[int]:
    """Processes of PostgreSQL at home in the data folder; none where the system does not tell (no /proc)."""
    folder = os.path.realpath(places.data)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (
                os.readlink(process / "cwd") == folder
                and (process / "comm").read_text().strip() == "postgres"
            ):
                found.append(int(process.name))
    return found


def is_ready(places: Places, pid: int) -> bool:
    """Whether the server `pid` says in its pid file that it takes connections."""
    lines = _pid_file_lines(places)
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def wake(places: Places) -> None:
    """Make the running server, if there is one, look at its settings and its clocks again (SIGHUP).

    PostgreSQL's checkpointer closes segments of the log for archive_timeout. It goes to sleep for the whole
    checkpoint_timeout when a start still counts as recovery, and then sees nothing of it for a quarter of an
    hour (seen with 18.6, after clean starts and crashes alike); once woken it keeps its time.
    """
    pid = _recorded_pid(places)
    if pid is not None and pid != os.getpid() and _is_server_of(pid, places):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGHUP)


def _pid_file_lines(places: Places) -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return (places.data / "postmaster.pid").read_text().splitlines()
    return []


def _recorded_pid(places: Places) -> int | None:
    lines = _pid_file_lines(places)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _disown_pid_file(places: Places) -> None:
    """Write our own number over the dead server's, keeping the rest.

    PostgreSQL would refuse to start when that number belongs to a living process by now; it takes its
    parent's number as stale. Removing the file instead would also remove the note about shared memory by
    which a new server notices that processes of the dead one still touch the data.
    """
    lines = _pid_file_lines(places)
    if lines:
        (places.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def _is_server_of(pid: int, places: Places) -> bool:
    return str(places.data) in _command_line(pid)


def _command_line(pid: int) -> str:
    """Program and arguments of a living process; empty when it is gone or only waits to be reaped."""
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    command = ["ps", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _end(pid: int, places: Places, patience: float) -> None:
    for signal_number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _is_server_of(pid, places):
                return
            time.sleep(0.05)
