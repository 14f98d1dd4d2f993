"""Bodies that stop coming: a read waits so long and no longer.

The web server hands a body over as it arrives and knows no limit of time, and nothing in Python can interrupt
the read. So beside each thread of the server a small one reads the bodies for it, and a silent line is
refused instead of received in part.

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


_Answer = tuple[bytes, BaseException | None]
_Asked = tuple[Any, str, int, "SimpleQueue[_Answer]"]


class _Reader:
    """A thread that reads bodies for the thread it was made in, as long as that one lives.

    One for all bodies, since a thread is dearer than most of the files that are read.
    """

    def __init__(self) -> None:
        self.asked: SimpleQueue[_Asked | None] = SimpleQueue()
        threading.Thread(target=_serve, args=(self.asked,), name="body", daemon=True).start()

    def __del__(self) -> None:
        self.asked.put(None)


def _serve(asked: "SimpleQueue[_Asked | None]") -> None:
    while (wish := asked.get()) is not None:
        stream, method, size, answers = wish
        try:
            answers.put((getattr(stream, method)(size), None))
        except Exception as error:
            answers.put((b"", error))
        del wish, stream, answers  # nothing of a body outlasts its request


_OWN = threading.local()


def _reader_of_this_thread() -> _Reader:
    if not hasattr(_OWN, "reader"):
        _OWN.reader = _Reader()
    reader: _Reader = _OWN.reader
    return reader


class PatientInput:
    """`wsgi.input` whose `read` raises BodyStalled instead of waiting without end."""

    def __init__(self, stream: Any, seconds: float = SILENT_SECONDS) -> None:
        self._stream, self._seconds = stream, seconds
        self._answers: SimpleQueue[_Answer] = SimpleQueue()
        self._awaited = 0

    def read(self, size: int = -1) -> bytes:
        return self._ask("read", size)

    def readline(self, size: int = -1) -> bytes:
        return self._ask("readline", size)

    def _ask(self, method: str, size: int) -> bytes:
        _reader_of_this_thread().asked.put((self._stream, method, size, self._answers))
        self._awaited += 1
        try:
            data, trouble = self._answers.get(timeout=self._seconds)
        except Empty:
            raise BodyStalled(f"no data for {self._seconds:.0f} s") from None
        self._awaited -= 1
        if trouble is not None:
            raise BodyStalled("the connection broke") from trouble
        return data

    def close(self) -> None:
        """Wait for the last read; called when the request is over, in the thread that read."""
        while self._awaited:
            self._answers.get()
            self._awaited -= 1


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
