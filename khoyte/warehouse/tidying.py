"""Keeping the lake's files few and its past short."""

from datetime import timedelta

from khoyte.units.tenancy import working
from khoyte.warehouse.columns import ALL_TABLES
from khoyte.warehouse.filling import lake_held, state
from khoyte.warehouse.tables import Lake

# Who began to read an older snapshot has this long to end.
KEPT = timedelta(hours=1)


def tidy(kept: timedelta = KEPT) -> int:
    """Make one file of many in each partition, forget old snapshots; how many partitions. Raises LakeBusy."""
    with lake_held():
        found = state()
        if found.pending_upper is not None:
            return 0  # a fill that was cut off comes first
        with Lake(found.generation) as lake:
            lake.create()
            done = sum(lake.compact(table) for table in ALL_TABLES)
            with working():
                found.snapshots = lake.snapshots()
                found.save(update_fields=["snapshots"])
            for table in ALL_TABLES:
                lake.expire(table, found.snapshots.get(table), kept)
        return done
