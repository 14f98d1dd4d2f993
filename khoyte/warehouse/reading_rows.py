"""Visit rows out of PostgreSQL as the frames that go into the lake; the same for filling and comparing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import connection

from khoyte.units.training import NOT_TRAINING
from khoyte.visits.limits import condition_for
from khoyte.warehouse.columns import CODE_PATTERN, NUMBER_OF_A_PERSON, STATE, LakeColumn, columns_of
from khoyte.warehouse.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    import polars as pl

PURPOSE = "statistics.indicators"
# As frames, texts of digests and files being written they take some tens of times that.
_PIECE_BYTES = 6 << 20
_PRECISION, _SCALE = 28, 4
_MONTH = "to_char(coalesce(v.ngay_ra, v.ngay_vao, v.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh'), 'YYYY-MM')"
# The training province never comes into the lake: no indicator has to leave it out.
_COUNTED = NOT_TRAINING.format("v.facility")
_STORED = f"v.stored_tx >= {{low}} AND v.stored_tx < {{upper}} AND {_COUNTED}"
# A change after the watermark is not told yet: of a visit that is new itself, what stood before it is told.
# Visits under a limit on processing never count.
_STATE = """
SELECT v.id, v.facility, v.province, {month},
       CASE WHEN {allowed} THEN (v.is_current <> (coalesce(v.changed_tx, 0) >= {upper}))::int ELSE 0 END,
       (v.withdrawn_at IS NOT NULL AND coalesce(v.changed_tx, 0) < {upper})::int, {upper}
FROM visit v
WHERE ({stored})
   OR (v.changed_tx >= {low} AND v.changed_tx < {upper} AND v.stored_tx < {low} AND {counted})
"""


def frames(
    table: str, low: int, upper: int, pseudonyms: Pseudonyms, *, by_province: bool = False
) -> "Iterator[pl.DataFrame]":
    """Rows of visits stored by transactions from `low` to below `upper`, some megabytes at a time.

    For the table of states also those of visits changed by such a transaction. `by_province`: one province
    after the other, for whoever makes a file of each province in a piece; sorted, so not for all there is.
    """
    query = _query(table, low, upper) + (" ORDER BY v.province" if by_province else "")
    return copied(query, columns_of(table), pseudonyms)


def copied(
    query: str, columns: tuple[LakeColumn, ...], pseudonyms: Pseudonyms | None = None
) -> "Iterator[pl.DataFrame]":
    """What a query of declared columns gives, some megabytes at a time."""
    statement = f"COPY ({query}) TO STDOUT (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        pieces: list[bytes] = []
        size = 0
        for block in copy:  # PostgreSQL sends line by line
            pieces.append(bytes(block))
            size += len(pieces[-1])
            if size >= _PIECE_BYTES:
                yield typed(b"".join(pieces), columns, pseudonyms)
                pieces, size = [], 0
        if pieces:
            yield typed(b"".join(pieces), columns, pseudonyms)


def _query(table: str, low: int, upper: int) -> str:
    stored = _STORED.format(low=int(low), upper=int(upper))
    if table == STATE:
        return _STATE.format(
            allowed=condition_for(PURPOSE),
            month=_MONTH,
            low=int(low),
            upper=int(upper),
            stored=stored,
            counted=_COUNTED,
        )
    source, join = ("v", "") if table == "visit" else ("l", f" JOIN {table} l ON l.visit_id = v.id")
    place = ["v.id"] if table == "visit" else ["v.id", "l.row"]
    wanted = [*place, "v.facility", "v.province", _MONTH]
    wanted += [_expression(column, source) for column in columns_of(table)[len(wanted) :]]
    return f"SELECT {', '.join(wanted)} FROM visit v{join} WHERE {stored}"  # noqa: S608 - declared columns


def _expression(column: LakeColumn, source: str) -> str:
    if column.sql:
        return column.sql
    return f"{source}.{column.name}::date" if column.kind == "day" else f"{source}.{column.name}"


def typed(
    csv: bytes, columns: tuple[LakeColumn, ...], pseudonyms: Pseudonyms | None = None
) -> "pl.DataFrame":
    """Lines as PostgreSQL writes them, as the lake's types. What is no code is left empty."""
    import polars as pl  # kept out of commands that need no frames

    frame = pl.read_csv(csv, has_header=False, new_columns=[c.name for c in columns], infer_schema=False)
    for column in columns:
        if column.kind == "person":
            frame = frame.with_columns(_as_pseudonyms(frame[column.name], pseudonyms))
    return frame.select(_cast(column) for column in columns)


def _as_pseudonyms(hashes: "pl.Series", pseudonyms: Pseudonyms | None) -> "pl.Series":
    if pseudonyms is None:
        raise TypeError("a column of persons needs the lake's pseudonyms")
    import polars as pl  # as above

    found = pseudonyms.of(hashes.drop_nulls().unique())
    return (
        hashes.replace_strict(found, default=None, return_dtype=pl.Int64) if found else hashes.cast(pl.Int64)
    )


def _cast(column: LakeColumn) -> "pl.Expr":
    import polars as pl  # as above

    text = pl.col(column.name)
    if column.kind == "person":
        return text
    if column.kind == "code":
        is_code = text.str.contains(CODE_PATTERN) & ~text.str.contains(NUMBER_OF_A_PERSON)
        return pl.when(is_code).then(text).alias(column.name)
    if column.kind == "place":
        return text.fill_null("")
    if column.kind == "day":
        return text.str.to_date("%Y-%m-%d", strict=False)
    if column.kind == "number":
        return text.cast(pl.Decimal(_PRECISION, _SCALE), strict=False)
    return text.cast(pl.Decimal(_PRECISION, 0), strict=False).cast(pl.Int64, strict=False)
