"""Is the lake what the visit rows say? Counts and sums of hashes, per table, month and facility.

Both sides are read whole and hashed row by row by the same function, a piece at a time, so memory stays flat.
A file that is missing or cannot be read is named; a value changed inside a readable file changes the sum.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from khoyte.units.tenancy import working
from khoyte.warehouse.columns import LAKE_TABLES, REGISTERS, STATE, columns_of
from khoyte.warehouse.filling import lake_held, state
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.pseudonyms import Pseudonyms
from khoyte.warehouse.reading_rows import frames
from khoyte.warehouse.registers_by_day import days_of, frames_of
from khoyte.warehouse.tables import Lake, read_file

if TYPE_CHECKING:
    import polars as pl

Group = tuple[str, str]
"""(month, facility)"""
_UNEQUAL_TOLD = 100


@dataclass
class Digest:
    """Rows and sum of hashes by group."""

    groups: dict[Group, list[int]] = field(default_factory=dict)

    def add(self, frame: "pl.DataFrame") -> None:
        import polars as pl  # kept out of commands that need no frames

        if not frame.height:
            return
        # Texts of the values, so that both sides hash the same whatever made their columns.
        texts = [pl.col(name).cast(pl.String).fill_null("\x00") for name in frame.columns]
        # Shortened, so that sums of many do not overflow.
        hashes = (pl.concat_str(texts, separator="\x1f").hash(seed=0) // (1 << 24)).alias("hash")
        hashed = frame.select("month", "facility", hashes)
        for month, facility, rows, total in (
            hashed.group_by("month", "facility").agg(pl.len(), pl.col("hash").sum().alias("sum")).iter_rows()
        ):
            group = self.groups.setdefault((month or "", facility or ""), [0, 0])
            group[0] += rows
            group[1] += total

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.groups.values())


@dataclass
class Compared:
    """One table: the two sides, and what could not be read."""

    table: str
    stored: Digest
    lake: Digest
    damaged: list[dict[str, str]]

    @property
    def unequal(self) -> list[Group]:
        groups = self.stored.groups.keys() | self.lake.groups.keys()
        return sorted(g for g in groups if self.stored.groups.get(g) != self.lake.groups.get(g))

    @property
    def equal(self) -> bool:
        return not self.damaged and not self.unequal

    def as_json(self) -> dict[str, Any]:
        """Counts; a group that is unequal shows its rows on both sides."""
        return {
            "table": self.table,
            "equal": self.equal,
            "rows": self.stored.rows,
            "lake_rows": self.lake.rows,
            "groups": len(self.stored.groups),
            "unequal": [
                {
                    "month": month,
                    "facility": facility,
                    "rows": self.stored.groups.get((month, facility), [0, 0])[0],
                    "lake_rows": self.lake.groups.get((month, facility), [0, 0])[0],
                }
                for month, facility in self.unequal[:_UNEQUAL_TOLD]
            ],
            "unequal_groups": len(self.unequal),
            "damaged": self.damaged,
        }


def compare() -> dict[str, Any]:
    """`{"equal", "as_of", "tables": [...]}` at the lake's watermark; kept for /readyz. Raises LakeBusy."""
    with lake_held():
        found = state()
        with Lake(found.generation) as lake:
            tables = [_compare(lake, found, table) for table in LAKE_TABLES]
            registers = [_compare_register(lake, found, table) for table in REGISTERS]
        equal = all(table.equal for table in (*tables, *registers))
        with working():
            LakeState.objects.filter(id=1).update(checked_at=timezone.now(), equal=equal)
    return {
        "equal": equal,
        "as_of": found.as_of.isoformat() if found.as_of else None,
        "visits": found.visits,
        "tables": [table.as_json() for table in tables],
        "registers_day": max(found.registers, default=None),
        "registers": [table.as_json() for table in registers],
    }


def _compare(lake: Lake, found: LakeState, table: str) -> Compared:
    result = Compared(table, Digest(), Digest(), [])
    pieces = _lake_frames(lake, found, table, result.damaged)
    if table == STATE:
        _compare_states(found, pieces, result)
        return result
    with working():
        for frame in frames(table, 0, found.upper, Pseudonyms(found.generation)):
            result.stored.add(frame)
    for frame in pieces:
        result.lake.add(frame)
    return result


def _compare_register(lake: Lake, found: LakeState, table: str) -> Compared:
    """The newest day against the rows that were confirmed at its moment."""
    result, days = Compared(table, Digest(), Digest(), []), days_of(found)
    if not days:
        return result
    import polars as pl  # kept out of commands that need no frames

    newest = days[-1]
    with working():
        for frame in frames_of(table, newest):
            result.stored.add(frame)
    for frame in _lake_frames(lake, found, table, result.damaged):
        result.lake.add(frame.filter(pl.col("day") == newest.day))
    return result


def _lake_frames(
    lake: Lake, found: LakeState, table: str, damaged: list[dict[str, str]]
) -> "Iterator[pl.DataFrame]":
    names = [column.name for column in columns_of(table)]
    try:
        files = lake.files(table, found.snapshots.get(table))
    except Exception as error:  # any fault of a damaged file of metadata is a finding
        damaged.append({"file": f"{table}/metadata", "problem": type(error).__name__})
        return
    for file in files:
        try:
            yield from read_file(file, names)
        except Exception as error:  # as above
            damaged.append({"file": _shown(file), "problem": type(error).__name__})


def _shown(file: str) -> str:
    """The place below the lake's own folder."""
    return "/".join(file.rsplit("/", 5)[1:])


_CHANGED_SINCE = "SELECT id FROM visit WHERE changed_tx >= %s"


def _compare_states(found: LakeState, pieces: "Iterable[pl.DataFrame]", result: Compared) -> None:
    """The last state of each visit in the lake against the rows, but for what changed since the watermark."""
    import polars as pl  # kept out of commands that need no frames

    with working():
        with connection.cursor() as cursor:
            cursor.execute(_CHANGED_SINCE, [found.upper])
            changed = {row[0] for row in cursor.fetchall()}
        for frame in frames(STATE, 0, found.upper, Pseudonyms(found.generation)):
            result.stored.add(_told(frame, changed))
    read = list(pieces)
    if read:
        last = pl.concat(read).sort("as_of").unique("visit_id", keep="last", maintain_order=True)
        result.lake.add(_told(last, changed))


def _told(frame: "pl.DataFrame", changed: Sequence[int] | set[int]) -> "pl.DataFrame":
    import polars as pl  # kept out of commands that need no frames

    return frame.filter(~pl.col("visit_id").is_in(list(changed))).drop("as_of")
