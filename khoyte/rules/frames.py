"""Batches as columns: one polars frame per table, made from what the reader delivers.

A frame has a String column per field (null where the tag is absent or empty) and three columns of ours:
DOSSIER (UInt32, 0-based place of the dossier in the batch), ROW (Int64, 1-based place in its list) and
LAYOUT (UInt32, number of the row's layout).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import polars as pl

DOSSIER, ROW, LAYOUT = "#dossier", "#row", "#layout"


class TableRows(Protocol):
    """Rows of one table over a batch of dossiers, by columns, as the reader delivers them."""

    @property
    def dossier(self) -> Sequence[int]: ...

    @property
    def row(self) -> Sequence[int]: ...

    @property
    def layout(self) -> Sequence[int]: ...

    @property
    def layouts(self) -> Sequence[tuple[str, ...]]: ...

    @property
    def columns(self) -> Mapping[str, Sequence[str | None]]: ...


def build_frame(rows: TableRows) -> pl.DataFrame:
    """The frame of one table."""
    ours = [
        pl.Series(DOSSIER, rows.dossier, dtype=pl.UInt32),
        pl.Series(ROW, rows.row, dtype=pl.Int64),
        pl.Series(LAYOUT, rows.layout, dtype=pl.UInt32),
    ]
    texts = [pl.Series(name, values, dtype=pl.String) for name, values in rows.columns.items()]
    filled = pl.col(pl.String)
    return pl.DataFrame(ours + texts).with_columns(pl.when(filled != "").then(filled))


def build_frames(tables: Mapping[str, TableRows]) -> dict[str, pl.DataFrame]:
    """Frames of all tables that have rows."""
    return {name: build_frame(rows) for name, rows in tables.items() if rows.dossier}


def with_fields(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The frame with null columns for fields nobody sent."""
    present = set(frame.columns)
    missing = [name for name in names if name not in present]
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing) if missing else frame


def part_of(
    frames: Mapping[str, pl.DataFrame], dossiers: Sequence[int], size: int
) -> dict[str, pl.DataFrame]:
    """Frames of some of the batch's dossiers, renumbered from 0 in the order given."""
    if len(dossiers) == size:
        return dict(frames)
    places = pl.Series(dossiers, dtype=pl.UInt32)
    renumbered = pl.DataFrame({DOSSIER: places, "#new": pl.Series(range(len(dossiers)), dtype=pl.UInt32)})
    parts = {}
    for name, frame in frames.items():
        kept = frame.join(renumbered, on=DOSSIER, how="inner", maintain_order="left")
        if kept.height:
            parts[name] = kept.with_columns(pl.col("#new").alias(DOSSIER)).drop("#new")
    return parts
