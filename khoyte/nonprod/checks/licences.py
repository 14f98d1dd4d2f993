"""Licences of what is locked, as data: data/packages.csv says each, data/licences.csv which fit Apache-2.0.

What an installed package says of itself must agree, so that a new release under other terms is noticed.
"""

import re
from importlib.metadata import Distribution, distributions

from khoyte.nonprod.checks.findings import Finding, Outcome, rows_of
from khoyte.nonprod.checks.lock import DEVELOPMENT, RUNTIME, locked, plain_name

PACKAGES, LICENCES = "packages.csv", "licences.csv"
# Words of older metadata, by what they begin with or are; everything else must be an SPDX expression.
_OLD_WORDS = {
    "mit": "MIT",
    "mit license": "MIT",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause",
    "bsd-2-clause": "BSD-2-Clause",
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "python software foundation license": "PSF-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "isc license (iscl)": "ISC",
    "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
}


def said_of(package: Distribution) -> str:
    """What an installed package says its licence is, as SPDX where we know the words; "" for nothing."""
    about = package.metadata.json
    expression = about.get("license_expression")
    if expression:
        return str(expression)
    told = str(about.get("license", "")).strip()
    classified = [
        line.rpartition("::")[2].strip()
        for line in about.get("classifier", [])
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    for words in (*classified, told):
        known = _OLD_WORDS.get(words.lower())
        if known:
            return known
    return told if 0 < len(told) < 60 else ""


def parts_of(expression: str) -> list[str]:
    """The licences an expression names."""
    return [word for word in re.findall(r"[A-Za-z0-9.+-]+", expression) if word not in ("AND", "OR", "WITH")]


def check() -> Outcome:
    """Every locked package has its licence, it goes with ours, and the installed ones say the same."""
    known = {row["package"]: row for row in rows_of(PACKAGES)}
    allowed = {row["licence"]: row for row in rows_of(LICENCES)}
    installed = {plain_name(one.metadata["Name"]): one for one in distributions()}
    runtime, development = locked(RUNTIME), locked(DEVELOPMENT)
    found: list[Finding] = []
    compared = 0
    for name in sorted({*runtime, *development}):
        row = known.get(name)
        if row is None:
            found.append(Finding("licence", PACKAGES, name, "no line says under which licence it comes"))
            continue
        found += _unfit(name, row["licence"], allowed, shipped=name in runtime)
        if name in installed:
            compared += 1
            said = said_of(installed[name])
            if said != row["said"]:
                found.append(
                    Finding("licence", PACKAGES, name, f"says {said!r} of itself, the list {row['said']!r}")
                )
    found += [
        Finding("licence", PACKAGES, name, "is in no lock; remove the line")
        for name in sorted(known.keys() - runtime.keys() - development.keys())
    ]
    trouble = () if compared else ("none of the locked packages is installed here",)
    return Outcome("licences", f"{len(known)} packages, {compared} of them installed", tuple(found), trouble)


def _unfit(name: str, expression: str, allowed: dict[str, dict[str, str]], *, shipped: bool) -> list[Finding]:
    """Every licence the expression names must be allowed; of an OR the list names only what we take."""
    use = "shipped" if shipped else "tools"
    parts = parts_of(expression)
    if parts and all(allowed.get(part, {}).get(use) == "yes" for part in parts):
        return []
    return [Finding("licence", PACKAGES, name, f"{expression!r} is not allowed for {use} by data/{LICENCES}")]
