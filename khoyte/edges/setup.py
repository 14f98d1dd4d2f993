"""Getting a process ready to speak to the database: server up, schema current, Django set up."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from khoyte.backup.settings import switch_archiving
from khoyte.edges import schema
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
    switch_archiving(home())
    with database_running(home()) as urls:
        schema.bring_up_to_date(urls)
        set_up_django(role)
        yield
