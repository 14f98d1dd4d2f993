"""A hospital's program of the plainest kind: files over HTTP, several at once, Retry-After obeyed."""

import http.client
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local

from khoyte.nonprod.bench import errors

_TIMEOUT_SECONDS = 120.0
_SLOW_DOWN = (429, 503)


class Sender:
    """Sends files of one facility; its own cost is the hospital's and is not counted."""

    def __init__(self, port: int, token: str, connections: int) -> None:
        self._port, self._connections, self._own = port, connections, local()
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}

    def send(self, files: Sequence[Path]) -> list[str]:
        """Ids of the submissions, all acknowledged. Raises BenchFailed for any other answer."""
        with ThreadPoolExecutor(self._connections) as threads:
            return list(threads.map(self._send_one, files))

    def _send_one(self, path: Path) -> str:
        body = path.read_bytes()
        while True:
            connection = self._connection()
            headers = {**self._headers, "Idempotency-Key": path.name + path.parent.name}
            connection.request("POST", "/api/v1/submissions", body=body, headers=headers)
            response = connection.getresponse()
            answer = response.read()
            if response.status == 202:
                return str(json.loads(answer)["id"])
            if response.status not in _SLOW_DOWN:
                raise errors.not_received(response.status)
            time.sleep(float(response.headers.get("Retry-After") or 1))

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=_TIMEOUT_SECONDS
            )
        return self._own.connection
