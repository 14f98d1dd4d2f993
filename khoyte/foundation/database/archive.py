"""Archiving of the embedded server's log (WAL): finished segments are copied into a spool beside the data.

Somebody else (room `backup`) takes them from there to where backups lie. The server itself cannot: as another
user it reads neither our key nor our programs, and a slow or absent place must not hold it up. The note in
the home decides, not the environment: once archiving is on, every start of the server, by whatever command,
archives; a start that did not would leave a gap nobody notices before a restore.
"""

import json
import struct
from dataclasses import asdict, dataclass
from pathlib import Path

from khoyte.foundation.database.places import Places, places_of
from khoyte.foundation.home import write_durably

SPOOL = "wal-spool"
SEGMENT_SECONDS = 40
"""An unfinished segment is closed after so long: with taking it away, within 60 s of a commit."""

# Relative to the data folder, where the server runs its commands: no path needs to be quoted. The same
# segment may come twice after a crash; the copy is renamed only when it is whole and on the disk.
_COMMAND = f"cp %p ../{SPOOL}/%f.part && sync ../{SPOOL}/%f.part && mv ../{SPOOL}/%f.part ../{SPOOL}/%f"


@dataclass(frozen=True)
class ArchiveNote:
    """`place` is where backups go; `seconds` how long a segment may stay open."""

    place: str
    seconds: int = SEGMENT_SECONDS


def note_file(home: Path) -> Path:
    return home / "archive.json"


def read_note(home: Path) -> ArchiveNote | None:
    """None where archiving is off."""
    path = note_file(home)
    return ArchiveNote(**json.loads(path.read_text())) if path.exists() else None


def write_note(home: Path, note: ArchiveNote | None) -> None:
    """Switch archiving on or off; the server follows at its next start."""
    if note is None:
        note_file(home).unlink(missing_ok=True)
    elif read_note(home) != note:
        write_durably(note_file(home), json.dumps(asdict(note)).encode())


def settings(places: Places) -> dict[str, str]:
    note = read_note(places.home)
    if note is None:
        return {"archive_mode": "off"}
    return {
        "archive_mode": "on",
        "archive_command": f"'{_COMMAND}'",
        "archive_timeout": f"{note.seconds}s",
    }


def spool(home: Path) -> Path:
    return places_of(home).base / SPOOL


def system_identifier(home: Path) -> str:
    """The number initdb gave to the cluster; a physical copy has the same. Readable while the server runs."""
    control = (places_of(home).data / "global" / "pg_control").read_bytes()
    return str(struct.unpack_from("<Q" if struct.pack("=H", 1) == struct.pack("<H", 1) else ">Q", control)[0])
