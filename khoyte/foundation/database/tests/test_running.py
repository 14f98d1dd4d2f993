import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from khoyte.foundation.database import DatabaseUnavailable, EmbeddedPostgres, database_running, database_urls
from khoyte.foundation.database.locks import owner_of
from khoyte.foundation.database.tests.waiting import is_running, wait_until

COMMAND = """
import sys, time
from pathlib import Path
import psycopg
from khoyte.foundation.database import database_running
home, seconds, number = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
with database_running(home) as urls, psycopg.connect(urls["owner"], autocommit=True) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS seen (number int)")
    time.sleep(seconds)
    connection.execute("INSERT INTO seen VALUES (%s)", [number])
"""


def command(home: Path, seconds: float, number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", COMMAND, str(home), str(seconds), str(number)])


def answers(home: Path) -> bool:
    try:
        psycopg.connect(database_urls(home)["app"]).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_database_is_there_inside_the_block_and_gone_after_it(home):
    with database_running(home) as urls:
        with psycopg.connect(urls["app"]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("khoyte_app",)
        assert owner_of(home)["purpose"] == "command"
    assert not answers(home)
    assert owner_of(home) is None


def test_a_running_system_is_joined_and_left_running(home):
    with database_running(home, purpose="up"):
        assert command(home, 0, 1).wait(30) == 0
        assert answers(home)
        with psycopg.connect(database_urls(home)["app"]) as connection:
            assert connection.execute("SELECT number FROM seen").fetchall() == [(1,)]


def test_commands_started_at_once_share_one_server(home):
    running = [command(home, 0.2, number) for number in range(4)]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    with database_running(home) as urls, psycopg.connect(urls["app"]) as connection:
        assert connection.execute("SELECT number FROM seen ORDER BY 1").fetchall() == [(0,), (1,), (2,), (3,)]


def test_a_command_does_not_stop_the_server_under_another(home):
    first = command(home, 0.1, 1)
    assert wait_until(lambda: answers(home), seconds=20)
    second = command(home, 1.5, 2)
    assert (first.wait(30), second.wait(30)) == (0, 0)
    assert not answers(home)


def test_up_waits_for_a_passing_command(home):
    passing = command(home, 1.0, 1)
    assert wait_until(lambda: answers(home), seconds=20)
    with database_running(home, purpose="up"):
        assert passing.wait(1) == 0
        assert owner_of(home)["purpose"] == "up"


def test_a_second_up_is_refused_at_once(home):
    with database_running(home, purpose="up"):
        begin = time.monotonic()
        with pytest.raises(DatabaseUnavailable) as raised, database_running(home, purpose="up"):
            pass
        assert time.monotonic() - begin < 2
        assert answers(home)
    assert raised.value.exit_status == 3


def test_up_stops_without_waiting_for_guests(home):
    with database_running(home, purpose="up"):
        guest = command(home, 30, 1)
        assert wait_until(lambda: _guests(home) > 0, seconds=20)
        begin = time.monotonic()
    assert time.monotonic() - begin < 5
    guest.kill()
    guest.wait()


def test_the_server_of_a_killed_command_is_replaced_by_the_next(home):
    killed = command(home, 60, 1)
    assert wait_until(lambda: answers(home), seconds=20)
    killed.kill()
    killed.wait()
    with database_running(home) as urls, psycopg.connect(urls["app"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_error_inside_the_block_still_stops_the_server(home):
    with pytest.raises(ZeroDivisionError), database_running(home):
        1 / 0  # noqa: B018
    assert not answers(home)


def test_threads_of_one_process_may_ask_at_once(home):
    seen = []

    def work() -> None:
        with database_running(home) as urls, psycopg.connect(urls["worker"]) as connection:
            seen.append(connection.execute("SELECT current_user").fetchone())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert seen == [("khoyte_worker",)] * 3


def test_a_server_killed_inside_the_block_comes_back(home):
    with database_running(home) as urls:
        server_pid = int((_data(home) / "postmaster.pid").read_text().split()[0])
        subprocess.run(["kill", "-9", str(server_pid)], check=True)
        assert wait_until(lambda: not is_running(server_pid))
        assert wait_until(lambda: answers(home))
        with psycopg.connect(urls["app"]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("khoyte_app",)


def _data(home: Path) -> Path:
    return EmbeddedPostgres(home).places.data


def _guests(home: Path) -> int:
    with psycopg.connect(database_urls(home)["admin"]) as connection:
        return connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'khoyte_owner'"
        ).fetchone()[0]
