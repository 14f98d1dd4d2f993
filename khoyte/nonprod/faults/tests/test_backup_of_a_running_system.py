"""A whole `khoyte up` with a place configured backs itself up, takes its log away and proves it, unasked."""

import tempfile
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from khoyte.foundation.database import database_urls
from khoyte.nonprod.faults.system import OwnSystem

pytestmark = [pytest.mark.drill, pytest.mark.timeout(900)]
_PATIENCE_SECONDS = 300.0


def _ended(url: str) -> dict[str, tuple[str, dict]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT kind, state, report FROM backup_run WHERE finished_at IS NOT NULL")
        return {kind: (state, report) for kind, state, report in rows}


def test_the_first_night_begins_at_once():
    with tempfile.TemporaryDirectory(prefix="khoyte-place-") as place:
        with OwnSystem(settings={"KHOYTE_BACKUP": place, "KHOYTE_BACKUP_SECONDS": "2"}) as system:
            url, deadline = database_urls(system.home)["admin"], time.monotonic() + _PATIENCE_SECONDS
            while len(found := _ended(url)) < 2 and time.monotonic() < deadline:
                time.sleep(0.5)
            with urllib.request.urlopen(system.address + "/metrics", timeout=20) as answer:
                told = answer.read().decode()
        assert found["backup"][0] == "done"
        state, report = found["drill"]
        assert (state, report["wrong"], report["holds"], report["archiving"]) == ("done", [], True, True)
        assert "khoyte_drill_holds 1\n" in told
        # A clean stop closes the last segment and leaves it in the spool or the place; both are whole.
        assert list(Path(place).glob("wal/00000001/*"))
        assert not list(system.home.glob("drill-*"))
