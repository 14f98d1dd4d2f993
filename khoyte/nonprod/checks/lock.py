"""The two locks: every line pinned and hashed, both of one mind, no address of anybody inside."""

import re
from dataclasses import dataclass
from pathlib import Path

from khoyte.nonprod.checks.findings import ROOT, Finding, Outcome

RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
WANTED = {RUNTIME: "requirements.in", DEVELOPMENT: "requirements-dev.in"}
_PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\]+?))?(?: \\)?"
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_WANTED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Options that name a place to fetch from, and any address at all.
_PLACE = re.compile(r"://|--(?:index-url|extra-index-url|find-links|trusted-host)|(?:^|\s)-[fi]\s|\s@\s")


@dataclass(frozen=True)
class Locked:
    """One line of a lock. `needed_by` are the names after `# via`; `direct`: a list of wishes names it."""

    name: str
    version: str
    marker: str
    hashes: frozenset[str]
    needed_by: tuple[str, ...]
    direct: bool = False


def read_lock(text: str) -> tuple[dict[str, Locked], list[str]]:
    """Packages by name, and the lines that are no pinned and hashed package."""
    packages: dict[str, Locked] = {}
    odd: list[str] = []
    for block in _blocks(text):
        first, rest = block[0], block[1:]
        found = _PINNED.fullmatch(first)
        hashes = frozenset(digest for line in rest for digest in _HASH.findall(line))
        if found is None or not hashes:
            odd.append(first)
            continue
        name = plain_name(found["name"])
        via = [
            line.replace("# via", "").lstrip("# ").strip() for line in rest if line.lstrip().startswith("#")
        ]
        needed_by = tuple(plain_name(one) for one in via if one and not one.startswith("-"))
        direct = any(one.startswith("-r") for one in via)
        packages[name] = Locked(name, found["version"], found["marker"] or "", hashes, needed_by, direct)
    return packages, odd


def _blocks(text: str) -> list[list[str]]:
    """Each line that begins at the margin with those indented below it."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith((" ", "\t")) and blocks:
            blocks[-1].append(line.strip())
        elif line.strip() and not line.startswith("#"):
            blocks.append([line.rstrip()])
    return blocks


def plain_name(name: str) -> str:
    """A package's name as the index knows it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str = RUNTIME) -> dict[str, Locked]:
    return read_lock((ROOT / name).read_text(encoding="utf-8"))[0]


def check(folder: Path = ROOT) -> Outcome:
    """Raises OSError where a lock is missing."""
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in WANTED}
    locks = {name: read_lock(text) for name, text in texts.items()}
    found: list[Finding] = []
    for name, (packages, odd) in locks.items():
        found += [Finding("lock", name, line.split()[0], "not pinned by == and hashed") for line in odd]
        found += [
            Finding("lock", name, "address", "names a place to fetch from", number)
            for number, line in enumerate(texts[name].splitlines(), 1)
            if not line.startswith("#") and _PLACE.search(line)
        ]
        missing = _wanted(folder, WANTED[name]) - packages.keys()
        found += [Finding("lock", name, one, "wanted but not locked; lock again") for one in sorted(missing)]
    found += _differences(locks[RUNTIME][0], locks[DEVELOPMENT][0])
    count = sum(len(packages) for packages, _ in locks.values())
    return Outcome(
        "lock", f"{count} lines of two locks", tuple(found), () if count else ("the locks are empty",)
    )


def _wanted(folder: Path, name: str) -> set[str]:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    found = (_WANTED_NAME.match(line) for line in lines if not line.startswith(("#", "-")))
    return {plain_name(one.group()) for one in found if one}


def _differences(runtime: dict[str, Locked], development: dict[str, Locked]) -> list[Finding]:
    found = []
    for name, package in runtime.items():
        other = development.get(name)
        if other is None:
            found.append(Finding("lock", DEVELOPMENT, name, "in the other lock only"))
        elif (other.version, other.hashes) != (package.version, package.hashes):
            told = f"{other.version} here, {package.version} there, or other hashes"
            found.append(Finding("lock", DEVELOPMENT, name, told))
    return found
