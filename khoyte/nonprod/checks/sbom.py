"""docs/sbom.cdx.json: what a shipped Khoyte consists of, as CycloneDX 1.6, made from the lock alone.

The same lock gives the same bytes: no time of making, a serial number drawn from the content. Hashes are
those of every file the lock allows (wheels of all platforms), so that whoever holds one finds it here.
"""

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

from khoyte import __version__
from khoyte.nonprod.checks.findings import ROOT, Finding, Outcome, rows_of
from khoyte.nonprod.checks.licences import PACKAGES, parts_of
from khoyte.nonprod.checks.lock import RUNTIME, Locked, locked

FILE = "docs/sbom.cdx.json"
_NAMESPACE = uuid.UUID("6f1d3f2e-0f0b-5a51-9f0e-6b686f797465")
_SELF = f"khoyte@{__version__}"


def document() -> dict[str, Any]:
    packages = locked(RUNTIME)
    licences = {row["package"]: row["licence"] for row in rows_of(PACKAGES)}
    body = {
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": _SELF,
                "name": "khoyte",
                "version": __version__,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(one, licences.get(one.name, "")) for one in packages.values()],
        "dependencies": _dependencies(packages),
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}",
        "version": 1,
        **body,
    }


def text() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def write() -> Path:
    path = ROOT / FILE
    path.write_text(text(), encoding="utf-8")
    return path


def check() -> Outcome:
    path, made = ROOT / FILE, text()
    count = len(document()["components"])
    standing = path.read_text(encoding="utf-8") if path.exists() else ""
    stale = Finding(
        "sbom", FILE, "content", "is not what the lock says; python -m khoyte.nonprod.checks --write-sbom"
    )
    return Outcome(
        "sbom", f"{count} components", () if standing == made else (stale,), () if count else ("empty",)
    )


def _component(package: Locked, licence: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "purl": f"pkg:pypi/{package.name}@{package.version}",
        "licenses": _licences(licence),
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(package.hashes)],
    }
    if package.marker:
        component["properties"] = [{"name": "khoyte:installed-when", "value": package.marker}]
    return component


def _licences(expression: str) -> list[dict[str, Any]]:
    parts = parts_of(expression)
    return [{"license": {"id": parts[0]}}] if len(parts) == 1 else [{"expression": expression}]


def _dependencies(packages: dict[str, Locked]) -> list[dict[str, Any]]:
    """Who needs whom, from the `# via` lines of the lock."""
    needs: dict[str, list[str]] = {_SELF: []}
    needs.update({_reference(one): [] for one in packages.values()})
    for package in packages.values():
        owners = [packages[name] for name in package.needed_by if name in packages]
        for owner in owners:
            needs[_reference(owner)].append(_reference(package))
        if package.direct or not owners:
            needs[_SELF].append(_reference(package))
    return [{"ref": owner, "dependsOn": sorted(needed)} for owner, needed in sorted(needs.items())]


def _reference(package: Locked) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"
