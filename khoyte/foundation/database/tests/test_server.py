import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from khoyte.foundation.database import DatabaseUnavailable, EmbeddedPostgres
from khoyte.foundation.database.engine import find_engine
from khoyte.foundation.database.places import SYSTEM_USER, places_of
from khoyte.foundation.database.secrets import secrets_file
from khoyte.foundation.database.server import EmbeddedPostgres as Server
from khoyte.foundation.database.tests.waiting import is_running, wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root keeps its clusters elsewhere")


def admin(server: Server) -> psycopg.Connection:
    """Signed in at the maintenance database: these tests know nothing of roles."""
    return psycopg.connect(server.urls["admin"].replace("/khoyte?", "/postgres?"), autocommit=True)


def answers(server: Server) -> bool:
    try:
        admin(server).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_server_is_eighteen_with_the_builtin_locale_and_durable(server):
    with admin(server) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, datlocprovider, datlocale,"
            " current_setting('fsync'), current_setting('synchronous_commit'),"
            " current_setting('data_checksums'), lower('ĐẶNG THỊ ƯỚC')"
            " FROM pg_database WHERE datname = 'postgres'"
        ).fetchone()
    assert row == (18, "b", "PG_UNICODE_FAST", "on", "on", "on", "đặng thị ước")


def test_nobody_gets_in_without_a_password_or_over_the_network(server):
    host = str(server.places.sockets)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=host, user="khoyte_admin", dbname="postgres")
    with admin(server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert stat.S_IMODE(server.places.sockets.stat().st_mode) == 0o700


def test_the_server_is_a_direct_child_and_gone_after_stop(home):
    server = EmbeddedPostgres(home).start()
    pid = server.pid
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    server.stop()
    assert parent == os.getpid()
    assert not is_running(pid)
    assert not (server.places.data / "postmaster.pid").exists()


def test_a_second_start_finds_the_data_again(home):
    with EmbeddedPostgres(home) as server, admin(server) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    with EmbeddedPostgres(home) as server, admin(server) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_after_kill_nine_it_is_back_with_every_acknowledged_row(server):
    with admin(server) as connection:
        connection.execute("CREATE TABLE acknowledged (number int)")
    acknowledged, slowest, starts = 0, 0.0, server.starts
    for _ in range(3):
        with admin(server) as connection:
            for _ in range(200):
                connection.execute("INSERT INTO acknowledged VALUES (%s)", [acknowledged])
                acknowledged += 1
            os.kill(server.pid, signal.SIGKILL)
        begin = time.monotonic()
        assert wait_until(lambda: answers(server), seconds=10)
        slowest = max(slowest, time.monotonic() - begin)
    with admin(server) as connection:
        stored = connection.execute("SELECT count(*), count(DISTINCT number) FROM acknowledged").fetchone()
    assert stored == (600, 600)
    assert server.starts == starts + 3
    assert slowest < 10


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux tells what works in a folder")
def test_a_process_that_does_not_notice_the_servers_death_is_no_hindrance(server):
    with admin(server) as connection:
        deaf = connection.info.backend_pid
        os.kill(deaf, signal.SIGSTOP)
        os.kill(server.pid, signal.SIGKILL)
        assert wait_until(lambda: answers(server), seconds=20)
    assert not is_running(deaf)


def test_a_killed_backend_takes_the_others_along_but_not_the_server(server):
    starts = server.starts
    with admin(server) as connection:
        victim = connection.info.backend_pid
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert wait_until(lambda: answers(server))
    assert server.starts == starts


def test_two_servers_for_one_home_are_refused(server):
    with pytest.raises(DatabaseUnavailable, match="Another khoyte process"):
        EmbeddedPostgres(server.places.home).start()
    assert answers(server)


def test_a_pid_file_that_names_somebody_else_is_no_hindrance(home):
    EmbeddedPostgres(home).start().stop()
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    data = places_of(home).data
    now = int(time.time())
    (data / "postmaster.pid").write_text(
        f"{bystander.pid}\n{data}\n{now}\n5432\n/tmp\n\n  1234  5678\nready   \n"
    )
    try:
        with EmbeddedPostgres(home) as server:
            assert answers(server)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_that_lost_its_supervisor_is_replaced(home):
    EmbeddedPostgres(home).start().stop()
    places, engine = places_of(home), find_engine(as_root=os.geteuid() == 0)
    orphan = subprocess.Popen(
        [engine.program("postgres"), "-D", str(places.data)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=places.base,
        **engine.run_as(),
    )
    assert wait_until(lambda: (places.data / "postmaster.pid").exists())
    with EmbeddedPostgres(home) as server:
        assert server.pid != orphan.pid
        assert orphan.wait(5) is not None
        assert answers(server)


def test_the_server_ends_when_its_supervisor_is_killed_and_starts_again_at_once(home):
    note = home / "server.pid"
    script = f"""
import time
from pathlib import Path
from khoyte.foundation.database import EmbeddedPostgres
server = EmbeddedPostgres(Path({str(home)!r})).start()
Path({str(note)!r}).write_text(str(server.pid))
time.sleep(60)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", script])
    assert wait_until(lambda: note.exists() and note.read_text() != "")
    pid = int(note.read_text())
    supervisor.kill()
    supervisor.wait()
    with EmbeddedPostgres(home) as server:
        assert not is_running(pid)
        assert answers(server)
    assert wait_until(lambda: not is_running(pid))


def test_a_broken_configuration_is_explained(home):
    with pytest.raises(DatabaseUnavailable, match="does not start") as raised:
        EmbeddedPostgres(home, settings={"shared_buffers": "'much'"}).start()
    assert "shared_buffers" in raised.value.say("vi")
    assert str(home / "logs" / "database.log") in raised.value.say("vi")
    with EmbeddedPostgres(home) as server:
        assert answers(server)


def test_an_empty_database_never_takes_the_place_of_a_lost_one(home):
    EmbeddedPostgres(home).start().stop()
    shutil.rmtree(places_of(home).data)
    with pytest.raises(DatabaseUnavailable, match="no longer there"):
        EmbeddedPostgres(home).start()


def test_lost_passwords_are_not_replaced_while_the_home_is_in_use(home):
    EmbeddedPostgres(home).start().stop()
    (home / "blobs").mkdir()
    secrets_file(home).unlink()
    with pytest.raises(DatabaseUnavailable, match="passwords"):
        EmbeddedPostgres(home).start()
    assert (places_of(home).data / "PG_VERSION").exists()


def test_an_interrupted_first_start_is_begun_anew(home):
    places = places_of(home)
    half = places.base / "data.unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(home) as server:
        assert answers(server)
    assert not half.exists()


def test_the_log_says_nothing_of_the_data(server):
    secret = "999085001234"
    with admin(server) as connection:
        connection.execute("CREATE TABLE person (number text PRIMARY KEY, born date NOT NULL)")
        for statement in (
            f"INSERT INTO person VALUES ('{secret}', NULL)",
            f"INSERT INTO person VALUES ('{secret}', 'not a {secret}')",
            f"SELECT * FROM nowhere WHERE number = '{secret}'",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
        connection.execute("INSERT INTO person VALUES (%s, '2000-01-01')", [secret])
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES (%s, '2000-01-01')", [secret])
    log = server.places.log.read_text()
    assert "ready to accept connections" in log
    assert secret not in log


@as_root
def test_root_runs_the_server_as_a_system_user_and_opens_no_folder(home):
    before = {parent: stat.S_IMODE(parent.stat().st_mode) for parent in (home, *home.parents)}
    with EmbeddedPostgres(home) as server:
        owner = Path(f"/proc/{server.pid}").owner()
        data = server.places.data
        assert (owner, data.owner()) == (SYSTEM_USER, SYSTEM_USER)
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert stat.S_IMODE(data.parent.stat().st_mode) == 0o700
        assert not list(home.rglob("PG_VERSION"))
    assert {parent: stat.S_IMODE(parent.stat().st_mode) for parent in before} == before


@as_root
def test_the_engines_copy_belongs_to_root():
    programs = find_engine(as_root=True).programs
    assert programs.owner() == "root"
    assert not any(path.stat().st_mode & 0o022 for path in programs.iterdir())


@as_root
def test_a_renamed_home_keeps_its_cluster(home):
    with EmbeddedPostgres(home) as server, admin(server) as connection:
        connection.execute("CREATE TABLE kept (number int)")
    moved = home.with_name(home.name + "-moved")
    home.rename(moved)
    try:
        with EmbeddedPostgres(moved) as server, admin(server) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert not places_of(home).base.exists()
    finally:
        shutil.rmtree(places_of(moved).base)
        shutil.rmtree(moved)


@as_root
def test_a_deleted_and_new_home_starts_fresh_and_sets_the_old_cluster_aside(home):
    with EmbeddedPostgres(home) as server, admin(server) as connection:
        connection.execute("CREATE TABLE kept (number int)")
    shutil.rmtree(home)
    with EmbeddedPostgres(home) as server, admin(server) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
    base = places_of(home).base
    aside = list(base.parent.glob(f"{base.name}.left-*"))
    assert len(aside) == 1
    assert (aside[0] / "data" / "PG_VERSION").exists()
