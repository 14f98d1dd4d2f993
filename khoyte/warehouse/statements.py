"""An indicator's questions as the SQL of DuckDB, worked out once.

To write an expression as SQL costs ibis more than many an answer costs DuckDB, and the text is the same as
long as the definition, whose data it is and the day of the registers are: what changes with every fill is
only which files are read. So the text is kept, and asked without ibis.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from khoyte.warehouse.columns import columns_of
from khoyte.warehouse.engines import THREADS
from khoyte.warehouse.tables import DataFile, schema_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

_KEPT = 500


@dataclass(frozen=True)
class Statement:
    """One question, and the columns of its answer."""

    sql: str
    schema: "pa.Schema"


Statements = Mapping[str, Statement]
_statements: OrderedDict[tuple[Any, ...], Statements] = OrderedDict()
_lock = Lock()


def kept(key: tuple[Any, ...], make: "Callable[[], Mapping[str, ir.Table]]") -> Statements:
    """The statements of a key; `make` gives their expressions over `declared` tables where they are new."""
    with _lock:
        if key in _statements:
            _statements.move_to_end(key)
            return _statements[key]
    made = {name: _written(expression) for name, expression in make().items()}
    with _lock:
        _statements[key] = made
        while len(_statements) > _KEPT:
            _statements.popitem(last=False)
    return made


def forget() -> None:
    """Work everything out again: for who changes what the statements are made of while it runs."""
    with _lock:
        _statements.clear()


def declared(table: str) -> "ir.Table":
    """A table of the lake as its columns are declared, bound to no engine."""
    import ibis  # the engine is loaded only when an indicator is asked for

    return ibis.table(ibis.Schema.from_pyarrow(schema_of(columns_of(table))), name=table)


def _written(expression: "ir.Table") -> Statement:
    import ibis  # as above

    return Statement(str(ibis.to_sql(expression, dialect="duckdb")), expression.schema().to_pyarrow())


class Files:
    """The lake's files in a DuckDB of their own."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def ask(self, statement: Statement) -> list[dict[str, Any]]:
        """The rows of an answer, in the types its expression declares."""
        found = self._connection.execute(statement.sql).to_arrow_table()
        rows: list[dict[str, Any]] = found.cast(statement.schema).to_pylist()
        return rows


@contextmanager
def opened(files: Mapping[str, Sequence[DataFile]]) -> Iterator[Files]:
    """DuckDB over these files of each table; a table without files is there and empty."""
    import duckdb  # as above

    with duckdb.connect(config={"threads": THREADS}) as connection:
        for table, found in files.items():
            if found:
                paths = [one.address.removeprefix("file://") for one in found]
                connection.read_parquet(paths, hive_partitioning=False).create_view(table)
            else:
                connection.register(table, schema_of(columns_of(table)).empty_table())
        yield Files(connection)
