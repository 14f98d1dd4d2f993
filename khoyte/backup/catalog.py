"""What a place holds: reading and writing its small sealed documents."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from khoyte.backup import errors, sealing
from khoyte.backup.keys import BackupKey
from khoyte.backup.places import Place

INSTALLATION = "installation"


@dataclass(frozen=True)
class Manifest:
    """One base. `pieces`, `blobs` (the list of raw files) and `home` are names of files with their sizes;
    positions are LSNs; `finished_at` is the earliest moment it can be restored to; `foreign` is the name of
    the database where the base is of a server that was not the embedded one."""

    id: str
    system: str
    timeline: int
    start: str
    end: str
    started_at: str
    finished_at: str
    pieces: dict[str, int]
    blobs: dict[str, int]
    home: str
    database_bytes: int
    blob_count: int = 0
    blob_bytes: int = 0
    program: str = ""
    foreign: str = ""

    @property
    def finished(self) -> datetime:
        return datetime.fromisoformat(self.finished_at)

    @property
    def started(self) -> datetime:
        return datetime.fromisoformat(self.started_at)


class Catalog:
    """A place and the key to it."""

    def __init__(self, place: Place, key: BackupKey) -> None:
        self.place, self.key = place, key

    def write(self, name: str, content: Iterable[bytes], *, compress: bool = True) -> int:
        return self.place.put(name, sealing.seal(self.key, name, content, compress=compress))

    def read(self, name: str) -> Iterator[bytes]:
        """Raises PieceMissing, PieceDamaged, OtherKey."""
        with self.place.open(name) as file:
            yield from sealing.opened(self.key, name, file)

    def read_whole(self, name: str) -> bytes:
        return b"".join(self.read(name))

    def check(self, name: str) -> None:
        with self.place.open(name) as file:
            sealing.check(self.key, name, file)

    def moment(self, name: str) -> datetime:
        """When a file was sealed, to the millisecond. Believed only for files that are opened as well."""
        with self.place.open(name) as file:
            return sealing.read_header(name, file).moment

    def claim(self, system: str) -> None:
        """Make the place that of this cluster; refuse one that is another's."""
        if self.place.size(INSTALLATION) is None:
            self.write(INSTALLATION, [system.encode()])
        elif self.read_whole(INSTALLATION).decode() != system:
            raise errors.place_of_another(self.place)

    def base_ids(self) -> list[str]:
        """Whole bases, oldest first."""
        names = (name.split("/") for name in self.place.names("bases"))
        return sorted(parts[1] for parts in names if parts[-1] == "manifest" and len(parts) == 3)

    def manifest(self, base: str) -> Manifest:
        return Manifest(**json.loads(self.read_whole(f"bases/{base}/manifest")))

    def write_manifest(self, manifest: Manifest) -> None:
        self.write(f"bases/{manifest.id}/manifest", [json.dumps(asdict(manifest)).encode()])

    def segments(self) -> dict[str, str]:
        """Archived files of the log: name of the segment to name in the place."""
        return {name.rsplit("/", 1)[1]: name for name in self.place.names("wal")}

    def blobs_of(self, manifest: Manifest) -> set[str]:
        """SHA-256 of the raw files a base may refer to."""
        return {sha256 for name in manifest.blobs for sha256 in json.loads(self.read_whole(name))}

    def blobs_listed(self, since: str) -> set[str]:
        """SHA-256 of raw files that were copied with the log after the base `since` began."""
        names = [name for name in self.place.names("blob-lists") if name.rsplit("/", 1)[1] >= since]
        return {sha256 for name in names for sha256 in json.loads(self.read_whole(name))}

    def blob_names(self) -> set[str]:
        """SHA-256 of the raw files kept here."""
        return {name.rsplit("/", 1)[1] for name in self.place.names("blobs")}


def blob_name(sha256: str) -> str:
    return f"blobs/{sha256[:2]}/{sha256}"


def now() -> datetime:
    return datetime.now(UTC)


def stamp() -> str:
    """A file name that sorts by time."""
    return now().strftime("%Y%m%dT%H%M%S%fZ")
