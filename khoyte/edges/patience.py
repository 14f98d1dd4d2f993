"""Bodies that stop coming: a read waits so long and no longer.

The web server hands a body over as it arrives and knows no limit of time, and nothing in Python can interrupt
the read. So each body is read by a small thread of its own, and a silent line is refused instead of received
in part.

The request then ends when its last read does, that is when the line closes: granian 2.8 waits for such a read
itself at the end of a request, and holds Python's lock meanwhile; the whole process would stand still.
"""

import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any

SILENT_SECONDS = 20.0
AFTERWARDS = "khoyte.afterwards"
"""Key of the WSGI environment: a list of what is to be done when a request has given its thread back."""


class BodyStalled(OSError):
    """Nothing of the body came for SILENT_SECONDS. Django makes an UnreadablePostError of it."""


class PatientInput:
    """`wsgi.input` whose `read` raises BodyStalled instead of waiting without end."""

    def __init__(self, stream: Any, seconds: float = SILENT_SECONDS) -> None:
        self._stream, self._seconds = stream, seconds
        self._asked: SimpleQueue[tuple[str, int] | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[bytes, BaseException | None]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def read(self, size: int = -1) -> bytes:
        return self._ask("read", size)

    def readline(self, size: int = -1) -> bytes:
        return self._ask("readline", size)

    def _ask(self, method: str, size: int) -> bytes:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="body", daemon=True)
            self._thread.start()
        self._asked.put((method, size))
        try:
            data, trouble = self._answers.get(timeout=self._seconds)
        except Empty:
            raise BodyStalled(f"no data for {self._seconds:.0f} s") from None
        if trouble is not None:
            raise BodyStalled("the connection broke") from trouble
        return data

    def close(self) -> None:
        """Let the thread go and wait for its last read; called when the request is over."""
        if self._thread is not None:
            self._asked.put(None)
            self._thread.join()

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not None:
            method, size = asked
            try:
                answer: tuple[bytes, BaseException | None] = (getattr(self._stream, method)(size), None)
            except Exception as error:
                answer = (b"", error)
            self._answers.put(answer)


def patient(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that reads its bodies through PatientInput."""

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        stream = environ["wsgi.input"] = PatientInput(environ["wsgi.input"])
        afterwards: list[Callable[[], None]] = environ.setdefault(AFTERWARDS, [])
        try:
            return application(environ, start_response)
        finally:
            stream.close()
            for act in afterwards:
                act()

    return call
