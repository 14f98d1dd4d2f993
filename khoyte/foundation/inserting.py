"""Many rows into a table by one statement with one parameter.

COPY is refused under row-level security, and the ORM's insert spends most of a bulk load naming parameters:
rows travel as one JSON document instead, which PostgreSQL reads as rows of the table.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


def insert_all(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model. What the database has a default for and was not given is left to it."""
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if _is_given(field, rows[0])]
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    documents = [{field.column: getattr(row, field.attname) for field in fields} for row in rows]
    statement = (
        f"INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608 - names of our own tables
        f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [orjson.dumps(documents, default=_written).decode()])


def _is_given(field: Any, row: models.Model) -> bool:
    value = getattr(row, field.attname)
    return not isinstance(value, DatabaseDefault) and not (field.primary_key and value is None)


def _written(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return "\\x" + bytes(value).hex()
    raise TypeError(type(value).__name__)
