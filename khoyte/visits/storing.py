"""Accepted dossiers to typed rows by COPY. Straight from the reader's columns; no row is a Python object.

Text that does not fit its type becomes an empty cell (the verdict already carries the finding); the exact
bytes are kept in any case.
"""

import io
from collections.abc import Mapping
from functools import cache

import polars as pl
from django.db import connection

from khoyte.foundation.crypto import Keyring
from khoyte.visits import limits
from khoyte.visits.columns import COLUMNS, SEALED, Column

TABLES = {
    "XML2": "visit_drug",
    "XML3": "visit_service",
    "XML4": "visit_result",
    "XML5": "visit_progress",
}
HEAD_COLUMNS = (
    "facility",
    "province",
    "ma_lk",
    "version",
    "is_current",
    "submission_id",
    "judgement",
    "position",
    "content_sha256",
    "byte_offset",
    "byte_length",
    "tables",
    "standard",
    "received_at",
    "superseded_at",
)
# What PostgreSQL reads as the type, and no more: no exponents, no years it does not know.
_NUMBER = r"^[+-]?([0-9]{1,30}(\.[0-9]{0,20})?|\.[0-9]{1,20})$"
_DAY, _MINUTE = r"^[12][0-9]{7}$", r"^[12][0-9]{11}$"


def next_visit_ids(count: int) -> list[int]:
    """Reserve `count` ids of visits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('visit_id') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def copy_visits(heads: pl.DataFrame, tables: Mapping[str, pl.DataFrame], keyring: Keyring) -> None:
    """Write accepted dossiers.

    `heads`: one row per accepted dossier with `#dossier` (index in the batch), `visit_id` and HEAD_COLUMNS,
    bytes as "\\x…" text and arrays as "{…}" text. `tables`: the reader's columns by table, each with
    `#dossier`, `#row` and one text column per tag. Runs in the caller's transaction.
    """
    _copy_heads(heads, tables["XML1"], keyring)
    place = heads.select("#dossier", "visit_id", "facility", "province")
    for table, target in TABLES.items():
        frame = tables.get(table)
        if frame is not None and frame.height:
            _copy_lines(place, frame, table, target)
    limits.mark_stored(heads["visit_id"].to_list())


def _copy_heads(heads: pl.DataFrame, xml1: pl.DataFrame, keyring: Keyring) -> None:
    columns = COLUMNS["XML1"]
    rows = heads.join(xml1.unique("#dossier", keep="first"), on="#dossier", how="left", maintain_order="left")
    sealed = _sealed(rows, keyring)
    frame = rows.select(
        pl.col("visit_id").alias("id"),
        *(pl.col(name) for name in HEAD_COLUMNS),
        *(_typed(rows, column) for column in columns),
    ).with_columns(sealed)
    copy_frame("visit", frame)


def _copy_lines(place: pl.DataFrame, frame: pl.DataFrame, table: str, target: str) -> None:
    rows = frame.join(place, on="#dossier", how="inner")
    copy_frame(
        target,
        rows.select(
            "visit_id",
            pl.col("#row").alias("row"),
            "facility",
            "province",
            *(_typed(rows, column) for column in COLUMNS[table]),
        ),
    )


def _typed(frame: pl.DataFrame, column: Column) -> pl.Expr:
    """The cell as text that PostgreSQL reads as the column's type; null where it would not."""
    if column.tag not in frame.columns:
        return pl.lit(None, dtype=pl.String).alias(column.name)
    text = pl.col(column.tag)
    if column.kind == "text":
        return pl.when(text != "").then(text).alias(column.name)
    if column.kind == "numeric":
        return pl.when(text.str.contains(_NUMBER)).then(text).alias(column.name)
    form, pattern = (_MINUTE, "%Y%m%d%H%M") if column.kind == "timestamp" else (_DAY, "%Y%m%d")
    moment = text.str.to_datetime(pattern, strict=False).dt.to_string("%Y-%m-%d %H:%M")
    return pl.when(text.str.contains(form)).then(moment).alias(column.name)


def _sealed(rows: pl.DataFrame, keyring: Keyring) -> list[pl.Series]:
    series = []
    for tag, (name, purpose) in SEALED.items():
        values = rows[tag].to_list() if tag in rows.columns else [None] * rows.height
        series.append(
            pl.Series(f"{name}_key", [_bytea(keyring.blind(v, purpose)) if v else None for v in values])
        )
        series.append(
            pl.Series(
                f"{name}_sealed",
                [_bytea(keyring.seal(v.encode(), f"visit.{name}")) if v else None for v in values],
            )
        )
    return [one.cast(pl.String) for one in series]


def _bytea(data: bytes) -> str:
    return "\\x" + data.hex()


def copy_frame(table: str, frame: pl.DataFrame) -> None:
    """COPY a frame into a table with columns of the same names; nulls stay null, empty texts empty."""
    statement = _copy_statement(table, tuple(frame.columns))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        buffer = io.BytesIO()
        # Empty texts are written in quotes, which tells them from nulls whatever a text says.
        frame.write_csv(buffer, include_header=False, null_value="", quote_style="necessary")
        copy.write(buffer.getbuffer())


@cache
def _copy_statement(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '')"
