"""Daily snapshots of the registers: what was confirmed at one moment of the day, one row a record.

Rows are worked out from the versions and steps that registers keep for ever, so the snapshot of any day can
be made again, and compared, whenever one likes. A snapshot tells of a moment some minutes back: whoever was
writing then has finished meanwhile. A day with nothing confirmed yet is asked again at the next fill.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from khoyte.foundation.calendar import TZ
from khoyte.units.tenancy import working
from khoyte.units.training import NOT_TRAINING
from khoyte.warehouse.columns import REGISTERS, LakeColumn, columns_of
from khoyte.warehouse.filling import lake_held, state
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.reading_rows import copied
from khoyte.warehouse.tables import Lake

if TYPE_CHECKING:
    import polars as pl

SETTLED = timedelta(minutes=2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The version confirmed last by that moment, of every record that was ever confirmed.
_CONFIRMED = """
SELECT DISTINCT ON (v.record) v.* FROM register_version v
JOIN register_step s ON s.record = v.record AND s.version = v.number AND s.state = 'confirmed'
WHERE v.register = '{register}' AND s.at <= '{known_at}' AND {counted} ORDER BY v.record, v.number DESC
"""


_COUNTED = " AND ".join(NOT_TRAINING.format(column) for column in ("v.facility", "v.province"))


@dataclass(frozen=True)
class Day:
    """A day, and the moment of which its snapshot tells."""

    day: date
    known_at: datetime

    @property
    def micros(self) -> int:
        return (self.known_at - _EPOCH) // timedelta(microseconds=1)


def frames_of(table: str, day: Day) -> "Iterator[pl.DataFrame]":
    """The rows of one register as they were known then; the caller speaks as the worker."""
    return copied(_query(table, day), columns_of(table))


def _query(table: str, day: Day) -> str:
    """COPY takes no parameters: what is put in are declared names, a day, a moment and a whole number."""
    register, columns = REGISTERS[table]
    confirmed = _CONFIRMED.format(register=register, known_at=day.known_at.isoformat(), counted=_COUNTED)
    place = [f"'{day.day}'", str(day.micros), "k.facility", "k.province", f"'{day.day:%Y-%m}'"]
    wanted = ", ".join([*place, *(_expression(column, day) for column in columns)])
    return f"SELECT {wanted} FROM ({confirmed}) k"  # noqa: S608 - as above


def _expression(column: LakeColumn, day: Day) -> str:
    return column.sql.replace("{day}", f"'{day.day}'")


def take(now: datetime | None = None) -> int:
    """Take today's snapshot, in place of one there is; how many rows. Raises LakeBusy."""
    with lake_held():
        return _take(_today(now or timezone.now()))


def take_if_due(now: datetime | None = None) -> int:
    """Take today's snapshot unless it was taken; how many rows. Raises LakeBusy."""
    today = _today((now or timezone.now()) - SETTLED)
    with lake_held():
        return 0 if today.day.isoformat() in state().registers else _take(today)


def take_again(days: list[Day]) -> None:
    """Make the snapshots of these days anew from the history of registers; the caller holds the lake."""
    for day in days:
        _take(day)


def days_of(found: LakeState) -> list[Day]:
    """The days there are, the oldest first."""
    told = sorted(found.registers.items())
    return [Day(date.fromisoformat(day), datetime.fromisoformat(moment)) for day, moment in told]


def _today(known_at: datetime) -> Day:
    return Day(known_at.astimezone(TZ).date(), known_at.astimezone(UTC))


def _take(day: Day) -> int:
    found, rows = state(), 0
    with Lake(found.generation) as lake:
        lake.create()
        for table in REGISTERS:
            with working():
                frames = list(frames_of(table, day))
            rows += sum(frame.height for frame in frames)
            lake.replace_day(table, frames, day.day)
        if rows:
            _note(found, day, lake.snapshots())
    return rows


def _note(found: LakeState, day: Day, snapshots: dict[str, int]) -> None:
    """Readers see the day from here on; tables of visits stay where they were."""
    found.registers = {**found.registers, day.day.isoformat(): day.known_at.isoformat()}
    found.snapshots = {
        **found.snapshots,
        **{name: snapshots[name] for name in REGISTERS if name in snapshots},
    }
    with working():
        found.save(update_fields=["registers", "snapshots"])
