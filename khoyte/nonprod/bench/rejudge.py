"""`khoyte bench rejudge`: a licence is revoked by one command, and what its holder did is judged again.

A system of its own with the demonstration's registers (some 1,600 licences) and 10,000 visits of one
facility, stored in files of 500. The licence of the doctor whom most visits name is revoked from a day before
them. Timed from the commit of that act until every file it touches has its new verdict; counted is the CPU of
all of `khoyte up` meanwhile. Which visits must carry the finding afterwards is read from the files
themselves, without the program measured; any other count ends the run without figures.
"""

import base64
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench.gate import Side
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.registers import apart
from khoyte.nonprod.generator.bench import bench_visit_files

VISITS, PER_FILE = 10_000, 500
SINGLE = 500
_DOSSIER = re.compile(rb"<HOSO>(.*?)</HOSO>", re.DOTALL)
_CONTENT = re.compile(rb"<NOIDUNGFILE>(.*?)</NOIDUNGFILE>", re.DOTALL)
_NAMES = re.compile(rb"<(?:MA_BAC_SI|NGUOI_THUC_HIEN|MA_BS_DOC_KQ)>([^<]+)<")
_LONGEST_SECONDS, _LOOK_SECONDS = 900.0, 0.05
_STATE = """
SELECT count(*) FILTER (WHERE s.judgement > 1), count(*),
       (SELECT count(*) FROM register_recheck),
       (SELECT count(DISTINCT (f.submission_id, f.position)) FROM finding f
        JOIN submission m ON m.id = f.submission_id AND m.judgement = f.judgement
        WHERE f.rule = 'V-050c' AND f.submission_id = ANY(%(files)s::uuid[]))
FROM submission s WHERE s.id = ANY(%(files)s::uuid[])
"""


def rejudge(scale: int) -> dict[str, Any]:
    """Figures of files of 500, and of files of one."""
    cases = {}
    for name, visits, per_file in (
        (f"files_of_{PER_FILE}", VISITS * scale, PER_FILE),
        ("files_of_1", SINGLE * scale, 1),
    ):
        with ExitStack() as stack:
            cases[name] = _case(Side(stack, "on"), visits, per_file)
    return {"machine": machine_line(), "answers_checked": True, "figures": cases}


def _case(side: Side, visits: int, per_file: int) -> dict[str, Any]:
    files = bench_visit_files(visits, per_file, side.system.home / "bench", seed=1)
    licence = most_named(files)
    named = [sum(licence in one for one in named_in(path)) for path in files]
    sent = side.send(files, visits)
    before, cpu = side.seconds(), sum(side.seconds().values())
    told = apart(side.system, "khoyte.nonprod.bench.rejudge_revoke", licence)
    touched = [id for id, count in zip(sent, named, strict=True) if count]
    _wait(side.connection, touched, sum(named))
    wall, spent = time.time() - told["revoked_at"], sum(side.seconds().values()) - cpu
    again = sum(per_file for count in named if count)
    others = [id for id, count in zip(sent, named, strict=True) if not count]
    found = _state(side.connection, sent)
    if (found[0], found[3]) != (len(touched), sum(named)):
        raise errors.answers_differ("rejudge", (found[0], found[3]), (len(touched), sum(named)))
    return {
        "visits": visits,
        "files_touched": len(touched),
        "files_left_alone": len(others),
        "dossiers_judged_again": again,
        "dossiers_with_another_verdict": sum(named),
        "wall_s": round(wall, 2),
        "cpu_s": round(spent, 2),
        "cpu_s_of": {part: round(now - before[part], 2) for part, now in side.seconds().items()},
        "dossiers_per_s": round(again / wall, 1),
        "dossiers_per_core_second": round(again / spent, 1),
    }


def named_in(path: Path) -> Iterator[set[str]]:
    """Of every dossier of a file, the licences that its lines name."""
    for dossier in _DOSSIER.finditer(path.read_bytes()):
        tables = (base64.b64decode(part) for part in _CONTENT.findall(dossier[1]))
        yield {
            one for table in tables for people in _NAMES.findall(table) for one in people.decode().split(";")
        }


def most_named(files: Sequence[Path]) -> str:
    """The licence in most dossiers; of several the first in order."""
    counted = Counter(one for path in files for named in named_in(path) for one in named)
    return min(counted, key=lambda one: (-counted[one], one))


def _state(connection: psycopg.Connection, files: Sequence[str]) -> tuple[int, int, int, int]:
    """(files judged again, files, files still to judge, dossiers with the finding)."""
    row = connection.execute(_STATE, {"files": list(files)}).fetchone()
    return tuple(row) if row else (0, 0, 0, 0)


def _wait(connection: psycopg.Connection, touched: Sequence[str], dossiers: int) -> None:
    """Until all touched files have their new verdict and none waits. Raises BenchFailed after too long."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while True:
        again, files, waiting, found = _state(connection, touched)
        if again == files and not waiting:
            return
        if time.monotonic() > deadline:
            print(f"{again} of {files}, {waiting} waiting, {found} of {dossiers}", file=sys.stderr)
            raise errors.not_judged_in_time(files - again, _LONGEST_SECONDS)
        time.sleep(_LOOK_SECONDS)
