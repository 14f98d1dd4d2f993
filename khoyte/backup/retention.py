"""Remove old bases, and of the log, raw files and lists what only they needed."""

from khoyte.backup import wal
from khoyte.backup.catalog import Catalog, blob_name
from khoyte.foundation.blobs import BlobStore


def keep_newest(catalog: Catalog, count: int, store: BlobStore) -> int:
    """Keep the newest `count` bases and what restoring to any moment since the oldest of them needs; gives
    how many bases were removed. An interruption leaves things too many, never too few: a base goes first.
    """
    ids = catalog.base_ids()
    old, kept = ids[:-count], ids[-count:]
    for base in old:
        # The manifest first: without it the rest is no base, and a later run clears it away.
        catalog.place.remove(f"bases/{base}/manifest")
        for name in catalog.place.names(f"bases/{base}"):
            catalog.place.remove(name)
    if old:
        _remove_before(catalog, kept[0])
        _remove_blobs(catalog, kept[0], store)
    return len(old)


def _remove_before(catalog: Catalog, oldest: str) -> None:
    manifest = catalog.manifest(oldest)
    first = wal.segment_at(manifest.timeline, manifest.start)
    for file, name in catalog.segments().items():
        segment = wal.parse(file)
        if segment is not None and segment.number < first.number:
            catalog.place.remove(name)
    for name in catalog.place.names("blob-lists"):
        if name.rsplit("/", 1)[1] < oldest:
            catalog.place.remove(name)
    for name in catalog.place.names("home"):
        if name < manifest.home:
            catalog.place.remove(name)


def _remove_blobs(catalog: Catalog, oldest: str, store: BlobStore) -> None:
    """Raw files that no kept base lists and the store no longer has (their keeping time is over)."""
    needed = set(store.names()) | catalog.blobs_listed(oldest)
    for base in catalog.base_ids():
        needed |= catalog.blobs_of(catalog.manifest(base))
    for sha256 in catalog.blob_names() - needed:
        catalog.place.remove(blob_name(sha256))
