"""Rows of many dossiers turned into columns, one list a field."""

from dataclasses import dataclass, field
from itertools import repeat

from khoyte.submissions.reader.shapes import Shape
from khoyte.submissions.reader.table_parser import Layout, Row, TableRead


@dataclass
class TableRows:
    """All rows of one table in a batch, in the order of dossiers and rows.

    `dossier` is the index in the batch, `row` counts from 1 in its list (for a check-in: the position of the
    row in the file), `layout` points into `layouts`, the tags of the row in the order sent. `columns` has all
    fields this table has in any period of the standard; None means the tag is absent, "" that it is empty;
    texts are NFC and stripped. Tags the standard does not know stand in the layouts alone; of a tag sent
    twice in a row the first counts.
    """

    dossier: list[int] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    layout: list[int] = field(default_factory=list)
    layouts: list[Layout] = field(default_factory=list)
    columns: dict[str, list[str | None]] = field(default_factory=dict)


class ColumnBuilder:
    """Collects the rows of one table; turning them is left to the end, where it is one step a field."""

    def __init__(self, shape: Shape) -> None:
        self._rows = TableRows(columns={name: [] for name in shape.fields})
        self._numbers: dict[Layout, int] = {}
        self._runs: list[tuple[int, list[Row]]] = []

    def add(self, dossier: int, first_row: int, read: TableRead) -> None:
        """The rows of one dossier, numbered from `first_row`."""
        for layout, rows in read.runs:
            number, count = self._number_of(layout), len(rows)
            self._rows.dossier.extend(repeat(dossier, count))
            self._rows.row.extend(range(first_row, first_row + count))
            self._rows.layout.extend(repeat(number, count))
            first_row += count
            if self._runs and self._runs[-1][0] == number:
                self._runs[-1][1].extend(rows)
            else:
                self._runs.append((number, list(rows)))

    def finish(self) -> TableRows:
        for number, rows in self._runs:
            self._turn(self._rows.layouts[number], rows)
        return self._rows

    def _turn(self, layout: Layout, rows: list[Row]) -> None:
        sent: dict[str, tuple[str, ...]] = {}
        for name, values in zip(layout, zip(*rows, strict=False), strict=False):
            sent.setdefault(name, values)
        for name, column in self._rows.columns.items():
            values_sent = sent.get(name)
            column.extend(repeat(None, len(rows)) if values_sent is None else map(str.strip, values_sent))

    def _number_of(self, layout: Layout) -> int:
        number = self._numbers.get(layout)
        if number is None:
            number = self._numbers[layout] = len(self._numbers)
            self._rows.layouts.append(layout)
        return number
