"""Tests run against a PostgreSQL of their own: a throw-away cluster in a temporary home.

The home and its secrets exist before Django reads its settings; the server starts with the first test that
needs it. With pytest-xdist every worker has a home and a cluster to itself, so tests may change roles and
files as they like. Tests are connected as superuser; requests and tasks take the role they would have in
production.
"""

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings

from khoyte.foundation.database import EmbeddedPostgres
from khoyte.foundation.database.bootstrap import bootstrap, grant_in_schema
from khoyte.foundation.database.cluster import UNSAFE_AND_QUICK

os.environ.update(
    KHOYTE_TEST="1",
    KHOYTE_HOME=tempfile.mkdtemp(prefix="khoyte-test-"),
    KHOYTE_DB_ROLE="admin",
    DJANGO_SETTINGS_MODULE="khoyte.edges.settings",
)
# A first call that loads a module, or a busy machine, is no fault of what is tested.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")
_PLACES = ("KHOYTE_BLOBS", "KHOYTE_BACKUP", "KHOYTE_LAKE", "KHOYTE_CATALOGUES")
for name in ("KHOYTE_DATABASE_URL", "KHOYTE_SECRET_FILE", *_PLACES):
    os.environ.pop(name, None)


class ThrowAwayCluster:
    """The cluster of this process; nothing of it is left when the tests are over."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.server: EmbeddedPostgres | None = None

    def start(self) -> None:
        if self.server is not None:
            return
        self.server = EmbeddedPostgres(self.home, settings=UNSAFE_AND_QUICK).start()
        bootstrap(self.home)
        # Test databases are copies of template1, and their tables are made by the superuser.
        template = self.server.urls["admin"].replace("/khoyte?", "/template1?")
        with psycopg.connect(template, autocommit=True) as connection:
            grant_in_schema(connection, creators=["khoyte_owner", "khoyte_admin"])

    def remove(self) -> None:
        if self.server is not None:
            self.server.stop()
            shutil.rmtree(self.server.places.base, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


CLUSTER = ThrowAwayCluster(Path(os.environ["KHOYTE_HOME"]))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes may hold the moment they were made (archives do), but all workers must call a test the same."""
    return argname if isinstance(val, bytes) else None


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config.option, "numprocesses", None):
        # The workers do the testing. They must not read the settings before they have a home of their own,
        # which pytest-django would make them do if they inherited this.
        del os.environ["DJANGO_SETTINGS_MODULE"]
    elif importlib.util.find_spec("django") is not None:
        import django  # only where it is installed: judging files is tested without it, too

        django.setup()


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in this same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # With `--dist loadgroup` a group runs one test after the other in one worker: the journeys share a system
    # and a browser, and no two drills take the machine at once.
    for item in items:
        if item.get_closest_marker("drill"):
            item.add_marker(pytest.mark.xdist_group("drills"))
        elif item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))
        elif shares_what_a_module_makes(item):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def shares_what_a_module_makes(item: pytest.Item) -> bool:
    """Whether a fixture of its module is made once for all of its tests: two workers would make it twice."""
    made = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    return any(fixture.scope == "module" for fixtures in made.values() for fixture in fixtures)


def pytest_unconfigure(config: pytest.Config) -> None:
    CLUSTER.remove()


@pytest.fixture(scope="session")
def database_cluster() -> ThrowAwayCluster:
    """The throw-away cluster, running; for tests that need the server but not Django's database."""
    CLUSTER.start()
    return CLUSTER


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database as migrating leaves it in production: with the declared rights and no others."""
    from django.db import connection

    from khoyte.edges import grants

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        grants.apply(cursor)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    database_cluster: ThrowAwayCluster, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Called by pytest-django before it makes the test database."""
