"""Secrets in the tree: keys, tokens and passwords by their look, and strings too random to be words.

Looked at are the files of the repository; exceptions stand in data/secret-exceptions.csv by the SHA-256 of
what was found, so that the list itself holds no secret and another string in the same file is still found.
"""

import hashlib
import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from khoyte.nonprod.checks.findings import ROOT, Finding, Outcome, without_exceptions

EXCEPTIONS = "secret-exceptions.csv"
SHAPES = {
    "private-key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "khoyte-token": re.compile(r"kht_[A-Za-z0-9_-]{30,}"),
    "webhook-secret": re.compile(r"whsec_[A-Za-z0-9+/=_-]{24,}"),
    "jwt": re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    "github-token": re.compile(r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}"),
    "aws-key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "google-key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b"),
    "slack-token": re.compile(r"xox[abprs]-[A-Za-z0-9-]{20,}"),
    "password-in-address": re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@{}\"'<>]+:[^\s/@{}\"'<>]{3,}@[^\s\"']+"),
}
_WORD = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_HEX = re.compile(r"[0-9a-fA-F]+")
# Bits a sign: random base64 of 24 signs has about 4.2 and more with length, identifiers about 3.5.
_BITS, _HEX_BITS, _HEX_LENGTH = 4.15, 3.2, 40
_BINARY = {".png", ".ico", ".woff2", ".zst", ".gz", ".zip", ".xlsx", ".pdf"}
# Hashes by nature; the check of the lock looks at them.
_LISTS_OF_HASHES = {"requirements.txt", "requirements-dev.txt", "docs/sbom.cdx.json"}


def findings_in(path: str, text: str) -> Iterator[Finding]:
    """What looks like a secret in one text, by its digest; never the text itself."""
    for number, line in enumerate(text.splitlines(), 1):
        for kind, found in _in_line(line, hashes=path in _LISTS_OF_HASHES):
            digest = hashlib.sha256(found.encode()).hexdigest()[:16]
            yield Finding(kind, path, digest, f"{len(found)} signs that look like a secret", number)


def _in_line(line: str, *, hashes: bool) -> Iterator[tuple[str, str]]:
    rest = line
    for kind, shape in SHAPES.items():
        for match in shape.finditer(line):
            yield kind, match.group()
            rest = rest.replace(match.group(), " ")
    if not hashes:
        for word in _WORD.findall(rest):
            if looks_random(word):
                yield "random-string", word


def looks_random(word: str) -> bool:
    """Whether a run of signs is more even than words, paths and identifiers are."""
    if _HEX.fullmatch(word):
        return len(word) >= _HEX_LENGTH and entropy(word.lower()) >= _HEX_BITS
    # A random word mixes the kinds; a name in capitals, a path or a sentence with dashes does not.
    kinds = (any(map(str.islower, word)), any(map(str.isupper, word)), any(map(str.isdigit, word)))
    return all(kinds) and entropy(word) >= _BITS


def entropy(word: str) -> float:
    """Bits a sign (Shannon)."""
    counts = Counter(word).values()
    return -sum(count / len(word) * math.log2(count / len(word)) for count in counts)


def files() -> list[Path]:
    """Files of the repository; without git, everything but environment, data and caches."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.split(b"\0")
        found = [ROOT / name.decode() for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        apart = {".git", ".venv", "var", "build", "__pycache__"}
        found = [path for path in ROOT.rglob("*") if not apart & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in found if path.is_file() and path.suffix not in _BINARY)


def check() -> Outcome:
    looked = 0
    found: list[Finding] = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # no text
        looked += 1
        found += findings_in(path.relative_to(ROOT).as_posix(), text)
    left = without_exceptions(found, EXCEPTIONS)
    return Outcome("secrets", f"{looked} files", tuple(left), () if looked else ("no files",))
