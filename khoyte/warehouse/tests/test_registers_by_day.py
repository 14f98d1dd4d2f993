"""Daily snapshots of the registers: only what is confirmed, nothing of a person, equal to the register."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import connection
from django.utils import timezone

from khoyte.practice.registers import REGISTERS as DECLARED
from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.tests.offices import PERSON, SYSTEM, made, person
from khoyte.submissions.tests.senders import make_country
from khoyte.units.tenancy import speaking_as
from khoyte.warehouse import comparing, loop, registers_by_day
from khoyte.warehouse.columns import REGISTERS, columns_of
from khoyte.warehouse.filling import rebuild, state
from khoyte.warehouse.tables import Lake, read_file
from khoyte.warehouse.tests.counted import put_registers

COUNTS = {
    "register_facility": 1,
    "register_practitioner": 3,
    "register_pharmacy": 3,
    "register_licence_act": 0,
}


@pytest.fixture
def registers(lake: Path) -> Path:
    make_country()
    put_registers()
    return lake


def rows(table: str) -> pl.DataFrame:
    names, found = [column.name for column in columns_of(table)], state()
    with Lake(found.generation) as lake:
        files = lake.files(table, found.snapshots.get(table))
        frames = [frame for file in files for frame in read_file(file, names)]
    return pl.concat(frames) if frames else pl.DataFrame(schema=names)


def counts() -> dict[str, int]:
    return {table: rows(table).height for table in REGISTERS}


@pytest.mark.usefixtures("registers")
def test_what_is_confirmed_is_in_the_snapshot_and_equal() -> None:
    assert registers_by_day.take() == sum(COUNTS.values())
    assert counts() == COUNTS
    (facility,) = rows("register_facility").to_dicts()
    assert (facility["facility"], facility["province"], facility["form"]) == ("97001", "97", "hospital")
    assert (facility["beds_actual"], facility["beds_planned"]) == (10, None)
    left = sorted(rows("register_practitioner")["licence_days_left"].to_list(), key=lambda n: (n is None, n))
    assert left[0] == 90
    assert left[2] is None
    document = comparing.compare()
    assert document["equal"]
    assert [table["rows"] for table in document["registers"]] == list(COUNTS.values())


@pytest.mark.usefixtures("registers")
def test_a_day_is_taken_once_and_by_command_again() -> None:
    later = timezone.now() + registers_by_day.SETTLED
    assert registers_by_day.take_if_due(later) == sum(COUNTS.values())
    made("practitioners", person(9), confirmed=True)
    assert registers_by_day.take_if_due(later) == 0
    assert counts() == COUNTS
    assert comparing.compare()["equal"], "what came after the moment of the snapshot is no difference"
    registers_by_day.take()
    assert counts() == {**COUNTS, "register_practitioner": 4}
    assert len(registers_by_day.days_of(state())) == 1
    assert registers_by_day.take_if_due(later + timedelta(days=1)) == sum(COUNTS.values()) + 1
    assert len(registers_by_day.days_of(state())) == 2
    assert counts()["register_practitioner"] == 8
    assert comparing.compare()["equal"]


@pytest.mark.usefixtures("registers")
def test_a_change_that_waits_for_review_leaves_the_confirmed_version() -> None:
    found = register("pharmacies")
    record = found.model.objects.get(certificate_number="3")
    with speaking_as(SYSTEM):
        actions.change(register=found, id=record.pk, patch={"kind": "quay_thuoc"}, by=SYSTEM, source="form")
    registers_by_day.take()
    assert sorted(rows("register_pharmacy")["kind"]) == ["nha_thuoc", "nha_thuoc", "quay_thuoc"]


@pytest.mark.usefixtures("lake")
def test_a_day_with_nothing_confirmed_is_asked_again() -> None:
    make_country()
    assert registers_by_day.take_if_due() == 0
    assert state().registers == {}
    put_registers()
    assert registers_by_day.take_if_due(timezone.now() + timedelta(minutes=5)) > 0


def test_a_row_lost_or_changed_is_found_and_a_rebuild_makes_every_day_anew(registers: Path) -> None:
    now = timezone.now()
    registers_by_day.take(now)
    registers_by_day.take(now + timedelta(days=1))
    before = {table: rows(table).sort(pl.all()) for table in REGISTERS}
    for path in registers.glob("*/register_pharmacy/data/**/*.parquet"):
        table = pl.read_parquet(path)
        table.with_columns(pl.lit("quay_thuoc").alias("kind")).write_parquet(path)
    document = comparing.compare()
    assert [table["table"] for table in document["registers"] if not table["equal"]] == ["register_pharmacy"]
    assert not loop.check()
    rebuild()
    assert comparing.compare()["equal"]
    assert {table: rows(table).sort(pl.all()) for table in REGISTERS}.keys() == before.keys()
    for table, frame in before.items():
        assert rows(table).sort(pl.all()).equals(frame), table


def test_nothing_that_points_to_a_person_is_in_the_files(registers: Path) -> None:
    registers_by_day.take()
    whole = "".join(pl.read_parquet(path).write_csv() for path in registers.rglob("*.parquet"))
    assert "GPHN" in whole
    told: list[Any] = [
        PERSON[name] for name in ("full_name", "personal_number", "licence_number", "birth_date")
    ]
    told += ["Trần Văn", "999085", "DEMO-GPHN", "ĐKKDD", "Nhà thuốc", "Bệnh viện Thử", "Số 1"]
    assert [text for text in told if text in whole] == []


@pytest.mark.parametrize("table", REGISTERS)
def test_columns_are_open_fields_of_the_declaration(table: str) -> None:
    name, columns = REGISTERS[table]
    (declaration,) = [one for one in DECLARED if one.name == name]
    for column in columns:
        if column.name == "licence_days_left":
            continue
        field = declaration.by_name[column.name]
        assert field.sensitivity == "open"
        assert field.kind in ("code", "date", "integer", "boolean"), "never text that people type"


def test_the_moment_of_a_day_is_kept_to_the_microsecond() -> None:
    day = registers_by_day.Day(date(2026, 9, 1), datetime(2026, 9, 1, 3, 0, 0, 7, tzinfo=UTC))
    assert day.micros % 1_000_000 == 7


@pytest.mark.usefixtures("registers")
def test_a_round_takes_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers_by_day, "SETTLED", timedelta(0))
    loop.one_round(nightly=False)
    assert len(state().registers) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT registers FROM lake_state")
        assert cursor.fetchone()
