import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from khoyte.foundation.database.keeper import Keeper, Program, last_lines, tethered
from khoyte.foundation.database.tests.waiting import is_running, wait_until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def program(tmp_path: Path, command: list[str], **options: object) -> Program:
    return Program(name="trial", command=command, log=tmp_path / "logs" / "trial.log", **options)


def started(keeper: Keeper) -> Keeper:
    keeper.start()
    assert wait_until(lambda: keeper.pid is not None)
    return keeper


def test_a_killed_program_is_started_again(tmp_path):
    keeper = started(Keeper(program(tmp_path, SLEEPER)))
    first = keeper.pid
    os.kill(first, signal.SIGKILL)

    came_back = wait_until(lambda: keeper.pid not in (None, first), seconds=3)
    keeper.stop()

    assert came_back
    assert keeper.starts == 2


def test_stop_ends_the_program_and_starts_no_other(tmp_path):
    keeper = started(Keeper(program(tmp_path, SLEEPER)))
    pid = keeper.pid
    keeper.stop()
    time.sleep(0.3)
    assert not is_running(pid)
    assert keeper.pid is None
    assert keeper.starts == 1


def test_stop_before_start_does_nothing(tmp_path):
    keeper = Keeper(program(tmp_path, SLEEPER))
    keeper.stop()
    assert keeper.starts == 0


def test_a_program_deaf_to_the_first_signal_gets_the_next(tmp_path):
    ready = tmp_path / "ready"
    deaf = (
        "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    keeper = started(
        Keeper(
            program(
                tmp_path,
                [sys.executable, "-c", deaf],
                stop_with=((signal.SIGTERM, 0.3), (signal.SIGQUIT, 5.0)),
            )
        )
    )
    assert wait_until(ready.exists)
    pid, begin = keeper.pid, time.monotonic()
    keeper.stop()
    assert not is_running(pid)
    # Well before the program would have ended by itself; the machine may be busy.
    assert 0.3 <= time.monotonic() - begin < 30


def test_children_of_a_killed_program_do_not_outlive_it(tmp_path):
    note = tmp_path / "child"
    parent = (
        "import subprocess, sys, time, pathlib;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); time.sleep(60)"
    )
    keeper = started(Keeper(program(tmp_path, [sys.executable, "-c", parent])))
    assert wait_until(lambda: note.exists() and note.read_text() != "")
    child = int(note.read_text())
    os.kill(keeper.pid, signal.SIGKILL)
    child_gone = wait_until(lambda: not is_running(child))
    keeper.stop()
    assert child_gone


def test_pauses_grow_while_a_program_dies_at_once(tmp_path):
    keeper = Keeper(program(tmp_path, [sys.executable, "-c", "print('no use')"]))
    keeper.start()
    time.sleep(1.2)
    keeper.stop()
    # Pauses of 0.1, 0.2, 0.4, 0.8 s: without them it would have started dozens of times.
    assert 2 <= keeper.starts <= 5
    assert keeper.quick_deaths >= 2
    assert "no use" in last_lines(keeper.program.log)


def test_trouble_before_the_start_is_remembered_and_tried_again(tmp_path):
    tries = []

    def twice_in_trouble() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("no space left on device")

    keeper = started(Keeper(program(tmp_path, SLEEPER, before_start=twice_in_trouble)))
    keeper.stop()
    assert len(tries) == 3
    assert str(keeper.trouble) == "no space left on device"


def test_a_log_that_cannot_be_written_is_trouble_not_silence(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    keeper = Keeper(Program(name="trial", command=SLEEPER, log=blocked / "trial.log"))
    keeper.start()
    assert wait_until(lambda: keeper.quick_deaths >= 2)
    keeper.stop()
    assert isinstance(keeper.trouble, FileExistsError)
    assert keeper.starts == 0


@pytest.mark.parametrize("first_words", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"])
def test_a_program_ends_when_its_keeper_is_killed_even_one_deaf_to_sigterm(tmp_path, first_words):
    ready, note = tmp_path / "ready", tmp_path / "pid"
    sleeper = (
        f"import pathlib, signal, time; {first_words}\npathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    supervisor = f"""
import sys, time
from pathlib import Path
from khoyte.foundation.database.keeper import Keeper, Program
command = [sys.executable, "-c", {sleeper!r}]
keeper = Keeper(Program(name="t", command=command, log=Path({str(tmp_path / "log")!r})))
keeper.start()
while keeper.pid is None: time.sleep(0.01)
Path({str(note)!r}).write_text(str(keeper.pid))
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", supervisor])
    # A program that runs has made its request to the kernel before.
    assert wait_until(lambda: note.exists() and note.read_text() != "" and ready.exists())
    child = int(note.read_text())
    process.kill()
    process.wait()
    assert wait_until(lambda: not is_running(child), seconds=5)


def test_a_program_tells_its_children_its_number_so_that_one_that_asks_too_late_ends(tmp_path):
    """The program forks and is gone before its child ties itself to it, as a killed web server may be."""
    told = tmp_path / "told"
    child = f"""
import os, pathlib, signal, time
from khoyte.foundation.database.tether import TETHERED, end_with_parent
told = pathlib.Path({str(told)!r})
number = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == number: time.sleep(0.01)
told.write_text("late" if os.environ[TETHERED] == str(number) else "wrong number")
end_with_parent(int(os.environ[TETHERED]), signal.SIGKILL)
told.write_text("lives on")
"""
    done = subprocess.run(tethered([sys.executable, "-c", child], signal.SIGKILL), capture_output=True)
    assert b"the starter is gone already" in done.stderr
    assert told.read_text() == "late"


def test_the_log_is_for_the_owner_and_is_turned_over_when_large(tmp_path):
    log = tmp_path / "logs" / "trial.log"
    log.parent.mkdir()
    with log.open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    keeper = started(Keeper(program(tmp_path, SLEEPER)))
    keeper.stop()
    assert log.with_suffix(".log.1").stat().st_size == 17 * 1024 * 1024
    assert log.stat().st_size < 1000
    assert log.stat().st_mode & 0o777 == 0o600


def test_last_lines_of_a_missing_log_are_empty(tmp_path):
    assert last_lines(tmp_path / "none") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")
def test_a_program_can_run_as_another_user(tmp_path):
    keeper = Keeper(program(tmp_path, ["/usr/bin/id", "-u"], user="65534:65534", longest_pause=60.0))
    keeper.start()
    assert wait_until(lambda: "65534" in last_lines(keeper.program.log))
    keeper.stop()


def test_a_program_that_crashes_leaves_no_memory_in_a_file(tmp_path):
    words = "import os, resource; print(resource.getrlimit(resource.RLIMIT_CORE), flush=True); os.abort()"
    keeper = Keeper(program(tmp_path, [sys.executable, "-c", words], folder=tmp_path, longest_pause=60.0))
    keeper.start()
    told = wait_until(lambda: "(0, 0)" in last_lines(keeper.program.log))
    keeper.stop()
    assert told
    assert [path for path in tmp_path.iterdir() if "core" in path.name] == []
