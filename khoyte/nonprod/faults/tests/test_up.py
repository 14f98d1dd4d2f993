"""`khoyte up` as an operator meets it: started, harmed, stopped. The tests stand in the order they run."""

import os
import re
import signal
import subprocess
import sys
import time

import httpx
import psycopg
import pytest

from khoyte.edges.schema import program_stamp, stamp_of
from khoyte.foundation.database import database_running, database_urls
from khoyte.foundation.database.locks import owner_of
from khoyte.nonprod.faults import processes
from khoyte.nonprod.faults.system import OwnSystem, free_port
from khoyte.submissions.tests import senders

pytestmark = [pytest.mark.drill, pytest.mark.timeout(600)]
# Starting a Python program with all its libraries takes seconds; on a busy machine many.
PATIENCE = 120.0


def wait_until(true, seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def khoyte(system: OwnSystem, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "khoyte", "--lang", "en", *arguments],
        env=system.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_it_says_where_it_runs_and_is_ready(system):
    assert wait_until(lambda: system.answers("/readyz"))
    assert wait_until(lambda: system.address in system.output)


def test_each_process_speaks_as_its_own_role(system):
    with psycopg.connect(database_urls(system.home)["admin"]) as connection:
        rows = connection.execute(
            "SELECT DISTINCT application_name, usename::text FROM pg_stat_activity"
            " WHERE application_name LIKE 'khoyte-%' ORDER BY 1"
        ).fetchall()
    assert rows == [("khoyte-app", "khoyte_app"), ("khoyte-worker", "khoyte_worker")]


def test_tables_belong_to_the_owner_and_tenant_tables_are_walled(system):
    with psycopg.connect(database_urls(system.home)["app"]) as connection:
        owners = connection.execute(
            "SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        walled = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        ).fetchone()
    assert owners == [("khoyte_owner",)]
    assert walled[0] > 0


def test_the_schema_is_stamped_by_its_owner(system):
    urls = database_urls(system.home)
    assert stamp_of(urls["app"]) == program_stamp()
    with psycopg.connect(urls["app"]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("COMMENT ON TABLE django_migrations IS 'forged'")


def test_commands_use_the_running_database(system):
    made = khoyte(system, "unit", "create", "BYT", "--kind", "ministry", "--name", "Bộ Y tế")
    assert made.returncode == 0, made.stderr
    assert owner_of(system.home)["pid"] == system.pid


def test_the_doctor_finds_nothing(system):
    done = khoyte(system, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr


class TestOverIpv6:
    """Pages, software and the audit log, at the address that the browser and the hospital write."""

    @pytest.fixture(autouse=True)
    def _only_there(self, system):
        if system.host != "::1":
            pytest.skip("this machine has no ::1")

    def test_an_officer_signs_in_and_works(self, system):
        for unit in (
            ("97", "--kind", "province", "--under", "BYT"),
            ("97001", "--kind", "facility", "--under", "97"),
        ):
            assert khoyte(system, "unit", "create", *unit, "--name", "Đơn vị thử").returncode == 0
        made = khoyte(system, "account", "create", "can-bo", "--unit", "97001", "--role", "facility")
        password = made.stdout.split()[-1]
        with httpx.Client(base_url=system.address, follow_redirects=True, timeout=PATIENCE) as browser:
            form = browser.get("/dang-nhap").text
            token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', form).group(1)
            typed = {"username": "can-bo", "password": password, "csrfmiddlewaretoken": token}
            headers = {"Origin": system.address}
            arrived = browser.post("/dang-nhap", data=typed, headers=headers)
            assert arrived.url.path != "/dang-nhap", arrived.text[-2000:]
            assert browser.get("/goi-ho-so").status_code == 200

    def test_software_sends_a_file_and_reads_its_verdict(self, system):
        scopes = ("--scope", "submissions:write", "--scope", "submissions:read")
        token = khoyte(system, "token", "create", "--unit", "97001", *scopes).stdout.split()[-1]
        body = senders.small_file("V6", facility="97001")
        with httpx.Client(base_url=system.address, timeout=PATIENCE) as software:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}
            sent = software.post("/api/v1/submissions", content=body, headers=headers)
            assert sent.status_code == 202, sent.text
            place = sent.headers["Location"]
            assert wait_until(lambda: software.get(place, headers=headers).json()["state"] == "judged")

    def test_the_log_says_from_where(self, system):
        with psycopg.connect(database_urls(system.home)["admin"]) as connection:
            rows = connection.execute(
                "SELECT DISTINCT action FROM audit_entry WHERE source_address = '::1'"
            ).fetchall()
        assert {"account.sign_in", "submission.receive"} <= {row[0] for row in rows}


def test_a_second_up_on_the_same_home_is_refused(system):
    done = khoyte(system, "up", "--port", str(free_port()))
    assert done.returncode == 3
    assert "Another khoyte process is using this home" in done.stderr


def test_a_second_up_on_the_same_port_is_refused(system):
    place = ("--host", system.host, "--port", str(system.port))
    done = khoyte(system, "up", "--home", str(system.home / "other"), *place)
    assert done.returncode == 3
    assert "Cannot listen" in done.stderr
    assert not (system.home / "other").exists()


def test_secrets_and_logs_are_for_their_owner_alone(system):
    open_to_others = [
        path
        for folder in ("secrets", "logs")
        for path in [system.home / folder, *(system.home / folder).iterdir()]
        if path.stat().st_mode & 0o077
    ]
    assert open_to_others == []


@pytest.mark.parametrize("kind", ["web", "web-worker", "worker", "database"])
def test_what_is_killed_comes_back(system, kind):
    assert wait_until(lambda: system.answers("/readyz"))
    before = set(system.pids(kind))
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    # Others of the kind may still be on their way back from the kill before.
    assert wait_until(lambda: len(set(system.pids(kind)) - {victim}) >= len(before))
    assert wait_until(lambda: system.answers("/readyz"))
    assert not processes.is_running(victim)


def test_a_killed_web_server_leaves_the_other_answering(system):
    assert wait_until(lambda: len(system.pids("web-worker")) == 2 and system.answers("/readyz"))
    os.kill(system.pids("web")[0], signal.SIGKILL)
    # A request in the dead one's queue is reset; the next ones go to the living.
    assert wait_until(lambda: all(system.answers("/healthz") for _ in range(10)), seconds=5)


def test_sigterm_ends_everything_in_seconds(system):
    assert wait_until(lambda: len(system.pids("web-worker")) == 2 and system.answers("/readyz"))
    family = processes.family(system.pid)
    begin = time.monotonic()
    assert system.stop() == 0
    assert time.monotonic() - begin < 30
    assert [pid for pid in family if processes.is_running(pid)] == []
    assert owner_of(system.home) is None


def test_it_starts_again_with_its_data_and_nothing_outlives_a_kill(system):
    # As after an update of the program: the schema is not the program's.
    with database_running(system.home) as urls, psycopg.connect(urls["owner"], autocommit=True) as owner:
        owner.execute("COMMENT ON TABLE django_migrations IS 'older'")
    system.start()
    assert stamp_of(database_urls(system.home)["app"]) == program_stamp()
    with psycopg.connect(database_urls(system.home)["admin"]) as connection:
        assert connection.execute("SELECT count(*) FROM unit WHERE code = 'BYT'").fetchone() == (1,)
    assert wait_until(lambda: system.answers("/readyz"))
    family = processes.family(system.pid)
    assert len(family) > 6
    system.kill()
    # What answers and judges goes at once; nobody is left to wait for it or to send it a second signal.
    assert wait_until(lambda: not any(processes.is_running(pid) for pid in family), seconds=60)


def test_it_starts_at_once_after_a_kill(system):
    system.start()
    assert wait_until(lambda: system.answers("/readyz"))
    system.kill()
    system.start()
    assert wait_until(lambda: system.answers("/readyz"))
