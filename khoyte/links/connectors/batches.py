"""What every destination of batches speaks: take a batch, read back, digests by bucket, what a bucket holds.

The wire form is ours until the specifications are published (docs/decisions/0020-outbox.md); each destination
is a small class below `BatchConnector` that says its names for the parts. An answer that does not fit is
trouble, never an exception.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from khoyte.foundation.language import Text
from khoyte.links.connectors.line import Line, Reply

_WORD = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Sending(NamedTuple):
    """A message as it leaves; `payload` None asks to forget the record."""

    number: int
    message_id: UUID
    kind: str
    subject: str
    version: int
    bucket: str
    digest: str
    payload: Mapping[str, Any] | None


@dataclass(frozen=True)
class Verdict:
    """What the destination said of one message: taken, or refused with its word for why."""

    accepted: bool
    code: str = ""


@dataclass(frozen=True)
class Held:
    """What the destination holds of a subject: the newest sequence it applied, and its own digest of it."""

    sequence: int
    digest: str


class BatchConnector:
    """A destination by its declaration: subclasses say who it is and its names for the parts."""

    name: ClassVar[str]
    label: ClassVar[Text]
    operator: ClassVar[Text]
    legal: ClassVar[str]
    batches: ClassVar[str] = "/v1/batches"
    records: ClassVar[str] = "/v1/records"
    messages: ClassVar[str] = "messages"

    def send(self, line: Line, sendings: Sequence[Sending]) -> tuple[Reply, dict[UUID, Verdict]]:
        """Verdicts by message id; a message without one is not known to have arrived."""
        document = {"sender": "khoyte", self.messages: [self.envelope(one) for one in sendings]}
        reply = line.post(self.batches, document)
        return reply, _verdicts(reply)

    def envelope(self, sending: Sending) -> dict[str, Any]:
        return {
            "id": str(sending.message_id),
            "sequence": sending.number,
            "kind": sending.kind,
            "subject": sending.subject,
            "version": sending.version,
            "bucket": sending.bucket,
            "digest": sending.digest,
            "payload": sending.payload,
        }

    def read_back(self, line: Line, subjects: Sequence[str]) -> tuple[Reply, dict[str, Held]]:
        """What the destination holds of these subjects; one it does not know is left out."""
        reply = line.post(f"{self.records}/read-back", {"subjects": list(subjects)})
        return reply, _held(reply)

    def digests(self, line: Line, kind: str) -> tuple[Reply, dict[str, tuple[int, str]]]:
        """Bucket → how many records, and their digest (`feeds.bucket_digest`)."""
        reply = line.get(f"{self.records}/digests?kind={kind}")
        found = {}
        for one in _list(reply, "buckets"):
            if isinstance(one, dict):
                found[str(one.get("bucket"))] = (_whole(one.get("records")), str(one.get("digest")))
        return reply, found

    def listing(self, line: Line, kind: str, bucket: str) -> tuple[Reply, dict[str, Held]]:
        """All the destination holds of a bucket."""
        reply = line.get(f"{self.records}?kind={kind}&bucket={bucket}")
        return reply, _held(reply)

    def record(self, line: Line, subject: str) -> tuple[Reply, Mapping[str, Any] | None]:
        """The payload the destination holds of a subject."""
        reply = line.post(f"{self.records}/payload", {"subject": subject})
        payload = reply.document.get("payload") if isinstance(reply.document, dict) else None
        return reply, payload if isinstance(payload, dict) else None


def _list(reply: Reply, name: str) -> list[Any]:
    found = reply.document.get(name) if isinstance(reply.document, dict) else None
    return found if isinstance(found, list) else []


def _verdicts(reply: Reply) -> dict[UUID, Verdict]:
    found: dict[UUID, Verdict] = {}
    for one in _list(reply, "results"):
        if not isinstance(one, dict) or one.get("status") not in ("accepted", "rejected"):
            continue
        try:
            id = UUID(str(one.get("id")))
        except ValueError:
            continue
        found[id] = Verdict(one["status"] == "accepted", _word(one.get("code")))
    return found


def _word(code: Any) -> str:
    """Their word for why; never their sentence, which could quote a person's data."""
    return code if isinstance(code, str) and _WORD.fullmatch(code) else "refused" if code else ""


def _held(reply: Reply) -> dict[str, Held]:
    return {
        str(one.get("subject")): Held(_whole(one.get("sequence")), str(one.get("digest") or ""))
        for one in _list(reply, "records")
        if isinstance(one, dict)
    }


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else 0
