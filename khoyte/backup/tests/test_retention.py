"""Old bases go, with what only they needed; every moment since the oldest kept one stays restorable."""

from pathlib import Path

from khoyte.backup import bases, restoring, retention, wal
from khoyte.backup.catalog import Catalog
from khoyte.backup.restoring import Target
from khoyte.backup.tests.conftest import SMALL, Installation
from khoyte.foundation.database.places import places_of


def test_what_only_an_old_base_needed_is_removed(
    installation: Installation, backup: Catalog, empty_home: Path
) -> None:
    orphan = "ab" * 32
    backup.write(f"blobs/ab/{orphan}", [b"its keeping time is over"])
    first = backup.base_ids()
    second = bases.take_base(installation.home, backup, installation.store)
    before = set(backup.segments())
    assert retention.keep_newest(backup, 2, installation.store) == 0
    assert backup.base_ids() == [*first, second.id]
    assert retention.keep_newest(backup, 1, installation.store) == len(first)
    assert backup.base_ids() == [second.id]
    assert backup.place.names(f"bases/{first[0]}") == []
    first_needed = wal.segment_at(second.timeline, second.start).number
    left = {file for file in backup.segments() if (one := wal.parse(file)) and one.number < first_needed}
    assert before
    assert left == set()
    assert orphan not in backup.blob_names()
    assert backup.blob_names() == set(installation.store.names())
    done = restoring.restore(backup, empty_home, Target(server=SMALL))
    assert done.base == second.id
    assert (places_of(empty_home).data / "PG_VERSION").exists()
