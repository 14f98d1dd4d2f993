"""Short-lived homes whose clusters are removed again, wherever the server had to put them."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from khoyte.foundation.database.places import places_of
from khoyte.foundation.database.server import EmbeddedPostgres


@contextmanager
def _short_lived_home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="khoyte-home-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)
    base = places_of(path).base
    for folder in (base, *base.parent.glob(f"{base.name}.left-*")):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    with _short_lived_home() as path:
        yield path


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A durable server, as in earnest, but small; tests may kill it, it comes back."""
    with _short_lived_home() as path:
        running = EmbeddedPostgres(path, settings={"shared_buffers": "32MB"}).start()
        yield running
        running.stop()


@pytest.fixture(autouse=True)
def _no_configured_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KHOYTE_DATABASE_URL", raising=False)
