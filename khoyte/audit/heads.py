"""The head of the audit chain, copied outside the database.

A superuser of the database could cut off the end of the chain, or put back an older copy of everything.
Heads lie in `KHOYTE_AUDIT_HEADS` (default `KHOYTE_HOME/audit`), best a folder of another machine, one JSON
line each: up to the newest of them nothing can be changed unnoticed; what was sealed later is exposed until
the next copy.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from khoyte.audit.chain import is_signed
from khoyte.foundation.home import home, sync_folder

_FILE = "heads.jsonl"
_END_BYTES = 64 * 1024


@dataclass(frozen=True)
class Head:
    """Seal `number` has this `hash` and ends with entry `last_id`, said `at` (ISO 8601, UTC)."""

    number: int
    hash: str
    last_id: int
    at: str

    def signed(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


def heads_file() -> Path:
    chosen = os.environ.get("KHOYTE_AUDIT_HEADS")
    return (Path(chosen).expanduser().absolute() if chosen else home() / "audit") / _FILE


def append(head: Head, key: Ed25519PrivateKey) -> None:
    """Add a head, durable when this returns. Raises OSError where the folder cannot be written."""
    path = heads_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not path.exists()
    line = json.dumps({**asdict(head), "signature": key.sign(head.signed()).hex()}).encode() + b"\n"
    if not is_new and not path.read_bytes().endswith(b"\n"):
        line = b"\n" + line  # a copy that was cut off stays what it is: a line that does not read
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)
    if is_new:
        sync_folder(path.parent)


def read(key: Ed25519PublicKey) -> Iterator[Head]:
    """The heads that this installation signed, oldest first; cut or foreign lines are passed over."""
    path = heads_file()
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        head = _parse(line, key)
        if head is not None:
            yield head


def newest(key: Ed25519PublicKey) -> Head | None:
    """The last head in the file; only its end is read, since this is asked every minute for years."""
    path = heads_file()
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        lines = file.read().splitlines()
    return next((head for line in reversed(lines) if (head := _parse(line, key)) is not None), None)


def _parse(line: bytes, key: Ed25519PublicKey) -> Head | None:
    try:
        said = json.loads(line)
        signature = bytes.fromhex(said.pop("signature"))
        head = Head(**said)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return head if is_signed(key, signature, head.signed()) else None
