"""How many slow things one account, one unit, one address may do at once in this process.

A request whose body comes over a slow line, or a large report, holds a thread of the web server. The threads
are few, so nobody gets more than some of them, and some stay for requests that are answered at once.
Counts are of this process: the web server has several, each with its own threads.
"""

from collections import Counter
from collections.abc import Mapping
from threading import Lock

Places = Mapping[str, int]
"""What is counted, and how many of it there may be: {"unit 99001": 4, "bodies": 6}."""


class Crowd:
    """Places taken now, by name. Safe for threads."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken: Counter[str] = Counter()

    def enter(self, places: Places) -> bool:
        """Take one of each, or nothing when one of them is full."""
        with self._guard:
            if any(self._taken[name] >= limit for name, limit in places.items()):
                return False
            self._taken.update(places.keys())
            return True

    def is_full(self, places: Places) -> bool:
        """Whether `enter` would get nothing now."""
        with self._guard:
            return any(self._taken[name] >= limit for name, limit in places.items())

    def leave(self, places: Places) -> None:
        """Give back what `enter` took."""
        with self._guard:
            self._taken.subtract(places.keys())
            self._taken += Counter()  # forget what is back at nought

    def taken(self, name: str) -> int:
        return self._taken[name]


CROWD = Crowd()
