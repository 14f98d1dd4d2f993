"""Django's engine for PostgreSQL with a check of kept connections that mostly asks nothing.

Connections stay open between requests and are checked before the first question of each, since the server may
have been restarted in between. A server that ends closes its side: the line then has something to read.
Where it has not, and was found well a moment ago, no question need go over it.
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base

TRUSTED_SECONDS = 5.0
"""For so long after an answer a silent line counts as usable: what a network swallows shows no end."""


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._well_at = -TRUSTED_SECONDS

    def is_usable(self) -> bool:
        now = time.monotonic()
        if now - self._well_at < TRUSTED_SECONDS and self._is_silent():
            return True
        usable: bool = super().is_usable()
        if usable:
            self._well_at = now
        return usable

    def _is_silent(self) -> bool:
        """The line is open, in no transaction, and nothing came over it unasked."""
        held = self.connection
        if held is None or held.closed:
            return False
        poll = select.poll()
        poll.register(held.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poll.poll(0)
