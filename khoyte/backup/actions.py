"""Named acts of backup."""

from pathlib import Path
from typing import Any

from khoyte.backup import bases, settings
from khoyte.backup.catalog import Manifest
from khoyte.foundation.blobs import open_store


def back_up(home: Path, place: str, progress: bases.Progress = bases.silent) -> Manifest:
    """Take a whole base into `place`; the database must be running."""
    return bases.take_base(home, settings.open_catalog(place, home), open_store(), progress)


def summary(manifest: Manifest) -> dict[str, Any]:
    return {
        "base": manifest.id,
        "taken_at": manifest.finished_at,
        "size_mb": round((manifest.database_bytes + manifest.blob_bytes) / 1e6, 1),
        "stored_mb": round((sum(manifest.pieces.values()) + manifest.blob_bytes) / 1e6, 1),
        "blobs": manifest.blob_count,
    }
