"""SQL worked out once for an indicator and asked of files that change."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from khoyte.warehouse import statements
from khoyte.warehouse.answering import Scope, figures, worked_out
from khoyte.warehouse.columns import STATE, columns_of
from khoyte.warehouse.indicators import INDICATORS
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tables import DataFile, schema_of

BY_MONTH = INDICATORS["luot-kham-theo-thang"]
EMPTY_LAKE = LakeState(registers={})


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_statements", type(statements._statements)())


def lake(folder: Path, visits: dict[int, str]) -> dict[str, list[DataFile]]:
    """Files of visits (id -> facility) of November 2026, all current."""
    place = {"month": "2026-11", "province": "97"}
    heads = [{"visit_id": id, "facility": facility, **place} for id, facility in visits.items()]
    states = [{**head, "is_current": 1, "as_of": 1} for head in heads]
    found = {}
    for table, rows in (("visit", heads), (STATE, states)):
        path = folder / f"{table}-{len(visits)}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema_of(columns_of(table))), path)
        found[table] = [DataFile(f"file://{path}", "2026-11", "97", len(rows), 1)]
    return found


def test_the_text_is_worked_out_once_and_the_files_are_read_anew(tmp_path: Path, monkeypatch) -> None:
    written: list[object] = []
    original = statements._written
    monkeypatch.setattr(statements, "_written", lambda one: written.append(one) or original(one))
    for visits in ({1: "97001"}, {1: "97001", 2: "97002", 3: "97001"}):
        (row,) = figures(BY_MONTH, lake(tmp_path, visits), Scope(), EMPTY_LAKE)
        assert (row["month"], row["value"], row["visits"]) == ("2026-11", len(visits), len(visits))
    assert len(written) == 3, "rows, provinces, what they stand on"


def test_another_scope_has_a_text_of_its_own(tmp_path: Path) -> None:
    files = lake(tmp_path, {1: "97001", 2: "97002", 3: "97001"})
    asked = {scope: figures(BY_MONTH, files, Scope(facility=scope), EMPTY_LAKE) for scope in ("", "97001")}
    assert {scope: row["value"] for scope, (row,) in asked.items()} == {"": 3, "97001": 2}
    told = worked_out(BY_MONTH, files, Scope(province="98"), EMPTY_LAKE, with_provinces=False)
    assert (told.rows, told.rows_in, told.provinces) == ([], 0, [])


def test_a_newer_day_of_the_registers_has_a_text_of_its_own(tmp_path: Path) -> None:
    staff = INDICATORS["nguoi-hanh-nghe-theo-chuc-danh"]
    table = "register_practitioner"
    rows = [
        {"day": "2026-11-27", "facility": "97001", "province": "97", "title": "bac_si"},
        *({"day": "2026-11-28", "facility": "97001", "province": "97", "title": "bac_si"} for _ in range(2)),
    ]
    typed = [{**row, "day": date.fromisoformat(row["day"])} for row in rows]
    pq.write_table(pa.Table.from_pylist(typed, schema_of(columns_of(table))), tmp_path / "r.parquet")
    files = {table: [DataFile(f"file://{tmp_path / 'r.parquet'}", "", "", 3, 1)]}
    for day, expected in (("2026-11-27", 1), ("2026-11-28", 2)):
        (row,) = figures(staff, files, Scope(), LakeState(registers={day: f"{day}T10:00:00+07:00"}))
        assert row["value"] == expected


def test_tables_without_files_answer_nothing() -> None:
    assert figures(BY_MONTH, {}, Scope(), EMPTY_LAKE) == []


def test_only_so_many_texts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_KEPT", 2)
    for facility in ("97001", "97002", "97003"):
        figures(BY_MONTH, {}, Scope(facility=facility), EMPTY_LAKE)
    assert len(statements._statements) == 2
