"""The floor: the least that any intake of these files must do.

lxml parses the envelope and the tables inside, every value is read, and the five tables go by COPY into typed
columns of plain heaps (no index) on the same server over one connection, one transaction a file. No rule, no
hash, no raw copy, no ledger, no receipt.

A process of its own, so that its cost is read from the kernel's books like ours:
`python -m khoyte.nonprod.bench.floor` reads a database address, says `done` when its tables are there, then
reads folders, one a line, and answers `done` for each.
"""

import base64
import csv
import gc
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import psycopg
from lxml import etree

from khoyte.nonprod.generator.submissions import DEFAULT_START
from khoyte.standards import standard_on
from khoyte.standards.model import FieldSpec

SCHEMA = "bench_floor"
TABLES = ("XML1", "XML2", "XML3", "XML4", "XML5")
_TYPES = {"number": "numeric", "date8": "date", "date12": "timestamp"}
# Birth dates may lack day and month.
_AS_SENT = ("NGAY_SINH",)
Row = list[str | None]


def fields_of(table: str) -> tuple[FieldSpec, ...]:
    """The fields in the order in which a benchmark file has them."""
    return standard_on(DEFAULT_START).tables[table].fields


def type_of(field: FieldSpec) -> str:
    return "text" if field.name in _AS_SENT else _TYPES.get(field.kind, "text")


def make_tables(connection: psycopg.Connection) -> None:
    """The scratch schema, empty."""
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    for table in TABLES:
        columns = ", ".join(f"{field.name.lower()} {type_of(field)}" for field in fields_of(table))
        connection.execute(f"CREATE TABLE {SCHEMA}.{table} ({columns})")


class Floor:
    """Reads files into the scratch tables over one connection."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        self._minutes = {
            table: [place for place, field in enumerate(fields_of(table)) if type_of(field) == "timestamp"]
            for table in TABLES
        }

    def take(self, path: Path) -> None:
        """One file, one transaction."""
        tables = self._read(path.read_bytes())
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for table, rows in tables.items():
                text = io.StringIO()
                csv.writer(text).writerows(rows)
                with cursor.copy(f"COPY {SCHEMA}.{table} FROM STDIN (FORMAT csv)") as copy:
                    copy.write(text.getvalue())

    def _read(self, data: bytes) -> dict[str, list[Row]]:
        tables: dict[str, list[Row]] = {}
        for part in etree.fromstring(data, self._parser).iter("FILEHOSO"):
            kind, content = part[0].text or "", part[1].text or ""
            root = etree.fromstring(base64.b64decode(content), self._parser)
            elements: Iterable[etree._Element] = (root,) if kind == "XML1" else root[0]
            rows = [[value.text for value in element] for element in elements]
            _as_timestamps(rows, self._minutes[kind])
            tables.setdefault(kind, []).extend(rows)
        return tables


def _as_timestamps(rows: Sequence[Row], places: Sequence[int]) -> None:
    """yyyymmddHHMM as PostgreSQL reads it; empty stays empty."""
    for row in rows:
        for place in places:
            value = row[place]
            if value:
                row[place] = f"{value[:8]} {value[8:]}"


def serve(lines: Iterable[str], floor: Floor, answer: Callable[[str], None]) -> None:
    answer("done")
    for line in lines:
        for path in sorted(Path(line.strip()).glob("*.xml")):
            floor.take(path)
        answer("done")


def main() -> None:
    gc.disable()  # no cycles are made here; the floor is as low as it can be
    with psycopg.connect(sys.stdin.readline().strip(), autocommit=True) as connection:
        make_tables(connection)
        serve(sys.stdin, Floor(connection), lambda word: print(word, flush=True))


if __name__ == "__main__":
    main()
