"""Checks large files against the registers of the surroundings, for `khoyte bench registers`; stores nothing.

`python -m khoyte.nonprod.bench.registers_dry_run FACILITIES KNOWN ROWS SHEET_ROWS` makes a CSV file of ROWS
practitioners and a workbook of SHEET_ROWS. The first KNOWN of them are in the register with other hours of
training, the rest are new, and one in `WRONG_EACH` has a date that does not exist. Prints rows, seconds and
memory of both.
"""

import io
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import xlsxwriter

from khoyte.edges.setup import ready_database
from khoyte.foundation.look.formulas import HarmlessCsv
from khoyte.nonprod.bench import invented_register as invented
from khoyte.nonprod.bench.invented_register import Row
from khoyte.nonprod.bench.processor import Part

WRONG_EACH = 333
NO_SUCH_DAY = "31/02/2024"


def rows_of(count: int, facilities: int, known: int) -> Iterator[Row]:
    places = invented.places(facilities)
    held = ({**row, "cme_hours": row["cme_hours"] + 1} for row in invented.practitioner_rows(known, places))
    fresh = islice(invented.practitioner_rows(max(count, known), places), known, None)
    for number, row in enumerate(islice(chain(held, fresh), count)):
        yield {**row, "licence_date": NO_SUCH_DAY} if number % WRONG_EACH == 0 else row


def as_csv(rows: Iterable[Row]) -> bytes:
    written = io.StringIO()
    writer = HarmlessCsv(written)
    for number, row in enumerate(rows):
        if number == 0:
            writer.write(row)
        writer.write(row.values())
    return written.getvalue().encode()


def as_workbook(rows: Iterable[Row]) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            if number == 0:
                sheet.write_row(0, 0, row)
            sheet.write_row(number + 1, 0, row.values())
    return written.getvalue()


def dry_run(name: str, data: bytes, rows: int) -> dict[str, Any]:
    """What a dry run over the file cost. Raises AssertionError where it does not find what is wrong in it."""
    from khoyte.registers import importing
    from khoyte.registers.known import register
    from khoyte.registers.reading import Source
    from khoyte.units.policy import system_actor
    from khoyte.units.tenancy import working

    whole = Part([os.getpid()])
    begun, own, all_of_us = time.monotonic(), time.process_time(), whole.seconds()
    with working():
        found = importing.run(
            register("practitioners"), Source(name, data), by=system_actor("bench"), dry=True, confirmed=True
        )
    wall, ours = time.monotonic() - begun, time.process_time() - own
    wrong = sum(cause.rows for cause in found.causes.values() if cause.field == "licence_date")
    expected = (rows, -(-rows // WRONG_EACH), 0)
    if (found.rows, wrong, found.stored) != expected:
        raise AssertionError(f"{name}: {found.rows}, {wrong}, {found.stored} instead of {expected}")
    return {
        "rows": found.rows,
        "mb": round(len(data) / 1e6, 1),
        "good": found.good,
        "wall_s": round(wall, 1),
        "cpu_s": round(ours, 1),
        "database_cpu_s": round(whole.seconds() - all_of_us - ours, 1),
        "peak_mb": round(whole.peak_mb()),
    }


def main(facilities: int, known: int, rows: int, sheet_rows: int) -> None:
    with ready_database("worker"):
        workbook = as_workbook(rows_of(sheet_rows, facilities, known))
        told = {"xlsx": dry_run("practitioners.xlsx", workbook, sheet_rows)}
        told["csv"] = dry_run("practitioners.csv", as_csv(rows_of(rows, facilities, known)), rows)
    print(json.dumps(told))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
