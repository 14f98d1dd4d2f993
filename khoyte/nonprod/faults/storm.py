"""The sending side of an overload: a process of its own that offers files at a fixed rate, whatever comes
back.

    python -m khoyte.nonprod.faults.storm < plan.json

Requests fall due at a rate (an open loop), on many connections; refused files go to the end of the line and
are offered again, Retry-After or not. When every file is taken, taken ones are sent again. An answer that
comes before the body is through ends the sending of the body, as curl does; whoever goes on sending would
only load the system less. A process apart, so that its processor time can be told and its threads hold up no
other sender.
"""

import http.client
import json
import os
import resource
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

_PIECE = 128 * 1024
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class StormFile:
    """A file to offer: where it lies, under which key and with whose token."""

    path: str
    key: str
    token: str
    dossiers: int


@dataclass(frozen=True)
class Plan:
    """`rate`: requests a second, all connections together."""

    host: str
    port: int
    rate: float
    seconds: float
    connections: int
    files: Sequence[StormFile]


@dataclass
class Outcome:
    """`offered` counts dossiers of every request begun; `taken`: key -> submission; `broken`: keys of
    requests whose connection broke before the answer; `late_s`: how far the last request was behind its due
    time; `cpu_s`: processor seconds of this process; `begun_at`: Unix time.
    """

    begun_at: float = 0.0
    seconds: float = 0.0
    requests: int = 0
    offered: int = 0
    repeats: int = 0
    taken: dict[str, str] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)
    unsaid: int = 0
    broken: set[str] = field(default_factory=set)
    late_s: float = 0.0
    cpu_s: float = 0.0


class Storm:
    """Offers the files of a plan for its seconds."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._line, self._had = deque(plan.files), deque[StormFile]()
        self._guard = threading.Lock()
        self._begin = time.monotonic()
        self.outcome = Outcome()

    def run(self) -> Outcome:
        self._begin, self.outcome.begun_at = time.monotonic(), time.time()
        threads = [threading.Thread(target=self._send_on) for _ in range(self._plan.connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = resource.getrusage(resource.RUSAGE_SELF)
        self.outcome.cpu_s = round(spent.ru_utime + spent.ru_stime, 1)
        self.outcome.seconds = round(time.monotonic() - self._begin, 1)
        # A key that was taken later, or had been taken before, is no open question.
        self.outcome.broken -= set(self.outcome.taken)
        return self.outcome

    def _send_on(self) -> None:
        connection = _Connection(self._plan.host, self._plan.port)
        while (due := self._next()) is not None:
            moment, file = due
            time.sleep(max(0.0, moment - time.monotonic()))
            status, submission, retry_after = connection.offer(file)
            self._note(file, status, submission, retry_after)
        connection.close()

    def _next(self) -> tuple[float, StormFile] | None:
        """When the next request is due and what it sends; None when the time is over or no file is free."""
        with self._guard:
            moment = self._begin + self.outcome.requests / self._plan.rate
            now = time.monotonic()
            if max(moment, now) >= self._begin + self._plan.seconds:
                return None
            if not self._line and self._had:
                self._line.append(self._had.popleft())
            if not self._line:
                return None
            file = self._line.popleft()
            self.outcome.requests += 1
            self.outcome.offered += file.dossiers
            self.outcome.late_s = round(max(0.0, now - moment), 2)
            return moment, file

    def _note(self, file: StormFile, status: int, submission: str | None, retry_after: float) -> None:
        with self._guard:
            self.outcome.answers[status] = self.outcome.answers.get(status, 0) + 1
            self.outcome.unsaid += status in (429, 503) and retry_after <= 0
            if submission is None:
                self._line.append(file)
                if status == 0:
                    self.outcome.broken.add(file.key)
                return
            self.outcome.repeats += file.key in self.outcome.taken
            self.outcome.taken[file.key] = submission
            self._had.append(file)


class _Connection:
    """One connection, made anew whenever it broke or a body was left unfinished."""

    def __init__(self, host: str, port: int) -> None:
        self._http = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)

    def offer(self, file: StormFile) -> tuple[int, str | None, float]:
        """Status (0: the connection broke), id when acknowledged, seconds of Retry-After."""
        try:
            whole = self._send(file)
            response = self._http.getresponse()
            body = response.read()
            if not whole:
                self.close()
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, None, 0.0
        known = response.status in (200, 202)
        retry_after = float(response.getheader("Retry-After") or 0)
        return response.status, json.loads(body)["id"] if known else None, retry_after

    def _send(self, file: StormFile) -> bool:
        """Head and body; False when an answer came before the end of the body."""
        with Path(file.path).open("rb") as body:
            size = os.fstat(body.fileno()).st_size
            self._http.putrequest("POST", "/api/v1/submissions")
            self._http.putheader("Authorization", f"Bearer {file.token}")
            self._http.putheader("Content-Type", "application/xml")
            self._http.putheader("Content-Length", str(size))
            self._http.putheader("Idempotency-Key", file.key)
            self._http.endheaders()
            line = self._http.sock
            for offset in range(0, size, _PIECE):
                if offset and select.select([line], [], [], 0)[0]:
                    return False
                try:
                    line.sendfile(body, offset, min(_PIECE, size - offset))
                except (BrokenPipeError, ConnectionResetError):
                    return False  # the answer may have come all the same
        return True

    def close(self) -> None:
        self._http.close()


def main() -> None:
    asked = json.load(sys.stdin)
    files = [StormFile(*file) for file in asked.pop("files")]
    outcome = Storm(Plan(**asked, files=files)).run()
    print(json.dumps({**asdict(outcome), "broken": sorted(outcome.broken)}))


if __name__ == "__main__":
    main()
