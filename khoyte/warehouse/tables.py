"""The Iceberg tables themselves. All of pyiceberg and pyarrow is used, and loaded, here alone."""

import hashlib
import os
import shutil
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain, count
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from django.db import connection

from khoyte.foundation.home import folder
from khoyte.warehouse.columns import ALL_TABLES, LakeColumn, columns_of

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    from pyiceberg.table import FileScanTask, Table

NAMESPACE = "lake"
FILL = "khoyte.fill"
PARTITIONS = ("month", "province")
_FILES_OF_ONE_SIZE = 8
"""So many files of a partition within a factor of as many in rows are merged."""
_ROWS_MERGED = 5_000_000
_ROWS_READ = 30_000
_PRECISION, _SCALE = 28, 4


def lake_root() -> str:
    """KHOYTE_LAKE: a folder or an address; by default `lake` in the home."""
    chosen = os.environ.get("KHOYTE_LAKE", "")
    if "://" in chosen:
        return chosen.rstrip("/")
    path = Path(chosen).expanduser().absolute() if chosen else folder("lake")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"file://{path}"


def root_folder() -> Path | None:
    """The lake's folder, None where it lies in an object store."""
    root = lake_root()
    return Path(root.removeprefix("file://")) if root.startswith("file://") else None


def columns_digest() -> str:
    """What the tables are made of; another digest means that the lake must be made anew."""
    told = [(table, *((c.name, c.kind, c.sql) for c in columns_of(table))) for table in ALL_TABLES]
    return hashlib.sha256(repr(told).encode()).hexdigest()


@dataclass(frozen=True)
class DataFile:
    """A file of Parquet; month and province are those of all its rows, "" where that is not said."""

    address: str
    month: str
    province: str
    rows: int
    bytes: int


