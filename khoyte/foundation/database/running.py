"""Have the database for the length of a block, whoever runs it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from khoyte.foundation.database import errors
from khoyte.foundation.database.addresses import configured_url, database_urls
from khoyte.foundation.database.bootstrap import bootstrap
from khoyte.foundation.database.locks import describe_owner, guest, owner_of
from khoyte.foundation.database.server import EmbeddedPostgres


@contextmanager
def database_running(
    home: Path, *, purpose: str = "command", wait_seconds: float = 60.0
) -> Iterator[dict[str, str]]:
    """Yield addresses by role of a database that is up and has its roles.

    A configured server is used as it is. Otherwise the embedded one is joined where somebody runs it, else
    started, and stopped at the end of the block (after other commands that joined are done).
    With purpose "up" it is never joined: raises DatabaseUnavailable if somebody else keeps it for
    `wait_seconds`, at once if that is another "up".
    """
    home = Path(home)
    with ExitStack() as stack:
        if not configured_url():
            _have_embedded(home, purpose, wait_seconds, stack)
        bootstrap(home)
        yield database_urls(home)


def _have_embedded(home: Path, purpose: str, wait_seconds: float, stack: ExitStack) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        owner = owner_of(home)
        if owner is None:
            if _own(home, purpose, stack):
                return
        elif purpose != "up" and _join(home, stack):
            return
        elif purpose == "up" and owner["purpose"] == "up":
            raise errors.busy(describe_owner(home))
        if time.monotonic() > deadline:
            raise errors.busy(describe_owner(home))
        time.sleep(0.05)


def _own(home: Path, purpose: str, stack: ExitStack) -> bool:
    server = EmbeddedPostgres(home)
    if not server.lock.take(purpose):
        return False
    server.start_owned()
    # A long-running system stops when told to; a passing command must not pull the server from under others.
    stack.callback(server.stop, wait_for_guests=purpose != "up")
    return True


def _join(home: Path, stack: ExitStack) -> bool:
    """Become a guest of the running server; False if it is not (or no longer) taking connections."""
    with ExitStack() as joining:
        joining.enter_context(guest(home))
        if owner_of(home) is None or not _answers(home):
            return False
        stack.push(joining.pop_all())
        return True


def _answers(home: Path) -> bool:
    try:
        psycopg.connect(database_urls(home)["admin"], connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
