"""Keeping the lake's files few and its past short."""

from datetime import timedelta

from khoyte.units.tenancy import working
from khoyte.warehouse.columns import ALL_TABLES
from khoyte.warehouse.filling import lake_held, state
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tables import Lake

# Who began to read an older snapshot has this long to end.
KEPT = timedelta(hours=1)


def merge() -> int:
    """Make one file of many small ones where there are many; in how many partitions. Raises LakeBusy.

    After each fill: a day has hundreds, each of which leaves a file a table and province.
    """
    with lake_held():
        found = state()
        if found.pending_upper is not None:
            return 0  # a fill that was cut off comes first
        with Lake(found.generation) as lake:
            return _merged(lake, found, wholly=False)


def tidy(kept: timedelta = KEPT) -> int:
    """Make one file of all in each partition, forget old snapshots; how many partitions. Raises LakeBusy."""
    with lake_held():
        found = state()
        if found.pending_upper is not None:
            return 0  # as above
        with Lake(found.generation) as lake:
            lake.create()
            done = _merged(lake, found, wholly=True)
            for table in ALL_TABLES:
                lake.expire(table, found.snapshots.get(table), kept)
        return done


def _merged(lake: Lake, found: LakeState, *, wholly: bool) -> int:
    done = sum(lake.merge(table, wholly=wholly) for table in ALL_TABLES)
    if done or wholly:
        with working():
            found.snapshots = lake.snapshots()
            found.save(update_fields=["snapshots"])
    return done
