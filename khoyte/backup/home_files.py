"""Files of a home that are neither database nor raw files: secrets, catalogues, heads of the audit log."""

import io
import os
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from khoyte.audit.heads import heads_file
from khoyte.backup import keys
from khoyte.foundation.crypto import secret_file
from khoyte.foundation.database.archive import note_file
from khoyte.foundation.home import home as chosen_home

# Made anew by themselves, kept another way, or (the key) useless inside what it locks.
_LEFT_OUT = {
    "blobs",
    "lake",
    "database",
    "logs",
    "static",
    "database.lock",
    "database.guests.lock",
    "shipping.lock",
    "backup-place.txt",
    "restored.json",
    keys.FILE,
}
SCRATCH = ("drill-", ".restoring")
_SECRET, _HEADS = "secret.json", "audit/heads.jsonl"


def listed(home: Path) -> Iterator[tuple[str, Path]]:
    """(name inside a restored home, file now), in order. Secret file and heads may lie elsewhere."""
    elsewhere = {_SECRET: _of(home, secret_file(), _SECRET), _HEADS: _of(home, heads_file(), _HEADS)}
    found = {path.relative_to(home).as_posix(): path for path in _walk(home)} | elsewhere
    yield from ((name, path) for name, path in sorted(found.items()) if path.is_file())


def _of(home: Path, chosen: Path, name: str) -> Path:
    """The file of this home; the environment may name another place for the home it names itself."""
    return chosen if home == chosen_home() else home / name


def _walk(home: Path) -> Iterator[Path]:
    left_out = {*_LEFT_OUT, note_file(home).name}
    for top in home.iterdir() if home.is_dir() else ():
        if top.name in left_out or top.name.startswith(SCRATCH) or top.is_symlink():
            continue
        if top.is_dir():
            yield from (path for path in top.rglob("*") if path.is_file() and not path.is_symlink())
        elif top.is_file():
            yield top


def state(home: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file other than the heads (which grow each minute) was changed."""
    found = []
    for name, path in listed(home):
        if name != _HEADS:
            status = path.stat()
            found.append((name, status.st_size, status.st_mtime_ns))
    return tuple(found)


def packed(home: Path) -> bytes:
    """A tar of them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, path in listed(home):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), 0o600, int(path.stat().st_mtime)
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


def secret_as_of(content: bytes, at: datetime) -> bytes | None:
    """The secret file of a later copy, if it was already so at a moment.

    A copy is made some seconds after a file changes; a key added in between already seals rows.
    """
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar:
            if member.name == _SECRET and member.mtime <= at.timestamp():
                file = tar.extractfile(member)
                return file.read() if file else None
    return None


def unpack(content: bytes, home: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(home, filter="data")
    for folder, _, names in os.walk(home):
        Path(folder).chmod(0o700)
        for name in names:
            (Path(folder) / name).chmod(0o600)
