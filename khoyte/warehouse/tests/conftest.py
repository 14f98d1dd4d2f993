"""A lake of its own for each test, in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def lake(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Visits are really committed, since the lake's catalogue has connections of its own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM iceberg_tables; DELETE FROM lake_state")
        cursor.execute("TRUNCATE visit, visit_drug, visit_service, visit_result, visit_progress")
    monkeypatch.setenv("KHOYTE_LAKE", str(tmp_path / "lake"))
    yield tmp_path / "lake"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM iceberg_tables; DELETE FROM lake_state")
        cursor.execute("TRUNCATE visit, visit_drug, visit_service, visit_result, visit_progress")
