"""Filling: everything committed comes in once, whatever happens between two appends."""

import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from khoyte.units.tenancy import working
from khoyte.visits import versions
from khoyte.visits.models import Visit
from khoyte.warehouse import errors, filling, reading_rows, tables
from khoyte.warehouse.columns import LAKE_TABLES, STATE
from khoyte.warehouse.filling import fill, lake_held, rebuild, state
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tables import Lake
from khoyte.warehouse.tests.rows import in_lake, store_visit

pytestmark = pytest.mark.usefixtures("lake")


def counts() -> dict[str, int]:
    return {table: len(in_lake(table)) for table in LAKE_TABLES}


def stored_after(moment: datetime) -> list[dict[str, Any]]:
    with working():
        return list(Visit.objects.filter(received_at__gt=moment).values("ma_lk"))


ONE_VISIT = dict.fromkeys(LAKE_TABLES, 1) | {"visit_service": 0, "visit_result": 2}


def test_a_visit_comes_with_its_lines_and_only_once() -> None:
    visit = store_visit()
    assert fill().visits == 1
    assert fill() == filling.Filled(0, 0, state().as_of)
    assert counts() == ONE_VISIT
    (row,) = in_lake("visit")
    assert (row["visit_id"], row["facility"], row["province"]) == (visit, "97001", "97")
    assert row["month"] == "2026-08"
    assert (row["ngay_vao"], row["ngay_ra"]) == (date(2026, 8, 10), date(2026, 8, 14))
    assert (row["age_years"], row["gioi_tinh"], row["ma_benh_chinh"]) == (41, 2, "J06.9")
    assert (row["t_tongchi_bv"], row["stay_hours"]) == (Decimal("1250000.5000"), Decimal("98.0000"))
    results = [(line["row"], line["gia_tri_so"]) for line in in_lake("visit_result")]
    assert results == [(1, Decimal("4.5000")), (2, None)]


def test_what_comes_later_is_appended() -> None:
    store_visit("A1")
    fill()
    store_visit("A2", summary={"NGAY_RA": "202609010000"})
    assert fill().visits == 1
    assert [row["month"] for row in in_lake("visit")] == ["2026-08", "2026-09"]
    assert state().visits == 2


def test_many_visits_go_in_several_fills_and_a_transaction_stays_whole() -> None:
    with working():
        for number in range(3):
            store_visit(f"A{number}")
    for number in range(4):
        store_visit(f"B{number}")
    done = fill(visits_per_fill=2)
    assert (done.visits, done.fills) == (7, 3)
    assert counts() == {table: 7 * rows for table, rows in ONE_VISIT.items()}


def test_a_fill_takes_what_there_was_when_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    """While many send, something is new after every fill: each would leave a small file everywhere."""
    store_visit("A1")
    real = filling._append

    def append_while_another_comes(lake: Lake, found: LakeState) -> None:
        store_visit("late")
        real(lake, found)

    with monkeypatch.context() as patched:
        patched.setattr(filling, "_append", append_while_another_comes)
        first = fill()
    assert (first.fills, first.visits) == (1, 1)
    assert first.as_of is not None
    assert [row["ma_lk"] for row in stored_after(first.as_of)] == ["late"], "as of then, not of now"
    assert (fill().visits, len(in_lake("visit"))) == (1, 2)


def test_rows_are_written_a_few_at_a_time_and_are_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_rows, "_PIECE_BYTES", 1)  # every row a piece
    for number in range(3):
        store_visit(f"A{number}")
    assert fill() == filling.Filled(1, 3, state().as_of)
    assert counts() == {table: 3 * rows for table, rows in ONE_VISIT.items()}
    with Lake(state().generation) as lake:
        assert not lake.append("visit", iter(()), f"{state().generation}:1")
        assert len(lake.table("visit").snapshots()) == 1, "one more would make every later one dearer"


