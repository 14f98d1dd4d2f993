"""What the operator chose: where backups go, how many bases are kept, when the nightly one is taken."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from khoyte.backup import errors, keys
from khoyte.backup.catalog import Catalog
from khoyte.backup.places import open_place
from khoyte.foundation.blobs import BlobStore
from khoyte.foundation.database.addresses import configured_url
from khoyte.foundation.database.archive import SEGMENT_SECONDS, ArchiveNote, read_note, write_note
from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text

OFF = "none"


@dataclass(frozen=True)
class Settings:
    """`place` is empty where none is configured; `at` is an hour of the night in Vietnamese time, "HH:MM";
    `keep` bases are kept; a drill is held every `drill_days` days (0: never by itself)."""

    place: str
    keep: int
    at: str
    seconds: int
    drill_days: int


def read() -> Settings:
    """Raises WrongUsage for what cannot be understood."""
    place = os.environ.get("KHOYTE_BACKUP", "")
    return Settings(
        place=absolute(place) if place and place != OFF else "",
        keep=_number("KHOYTE_BACKUP_KEEP", 7, least=1),
        drill_days=_number("KHOYTE_DRILL_DAYS", 7, least=0),
        at=_time_of_day("KHOYTE_BACKUP_AT", "01:30"),
        seconds=_number("KHOYTE_BACKUP_SECONDS", SEGMENT_SECONDS, least=1),
    )


def _number(name: str, default: int, *, least: int) -> int:
    written = os.environ.get(name) or str(default)
    if not written.isascii() or not written.isdigit() or int(written) < least:
        raise WrongUsage(
            Text(
                vi="{name}={written} không đúng: cần số nguyên từ {least} trở lên.",
                en="{name}={written} is wrong: a whole number of at least {least} is wanted.",
            ).fill(name=name, written=written, least=least)
        )
    return int(written)


def _time_of_day(name: str, default: str) -> str:
    written = os.environ.get(name) or default
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", written):
        raise WrongUsage(
            Text(
                vi="{name}={written} không đúng: viết giờ như 01:30.",
                en="{name}={written} is wrong: write a time like 01:30.",
            ).fill(name=name, written=written)
        )
    return written


def absolute(place: str) -> str:
    """A place as it is written down: an address as it is, a folder by its whole path."""
    return place if "://" in place else os.path.abspath(os.path.expanduser(place))


def place_of(home: Path) -> str:
    """Where backups of this home go: as configured now, or as it was when archiving was switched on."""
    note = read_note(home)
    if os.environ.get("KHOYTE_BACKUP") == OFF:
        return ""
    return read().place or (note.place if note else "")


def switch_archiving(home: Path) -> None:
    """Archive the log from the next start of the embedded server on, when a place is configured.

    Leaving the setting out later changes nothing (a command of a forgetful shell must not tear a gap into the
    log); `KHOYTE_BACKUP=none` switches it off.
    """
    if configured_url():
        return
    chosen = read()
    if os.environ.get("KHOYTE_BACKUP") == OFF:
        write_note(home, None)
    elif chosen.place:
        write_note(home, ArchiveNote(chosen.place, chosen.seconds))


def store_apart() -> BlobStore | None:
    """The store of raw files where it does not lie in the home: a restore fills it again."""
    address = os.environ.get("KHOYTE_BLOBS")
    return BlobStore(address) if address else None


def open_catalog(place: str, home: Path) -> Catalog:
    """To write into: the key is made where there is none yet."""
    key, _ = keys.load_or_make(keys.key_file(home))
    return Catalog(open_place(place), key)


def open_for_reading(place: str, key: Path) -> Catalog:
    """Raises BackupUnusable where the key is missing or nothing is there."""
    catalog = Catalog(open_place(place), keys.load(key))
    if not catalog.base_ids():
        raise errors.no_backup(place)
    return catalog
