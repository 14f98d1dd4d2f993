"""The raw store: files kept exactly as they were sent, named by the SHA-256 of their bytes.

A receipt may be given as soon as `write_stream` returns: the bytes are on the disk under their final name.
A blob is written once and never changed; the same content sent twice is one blob. It lies packed (see
`zstd_frames`), so one visit of a large file is read without the rest.

The store is a folder of this machine or any place fsspec reaches (`s3://...`); object stores put a whole
object or none, a folder gets a name only after its bytes and its folder are synchronised to the disk.
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from khoyte.foundation.byte_sources import ByteSource, BytesSource, FileBacked, FileSource
from khoyte.foundation.errors import KhoyteError, ServiceAbsent
from khoyte.foundation.home import folder, sync_folder
from khoyte.foundation.language import Text
from khoyte.foundation.zstd_frames import FrameReader, FrameWriter

__all__ = [
    "BlobDamaged",
    "BlobInfo",
    "BlobMissing",
    "BlobNotKept",
    "BlobReader",
    "BlobStore",
    "ByteSource",
    "BytesSource",
    "FileSource",
    "open_store",
]

UNFINISHED = "unfinished"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class BlobInfo:
    """What was kept: `sha256` in 64 hexadecimal digits and `size` in bytes, both of the bytes as sent."""

    sha256: str
    size: int


class BlobMissing(KhoyteError):
    code = "blob-missing"
    exit_status = 3

    def __init__(self, sha256: str) -> None:
        super().__init__(
            Text(
                vi="Không có tệp gốc {sha256} trong kho tệp gốc.",
                en="The raw file {sha256} is not in the store.",
            ).fill(sha256=sha256),
            remedy=Text(vi="Kiểm tra KHOYTE_BLOBS và bản sao lưu.", en="Check KHOYTE_BLOBS and the backup."),
            sha256=sha256,
        )


class BlobDamaged(KhoyteError):
    code = "blob-damaged"
    exit_status = 3

    def __init__(self, sha256: str) -> None:
        super().__init__(
            Text(
                vi="Tệp gốc {sha256} trong kho tệp gốc bị hỏng.",
                en="The raw file {sha256} in the store is damaged.",
            ).fill(sha256=sha256),
            remedy=Text(vi="Khôi phục tệp này từ bản sao lưu.", en="Restore this file from the backup."),
            sha256=sha256,
        )


class BlobNotKept(ServiceAbsent):
    """The store cannot make bytes durable now; nothing was kept and no receipt may be given."""

    code = "blob-not-kept"

    def __init__(self, reason: str) -> None:
        super().__init__(
            Text(
                vi="Kho tệp gốc không ghi được lúc này ({reason}); chưa có nội dung nào được lưu.",
                en="The raw store cannot write now ({reason}); nothing was kept.",
            ).fill(reason=reason),
            remedy=Text(
                vi="Kiểm tra dung lượng và quyền ghi của kho rồi gửi lại.",
                en="Check the store's free space and write permission, then send again.",
            ),
        )


class BlobReader(FileBacked):
    """One kept blob as a ByteSource; `size` and all offsets are those of the bytes as sent."""

    def __init__(self, sha256: str, file: BinaryIO) -> None:
        self.sha256 = sha256
        self._file = file
        with self._damage_named():
            self._frames = FrameReader(file)

    @property
    def size(self) -> int:
        return self._frames.size

    def read_at(self, offset: int, length: int) -> bytes:
        with self._damage_named():
            return self._frames.read_at(offset, length)

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            raise BlobDamaged(self.sha256) from error


class _Place(Protocol):
    """Where finished blobs lie and where unfinished ones are written."""

    unfinished: Path

    def publish(self, packed: Path, key: str) -> None: ...

    def open(self, key: str) -> BinaryIO: ...

    def has(self, key: str) -> bool: ...

    def every_key(self) -> Iterator[str]: ...


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.unfinished = root / UNFINISHED
        self.unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)

    def publish(self, packed: Path, key: str) -> None:
        final = self._root / key
        if not final.parent.is_dir():
            final.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._root)
        # The same name means the same bytes, so a blob that is there already is simply replaced by its twin;
        # a damaged one is mended by it.
        packed.replace(final)
        sync_folder(final.parent)

    def open(self, key: str) -> BinaryIO:
        return (self._root / key).open("rb")

    def has(self, key: str) -> bool:
        return (self._root / key).is_file()

    def every_key(self) -> Iterator[str]:
        for path in self._root.glob("[0-9a-f][0-9a-f]/*.zst"):
            yield f"{path.parent.name}/{path.name}"


class _Remote:
    def __init__(self, url: str) -> None:
        import fsspec  # a folder, the usual place, does not need it

        self._files, self._root = fsspec.core.url_to_fs(url)
        self.unfinished = Path(tempfile.gettempdir())

    def publish(self, packed: Path, key: str) -> None:
        path = f"{self._root}/{key}"
        self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        self._files.put_file(str(packed), path)

    def open(self, key: str) -> BinaryIO:
        return self._files.open(f"{self._root}/{key}", "rb")

    def has(self, key: str) -> bool:
        return self._files.isfile(f"{self._root}/{key}")

    def every_key(self) -> Iterator[str]:
        self._files.invalidate_cache()
        for path in self._files.find(self._root):
            yield "/".join(path.rsplit("/", 2)[-2:])


class BlobStore:
    """The raw store at `url`: a folder, or an fsspec URL such as `s3://bucket/raw`."""

    def __init__(self, url: str | os.PathLike[str]) -> None:
        text = os.fspath(url)
        self._place: _Place
        if text.startswith("file://"):
            text = text.removeprefix("file://")
        self._place = _Remote(text) if "://" in text else _Folder(Path(text))

    def write_stream(self, chunks: Iterable[bytes]) -> BlobInfo:
        """Keep the bytes of `chunks`; they are durable when this returns.

        Raises BlobNotKept where the store fails; an error raised by `chunks` itself passes through. In both
        cases nothing is kept.
        """
        with self._unfinished_file() as (file, path):
            frames, digest, size = FrameWriter(file), hashlib.sha256(), 0
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                with _failure_named():
                    frames.write(chunk)
            info = BlobInfo(digest.hexdigest(), size)
            with _failure_named():
                frames.finish()
                file.flush()
                os.fsync(file.fileno())
                file.close()
                self._place.publish(path, _key(info.sha256))
        return info

    def open(self, sha256: str) -> BlobReader:
        """Raises BlobMissing or BlobDamaged."""
        try:
            file = self._place.open(_key(sha256))
        except FileNotFoundError as error:
            raise BlobMissing(sha256) from error
        try:
            return BlobReader(sha256, file)
        except BlobDamaged:
            file.close()
            raise

    def has(self, sha256: str) -> bool:
        return self._place.has(_key(sha256))

    def names(self) -> Iterator[str]:
        """SHA-256 of every kept blob, in no order; one kept meanwhile may or may not be among them."""
        for key in self._place.every_key():
            name = key.removesuffix(".zst").replace("/", "")
            if key.endswith(".zst") and _SHA256.fullmatch(name):
                yield name

    def open_packed(self, sha256: str) -> BinaryIO:
        """The blob as it lies in the store (see `zstd_frames`), for copies. Raises BlobMissing."""
        try:
            return self._place.open(_key(sha256))
        except FileNotFoundError as error:
            raise BlobMissing(sha256) from error

    def take_packed(self, sha256: str, chunks: Iterable[bytes]) -> None:
        """Put back what `open_packed` gave; durable when this returns. The content is not judged here."""
        with self._unfinished_file() as (file, path), _failure_named():
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            self._place.publish(path, _key(sha256))

    def remove_unfinished(self, older_than_seconds: float = 86_400) -> int:
        """Remove what killed processes left behind, and say how many; finished blobs are not touched."""
        limit, removed = time.time() - older_than_seconds, 0
        for path in self._place.unfinished.glob("khoyte-*.unfinished"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    @contextmanager
    def _unfinished_file(self) -> Iterator[tuple[BinaryIO, Path]]:
        with _failure_named():
            handle, name = tempfile.mkstemp(".unfinished", "khoyte-", self._place.unfinished)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file, path
        finally:
            path.unlink(missing_ok=True)


def open_store() -> BlobStore:
    """The store of this installation: `KHOYTE_BLOBS`, or the folder `blobs` of its home."""
    return BlobStore(os.environ.get("KHOYTE_BLOBS") or folder("blobs"))


def _key(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError("a blob is named by 64 lower-case hexadecimal digits")
    return f"{sha256[:2]}/{sha256[2:]}.zst"


@contextmanager
def _failure_named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BlobNotKept(error.strerror or type(error).__name__) from error