class Lake:
    """The tables of one generation; use as a context, which closes the catalogue's connections."""

    def __init__(self, generation: str) -> None:
        from pyiceberg.catalog.sql import SqlCatalog  # 0.4 s, for those who read or write the lake

        self.generation = generation
        self.location = f"{lake_root()}/{generation}"
        self.catalog = SqlCatalog(
            "khoyte", uri=_catalogue_address(), warehouse=self.location, init_catalog_tables="false"
        )

    def __enter__(self) -> "Lake":
        return self

    def __exit__(self, *_: object) -> None:
        self.catalog.engine.dispose()

    def create(self) -> None:
        """Make tables that are missing."""
        if not self.catalog.namespace_exists(NAMESPACE):
            self.catalog.create_namespace(NAMESPACE)
        there = {identifier[-1] for identifier in self.catalog.list_tables(NAMESPACE)}
        for name in ALL_TABLES:
            if name not in there:
                self._create(name)

    def _create(self, name: str) -> None:
        table = self.catalog.create_table(
            (NAMESPACE, name),
            schema=schema_of(columns_of(name)),
            location=f"{self.location}/{name}",
            properties={
                "write.parquet.compression-codec": "zstd",
                "write.metadata.delete-after-commit.enabled": "true",
            },
        )
        with table.update_spec() as spec:
            for column in PARTITIONS:
                spec.add_identity(column)

    def table(self, name: str) -> "Table":
        return self.catalog.load_table((NAMESPACE, name))

    def append(self, name: str, frames: "Iterable[pl.DataFrame]", fill: str) -> bool:
        """Append these rows as fill `fill`, unless the table has that fill already; whether it did.

        Frame after frame is written and let go; all of them are there with the last, or none. They are one
        snapshot: each snapshot makes every later one dearer, as its list of manifests is written again.
        """
        # What `Transaction.append` writes files with; by itself it makes a snapshot of every frame.
        from pyiceberg.io.pyarrow import _dataframe_to_data_files

        table = self.table(name)
        if any(snapshot.summary and snapshot.summary.get(FILL) == fill for snapshot in table.snapshots()):
            return False
        filled = (rows for rows in frames if rows.height)
        first = next(filled, None)
        if first is None:
            return False
        numbers = count()
        with (
            table.transaction() as together,
            together.update_snapshot(snapshot_properties={FILL: fill}).fast_append() as added,
        ):
            for rows in chain((first,), filled):
                arrow = _arrow(rows, columns_of(name))
                for file in _dataframe_to_data_files(
                    together.table_metadata, arrow, table.io, added.commit_uuid, numbers
                ):
                    added.append_data_file(file)
        return True

    def replace_day(self, name: str, frames: "Sequence[pl.DataFrame]", day: date) -> None:
        """Put the rows of a day of a register in place of those there are."""
        import polars as pl  # with the rest, only here
        from pyiceberg.expressions import EqualTo

        table = self.table(name)
        chosen = EqualTo("day", day.isoformat())  # type: ignore[arg-type, call-arg]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there was nothing to replace
            if frames:
                table.overwrite(_arrow(pl.concat(frames), columns_of(name)), overwrite_filter=chosen)
            else:
                table.delete(chosen)

    def snapshots(self) -> dict[str, int]:
        """Newest snapshot of each table; a table without rows has none."""
        found = {name: self.table(name).current_snapshot() for name in ALL_TABLES}
        return {name: snapshot.snapshot_id for name, snapshot in found.items() if snapshot}

    def files(self, name: str, snapshot: int | None) -> list[str]:
        """Addresses of the Parquet files of a table at a snapshot, none where it is None."""
        return [file.address for file in self.data_files(name, snapshot)]

    def data_files(self, name: str, snapshot: int | None) -> list["DataFile"]:
        """The same with what is known of each file without opening it."""
        if snapshot is None:
            return []
        found = [task.file for task in self.table(name).scan(snapshot_id=snapshot).plan_files()]
        month, province = range(len(PARTITIONS))
        return [
            DataFile(
                one.file_path,
                one.partition[month] or "",
                one.partition[province] or "",
                one.record_count,
                one.file_size_in_bytes,
            )
            for one in found
        ]

    def drop(self) -> None:
        """Forget all tables, whatever state their files are in."""
        from pyiceberg.exceptions import NoSuchTableError  # with the rest, only here

        for name in ALL_TABLES:
            try:
                self.catalog.drop_table((NAMESPACE, name))
            except NoSuchTableError:
                continue

    # --- keeping files few ---

    def merge(self, name: str, *, wholly: bool = False) -> int:
        """Make one file of many in each partition that has many; how many partitions. As one snapshot.

        Files of about one size are merged, so a row is written again a few times on its way from a fill into
        a large file, however many fills a day has. `wholly`: all files of a partition.
        """
        from pyiceberg.expressions import AlwaysTrue  # with the rest, only here
        from pyiceberg.io.pyarrow import ArrowScan, _dataframe_to_data_files  # as `append`

        table = self.table(name)
        many = _many_of_one_size(table.scan().plan_files(), wholly=wholly)
        if not many:
            return 0
        numbers = count()
        with (
            table.transaction() as together,
            together.update_snapshot(snapshot_properties={"khoyte.merge": "1"}).overwrite() as changed,
        ):
            for tasks in many:
                scan = ArrowScan(together.table_metadata, table.io, table.schema(), AlwaysTrue())
                merged = scan.to_table(tasks)
                for file in _dataframe_to_data_files(
                    together.table_metadata, merged, table.io, changed.commit_uuid, numbers
                ):
                    changed.append_data_file(file)
                for task in tasks:
                    changed.delete_data_file(task.file)
        return len({_partition_of(tasks[0]) for tasks in many})

    def expire(self, name: str, keep: int | None, older_than: timedelta) -> None:
        """Forget snapshots older than that, but the newest and `keep`; then files no snapshot names."""
        table = self.table(name)
        until = datetime.now(UTC) - older_than
        newest = table.current_snapshot()
        kept = {keep, newest.snapshot_id if newest else None}
        old = [
            snapshot.snapshot_id
            for snapshot in table.snapshots()
            if snapshot.snapshot_id not in kept and snapshot.timestamp_ms < until.timestamp() * 1000
        ]
        if old:
            table.maintenance.expire_snapshots().by_ids(old).commit()
        self._remove_unnamed(name, until)

    def _remove_unnamed(self, name: str, until: datetime) -> None:
        data = Path(self.location.removeprefix("file://")) / name / "data"
        if not self.location.startswith("file://") or not data.is_dir():
            return  # object stores have rules of their own for what is old
        table = self.table(name)
        named = set()
        for snapshot in table.snapshots():
            tasks = table.scan(snapshot_id=snapshot.snapshot_id).plan_files()
            named |= {task.file.file_path.removeprefix("file://") for task in tasks}
        for path in data.rglob("*.parquet"):
            if str(path) not in named and path.stat().st_mtime < until.timestamp():
                path.unlink()


