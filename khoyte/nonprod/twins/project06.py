"""A twin of the Project 06 monitoring software: a receiver of batches with rules and troubles of its own.

Nothing official is published about it; what it refuses and how it fails is our guess at such software: a
reporting period is closed, a task said to be done comes without evidence, somebody there types over a figure.
"""

from collections.abc import Collection
from typing import Any

from khoyte.links.feeds import digest_of
from khoyte.nonprod.twins.receiver import FAULTS as EVERY
from khoyte.nonprod.twins.receiver import Answer, Receiver

KINDS = ("databases", "plan_progress")
FAULTS = {
    **EVERY,
    "period-closed": "refuses a report: its period is closed",
    "edited-there": "somebody types another percentage into a task it holds",
}


class Project06Twin(Receiver):
    def __init__(self, faults: Collection[str] = (), **options: Any) -> None:
        super().__init__(faults, **options)
        self.closed = False
        self.refuse = self._refusal

    def answer(self, method: str, path: str, body: bytes, authorization: str = "") -> Answer:
        """The path of a batch ends in "reports"; all else is a receiver's."""
        if method == "POST" and path.rstrip("/").endswith("/reports"):
            path = path.rstrip("/").removesuffix("reports") + "batches"
            body = body.replace(b'"reports":', b'"messages":', 1)
        return super().answer(method, path, body, authorization)

    def _batch(self, messages: list[dict[str, Any]], faults: set[str]) -> Answer:
        self.closed = "period-closed" in faults
        answer = super()._batch(messages, faults)
        if "edited-there" in faults:
            self.edit()
        return answer

    def _refusal(self, message: dict[str, Any]) -> str:
        payload = message.get("payload") or {}
        if message.get("kind") not in KINDS:
            return "unknown-kind"
        if self.closed:
            return "period-closed"
        if payload.get("state") == "done" and not payload.get("evidence"):
            return "no-evidence"
        return ""

    def edit(self) -> str:
        """Type over the newest task held; its subject, "" where there is none."""
        with self._lock:
            for subject, kept in reversed(self.kept.items()):
                if kept.kind == "plan_progress" and kept.payload is not None:
                    kept.payload = {**kept.payload, "percent": 99}
                    kept.digest = digest_of(kept.payload)
                    return subject
        return ""
