"""The verdict on a file: outcomes of its dossiers, counts that balance, causes behind the findings.

Pure: no database. `khoyte check` and the intake worker build the same objects.
"""

import dataclasses
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

ACCEPTED, REJECTED, QUARANTINED, DUPLICATE = "accepted", "rejected", "quarantined", "duplicate"
PROFILES = ("precheck", "store")


@dataclass(frozen=True, slots=True)
class Found:
    """One broken rule at one place. `value` and `params` are free of what identifies a person."""

    rule: str
    version: str
    levels: dict[str, str]  # profile -> "E" | "W" | "I"
    table: str = ""
    row: int = 0
    field: str = ""
    value: str = ""
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    part: str = ""
    cause: str = ""  # findings with the same text here have one cause

    def cause_id(self) -> str:
        """Short stable id: the same wrong code, person, machine or field is one cause."""
        text = "\x1f".join((self.rule, self.part, self.table, self.field, self.cause))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class Outcome:
    """One dossier as judged."""

    position: int
    ma_lk: str
    standard: str
    content_sha256: bytes
    byte_offset: int
    byte_length: int
    tables: tuple[str, ...]
    record_date: date | None
    findings: list[Found]
    quarantined: bool = False
    duplicate: bool = False
    version: int = 1

    def verdict(self, profile: str) -> str:
        if self.quarantined:
            return QUARANTINED
        if self.duplicate:
            return DUPLICATE
        if any(found.levels[profile] == "E" for found in self.findings):
            return REJECTED
        return ACCEPTED

    def count(self, profile: str, level: str) -> int:
        return sum(found.levels[profile] == level for found in self.findings)


@dataclass
class Tally:
    """Running counts of one file; `ledger` gives the balanced equation."""

    declared: int | None
    found: int = 0
    verdicts: Counter[str] = dataclasses.field(default_factory=Counter)

    def add(self, verdict: str) -> None:
        self.found += 1
        self.verdicts[verdict] += 1

    def ledger(self) -> dict[str, int]:
        """declared + undeclared = accepted + rejected + quarantined + duplicate + missing, always."""
        declared = self.declared or 0
        return {
            "declared": declared,
            "undeclared": max(0, self.found - declared),
            "received": self.found,
            "accepted": self.verdicts[ACCEPTED],
            "rejected": self.verdicts[REJECTED],
            "quarantined": self.verdicts[QUARANTINED],
            "duplicate": self.verdicts[DUPLICATE],
            "missing": max(0, declared - self.found),
        }


class Causes:
    """Groups findings by cause while dossiers stream by; memory grows with causes, not with findings."""

    def __init__(self, profile: str):
        self.profile = profile
        self._sample: dict[str, Found] = {}
        self._findings: Counter[str] = Counter()
        self._dossiers: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._cured: Counter[str] = Counter()
        self.affected_dossiers = 0

    def add(self, outcome: Outcome) -> None:
        """Count one dossier. A cause cures it when it alone stands between the dossier and acceptance."""
        by_cause: dict[str, bool] = defaultdict(bool)
        for found in outcome.findings:
            level = found.levels[self.profile]
            if level == "I":
                continue
            cause = found.cause_id()
            self._sample.setdefault(cause, found)
            self._findings[cause] += 1
            by_cause[cause] |= level == "E"
        self._dossiers.update(by_cause.keys())
        refusing = [cause for cause, refuses in by_cause.items() if refuses]
        self._refused.update(refusing)
        self.affected_dossiers += bool(by_cause)
        if len(refusing) == 1:
            self._cured[refusing[0]] += 1

    def ranked(self) -> list[dict[str, Any]]:
        """Causes by dossiers cured, then touched. `share` is of all dossiers with E or W findings."""
        order = sorted(
            self._sample,
            key=lambda c: (-self._cured[c], -self._refused[c], -self._dossiers[c], -self._findings[c], c),
        )
        return [self._row(cause) for cause in order]

    def _row(self, cause: str) -> dict[str, Any]:
        found = self._sample[cause]
        return {
            "id": cause,
            "rule": found.rule,
            "version": found.version,
            "part": found.part,
            "level": found.levels[self.profile],
            "table": found.table,
            "field": found.field,
            "value": found.value,
            "params": found.params,
            "findings": self._findings[cause],
            "dossiers": self._dossiers[cause],
            "refused": self._refused[cause],
            "cured": self._cured[cause],
            "share": round(self._dossiers[cause] / self.affected_dossiers, 4),
        }


def merge_not_judged(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line per rule and reason, dossiers summed."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["rule"], str(row["reason"]))
        if key in merged:
            merged[key]["dossiers"] += row["dossiers"]
        else:
            merged[key] = dict(row)
    return sorted(merged.values(), key=lambda row: row["rule"])


def stored_file_finding(found: Found) -> dict[str, Any]:
    """A file finding as it lies in a judgement row."""
    return {
        "rule": found.rule,
        "version": found.version,
        "levels": found.levels,
        "table": found.table,
        "row": found.row,
        "field": found.field,
        "value": found.value,
        "params": found.params,
        "part": found.part,
    }
