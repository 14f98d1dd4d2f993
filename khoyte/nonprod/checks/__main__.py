"""`python -m khoyte.nonprod.checks [NAME...]`: see the package's own words."""

import sys
from collections.abc import Callable

from khoyte.nonprod.checks import advisories, code, licences, lock, sbom, secrets
from khoyte.nonprod.checks.findings import Outcome

CHECKS: dict[str, Callable[[], Outcome]] = {
    "code": code.check,
    "secrets": secrets.check,
    "lock": lock.check,
    "licences": licences.check,
    "sbom": sbom.check,
    "advisories": advisories.check,
}


def main(arguments: list[str]) -> int:
    """1 when something was found, else 3 when something could not be checked, else 0."""
    if arguments == ["--write-sbom"]:
        print(sbom.write())
        return 0
    unknown = [name for name in arguments if name not in CHECKS]
    if unknown:
        print(f"no such check: {', '.join(unknown)}; checks: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    outcomes = [CHECKS[name]() for name in arguments or CHECKS]
    for outcome in outcomes:
        told(outcome)
    statuses = {outcome.status for outcome in outcomes}
    return 1 if 1 in statuses else max(statuses)


def told(outcome: Outcome) -> None:
    """Findings one a line, then one line on what was looked at; loud when it was not."""
    for finding in outcome.findings:
        print(finding)
    for reason in outcome.not_checked:
        print(f"NOT CHECKED  {outcome.name}: {reason}")
    if not outcome.not_checked:
        print(f"{outcome.name}: {len(outcome.findings)} found in {outcome.looked_at}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
