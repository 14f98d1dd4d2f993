"""Statements that are asked again and again, planned by the server once for each connection.

Django's cursor puts values into the text, so that the server reads and plans every statement anew; for the
few that carry a queue this costs more than carrying it.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def ask(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run it in the caller's transaction, which must be open; the rows it returns. Raises psycopg.Error."""
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall() if cursor.description else []
