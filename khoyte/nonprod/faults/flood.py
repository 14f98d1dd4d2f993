"""A facility's program gone wild: many connections, no pause, deaf to Retry-After."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile
from khoyte.nonprod.faults.sender import Sender

CONNECTIONS = 12


class Flood:
    """Sends `files` once each, or, with `again`, until each is acknowledged or the flood is stopped.

    `answers` counts answers by status, `unsaid` the refusals without Retry-After, `left` are the files that
    were not acknowledged in the end.
    """

    def __init__(
        self,
        files: Sequence[OutgoingFile],
        make_sender: Callable[[], Sender],
        ledger: ClientLedger,
        *,
        again: bool,
    ) -> None:
        self.answers: Counter[int] = Counter()
        self.unsaid = 0
        self.left = list(reversed(files))
        self._refused: list[OutgoingFile] = []
        self._make_sender, self._ledger, self._again = make_sender, ledger, again
        self._guard, self._over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(CONNECTIONS)]

    @property
    def refused(self) -> int:
        return self.answers[429] + self.answers[503]

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the requests in hand."""
        self._over.set()
        self.join()

    def join(self) -> None:
        """Wait until every file had its turn."""
        for thread in self._threads:
            thread.join()
        self.left += self._refused
        self._refused = []

    def _run(self) -> None:
        sender = self._make_sender()
        while not self._over.is_set() and (file := self._next()) is not None:
            self._ledger.intend(file)
            self._note(file, *sender.try_once(file))
        sender.close()

    def _next(self) -> OutgoingFile | None:
        with self._guard:
            return self.left.pop() if self.left else None

    def _note(self, file: OutgoingFile, status: int, submission: str | None, retry_after: float) -> None:
        with self._guard:
            self.answers[status] += 1
            self.unsaid += status in (429, 503) and retry_after <= 0
            if submission is None:
                # At once again, but behind the files that had no turn yet.
                (self.left.insert(0, file) if self._again else self._refused.append(file))