def test_a_piece_holds_few_provinces_so_that_files_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pieces of one table, each of one province: two files. As they came, each piece had both."""
    for number in range(4):
        store_visit(f"A{number}", facility=("98001", "97001")[number % 2])
    whole = reading_rows.copied

    def in_halves(*given: Any) -> Any:
        for frame in whole(*given):
            half = frame.height // 2
            yield from (frame.slice(0, half), frame.slice(half))

    monkeypatch.setattr(reading_rows, "copied", in_halves)
    fill()
    with Lake(state().generation) as lake:
        files = lake.data_files("visit", lake.snapshots()["visit"])
    assert sorted((file.province, file.rows) for file in files) == [("97", 2), ("98", 2)]


def test_rows_that_break_off_leave_nothing_of_their_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_rows, "_PIECE_BYTES", 1)
    for number in range(3):
        store_visit(f"A{number}")
    kept = filling.frames

    def breaks_off(*given: Any, **more: Any) -> Any:
        yield next(kept(*given, **more))
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(filling, "frames", breaks_off)
        with pytest.raises(errors.LakeDamaged):
            fill()
    assert counts() == dict.fromkeys(LAKE_TABLES, 0)
    assert fill().visits == 3
    assert counts() == {table: 3 * rows for table, rows in ONE_VISIT.items()}


def test_a_transaction_still_at_work_holds_back_what_came_after_it() -> None:
    """Ids and times would lose it: it commits after the fill with lower ones."""
    own = connection.settings_dict
    with psycopg.connect(
        host=own["HOST"], port=own["PORT"], user=own["USER"], password=own["PASSWORD"], dbname=own["NAME"]
    ) as other:
        other.execute("SELECT pg_current_xact_id()")
        store_visit("A1")
        assert fill().visits == 0
        other.commit()
    assert fill().visits == 1
    assert counts() == ONE_VISIT


class Cut(Exception):
    """The process ends here."""


@pytest.mark.parametrize("appended", range(len(LAKE_TABLES) + 1))
def test_a_fill_cut_off_anywhere_is_taken_up_again_without_loss_or_double(
    appended: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_visit("A1")
    fill()
    store_visit("A2")
    real, done = tables.Lake.append, []

    def append(*arguments: Any) -> bool:
        if len(done) == appended:
            raise Cut
        done.append(arguments[1])
        return real(*arguments)

    def finish(*_: Any) -> None:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(tables.Lake, "append", append)
        patch.setattr(filling, "_finish", finish)
        with pytest.raises(Cut):
            fill()
    assert len(in_lake("visit")) == 1, "readers stay at the common watermark"
    store_visit("A3")
    assert fill().visits == 2
    assert counts() == {table: 3 * rows for table, rows in ONE_VISIT.items()}


def states() -> dict[int, tuple[int, int]]:
    """The last state of each visit."""
    rows = sorted(in_lake(STATE), key=lambda row: row["as_of"])
    return {row["visit_id"]: (row["is_current"], row["is_withdrawn"]) for row in rows}


def test_a_resend_supersedes_and_a_withdrawal_restores() -> None:
    first = store_visit("A1")
    fill()
    assert states() == {first: (1, 0)}
    with working():
        versions.supersede([("97001", "A1")])
        second = store_visit("A1", version=2)
    fill()
    assert states() == {first: (0, 0), second: (1, 0)}
    with working():
        versions.withdraw([second])
    fill()
    assert states() == {first: (1, 0), second: (0, 1)}
    assert [row["version"] for row in in_lake("visit")] == [1, 2], "both versions stay"


def test_two_do_not_write_at_once() -> None:
    store_visit()
    own = connection.settings_dict
    with psycopg.connect(
        host=own["HOST"], port=own["PORT"], user=own["USER"], password=own["PASSWORD"], dbname=own["NAME"]
    ) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [filling._LOCK])
        with pytest.raises(errors.LakeBusy):
            fill()
        other.execute("SELECT pg_advisory_unlock(%s)", [filling._LOCK])
        with lake_held():
            pass
    assert fill().visits == 1


def test_other_columns_ask_for_a_rebuild(lake: Path) -> None:
    store_visit()
    fill()
    before = state()
    before.columns = "others"
    before.save()
    with pytest.raises(errors.LakeOutdated):
        fill()
    assert rebuild().visits == 1
    assert counts() == ONE_VISIT
    assert state().generation != before.generation
    assert [path.name for path in lake.iterdir()] == [state().generation], "the old files are gone"


def test_commands_that_need_no_lake_load_none_of_it() -> None:
    code = (
        "import sys, khoyte.edges.cli as cli, click\n"
        "cli.cli.main(['--help'], standalone_mode=False)\n"
        "import khoyte.warehouse.commands, khoyte.submissions.commands.check\n"
        "heavy = ('pyiceberg', 'pyarrow', 'duckdb', 'sqlalchemy', 'django', 'requests')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout.strip().splitlines()[-1] == "[]"
