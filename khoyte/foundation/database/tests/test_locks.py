import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from khoyte.foundation.database.errors import DatabaseUnavailable
from khoyte.foundation.database.locks import OwnerLock, guest, owner_of
from khoyte.foundation.database.tests.waiting import wait_until


def test_only_one_owner_at_a_time(tmp_path):
    first, second = OwnerLock(tmp_path), OwnerLock(tmp_path)
    assert first.take("up")
    assert not second.take("command")
    first.release()
    assert second.take("command")
    second.release()


def test_a_second_owner_is_told_who_holds_it(tmp_path):
    lock = OwnerLock(tmp_path)
    lock.hold("up")
    with pytest.raises(DatabaseUnavailable) as raised:
        OwnerLock(tmp_path).hold("command")
    assert f"pid {os.getpid()}, up" in raised.value.say("en")
    assert raised.value.exit_status == 3
    lock.release()


def test_owner_of_names_process_and_purpose_as_long_as_it_lives(tmp_path):
    assert owner_of(tmp_path) is None
    lock = OwnerLock(tmp_path)
    lock.take("up")
    assert owner_of(tmp_path) == {"pid": os.getpid(), "purpose": "up"}
    lock.release()
    assert owner_of(tmp_path) is None


def test_a_killed_owner_leaves_no_lock(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from khoyte.foundation.database.locks import OwnerLock;"
        "OwnerLock(Path(sys.argv[1])).take('up') and time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    assert wait_until(lambda: owner_of(tmp_path) is not None)
    process.kill()
    process.wait()
    assert owner_of(tmp_path) is None


def test_the_owner_waits_for_its_guests(tmp_path: Path):
    lock, closed = OwnerLock(tmp_path), threading.Event()
    lock.take("command")

    def close() -> None:
        lock.wait_for_guests()
        closed.set()

    with guest(tmp_path):
        closing = threading.Thread(target=close)
        closing.start()
        assert not closed.wait(0.3)
    closing.join(5)
    assert closed.is_set()
    lock.release()


def test_a_guest_waits_while_the_owner_closes(tmp_path):
    lock, entered = OwnerLock(tmp_path), threading.Event()
    lock.take("command")
    lock.wait_for_guests()

    def visit() -> None:
        with guest(tmp_path):
            entered.set()

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert not entered.wait(0.3)
    lock.release()
    visitor.join(5)
    assert entered.is_set()
