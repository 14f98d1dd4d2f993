"""Where a backup lies: a folder (another disk, a mounted share) or any address fsspec reaches (`s3://...`).

A file gets its name only when all of it is there; what was interrupted leaves nothing that could be taken for
a piece.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from khoyte.backup import errors
from khoyte.foundation.home import folder, sync_folder

_UNFINISHED = ".unfinished-"


class Place(Protocol):
    """Names are relative, with slashes. Raises BackupImpossible where the place fails; `open` raises
    PieceMissing."""

    def put(self, name: str, content: Iterable[bytes]) -> int:
        """Keep a file, replacing one of that name; durable when this returns. Gives its size."""
        ...

    def open(self, name: str) -> BinaryIO: ...

    def names(self, under: str) -> list[str]:
        """Files in a folder and below it, in order."""
        ...

    def size(self, name: str) -> int | None:
        """None where there is no such file."""
        ...

    def remove(self, name: str) -> None: ...


def open_place(address: str | os.PathLike[str]) -> Place:
    text = os.fspath(address).removeprefix("file://")
    return RemotePlace(text) if "://" in text else FolderPlace(Path(text))


class FolderPlace:
    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()

    def __str__(self) -> str:
        return str(self.root)

    def put(self, name: str, content: Iterable[bytes]) -> int:
        with _failure_named(self):
            final = self.root / name
            if not final.parent.is_dir():
                self._make_folder(final.parent)
            handle, unfinished = tempfile.mkstemp(dir=final.parent, prefix=_UNFINISHED)
            try:
                with os.fdopen(handle, "wb") as file:
                    for chunk in content:
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                    size = file.tell()
                os.replace(unfinished, final)
            except BaseException:
                Path(unfinished).unlink(missing_ok=True)
                raise
            sync_folder(final.parent)
            return size

    def _make_folder(self, folder: Path) -> None:
        if not folder.parent.is_dir():
            self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)

    def open(self, name: str) -> BinaryIO:
        with _failure_named(self):
            try:
                return (self.root / name).open("rb")
            except FileNotFoundError:
                raise errors.missing(name) from None

    def names(self, under: str) -> list[str]:
        with _failure_named(self):
            found = (path for path in (self.root / under).rglob("*") if path.is_file())
            whole = (path for path in found if not path.name.startswith(_UNFINISHED))
            return sorted(path.relative_to(self.root).as_posix() for path in whole)

    def size(self, name: str) -> int | None:
        with _failure_named(self):
            try:
                return (self.root / name).stat().st_size
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> None:
        with _failure_named(self):
            path = self.root / name
            path.unlink(missing_ok=True)
            if path.parent != self.root and path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()


class RemotePlace:
    """An object store puts a whole object or none."""

    def __init__(self, address: str) -> None:
        import fsspec  # a folder, the usual place, does not need it

        self.address = address
        try:
            self._files, self._root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as trouble:
            raise errors.place_unreachable(address, str(trouble)) from trouble

    def __str__(self) -> str:
        return self.address

    def put(self, name: str, content: Iterable[bytes]) -> int:
        path = f"{self._root}/{name}"
        with (
            tempfile.TemporaryFile(dir=folder()) as waiting,
            _failure_named(self),
        ):  # sealed already: nothing in the clear
            for chunk in content:
                waiting.write(chunk)
            size = waiting.tell()
            waiting.seek(0)
            self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            with self._files.open(path, "wb") as file:
                while chunk := waiting.read(1 << 22):
                    file.write(chunk)
            return size

    def open(self, name: str) -> BinaryIO:
        with _failure_named(self):
            try:
                return self._files.open(f"{self._root}/{name}", "rb")
            except FileNotFoundError:
                raise errors.missing(name) from None

    def names(self, under: str) -> list[str]:
        with _failure_named(self):
            self._files.invalidate_cache()
            start = len(self._root.rstrip("/")) + 1
            return sorted(path[start:] for path in self._files.find(f"{self._root}/{under}"))

    def size(self, name: str) -> int | None:
        with _failure_named(self):
            try:
                found: dict[str, Any] = self._files.info(f"{self._root}/{name}")
            except FileNotFoundError:
                return None
            return int(found["size"])

    def remove(self, name: str) -> None:
        with _failure_named(self):
            self._files.rm_file(f"{self._root}/{name}")


@contextmanager
def _failure_named(place: object) -> Iterator[None]:
    try:
        yield
    except OSError as trouble:
        reason = trouble.strerror or type(trouble).__name__
        raise errors.place_unreachable(place, reason) from trouble
