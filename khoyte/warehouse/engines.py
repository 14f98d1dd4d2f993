"""Who answers: DuckDB in this process, or the Spark Connect server that KHOYTE_ENGINE names.

The same ibis expressions go to both. A Spark server (Apache Spark, Sail) reads the lake's files itself, so
the lake must lie where it can: an object store, or a folder shared under the same path. Clients of Spark are
not among the run-time requirements: `pip install "pyspark-client~=4.2" "pandas~=2.3"`.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from khoyte.warehouse import errors
from khoyte.warehouse.columns import columns_of
from khoyte.warehouse.tables import schema_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SPARK = re.compile(r"sc://[^\s/]+(/.*)?")
THREADS = 2


def chosen() -> str:
    """KHOYTE_ENGINE: "duckdb", which is the default, or "sc://HOST:PORT". Raises UnknownEngine."""
    engine = os.environ.get("KHOYTE_ENGINE", "") or "duckdb"
    if engine != "duckdb" and not _SPARK.fullmatch(engine):
        raise errors.unknown_engine(engine)
    return engine


@dataclass(frozen=True)
class Spark:
    """A connection of ibis to a Spark server and how it reads files. What DuckDB does: `statements`."""

    connection: Any

    def read(self, table: str, addresses: Sequence[str]) -> "ir.Table":
        """A table of the lake from its files; without any, the empty table."""
        session, schema = self.connection._session, _spark_schema(table)
        # Other threads ask the same server at the same time: names of views are used once.
        name = f"{table}_{uuid4().hex}"
        if addresses:
            frame = session.read.schema(schema).parquet(*addresses)
        else:
            frame = session.createDataFrame([], schema=schema)
        frame.createOrReplaceTempView(name)
        return self.connection.table(name)


_sessions: dict[str, Any] = {}
_lock = Lock()


def spark() -> Spark:
    """The server chosen. Raises UnknownEngine, EngineAway."""
    return Spark(_spark(chosen()))


def _spark(address: str) -> Any:
    """One session a process; it is made anew when the server no longer knows it."""
    with _lock:
        kept = _sessions.get(address)
        if kept is not None and not kept._session.is_stopped:
            return kept
        try:
            import ibis  # as above
            from pyspark.sql import SparkSession  # not everybody has it
        except ImportError as error:
            raise errors.engine_away(address, "pyspark-client") from error
        try:
            session = SparkSession.builder.remote(address).create()
            _sessions[address] = ibis.pyspark.connect(session)
        except Exception as error:  # whatever its libraries raise, the server does not answer
            raise errors.engine_away(address, type(error).__name__) from error
        return _sessions[address]


def forget_sessions() -> None:
    """End the sessions of this process."""
    with _lock:
        for connection in _sessions.values():
            connection._session.stop()
        _sessions.clear()


def _schema(table: str) -> Any:
    import ibis  # as above

    return ibis.Schema.from_pyarrow(schema_of(columns_of(table)))


def _spark_schema(table: str) -> Any:
    from ibis.backends.pyspark.datatypes import PySparkSchema  # with the client, only here

    return PySparkSchema.from_ibis(_schema(table))
