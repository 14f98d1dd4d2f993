"""What shows that a requirement of security is met: a test, a setting, a duty of the operator, or a reason.

The table (data/evidence.csv) follows the groups of TCVN 14423:2026 for level 3, as far as known here, and
the sections of OWASP ASVS 5.0 with items of levels 1 and 2. Several lines may stand for one requirement.
The numbers within groups of TCVN are of this table: clauses of the standard are not cited, since its text is
not at hand. A requirement with a line "none" is not met, or met in part, and says so.
"""

import ast
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from khoyte.foundation.language import Text

KINDS = ("test", "setting", "duty", "reason", "none")
NO_EVIDENCE = Text("thiếu bằng chứng", "no evidence")


@dataclass(frozen=True)
class Evidence:
    """One line. `evidence` is a test's id (path::name), a setting's name, or empty for what a note says."""

    standard: str
    item: str
    title: Text
    kind: str
    evidence: str
    note: Text


@dataclass(frozen=True)
class Requirement:
    """One requirement with all its lines."""

    standard: str
    item: str
    title: Text
    lines: tuple[Evidence, ...]


def evidence() -> tuple[Evidence, ...]:
    """The table in its order."""
    path = Path(__file__).with_name("data") / "evidence.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Evidence(
                row["standard"],
                row["item"],
                Text(row["vi"], row["en"]),
                row["kind"],
                row["evidence"],
                Text(row["note_vi"], row["note_en"]),
            )
            for row in csv.DictReader(file)
        )


def requirements() -> tuple[Requirement, ...]:
    """The lines by requirement, in the order of the table."""
    grouped: dict[tuple[str, str], list[Evidence]] = {}
    for line in evidence():
        grouped.setdefault((line.standard, line.item), []).append(line)
    return tuple(
        Requirement(standard, item, lines[0].title, tuple(lines))
        for (standard, item), lines in grouped.items()
    )


def holds(line: Evidence, root: Path) -> bool:
    """Whether what a line names is there; `root` is the folder of the sources."""
    if line.kind == "test":
        return is_test(root, line.evidence)
    if line.kind == "setting":
        return line.evidence in settings_known(root)
    return line.kind in ("duty", "reason") and bool(line.note.vi and line.note.en)


def is_shown(found: Requirement, root: Path) -> bool:
    """Whether a requirement is shown to be met: every line holds."""
    return all(holds(line, root) for line in found.lines)


def is_test(root: Path, test: str) -> bool:
    """Whether `path::name` or `path::Class::name` is a test in the sources."""
    place, *names = test.split("::")
    path = root / place
    return bool(names) and path.is_file() and tuple(names) in _tests_in(path)


@cache
def _tests_in(path: Path) -> frozenset[tuple[str, ...]]:
    return frozenset(_names(ast.parse(path.read_text(encoding="utf-8")).body))


def _names(body: Sequence[ast.stmt], within: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for node in body:
        if isinstance(node, ast.ClassDef):
            found += _names(node.body, (*within, node.name))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.append((*within, node.name))
    return found


@cache
def settings_known(root: Path) -> frozenset[str]:
    """Names of the settings in docs/settings.md."""
    lines = (root / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    return frozenset(line.split("`")[1] for line in lines if line.startswith("| `KHOYTE_"))
