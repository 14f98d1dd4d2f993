"""A hospital's program that sends files and does not give up: idempotency keys, retries, Retry-After."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile

# Answers after which the same request is sent again with the same key.
AGAIN = (0, 409, 429, 502, 503, 504)
_TIMEOUT_SECONDS = 20.0


class GaveUp(Exception):
    """A file was not acknowledged in time, or answered in a way no retry can heal."""


class Sender:
    """One thread's connection to the system."""

    def __init__(self, address: str, tokens: dict[str, str], ledger: ClientLedger) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._tokens, self._ledger = tokens, ledger
        self._connection: http.client.HTTPConnection | None = None

    def send(self, file: OutgoingFile, *, give_up_after: float = 120.0, pause: float = 0.05) -> str:
        """Send until acknowledged; the submission's id. Raises GaveUp."""
        self._ledger.intend(file)
        deadline = time.monotonic() + give_up_after
        while True:
            status, submission, retry_after = self.try_once(file)
            if submission:
                return submission
            if status not in AGAIN or time.monotonic() > deadline:
                raise GaveUp(f"{file.path.name}: answer {status}")
            # A real program would wait as long as it is told; a drill is in a hurry after a kill.
            time.sleep(min(retry_after, 1.0) or pause)

    def try_once(self, file: OutgoingFile) -> tuple[int, str | None, float]:
        """One request: status (0: broken connection), id when acknowledged, seconds of Retry-After."""
        headers = {
            "Authorization": f"Bearer {self._tokens[file.facility]}",
            "Content-Type": "application/xml",
            "Idempotency-Key": file.key,
        }
        status, retry_after, body = self._ask("POST", "/api/v1/submissions", headers, file.path.read_bytes())
        submission = json.loads(body)["id"] if status in (200, 202) else None
        self._ledger.answered(file.key, status, submission)
        return status, submission, retry_after

    def get(self, path: str, facility: str) -> tuple[int, dict]:
        """A JSON answer as this facility; status 0 when the connection broke."""
        headers = {"Authorization": f"Bearer {self._tokens[facility]}"}
        status, _, body = self._ask("GET", path, headers, None)
        return status, json.loads(body) if status == 200 else {}

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, float, bytes]:
        """Status, seconds of Retry-After (0 where it is not said), body."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    self._host, self._port, timeout=_TIMEOUT_SECONDS
                )
            self._connection.request(method, path, body=body, headers=headers)
            response = self._connection.getresponse()
            return response.status, float(response.getheader("Retry-After") or 0), response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, 0.0, b""

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class SteadyStream:
    """Threads that send file after file from a shared list until told to stop or the list is used up."""

    def __init__(
        self, files: list[OutgoingFile], make_sender: Callable[[], Sender], threads: int, pause: float
    ) -> None:
        self._files = iter(files)
        self._guard, self._stop = threading.Lock(), threading.Event()
        self._make_sender, self._pause = make_sender, pause
        self.failures: list[str] = []
        self.sent = 0
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Stop after the files in hand; they are still sent to the end."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        sender = self._make_sender()
        while not self._stop.is_set():
            with self._guard:
                file = next(self._files, None)
            if file is None:
                break
            try:
                sender.send(file)
                self.sent += 1
            except GaveUp as trouble:
                self.failures.append(str(trouble))
            self._stop.wait(self._pause)
        sender.close()
