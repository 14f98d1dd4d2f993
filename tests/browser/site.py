"""The one running system of all journeys: who may enter, what there is to send, what its API answers."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import APIRequestContext, Playwright

from khoyte.foundation.calendar import today
from khoyte.nonprod.faults.system import OwnSystem
from khoyte.nonprod.generator import generate_submissions

PATIENCE_SECONDS = 60.0
ENDED = ("judged", "unreadable")


@dataclass(frozen=True)
class Generated:
    """One invented file, and the defects planted in it as {(rule, MA_LK)}."""

    path: Path
    visits: int
    planted: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Site:
    """Address, accounts by name, and one API reader per facility."""

    address: str
    accounts: dict[str, dict[str, str]]
    readers: dict[str, APIRequestContext]
    files: Path

    def generate(self, name: str, visits: int, seed: int, defects: int = 0) -> Generated:
        """A file of 99001 whose care ended yesterday. The same seed without defects is the corrected file."""
        day = today() - timedelta(days=1)
        report = generate_submissions(visits, seed, self.files / name, start_date=day, defects=defects)
        planted = frozenset((defect.rule, defect.ma_lk) for defect in report.defects)
        return Generated(report.files[0], visits, planted)

    def send(self, file: Path, facility: str = "99001") -> dict[str, Any]:
        """Send a file as a hospital's software does; the verdict once there is one."""
        answer = self.readers[facility].post(
            "/api/v1/submissions",
            data=file.read_bytes(),
            headers={"Content-Type": "application/xml", "X-File-Name": file.name},
        )
        assert answer.ok, answer.text()
        return self.verdict(answer.json()["id"], facility)

    def verdict(self, submission: str, facility: str = "99001") -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self.get(f"/api/v1/submissions/{submission}", facility)
            if found["state"] in ENDED:
                return found
            time.sleep(0.2)
        raise AssertionError(f"{submission} has no verdict after {PATIENCE_SECONDS} s")

    def get(self, path: str, facility: str = "99001") -> dict[str, Any]:
        answer = self.readers[facility].get(path)
        assert answer.ok, answer.text()
        return answer.json()


def open_site(system: OwnSystem, playwright: Playwright, files: Path) -> Site:
    """Make the people of the journeys in a running system."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.people"],
        env=system.environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = json.loads(done.stdout.splitlines()[-1])
    readers = {
        facility: playwright.request.new_context(
            base_url=system.address, extra_http_headers={"Authorization": f"Bearer {token}"}
        )
        for facility, token in made["tokens"].items()
    }
    return Site(system.address, made["accounts"], readers, files)
