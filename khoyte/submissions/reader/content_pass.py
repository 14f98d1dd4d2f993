"""Passing over what stands inside one element: its place and its form are noted, nothing of it is kept."""

from collections.abc import Callable

from khoyte.submissions.reader.dossiers import BASE64, CDATA, EMPTY, NESTED
from khoyte.submissions.reader.guarded import GuardedParser

_BLANKS_AWAITED = 100


class ContentPass:
    """Used again for one element after another of the same document."""

    def __init__(
        self,
        guard: GuardedParser,
        open_again: Callable[[str, list[str]], None],
        close_again: Callable[[str], None],
    ) -> None:
        self.elements = 0
        self._guard, self._expat = guard, guard.expat
        self._open_again, self._close_again = open_again, close_again

    def begin(self, depth: int, done: Callable[[int, int, int], None]) -> None:
        """Take the handlers until the element just opened is closed, then give them back and call
        `done(offset, length, form)`."""
        self._depth = self._deeper = depth
        self._done, self._at, self._form, self._blanks = done, -1, EMPTY, 0
        self._expat.StartElementHandler = self._open
        self._expat.EndElementHandler = self._close
        self._expat.CharacterDataHandler = self._data
        self._expat.StartCdataSectionHandler = self._cdata

    def _begin_here(self) -> None:
        # The first event inside lies where the content begins; expat does not tell where a start tag ends.
        if self._at < 0:
            self._at = self._expat.CurrentByteIndex

    def _data(self, data: str) -> None:
        self._begin_here()
        self._blanks += 1
        # Text comes line by line. Where blank lines do not end, whether any text follows is left to reading.
        if not data.isspace() or self._blanks > _BLANKS_AWAITED:
            self._form = self._form or BASE64
            self._expat.CharacterDataHandler = None

    def _cdata(self) -> None:
        self._begin_here()
        if self._form != NESTED:
            self._form = CDATA

    def _open(self, _name: str, attributes: list[str]) -> None:
        self._begin_here()
        self._form = NESTED
        self.elements += 1
        self._deeper += 1
        limits = self._guard.limits
        if self._deeper > limits.depth:
            self._guard.refuse("too-deep", limit=limits.depth)
        if len(attributes) > 2 * limits.attributes:
            self._guard.refuse("too-many-attributes", limit=limits.attributes)

    def _close(self, tag: str) -> None:
        if self._deeper > self._depth:
            self._deeper -= 1
            return
        self._begin_here()
        self._expat.StartElementHandler = self._open_again
        self._expat.EndElementHandler = self._close_again
        self._expat.CharacterDataHandler = None
        self._expat.StartCdataSectionHandler = None
        self._done(self._at, self._expat.CurrentByteIndex - self._at, self._form)
        self._close_again(tag)
