"""Root also tries the way of an ordinary user: everything under the home, programs run in place."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import khoyte
from khoyte.foundation.database.engine import installed_package

NOBODY = 65534
PROJECT = Path(khoyte.__file__).parent.parent
PACKAGES = installed_package().parent

# The interpreter must be able to start itself once more, as the supervisor will.
PROBE = "import subprocess, sys, psycopg, khoyte; subprocess.run([sys.executable, '-c', ''], check=True)"
TRIAL = """
import os, signal, sys, time
from pathlib import Path
import psycopg
from khoyte.foundation.database import EmbeddedPostgres, database_running
home = Path(sys.argv[1])
with database_running(home) as urls, psycopg.connect(urls["owner"], autocommit=True) as connection:
    connection.execute("CREATE TABLE kept (number int)")
with EmbeddedPostgres(home) as server:
    os.kill(server.pid, signal.SIGKILL)
    while server.starts < 2 or not server.ready:
        time.sleep(0.01)
    with psycopg.connect(server.urls["app"]) as connection:
        connection.execute("SELECT count(*) FROM kept")
print(os.getuid(), (home / "database" / "data" / "PG_VERSION").stat().st_uid)
"""


def as_nobody(*command: str) -> subprocess.CompletedProcess[str]:
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{PROJECT}:{PACKAGES}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [*become, *command],
        capture_output=True,
        text=True,
        cwd="/",
        env=environment,
        timeout=120,
        check=False,
    )


@pytest.fixture
def python() -> str:
    """An interpreter that an ordinary user can run with our packages."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become somebody else; for others every test is this test")
    for candidate in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        if Path(candidate).exists() and as_nobody(candidate, "-c", PROBE).returncode == 0:
            return candidate
    pytest.skip("no interpreter and packages that an ordinary user can reach")


@pytest.fixture
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="khoyte-nobody-"))
    os.chown(path, NOBODY, NOBODY)
    yield path
    shutil.rmtree(path)


def test_an_ordinary_user_has_everything_under_the_home(python, home):
    done = as_nobody(python, "-c", TRIAL, str(home))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(NOBODY), str(NOBODY)]
