"""The verdict as a file to work through: sorted by cause, one line per place to correct.

Findings of the file itself come first, then those of the dossiers in the order of the causes' rank. Rows
stream from the database, so that a report of a million lines needs no more memory than one of ten.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from khoyte.foundation.language import Text
from khoyte.foundation.look.formulas import HarmlessCsv
from khoyte.foundation.look.parts import Column, spoken
from khoyte.submissions import queries, unreadable, wording
from khoyte.submissions.enums import DossierVerdict
from khoyte.submissions.models import Judgement, Submission
from khoyte.submissions.presenters.words import VERDICTS
from khoyte.submissions.verdict import Found
from khoyte.submissions.words import cause_words, file_finding

ROWS_AT_ONCE = 1_000
_CSV_PIECE = 64 * 1024

COLUMNS = (
    Column("number", Text("Nguyên nhân số", "Cause no."), "number"),
    Column("cause", Text("Nguyên nhân", "Cause")),
    Column("rule", Text("Quy tắc", "Rule")),
    Column("level", Text("Mức", "Level")),
    Column("precheck_level", Text("Mức trước khi gửi BHXH", "Level before Social Security")),
    Column("position", Text("Hồ sơ thứ", "Dossier no."), "number"),
    Column("ma_lk", Text("MA_LK", "MA_LK")),
    Column("verdict", Text("Kết quả hồ sơ", "Verdict on the dossier")),
    Column("table", Text("Bảng", "Table")),
    Column("row", Text("Dòng", "Row"), "number"),
    Column("field", Text("Trường", "Field")),
    Column("value", Text("Giá trị", "Value")),
    Column("message", Text("Nội dung", "What is wrong")),
    Column("hint", Text("Cách sửa", "Remedy")),
    Column("legal", Text("Căn cứ", "Legal basis")),
)
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One finding of a dossier as the database gives it; enough of a finding to be put in words."""

    params: Mapping[str, Any]
    number: int | None
    position: int
    ma_lk: str
    standard: str
    verdict: str
    rule: str
    part: str
    level: str
    precheck_level: str
    table: str
    row: int
    field: str
    value: str


_ROWS = """
SELECT f.params::text, c.number, f.position, d.ma_lk, d.standard, d.verdict, f.rule, f.part, f.level,
       f.precheck_level, f."table", f."row", f.field, f.value
FROM finding f
JOIN dossier d USING (submission_id, judgement, position)
LEFT JOIN unnest(%s::text[]) WITH ORDINALITY AS c(id, number) ON c.id = f.cause
WHERE f.submission_id = %s AND f.judgement = %s
ORDER BY c.number NULLS LAST, f.position, f.id
"""


def lines(found: Submission, language: str) -> Iterator[Line]:
    """One line per place to correct, by column name. To be read within the reader's transaction."""
    judged = queries.judgement(found) if found.judgement else None
    yield from _file_lines(found, judged, language)
    causes = judged.causes if judged else []
    names = [cause_words(cause, language)["cause"] for cause in causes]
    for row in _rows(found, [cause["id"] for cause in causes]):
        yield _line(row, names, language)


def _file_lines(found: Submission, judged: Judgement | None, language: str) -> Iterator[Line]:
    """Findings that belong to no dossier; for an unreadable file, why it could not be read."""
    if found.unreadable:
        yield _of_the_file(unreadable.finding_of(found.unreadable, language), "E")
    for stored in judged.file_findings if judged else []:
        finding = Found(**stored)
        yield _of_the_file(file_finding(finding, "store", language), finding.levels["precheck"])


def _of_the_file(words: dict[str, Any], precheck_level: str) -> Line:
    empty: Line = {column.name: "" for column in COLUMNS}
    return empty | {
        "cause": words.get("label", ""),
        "precheck_level": precheck_level,
        "value": words.get("value", ""),
        **{name: words[name] for name in ("rule", "level", "table", "field", "message", "hint", "legal")},
    }


def _rows(found: Submission, causes: list[str]) -> Iterator[Row]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS, [causes, found.pk, found.judgement])
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            for params, *facts in rows:
                yield Row(orjson.loads(params), *facts)


def _line(row: Row, causes: list[str], language: str) -> Line:
    words = wording.finding_row(row, row.level, row.standard, language)
    return {
        "number": row.number or "",
        "cause": causes[row.number - 1] if row.number else words["label"],
        "rule": row.rule,
        "level": row.level,
        "precheck_level": row.precheck_level,
        "position": row.position,
        "ma_lk": row.ma_lk,
        "verdict": spoken(VERDICTS[DossierVerdict(row.verdict)].label, language),
        "table": row.table,
        "row": row.row,
        "field": row.field,
        "value": row.value,
        "message": words["message"],
        "hint": words["hint"],
        "legal": words["legal"],
    }


def csv_of(found: Submission, language: str) -> Iterator[bytes]:
    """CSV in pieces; a byte-order mark lets Excel show Vietnamese, and nothing runs as a formula."""
    written = io.StringIO()
    writer = HarmlessCsv(written)
    writer.write(spoken(column.label, language) for column in COLUMNS)
    yield b"\xef\xbb\xbf"
    for line in lines(found, language):
        writer.write(line[column.name] for column in COLUMNS)
        if written.tell() > _CSV_PIECE:
            yield written.getvalue().encode()
            written.seek(0)
            written.truncate()
    yield written.getvalue().encode()
