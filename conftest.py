"""Tests run against a PostgreSQL of their own: a throw-away cluster in a temporary home.

The home and its secrets exist before Django reads its settings; the server starts with the first test that
needs it (with pytest-xdist: before the workers start; each worker then has its own database in it). Tests are
connected as superuser; requests and tasks take the role they would have in production.
"""

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from khoyte.foundation.database import EmbeddedPostgres
from khoyte.foundation.database.bootstrap import bootstrap, grant_in_schema
from khoyte.foundation.database.cluster import UNSAFE_AND_QUICK

_CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ
if _CONTROLLER:
    os.environ.update(
        KHOYTE_TEST="1",
        KHOYTE_HOME=tempfile.mkdtemp(prefix="khoyte-test-"),
        KHOYTE_DB_ROLE="admin",
        DJANGO_SETTINGS_MODULE="khoyte.edges.settings",
    )
    for name in ("KHOYTE_DATABASE_URL", "KHOYTE_BLOBS", "KHOYTE_CATALOGUES", "KHOYTE_SECRET_FILE"):
        os.environ.pop(name, None)


class ThrowAwayCluster:
    """The cluster of this run; xdist's workers find the one of their controller running."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.server: EmbeddedPostgres | None = None

    def start(self) -> None:
        if self.server is not None or not _CONTROLLER:
            return
        self.server = EmbeddedPostgres(self.home, settings=UNSAFE_AND_QUICK).start()
        bootstrap(self.home)
        # Test databases are copies of template1, and their tables are made by the superuser.
        template = self.server.urls["admin"].replace("/khoyte?", "/template1?")
        with psycopg.connect(template, autocommit=True) as connection:
            grant_in_schema(connection, creators=["khoyte_owner", "khoyte_admin"])

    def remove(self) -> None:
        if not _CONTROLLER:
            return
        if self.server is not None:
            self.server.stop()
            shutil.rmtree(self.server.places.base, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


CLUSTER = ThrowAwayCluster(Path(os.environ["KHOYTE_HOME"]))


def pytest_configure(config: pytest.Config) -> None:
    if _CONTROLLER and getattr(config.option, "numprocesses", None):
        CLUSTER.start()
    if importlib.util.find_spec("django") is not None:
        import django  # only where it is installed: judging files is tested without it, too

        try:
            django.setup()
        except ImportError as trouble:
            # A room that is just being built must not stop the tests of the others.
            config.issue_config_time_warning(pytest.PytestWarning(f"Django is not set up: {trouble}"), 2)


# Folders whose tests look at the blob folder of the home, which all workers share.
_STORE = ("khoyte/submissions/tests/test_", "khoyte/edges/tests/test_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` the tests of one group run one after the other in one worker."""
    for item in items:
        if item.get_closest_marker("drill") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("whole-system"))
        elif item.nodeid.startswith(_STORE):
            item.add_marker(pytest.mark.xdist_group("store"))


def pytest_unconfigure(config: pytest.Config) -> None:
    CLUSTER.remove()


@pytest.fixture(scope="session")
def database_cluster() -> ThrowAwayCluster:
    """The throw-away cluster, running; for tests that need the server but not Django's database."""
    CLUSTER.start()
    return CLUSTER


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    database_cluster: ThrowAwayCluster, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Called by pytest-django before it makes the test database."""
