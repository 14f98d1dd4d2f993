"""What the worker does beside judging."""

import os
import time
from pathlib import Path

import pytest

from khoyte.foundation.blobs import BlobStore
from khoyte.submissions import loop, raw

pytestmark = pytest.mark.django_db


def test_what_killed_processes_left_is_cleared_after_a_day(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = BlobStore(tmp_path)
    kept = store.write_stream([b"<GIAMDINHHS/>"])
    monkeypatch.setattr(raw, "blob_store", lambda: store)
    left, fresh = (tmp_path / "unfinished" / f"khoyte-{name}.unfinished" for name in ("left", "fresh"))
    for path in (left, fresh):
        path.write_bytes(b"half")
    yesterday = time.time() - 86_400 - 60
    os.utime(left, (yesterday, yesterday))
    loop.clear_unfinished()
    assert (left.exists(), fresh.exists(), store.has(kept.sha256)) == (False, True, True)


def test_a_disk_that_refuses_does_not_stop_the_judging(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> int:
        raise PermissionError("/secret/place")

    monkeypatch.setattr(loop.uploads, "remove_expired", refuse)
    loop.clear_unfinished()
    assert "PermissionError" in caplog.text
    assert "/secret/place" not in caplog.text
