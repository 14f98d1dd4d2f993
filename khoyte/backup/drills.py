"""`khoyte drill`: restore the backup into a scratch place beside the living installation, and prove the copy.

The living installation goes on; a point of its log is marked, and everything must be equal as of that point:
rows of every table, raw files, the head of the audit log (against the heads outside), the ledger. The scratch
is a home of its own with a server of its own, reachable over its own socket only, and is removed at the end.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from khoyte.audit.heads import heads_file
from khoyte.backup import bases, errors, keys, proofs, settings, wal
from khoyte.backup.catalog import Catalog, Manifest, now, stamp
from khoyte.backup.keys import BackupKey
from khoyte.backup.places import open_place
from khoyte.backup.restoring import Target, check_pieces, make_plan, restore
from khoyte.backup.shipping import Shipper, segment_name
from khoyte.foundation.blobs import BlobStore, open_store
from khoyte.foundation.calendar import TZ
from khoyte.foundation.database import EmbeddedPostgres, database_urls
from khoyte.foundation.database.addresses import configured_url
from khoyte.foundation.database.archive import SEGMENT_SECONDS, read_note
from khoyte.foundation.database.locks import owner_of
from khoyte.foundation.database.places import places_of
from khoyte.foundation.errors import KhoyteError

_SCRATCH = "drill-"
_SHIPPING_PATIENCE = 90.0


@dataclass
class Report:
    """`rpo_s`: from a commit until it was in the backup, by the ordinary way; `rto_s`: from an empty home to
    a server that answers. `archiving` is false where only bases are taken: then what came after the newest
    base would be lost, whatever `rpo_s` says."""

    taken_at: str | None = None
    restored_to: str | None = None
    rpo_s: float | None = None
    rto_s: float | None = None
    size_mb: float | None = None
    rows_equal: bool = False
    digests_equal: bool = False
    audit_head_equal: bool = False
    ledger_balances: bool = False
    archiving: bool = False
    tables: int = 0
    rows: int = 0
    blobs: int = 0
    base: str = ""
    wrong: list[dict[str, str]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        proven = (self.rows_equal, self.digests_equal, self.audit_head_equal, self.ledger_balances)
        return all(proven) and not self.wrong

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}

    def fails(self, vi: str, en: str) -> None:
        self.wrong.append({"vi": vi, "en": en})


def run_drill(
    home: Path,
    place: str,
    progress: bases.Progress = bases.silent,
    *,
    server: Mapping[str, str] | None = None,
) -> Report:
    """Drill with the backup in `place`; empty: with one made for the occasion. The database must be running.

    `server` overrides the configuration of the copy's server. What is wrong with the backup is told in the
    report; raises KhoyteError only where no drill can be held.
    """
    if configured_url():
        raise errors.no_drill_of_external()
    report = Report()
    with _scratch(home) as scratch:
        catalog = _catalog(home, place, scratch)
        report.archiving = bool(place) and _is_archived(home, place)
        try:
            mark, blobs = _prepare(home, catalog, report, scratch, progress)
            target = Target(point=mark.name, server=dict(server or {}))
            _restore_and_prove(catalog, scratch, target, mark, blobs, report, progress)
        except (errors.BackupUnusable, psycopg.Error) as trouble:
            _tell(report, trouble)
    return report


def _tell(report: Report, trouble: Exception) -> None:
    if isinstance(trouble, KhoyteError):
        report.fails(trouble.text.vi, trouble.text.en)
    else:
        said = str(trouble).strip().splitlines()[0] if str(trouble).strip() else type(trouble).__name__
        report.fails(f"PostgreSQL: {said}", f"PostgreSQL: {said}")


def _catalog(home: Path, place: str, scratch: Path) -> Catalog:
    if place:
        return settings.open_catalog(place, home)
    known = keys.key_file(home)
    key = keys.load(known) if known.exists() else BackupKey(os.urandom(32))
    return Catalog(open_place(scratch / "place"), key)


def _is_archived(home: Path, place: str) -> bool:
    note = read_note(home)
    if note is None or os.path.abspath(note.place) != os.path.abspath(place):
        return False
    with psycopg.connect(database_urls(home)["admin"]) as connection:
        row = connection.execute("SHOW archive_mode").fetchone()
    return row is not None and row[0] == "on"


# The point to restore to


def _prepare(
    home: Path, catalog: Catalog, report: Report, scratch: Path, progress: bases.Progress
) -> tuple[proofs.Mark, set[str]]:
    """Have a base and the log up to a marked point in the place."""
    store, admin = open_store(), database_urls(home)["admin"]
    with ExitStack() as stack:
        manifest = _newest(catalog)
        if manifest is not None:
            # As it was found: what is taken to the place from here on could mend it (a raw file that is gone
            # is copied again), and without the log only a fresh base can be compared.
            check_pieces(catalog, make_plan(catalog, Target()), progress)
        if manifest is None or not report.archiving:
            stack.enter_context(bases.log_kept(home))
            manifest = bases.take_base(home, catalog, store, progress)
        report.base, report.taken_at = manifest.id, _local(manifest.finished)
        report.size_mb = round((manifest.database_bytes + manifest.blob_bytes) / 1e6, 1)
        blobs = set(store.names())
        mark = stack.enter_context(proofs.marked(admin, f"khoyte-drill-{stamp()}"))
        _keep_heads(scratch)
        report.restored_to = _local(mark.at)
        if report.archiving:
            safe_at = _await_segment(home, catalog, store, mark)
        else:
            _take_log(home, catalog, manifest, mark)
            bases.copy_blobs(store, catalog)
            safe_at = now()
        report.rpo_s = round((safe_at - mark.at).total_seconds(), 1)
    return mark, blobs


def _newest(catalog: Catalog) -> Manifest | None:
    ids = catalog.base_ids()
    return catalog.manifest(ids[-1]) if ids else None


def _keep_heads(scratch: Path) -> None:
    """The heads as they lie outside now; later ones tell of what the copy cannot have."""
    (scratch / "heads").mkdir()
    if heads_file().exists():
        shutil.copy(heads_file(), scratch / "heads" / heads_file().name)


def _await_segment(home: Path, catalog: Catalog, store: BlobStore, mark: proofs.Mark) -> datetime:
    """When the segment with the mark came into the place. Ships it itself where no worker does."""
    name, shipper = segment_name(mark.timeline_file), Shipper(home, catalog, store)
    note = read_note(home)
    deadline = time.monotonic() + (note.seconds if note else SEGMENT_SECONDS) + _SHIPPING_PATIENCE
    while catalog.place.size(name) is None:
        shipper.ship()
        if time.monotonic() > deadline:
            raise errors.missing(name)
        time.sleep(0.5)
    return catalog.moment(name)


def _take_log(home: Path, catalog: Catalog, manifest: Manifest, mark: proofs.Mark) -> None:
    """Without archiving: copy the log from the base to the mark out of the data folder itself."""
    with psycopg.connect(database_urls(home)["admin"], autocommit=True) as connection:
        connection.execute("SELECT pg_switch_wal()")
    segment, last = (
        wal.segment_at(manifest.timeline, manifest.end),
        wal.segment_at(manifest.timeline, mark.lsn),
    )
    while segment <= last:
        content = (places_of(home).data / "pg_wal" / segment.name).read_bytes()
        catalog.write(segment_name(segment.name), [content])
        segment = segment.next


# The copy


def _restore_and_prove(
    catalog: Catalog,
    scratch: Path,
    target: Target,
    mark: proofs.Mark,
    blobs: set[str],
    report: Report,
    progress: bases.Progress,
) -> None:
    begin, home = time.monotonic(), scratch / "home"
    restore(catalog, home, target, progress)
    with EmbeddedPostgres(home, settings=dict(target.server)) as server:
        with psycopg.connect(server.urls["app"]):
            report.rto_s = round(time.monotonic() - begin, 1)
        progress("compare", 0, 4)
        _compare_rows(mark.hashes, proofs.table_hashes(server.urls["admin"]), report)
        progress("compare", 1, 4)
        _compare_blobs(BlobStore(home / "blobs"), blobs, report)
        progress("compare", 2, 4)
        report.audit_head_equal = _khoyte(scratch, report, "audit", "verify", "--json")
        progress("compare", 3, 4)
        report.ledger_balances = _khoyte(scratch, report, "ledger", "prove", "--json")
        progress("compare", 4, 4)


def _compare_rows(expected: proofs.Hashes, found: proofs.Hashes, report: Report) -> None:
    unequal = proofs.differing(expected, found)
    report.tables, report.rows = len(found), sum(count for count, _ in found.values())
    report.rows_equal = bool(expected) and not unequal
    if unequal:
        names = ", ".join(unequal[:10])
        report.fails(f"Bảng không khớp: {names}", f"Tables are not equal: {names}")


def _compare_blobs(store: BlobStore, wanted: set[str], report: Report) -> None:
    wrong = proofs.damaged_blobs(store, wanted)
    report.blobs = len(wanted)
    report.digests_equal = not wrong
    if wrong:
        names = ", ".join(wrong[:10])
        report.fails(f"Tệp gốc thiếu hoặc hỏng: {names}", f"Raw files are missing or damaged: {names}")


def _khoyte(scratch: Path, report: Report, *command: str) -> bool:
    """Whether a command of ours, run on the copy, answers yes."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("KHOYTE_")}
    surroundings.pop("DJANGO_SETTINGS_MODULE", None)
    own = {"KHOYTE_HOME": str(scratch / "home"), "KHOYTE_AUDIT_HEADS": str(scratch / "heads")}
    done = subprocess.run(
        [sys.executable, "-m", "khoyte", *command],
        env={**surroundings, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = _short(done.stdout) or done.stderr.strip()[-200:]
        report.fails(
            f"`khoyte {' '.join(command)}` trên bản khôi phục: {said}",
            f"`khoyte {' '.join(command)}` on the copy: {said}",
        )
    return done.returncode == 0


def _short(output: str) -> str:
    """What the command answered, without its lists."""
    try:
        answer = json.loads(output)
    except ValueError:
        return ""
    return json.dumps({name: value for name, value in answer.items() if not isinstance(value, list)})


# Scratch


@contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A folder in the home (nothing personal may lie in the temporary folder); all of it is removed."""
    for left in home.glob(f"{_SCRATCH}*"):
        if left.is_dir() and owner_of(left / "home") is None and not _is_fresh(left):
            _remove(left)
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=home))
    try:
        yield scratch
    finally:
        _remove(scratch)


def _is_fresh(folder: Path) -> bool:
    """Another drill may just be filling it."""
    return time.time() - folder.stat().st_mtime < 6 * 3600


def _remove(scratch: Path) -> None:
    for copy in (scratch / "home", scratch / "home" / ".restoring"):
        base = places_of(copy).base
        if base.is_dir():
            shutil.rmtree(base, ignore_errors=True)
    shutil.rmtree(scratch, ignore_errors=True)


def _local(moment: datetime) -> str:
    return moment.astimezone(TZ).isoformat(timespec="milliseconds")
