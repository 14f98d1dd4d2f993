"""What a check says, and the lists of exceptions with their reasons."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `subject` is what an exception may name: a function, a digest, a package."""

    rule: str
    file: str
    subject: str
    message: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: [{self.rule}] {self.subject}: {self.message}"


@dataclass(frozen=True)
class Outcome:
    """What came of one check. `looked_at` in words; `not_checked` says why it could not be made."""

    name: str
    looked_at: str
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[str, ...] = field(default=())

    @property
    def status(self) -> int:
        if self.findings:
            return 1
        return 3 if self.not_checked else 0


def without_exceptions(found: Iterable[Finding], name: str) -> list[Finding]:
    """Findings that `data/<name>` does not except. An exception that excepts nothing is a finding, too."""
    excepted = {(row["rule"], row["file"], row["subject"]): row["reason"] for row in rows_of(name)}
    used: set[tuple[str, str, str]] = set()
    left = []
    for finding in found:
        key = (finding.rule, finding.file, finding.subject)
        if excepted.get(key):
            used.add(key)
        else:
            left.append(finding)
    for rule, file, subject in excepted.keys() - used:
        left.append(
            Finding(rule, file, subject, f"the exception in data/{name} excepts nothing or has no reason")
        )
    return left


def rows_of(name: str) -> list[dict[str, str]]:
    """The lines of a table in `data/`."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