def _partition_of(task: "FileScanTask") -> tuple[Any, ...]:
    return tuple(task.file.partition[place] for place in range(len(PARTITIONS)))


def _many_of_one_size(tasks: "Iterable[FileScanTask]", *, wholly: bool) -> "list[list[FileScanTask]]":
    """The files that are to become one, partition by partition; none that would be too large for memory."""
    groups: dict[tuple[Any, ...], list[FileScanTask]] = {}
    for task in tasks:
        partition = _partition_of(task)
        if None in partition:
            continue
        size = 0 if wholly else int(log(max(task.file.record_count, 1), _FILES_OF_ONE_SIZE))
        groups.setdefault((*partition, size), []).append(task)
    return [
        group
        for group in groups.values()
        if len(group) >= _FILES_OF_ONE_SIZE and sum(one.file.record_count for one in group) <= _ROWS_MERGED
    ]


def remove_generations(keep: str) -> None:
    """Remove the folders of other generations."""
    root = root_folder()
    for path in root.iterdir() if root else ():
        if path.name != keep and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def read_file(address: str, columns: Sequence[str]) -> "Iterator[pl.DataFrame]":
    """The rows of one file, some at a time. Raises whatever pyarrow raises where it is damaged."""
    import polars as pl  # with the rest, only here
    import pyarrow.fs as fs
    import pyarrow.parquet as pq

    system, path = fs.FileSystem.from_uri(address) if "://" in address else (fs.LocalFileSystem(), address)
    with pq.ParquetFile(path, filesystem=system, page_checksum_verification=True) as file:
        for batch in file.iter_batches(batch_size=_ROWS_READ, columns=list(columns)):
            frame = pl.from_arrow(batch)
            yield frame.select(columns)  # type: ignore[union-attr, misc]


def _arrow(rows: "pl.DataFrame", columns: Sequence[LakeColumn]) -> "pa.Table":
    return rows.to_arrow().cast(schema_of(columns))


def schema_of(columns: Sequence[LakeColumn]) -> "pa.Schema":
    """The columns as Arrow has them."""
    import pyarrow as pa  # with the rest, only here

    kinds: Mapping[str, Any] = {
        "code": pa.string(),
        "place": pa.string(),
        "day": pa.date32(),
        "number": pa.decimal128(_PRECISION, _SCALE),
        "count": pa.int64(),
        "person": pa.int64(),
    }
    return pa.schema([(column.name, kinds[column.kind]) for column in columns])


def _catalogue_address() -> str:
    """The database of this process, as SQLAlchemy writes it."""
    own = connection.settings_dict
    user, password = quote_plus(own["USER"] or ""), quote_plus(own["PASSWORD"] or "")
    host, port = own["HOST"] or "", own["PORT"] or ""
    options = {name: own["OPTIONS"][name] for name in ("sslmode", "sslrootcert") if name in own["OPTIONS"]}
    if host.startswith("/"):
        options["host"], host = host, ""
    told = "&".join(f"{name}={quote_plus(str(value))}" for name, value in options.items())
    return f"postgresql+psycopg://{user}:{password}@{host}{f':{port}' if port else ''}/{own['NAME']}?{told}"
