"""Several batches read from several files, put side by side as one."""

from collections.abc import Sequence
from dataclasses import replace

from khoyte.submissions.reader import Batch, StructuralFinding, TableRows


def merge(batches: Sequence[Batch]) -> Batch:
    """One batch whose dossiers are those of the given ones, in order."""
    if len(batches) == 1:
        return batches[0]
    starts, total = [], 0
    for batch in batches:
        starts.append(total)
        total += len(batch.positions)
    names = dict.fromkeys(name for batch in batches for name in batch.tables)
    return Batch(
        positions=[p for batch in batches for p in batch.positions],
        ma_lk=[key for batch in batches for key in batch.ma_lk],
        content_sha256=[digest for batch in batches for digest in batch.content_sha256],
        present=[tables for batch in batches for tables in batch.present],
        tables={name: _merge_tables(name, batches, starts) for name in names},
        findings=[
            _moved(finding, start)
            for batch, start in zip(batches, starts, strict=True)
            for finding in batch.findings
        ],
    )


def _moved(finding: StructuralFinding, start: int) -> StructuralFinding:
    return finding if finding.dossier is None else replace(finding, dossier=finding.dossier + start)


def _merge_tables(name: str, batches: Sequence[Batch], starts: Sequence[int]) -> TableRows:
    parts = [(b.tables[name], start) for b, start in zip(batches, starts, strict=True) if name in b.tables]
    layouts: dict[tuple[str, ...], int] = {}
    numbers: list[int] = []
    for rows, _ in parts:
        mapped = [layouts.setdefault(layout, len(layouts)) for layout in rows.layouts]
        numbers += [mapped[number] for number in rows.layout]
    fields = dict.fromkeys(name for rows, _ in parts for name in rows.columns)
    return TableRows(
        dossier=[d + start for rows, start in parts for d in rows.dossier],
        row=[number for rows, _ in parts for number in rows.row],
        layout=numbers,
        layouts=list(layouts),
        columns={field: _merge_column(field, parts) for field in fields},
    )


def _merge_column(field: str, parts: Sequence[tuple[TableRows, int]]) -> list[str | None]:
    column: list[str | None] = []
    for rows, _ in parts:
        values = rows.columns.get(field)
        column += values if values is not None else [None] * len(rows.row)
    return column
