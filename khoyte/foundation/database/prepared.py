"""One row of a statement that is asked for every request: the server keeps its plan."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def ask_prepared(statement: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row, over Django's own connection and in its transaction; by itself where none is open.

    Numbers should come as `psycopg.types.numeric.Int4` or `Int8`: psycopg would otherwise choose a type for
    each value, and the server keep a plan for each type. Raises django.db's errors.
    """
    with connection.cursor():  # opens the connection, or finds that it was lost, as Django does
        pass
    held: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors, psycopg.Cursor(held) as cursor:
        return cursor.execute(statement, values, prepare=True).fetchone()
