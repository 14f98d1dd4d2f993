"""Getting a process ready to speak to the database: server up, schema current, Django set up."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from khoyte.foundation.database import database_running
from khoyte.foundation.home import home


def set_up_django(role: str) -> None:
    """Point Django at the database as `role` (owner, app, worker) in this process."""
    os.environ["KHOYTE_DB_ROLE"] = role
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khoyte.edges.settings")
    import django  # set up late: settings read the environment

    django.setup()


@contextmanager
def ready_database(role: str) -> Iterator[None]:
    """The database is up with its newest schema inside the block; an embedded one stops again after it."""
    with database_running(home()):
        set_up_django(role)
        if _schema_is_behind():
            migrate()
        yield


def migrate() -> None:
    """Bring the schema up to date, as the owner, in a process of its own."""
    environment = {**os.environ, "KHOYTE_DB_ROLE": "owner"}
    subprocess.run(
        [sys.executable, "-m", "khoyte", "django", "migrate", "--verbosity", "0"], env=environment, check=True
    )


def _schema_is_behind() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
