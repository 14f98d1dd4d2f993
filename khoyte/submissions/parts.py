"""Bytes of uploads and of large forms on their way in: files below the blob folder, readable by us alone.

They hold personal data, so nothing of them ever lies in the temporary folder.
"""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from khoyte.foundation.byte_sources import FileSource
from khoyte.foundation.home import folder


def parts_folder() -> Path:
    """`KHOYTE_HOME/blobs/parts`, mode 0700."""
    return folder("blobs", "parts")


def part_file(upload: uuid.UUID) -> Path:
    return parts_folder() / f"{upload}.part"


def create(upload: uuid.UUID) -> None:
    """An empty file, mode 0600. Raises FileExistsError."""
    os.close(os.open(part_file(upload), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def append(upload: uuid.UUID, offset: int, pieces: Iterable[bytes]) -> int:
    """Write from `offset` on, over anything a broken request left there; the offset reached, bytes durable.

    Raises OSError when the disk cannot take it.
    """
    reached = offset
    with part_file(upload).open("r+b") as file:
        file.truncate(offset)
        file.seek(offset)
        for piece in pieces:
            file.write(piece)
            reached += len(piece)
        file.flush()
        os.fsync(file.fileno())
    return reached


def source(upload: uuid.UUID) -> FileSource:
    return FileSource(part_file(upload))


def remove(upload: uuid.UUID) -> None:
    part_file(upload).unlink(missing_ok=True)


def remove_older_than(seconds: float) -> int:
    """Remove what nobody has written to for so long, and say how much."""
    limit, removed = time.time() - seconds, 0
    for path in parts_folder().iterdir():
        with suppress(FileNotFoundError):  # its own request may be removing it
            if path.stat().st_mtime < limit:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed += 1
    return removed


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the files of one act, mode 0700, gone with it."""
    with tempfile.TemporaryDirectory(dir=parts_folder()) as name:
        yield Path(name)


def spooled(memory: int) -> tempfile.SpooledTemporaryFile[bytes]:
    """A file in memory up to `memory` bytes (at least 1), then nameless in our folder; gone when closed."""
    return tempfile.SpooledTemporaryFile(max_size=max(1, memory), dir=str(parts_folder()))
