"""The digest finds what was lost, changed or broken, and a rebuild mends it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.units.tenancy import working
from khoyte.visits import versions
from khoyte.warehouse import filling
from khoyte.warehouse.columns import LAKE_TABLES, REGISTERS
from khoyte.warehouse.commands import lake as lake_command
from khoyte.warehouse.comparing import Digest, compare
from khoyte.warehouse.errors import LakeDamaged
from khoyte.warehouse.filling import fill, rebuild, state
from khoyte.warehouse.tables import Lake, read_file
from khoyte.warehouse.tests.rows import store_visit
from khoyte.warehouse.tidying import merge, tidy

pytestmark = pytest.mark.usefixtures("lake")


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(lake_command, [*arguments, "--json"], obj={"lang": "vi"}, standalone_mode=False)
    assert done.exception is None
    return done.return_value or 0, json.loads(done.output)


def wrong_tables(document: dict[str, Any]) -> list[str]:
    return [table["table"] for table in document["tables"] if not table["equal"]]


def parquet_files(lake: Path, table: str) -> list[Path]:
    return sorted(lake.glob(f"*/{table}/data/**/*.parquet"))


def some_visits(count: int = 5) -> None:
    for number in range(count):
        month = "09" if number % 2 else "08"
        store_visit(f"A{number}", facility=f"9700{1 + number % 3}", summary={"NGAY_RA": f"2026{month}201000"})


def test_an_empty_lake_is_equal() -> None:
    status, document = run("check")
    assert (status, document["equal"], document["visits"], document["registers_day"]) == (0, True, 0, None)
    assert [table["table"] for table in document["registers"]] == list(REGISTERS)


def test_a_filled_lake_is_equal_per_month_and_facility() -> None:
    some_visits()
    fill()
    status, document = run("check")
    assert status == 0
    assert document["equal"]
    assert [table["table"] for table in document["tables"]] == list(LAKE_TABLES)
    visits = document["tables"][0]
    assert (visits["rows"], visits["lake_rows"], visits["groups"]) == (5, 5, 5)
    assert state().equal is True


def test_visits_stored_since_the_watermark_are_no_difference() -> None:
    some_visits()
    fill()
    store_visit("late")
    with working():
        versions.supersede([("97001", "A0")])
    assert compare()["equal"]
    fill()
    assert compare()["equal"]


@pytest.mark.parametrize("table", ["visit", "visit_drug", "visit_result", "visit_state"])
def test_a_file_that_is_gone_is_named(lake: Path, table: str) -> None:
    some_visits()
    fill()
    parquet_files(lake, table)[0].unlink()
    status, document = run("check")
    assert status == 1
    assert wrong_tables(document) == [table]
    (broken,) = [one for one in document["tables"] if one["table"] == table]
    assert len(broken["damaged"]) == 1
    assert table in broken["damaged"][0]["file"]
    assert state().equal is False


@pytest.mark.parametrize("column", ["visit_id", "ma_benh_chinh", "t_tongchi_bv", "days_to_send", ""])
def test_a_byte_turned_in_a_file_is_found_wherever_values_are(lake: Path, column: str) -> None:
    """In the last bytes of a column's values, or of the file's own description."""
    some_visits()
    fill()
    path = parquet_files(lake, "visit")[0]
    data = bytearray(path.read_bytes())
    end = _end_of_values(path, column) if column else len(data) - 8
    for at in range(end - 4, end):
        data[at] ^= 0xFF
    path.write_bytes(data)
    assert wrong_tables(run("check")[1]) == ["visit"]
    assert rebuild().visits == 5
    assert run("check")[0] == 0


def _end_of_values(path: Path, column: str) -> int:
    group = pq.ParquetFile(path).metadata.row_group(0)
    (chunk,) = [group.column(i) for i in range(group.num_columns) if group.column(i).path_in_schema == column]
    return (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size


def test_a_value_changed_in_a_readable_file_is_found(lake: Path) -> None:
    some_visits()
    fill()
    path = parquet_files(lake, "visit")[0]
    table = pl.read_parquet(path)
    table.with_columns(pl.lit("I10").alias("ma_benh_chinh")).write_parquet(path)
    document = run("check")[1]
    assert wrong_tables(document) == ["visit"]
    (visits,) = [one for one in document["tables"] if not one["equal"]]
    assert visits["damaged"] == []
    assert visits["unequal"]
    assert all(one["rows"] == one["lake_rows"] for one in visits["unequal"]), "only the sums differ"


def test_a_row_changed_in_the_database_is_found() -> None:
    some_visits()
    fill()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE visit SET ma_khoa = 'K99' WHERE ma_lk = 'A1'")
    document = run("check")[1]
    assert wrong_tables(document) == ["visit"]
    assert [one["facility"] for one in document["tables"][0]["unequal"]] == ["97002"]


def test_metadata_that_is_gone_is_named_and_rebuilt(lake: Path) -> None:
    some_visits()
    fill()
    for path in lake.glob("*/visit_drug/metadata/*"):
        path.unlink()
    store_visit("late")
    with pytest.raises(LakeDamaged, match="visit_drug"):
        fill()
    status, document = run("check")
    assert status == 1
    assert wrong_tables(document) == ["visit_drug"]
    status, done = run("rebuild")
    assert (status, done["visits"]) == (0, 6)
    assert run("check")[0] == 0


def test_a_folder_removed_by_hand_is_found_and_rebuilt(lake: Path) -> None:
    some_visits()
    fill()
    for path in lake.rglob("*.parquet"):
        path.unlink()
    assert wrong_tables(run("check")[1])
    assert rebuild().visits == 5
    assert compare()["equal"]


@pytest.mark.parametrize("facility", ["97001", ""], ids=["of a province", "of none"])
def test_many_small_files_become_one_and_old_snapshots_go(lake: Path, facility: str) -> None:
    for number in range(10):
        store_visit(f"A{number}", facility=facility)
        fill()
    assert len(parquet_files(lake, "visit")) == 10
    assert tidy(kept=timedelta(0)) >= 4
    assert len(parquet_files(lake, "visit")) == 1
    assert compare()["equal"]
    store_visit("B1")
    assert fill().visits == 1
    assert compare()["equal"]


def files_now(table: str) -> list[int]:
    """Rows of each file that readers are sent to."""
    with Lake(state().generation) as lake:
        return sorted(file.rows for file in lake.data_files(table, state().snapshots[table]))


def test_files_of_a_size_become_one_by_day_and_large_ones_are_left(lake: Path) -> None:
    for number in range(7):
        store_visit(f"A{number}")
        fill()
    assert merge() == 0, "seven are few"
    store_visit("A7")
    fill()
    assert merge() == 5, "one partition of each table that has rows"
    assert files_now("visit") == [8]
    for number in range(8):
        store_visit(f"B{number}")
        fill()
        merge()
    assert files_now("visit") == [8, 8], "what was merged is of another size"
    assert files_now("visit_result") == [16, 16]
    assert compare()["equal"]
    store_visit("C", facility="96001")
    fill()
    assert merge() == 0
    assert files_now("visit") == [1, 8, 8]


def test_who_began_to_read_before_a_merge_ends_after_it(lake: Path) -> None:
    for number in range(8):
        store_visit(f"A{number}")
        fill()
    with Lake(state().generation) as opened:
        before = opened.files("visit", state().snapshots["visit"])
    merge()
    rows = [row for file in before for frame in read_file(file, ["visit_id"]) for row in frame["visit_id"]]
    assert len(set(rows)) == len(rows) == 8


def test_nothing_is_merged_over_a_fill_that_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(9):
        store_visit(f"A{number}")
        if number < 8:
            fill()
    with monkeypatch.context() as patched:
        patched.setattr(filling, "_finish", lambda lake, found: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fill()
    assert merge() == 0
    fill()
    assert merge() == 5
    assert compare()["equal"]


ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 3)), max_size=12)


@given(ROWS, st.randoms())
@settings(max_examples=40, deadline=None)
def test_a_digest_does_not_mind_order_or_pieces_but_every_row(rows: list[tuple], chance: Any) -> None:
    def digest(some: list[tuple], pieces: int) -> dict[Any, Any]:
        made, names = Digest(), ["month", "facility", "value"]
        for at in range(0, max(1, len(some)), pieces):
            made.add(pl.DataFrame(some[at : at + pieces], schema=names, orient="row"))
        return made.groups

    whole = digest(rows, 100)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert digest(shuffled, 3) == whole
    if rows:
        assert digest(rows[1:], 100) != whole
        month, facility, value = rows[0]
        assert digest([(month, facility, value + 1), *rows[1:]], 100) != whole
        assert digest([rows[0], *rows], 100) != whole
