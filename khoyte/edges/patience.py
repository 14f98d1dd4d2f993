"""Bodies that stop coming, or hardly come: a read waits so long and no longer, and slow ones are few.

The web server hands a body over as it arrives and knows no limit of time, and nothing in Python can interrupt
the read. So each body is read by a small thread of its own; a request whose line has gone silent is answered,
its web worker is free again, and the thread ends when the server closes the connection.
"""

import threading
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any

SILENT_SECONDS = 20.0
SLOW_SECONDS = 2.0
"""A body waited for longer than this in all is a slow one."""
HURRIED_SECONDS = 0.2
"""The same while there is no place for another slow one: those behind it must not wait for it to show."""
SLOW_AT_ONCE = 6
"""Slow bodies at a time, of the threads of one web process (`process.THREADS`)."""
LEAST_BYTES_PER_SECOND = 512


class BodyStalled(OSError):
    """Nothing of the body came for SILENT_SECONDS. Django makes an UnreadablePostError of it."""


class TooManySlow(BodyStalled):
    """As many slow bodies are being waited for as there may be; this one was given up."""


_places = threading.BoundedSemaphore(SLOW_AT_ONCE)


class PatientInput:
    """`wsgi.input` whose `read` raises BodyStalled instead of waiting without end."""

    def __init__(
        self, stream: Any, seconds: float = SILENT_SECONDS, places: threading.Semaphore = _places
    ) -> None:
        self._stream, self._seconds, self._places = stream, seconds, places
        self._waited, self._read, self._slow = 0.0, 0, False
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
        data, trouble = self._awaited()
        if trouble is not None:
            raise BodyStalled("the connection broke") from trouble
        self._read += len(data)
        return data

    def _awaited(self) -> tuple[bytes, BaseException | None]:
        begun = time.monotonic()
        patience = self._seconds
        try:
            if not self._slow:
                quick = min(patience, max(0.0, self._allowed() - self._waited))
                try:
                    return self._answers.get(timeout=quick)
                except Empty:
                    self._take_place()
                    patience -= quick
            self._keep_pace()
            return self._answers.get(timeout=max(0.0, patience))
        except Empty:
            raise BodyStalled(f"no data for {self._seconds:.0f} s") from None
        finally:
            self._waited += time.monotonic() - begun

    def _allowed(self) -> float:
        if not self._places.acquire(blocking=False):
            return HURRIED_SECONDS
        self._places.release()
        return SLOW_SECONDS

    def _take_place(self) -> None:
        if not self._places.acquire(blocking=False):
            raise TooManySlow("too many slow bodies at a time")
        self._slow = True

    def _keep_pace(self) -> None:
        if self._waited > self._seconds and self._read < self._waited * LEAST_BYTES_PER_SECOND:
            raise BodyStalled(f"{self._read} bytes in {self._waited:.0f} s")

    def close(self) -> None:
        """Let the thread go, and the place; called when the request is over."""
        if self._thread is not None:
            self._asked.put(None)
        if self._slow:
            self._slow = False
            self._places.release()

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
        try:
            return application(environ, start_response)
        finally:
            stream.close()

    return call
