"""The registers of an invented nation: filled by the import, files checked against them without a trace."""

from typing import Any

import pytest

from khoyte.nonprod.bench import invented_register as invented
from khoyte.nonprod.bench.registers_dry_run import WRONG_EACH, as_csv, as_workbook, dry_run, rows_of
from khoyte.nonprod.bench.registers_fill import fill
from khoyte.nonprod.demo import make_units
from khoyte.nonprod.generator import demo_units
from khoyte.registers.known import register
from khoyte.registers.models import Version

FACILITIES, PRACTITIONERS, CASES = 8, 400, 50


def people() -> Any:
    return register("practitioners").model.objects


@pytest.fixture
def nation(db: None) -> dict:
    make_units((unit for unit in demo_units() if unit.kind != "facility"), by="bench")
    return fill(FACILITIES, PRACTITIONERS, CASES)


def test_the_nation_has_the_size_asked_for(nation: dict):
    assert nation["cases"] == CASES
    assert nation["entered"]["practitioners"]["rows"] == PRACTITIONERS
    assert people().filter(state="in_review").count() == CASES


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_of_known_and_new_people_is_checked_and_not_stored(nation: dict, form: str):
    rows = 2 * PRACTITIONERS
    data = (as_csv if form == "csv" else as_workbook)(rows_of(rows, FACILITIES, PRACTITIONERS))
    before = Version.objects.count()
    told = dry_run(f"people.{form}", data, rows)
    assert told["rows"] == rows
    # Wrong are the dates that do not exist, and whoever is under review already.
    wrong, waiting = -(-rows // WRONG_EACH), CASES - 1
    assert told["good"] == rows - wrong - waiting
    assert (people().count(), Version.objects.count()) == (PRACTITIONERS, before)


def test_a_dry_run_that_overlooks_an_error_is_no_measure(nation: dict):
    faultless = as_csv(invented.practitioner_rows(30, invented.places(FACILITIES)))
    with pytest.raises(AssertionError, match="instead of"):
        dry_run("people.csv", faultless, 30)
