"""What the sender itself wrote down: one JSON line for each file meant to be sent and each answer got.

Lines of acknowledgements are on disk before the sender goes on. The checker reads this file alone.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class OutgoingFile:
    """A file with the key it is sent under and the number of dossiers it declares."""

    path: Path
    facility: str
    dossiers: int
    key: str
    sha256: str

    @classmethod
    def of(cls, path: Path, facility: str, dossiers: int) -> "OutgoingFile":
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return cls(path, facility, dossiers, f"drill-{digest[:24]}", digest)


@dataclass
class SentFile:
    """Everything known of one file from the sender's side."""

    key: str
    facility: str
    sha256: str
    dossiers: int
    ids: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        return bool(self.ids)


class ClientLedger:
    """Append-only; safe for several threads. Where nothing is killed it need not be `durable`."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path, self._durable = path, durable
        self._guard = threading.Lock()
        self._file = path.open("a", encoding="utf-8")

    def intend(self, file: OutgoingFile) -> None:
        self._write(
            event="intend", key=file.key, facility=file.facility, sha256=file.sha256, dossiers=file.dossiers
        )

    def answered(self, key: str, status: int, submission: str | None) -> None:
        """An answer; `submission` is the id when it acknowledges. Status 0 stands for a broken connection."""
        self._write(durable=submission is not None, event="answer", key=key, status=status, id=submission)

    def _write(self, *, durable: bool = False, **line: object) -> None:
        with self._guard:
            self._file.write(json.dumps({"at": round(time.time(), 3), **line}) + "\n")
            self._file.flush()
            if durable and self._durable:
                os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read_ledger(path: Path) -> list[SentFile]:
    """The files of a ledger in the order they were first meant to be sent."""
    files: dict[str, SentFile] = {}
    for line in _lines(path):
        if line["event"] == "intend":
            # Meant to be sent once more: the same file.
            new = SentFile(line["key"], line["facility"], line["sha256"], line["dossiers"])
            files.setdefault(line["key"], new)
            continue
        sent = files[line["key"]]
        sent.statuses.append(line["status"])
        if line["id"]:
            sent.ids.add(line["id"])
    return list(files.values())


def _lines(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
