"""Sums, counts and the like over a table, per dossier of a batch."""

from __future__ import annotations

from typing import Any

import polars as pl

from khoyte.rules.compiling import TYPES, Step
from khoyte.rules.frames import DOSSIER


def source_of(step: Step) -> str:
    """The table whose rows an aggregate counts."""
    return step.node.table  # type: ignore[attr-defined]


def figures(frame: pl.DataFrame | None, steps: list[Step], size: int) -> dict[str, pl.Series]:
    """Per step a value for each dossier of the batch; all steps count rows of that frame."""
    if frame is None:
        return {step.name: _of_no_rows(step.node, size) for step in steps}
    counted = frame.select(DOSSIER, *(column for step in steps for column in _columns(step)))
    # Hardly ever is a counted value unknown: only then it is worth asking in which dossier.
    unknown = {step.name for step in steps if counted[f"{step.name}?"].any()}
    grouped = counted.group_by(DOSSIER).agg(total for step in steps for total in _totals(step, unknown))
    dense = by_dossier(grouped, size).select(_result(step, unknown) for step in steps)
    return {series.name: series for series in dense.iter_columns()}


def by_dossier(rows: pl.DataFrame, size: int) -> pl.DataFrame:
    """One row per dossier of the batch, null where `rows` has none."""
    dossiers = pl.DataFrame({DOSSIER: pl.int_range(size, dtype=pl.UInt32, eager=True)})
    return dossiers.join(rows, on=DOSSIER, how="left", maintain_order="left")


def _columns(step: Step) -> list[pl.Expr]:
    """What is counted on each row: the value where the condition is true, and whether it is unknown there."""
    value, where = step.inputs
    if step.node.where is None:  # type: ignore[attr-defined]
        return [value.alias(step.name), value.is_null().alias(f"{step.name}?")]
    counted = where.fill_null(False)
    return [pl.when(counted).then(value).alias(step.name), (counted & value.is_null()).alias(f"{step.name}?")]


def _totals(step: Step, unknown: set[str]) -> list[pl.Expr]:
    node: Any = step.node
    value = pl.col(step.name)
    if node.operation == "sum":
        return [value.sum(), pl.col(f"{step.name}?").any()] if step.name in unknown else [value.sum()]
    if node.operation in ("count", "exists"):
        return [value.count()]
    return [value.max() if node.operation == "max" else value.min()]


def _result(step: Step, unknown: set[str]) -> pl.Expr:
    node: Any = step.node
    value = pl.col(step.name)
    if node.operation == "sum":
        total = value.cast(pl.Float64).fill_null(0.0)
        if step.name not in unknown:
            return total
        return pl.when(~pl.col(f"{step.name}?").fill_null(False)).then(total).alias(step.name)
    if node.operation == "count":
        return value.cast(pl.Int64).fill_null(0)
    return value.fill_null(0) > 0 if node.operation == "exists" else value


def _of_no_rows(node: Any, size: int) -> pl.Series:
    none = {"sum": 0.0, "count": 0, "exists": False}.get(node.operation)
    dtype = pl.Int64 if node.operation == "count" else TYPES[node.kind]
    return pl.Series([none], dtype=dtype).new_from_index(0, size)
