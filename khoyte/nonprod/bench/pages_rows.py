"""Many stored visits from a few: 500 that were sent and judged, copied within the database.

Every copy is a whole file of 25 with its judgement, ledger entry, dossiers, findings and heads of visits, of
another facility and another of sixty days; bytes are those of the file it is a copy of, so that every page of
it can be opened. Lines of drugs, services and results are not copied: no page asked here reads them from
tables, and they would fill the disk. Rows go in as transactions of 20,000 visits, with all indexes in place.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from khoyte.nonprod.bench.quality_months import spoil
from khoyte.nonprod.generator.bench import FACILITY, bench_dossier
from khoyte.nonprod.generator.dossier import dossier_text
from khoyte.nonprod.generator.envelope import submission_file
from khoyte.nonprod.generator.moments import day8
from khoyte.nonprod.generator.submissions import DEFAULT_START, make_desk
from khoyte.nonprod.generator.world import FACILITIES

PER_FILE, TEMPLATES, DAYS = 25, 20, 60
TEMPLATE_VISITS = PER_FILE * TEMPLATES
_FILES_A_TRANSACTION = 800
OWN_SHARE = 40
"""The facility whose pages are asked sends one file in so many; a third of the others its province."""


def template_files(folder: Path) -> list[Path]:
    """Files of 25 visits; some of them are refused, as in life."""
    folder.mkdir(parents=True)
    desk, day, paths = make_desk(FACILITIES[FACILITY], 1), day8(DEFAULT_START.toordinal()), []
    for number in range(TEMPLATES):
        path = folder / f"{FACILITY}_{day}_{number:06d}.xml"
        with submission_file(path, FACILITY, day, PER_FILE) as add:
            for place in range(1, PER_FILE + 1):
                dossier = bench_dossier(desk, place)
                spoil(dossier, number * PER_FILE + place)
                add(dossier_text(dossier))
        paths.append(path)
    return paths


def multiply(connection: psycopg.Connection, visits: int, last: date, say: Callable[[str], None]) -> int:
    """Copy what is stored until about `visits` are; the number there are."""
    own = FACILITIES[FACILITY].province
    near = sorted(code for code, one in FACILITIES.items() if one.province == own and code != FACILITY)
    far = sorted(code for code, one in FACILITIES.items() if one.province != own)
    provinces = {code: one.province for code, one in FACILITIES.items()}
    for statement in (*_TEMPLATES, LIST):
        connection.execute(statement)
    row = connection.execute("SELECT count(*), (SELECT count(*) FROM visit) FROM bench_template").fetchone()
    templates, stored = row or (0, 0)
    files = max(0, visits - stored) * templates // stored
    whose = {"own": FACILITY, "share": OWN_SHARE, "near": near, "far": far, "provinces": Jsonb(provinces)}
    copies = [copying(connection, table, key, told) for table, (key, told) in COPIED.items()]
    for turn, first in enumerate(range(0, files, _FILES_A_TRANSACTION), start=1):
        span = {"first": first, "behind": min(first + _FILES_A_TRANSACTION, files), "all": files}
        with connection.transaction():
            connection.execute("TRUNCATE bench_file")
            connection.execute(_FILES, {**span, **whose, "templates": templates, "last": last, "days": DAYS})
            for copy in copies:
                connection.execute(copy)
        if turn % 25 == 0:
            say(f"{span['behind']} of {files} files copied")
    connection.execute("VACUUM ANALYZE submission, judgement, ledger_entry, dossier, finding, visit")
    connection.execute("CHECKPOINT")
    row = connection.execute("SELECT count(*) FROM visit").fetchone()
    return row[0] if row else 0


_TEMPLATES = (
    """
    CREATE TEMP TABLE bench_template AS
    SELECT row_number() OVER (ORDER BY received_at, id) - 1 AS place, id AS template, day AS template_day
    FROM submission WHERE state = 'judged'
    """,
    "ANALYZE bench_template",
)
LIST = """
CREATE TEMP TABLE bench_file (
    number bigint, template uuid, template_day date, id uuid, facility text, province text, day date,
    received timestamptz)
"""
# From the oldest day to the newest, as they would have come.
_FILES = """
INSERT INTO bench_file
SELECT number, template, template_day, uuidv7(), facility, %(provinces)s ->> facility, day,
       (day + interval '7 h' + (number %% 36000) * interval '1 s') AT TIME ZONE 'Asia/Ho_Chi_Minh'
FROM (
    SELECT number, %(last)s::date - ((%(all)s::bigint - 1 - number) * %(days)s / %(all)s)::int AS day,
           CASE WHEN number %% %(share)s = 0 THEN %(own)s
                WHEN number %% 3 = 0 THEN (%(near)s::text[])[number / 3 %% cardinality(%(near)s::text[]) + 1]
                ELSE (%(far)s::text[])[number %% cardinality(%(far)s::text[]) + 1] END AS facility
    FROM generate_series(%(first)s::bigint, %(behind)s::bigint - 1) AS number
) f JOIN bench_template ON place = number %% %(templates)s
"""
_WHOSE = {"facility": "f.facility", "province": "f.province"}
_OF_FILE = {**_WHOSE, "submission_id": "f.id"}
_SHIFT = "(f.day - f.template_day) * interval '1 day'"
# Table -> column that names its submission, and what a copy has of its own; the rest is as in the original.
COPIED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "submission": (
        "id",
        {
            **_WHOSE,
            "id": "f.id",
            "sender_unit": "f.facility",
            "day": "f.day",
            "received_at": "f.received",
            "judged_at": "f.received + interval '4 s'",
            "idempotency_key": "''",
        },
    ),
    "judgement": ("submission_id", {**_OF_FILE, "judged_at": "f.received + interval '4 s'"}),
    "ledger_entry": ("submission_id", {**_OF_FILE, "day": "f.day"}),
    "dossier": (
        "submission_id",
        {
            **_OF_FILE,
            "ma_lk": "t.ma_lk || '-' || f.number",
            "record_date": "(t.record_date + (f.day - f.template_day))",
        },
    ),
    "finding": ("submission_id", _OF_FILE),
    "visit": (
        "submission_id",
        {
            **_OF_FILE,
            "id": "nextval('visit_id')",
            "ma_lk": "t.ma_lk || '-' || f.number",
            "received_at": "f.received + interval '4 s'",
            "person_key": "sha256(convert_to(t.ma_lk || f.number % 9973, 'UTF8'))",
            "ngay_vao": f"t.ngay_vao + {_SHIFT}",
            "ngay_ra": f"t.ngay_ra + {_SHIFT}",
            "ngay_ttoan": f"t.ngay_ttoan + {_SHIFT}",
        },
    ),
}
_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


def copying(connection: psycopg.Connection, table: str, key: str, told: Mapping[str, str]) -> str:
    """The statement that copies the rows of the files listed; ids and transactions are new ones."""
    names = [row[0] for row in connection.execute(_COLUMNS, [table])]
    kept = [name for name in names if name in told or name not in ("id", "stored_tx", "changed_tx")]
    values = ", ".join(told.get(name) or f't."{name}"' for name in kept)
    columns = ", ".join(f'"{name}"' for name in kept)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM bench_file f JOIN {table} t ON t.{key} = f.template"  # noqa: S608, E501 - names of our own tables
