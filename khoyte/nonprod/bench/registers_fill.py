"""Fills the database of KHOYTE_HOME for `khoyte bench registers` and says what it cost, as one JSON document.

`python -m khoyte.nonprod.bench.registers_fill FACILITIES PRACTITIONERS CASES`. Records go through the import
that a province would use, checked cell by cell and confirmed: rows, versions, keys, steps, evidence,
publication, messages to the National Data Centre. Then so many practitioners have a change under review, as
on the last day of a campaign: these open cases, and what sent them, are written by SQL.
"""

import io
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from khoyte.edges.setup import ready_database
from khoyte.foundation.look.formulas import HarmlessCsv
from khoyte.nonprod.bench import invented_register as invented
from khoyte.nonprod.bench.invented_register import Place, Row

PIECE = 20_000
One = TypeVar("One")

# A fifth waits at its facility, the rest at the province; days of the ladder lie around today.
_IN_REVIEW = """
UPDATE practitioners
SET state = 'in_review', level = CASE WHEN left(licence_number, 6)::int %% 5 = 0 THEN 'facility'
                                      ELSE 'province' END
WHERE state = 'confirmed' AND left(licence_number, 6)::int < %s
"""
_CASES = """
INSERT INTO register_case (id, register, record, facility, province, level, title, version, opened_at,
                           opened_by, due_on)
SELECT uuidv7(), 'practitioners', id, facility, province, level, full_name || ' – ' || licence_number,
       version, now() - make_interval(days => left(licence_number, 6)::int %% 28), 'bench',
       current_date + 7 - left(licence_number, 6)::int %% 28
FROM practitioners WHERE state = 'in_review'
"""
_SENT = """
INSERT INTO register_step (register, record, facility, province, version, act, level, state, reasons, at, by,
                           by_unit)
SELECT 'practitioners', record, facility, province, version, 'submit', '', 'in_review', '{}', opened_at,
       'bench', facility
FROM register_case WHERE closed_at IS NULL
"""


def fill(facilities: int, practitioners: int, cases: int) -> dict[str, Any]:
    """What was entered and how fast. In the caller's database, with Django set up."""
    from django.db import connection

    from khoyte.units.tenancy import working

    found = invented.places(facilities)
    with working():
        make_units(found)
    told = {
        "facilities": enter("facilities", invented.facility_rows(found)),
        "practitioners": enter("practitioners", invented.practitioner_rows(practitioners, found)),
    }
    with working(), connection.cursor() as cursor:
        cursor.execute(_IN_REVIEW, [cases])
        for statement in (_CASES, _SENT):
            cursor.execute(statement, [])
        opened = cursor.rowcount
    return {"entered": told, "cases": opened}


def make_units(of: Sequence[Place]) -> None:
    """Provinces and facilities as rows: the audited way, one by one, would take longer than all the rest."""
    from khoyte.foundation.inserting import insert_all
    from khoyte.units.models import Unit

    offices = [
        Unit(code=code, kind="province", name=f"Sở Y tế {code} (minh họa)", under_id="BYT", province=code)
        for code in invented.PROVINCES
    ]
    insert_all([_with_defaults(unit) for unit in offices])
    for piece in pieces(of, PIECE):
        units = [
            Unit(code=one.code, kind="facility", name=one.name, under_id=one.province, province=one.province)
            for one in piece
        ]
        insert_all([_with_defaults(unit) for unit in units])


def _with_defaults(unit: Any) -> Any:
    unit.national_code, unit.before, unit.licence_suffixes = "", "{}", "{}"
    return unit


def enter(name: str, rows: Iterable[Row]) -> dict[str, Any]:
    """Rows into a register by import, PIECE at a time: the last is checked once more dry, and timed."""
    from khoyte.registers import importing
    from khoyte.registers.known import register
    from khoyte.registers.reading import Source
    from khoyte.units.policy import system_actor
    from khoyte.units.tenancy import working

    by, stored, cpu, wall = system_actor("bench"), 0, 0.0, 0.0
    source = Source("", b"")
    for source in _files(name, rows):
        begun, spent = time.monotonic(), time.process_time()
        with working():
            report = importing.run(register(name), source, by=by, dry=False, confirmed=True)
        if report.bad:
            raise AssertionError(f"{name}: {report.document()['causes']}")
        stored += report.stored
        cpu, wall = cpu + time.process_time() - spent, wall + time.monotonic() - begun
    begun, spent = time.monotonic(), time.process_time()
    with working():
        again = importing.run(register(name), source, by=by, dry=True, confirmed=True)
    if (again.bad, again.duplicate) != (0, again.rows):
        raise AssertionError(f"{name}: {again.duplicate} of {again.rows} rows known again")
    return {
        "rows": stored,
        "cpu_s": round(cpu, 1),
        "wall_s": round(wall, 1),
        "dry_run_rows": again.rows,
        "dry_run_cpu_s": round(time.process_time() - spent, 2),
        "dry_run_wall_s": round(time.monotonic() - begun, 2),
    }


def _files(name: str, rows: Iterable[Row]) -> Iterator[Any]:
    from khoyte.registers.reading import Source

    for piece in pieces(rows, PIECE):
        written = io.StringIO()
        writer = HarmlessCsv(written)
        writer.write(piece[0])
        for row in piece:
            writer.write(row.values())
        yield Source(f"{name}.csv", written.getvalue().encode())


def pieces(rows: Iterable[One], size: int) -> Iterator[list[One]]:
    left = iter(rows)
    while piece := list(islice(left, size)):
        yield piece


def main(facilities: int, practitioners: int, cases: int) -> None:
    with ready_database("worker"):
        from django.db import transaction

        from khoyte.nonprod.demo import make_units as make_demo_units
        from khoyte.nonprod.generator import demo_units

        with transaction.atomic():
            make_demo_units((unit for unit in demo_units() if unit.kind != "facility"), by="bench")
        told = fill(facilities, practitioners, cases)
    print(json.dumps(told))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
