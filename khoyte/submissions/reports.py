"""The verdict as a file to work through: sorted by cause, one line per place to correct."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Column, Table
from khoyte.foundation.look.spreadsheet import workbook
from khoyte.submissions import queries, verdicts
from khoyte.submissions.models import Finding, Submission

LINES = 100_000
"""Lines of a report at most; beyond that a spreadsheet helps nobody and the API pages everything."""

COLUMNS = (
    Column("number", Text("Nguyên nhân số", "Cause no."), "number"),
    Column("rule", Text("Quy tắc", "Rule")),
    Column("level", Text("Mức", "Level")),
    Column("precheck_level", Text("Mức nếu gửi BHXH", "Level before Social Security")),
    Column("position", Text("Hồ sơ thứ", "Dossier no."), "number"),
    Column("ma_lk", Text("MA_LK", "MA_LK")),
    Column("table", Text("Bảng", "Table")),
    Column("row", Text("Dòng", "Row"), "number"),
    Column("field", Text("Trường", "Field")),
    Column("value", Text("Giá trị", "Value")),
    Column("message", Text("Nội dung", "What is wrong")),
    Column("hint", Text("Cách sửa", "Remedy")),
    Column("legal", Text("Căn cứ", "Legal basis")),
)


def lines(found: Submission) -> Iterator[dict[str, Any]]:
    """Findings in the order of the causes' rank, then of the file; words in the language of the page."""
    judged = queries.judgement(found)
    ranks = {cause["id"]: number for number, cause in enumerate(judged.causes, start=1)} if judged else {}
    dossiers = {row.position: row for row in queries.dossiers(found).only("position", "ma_lk", "standard")}
    rows = sorted(
        queries.findings(found)[:LINES], key=lambda row: (ranks.get(row.cause, LINES), row.position, row.pk)
    )
    for row in rows:
        dossier = dossiers[row.position]
        words = verdicts.stored_finding(row, dossier.standard, formats.language())
        yield {**words, **_place(row, dossier.ma_lk), "number": ranks.get(row.cause)}


def _place(row: Finding, ma_lk: str) -> dict[str, Any]:
    return {"position": row.position, "ma_lk": ma_lk, "precheck_level": row.precheck_level}


def as_csv(found: Submission) -> bytes:
    """UTF-8 with a byte-order mark, so that Excel shows Vietnamese; a leading = + - @ is made harmless."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([formats.said(column.label) for column in COLUMNS])
    for line in lines(found):
        writer.writerow([_harmless(line[column.name]) for column in COLUMNS])
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def _harmless(value: Any) -> Any:
    """Values come from other people's files and must not run as formulas in a spreadsheet."""
    return (
        f"'{value}"
        if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
        else value
    )


def as_xlsx(found: Submission, reader: str) -> bytes:
    """One sheet with all lines, headed by the reading unit and the file."""
    table = Table(
        title=Text("Kết quả kiểm tra dữ liệu", "Verdict"), columns=COLUMNS, rows=list(lines(found)), empty=""
    )
    about = Text(
        "Tệp {file}, cơ sở {facility}, gói hồ sơ {id}", "File {file}, facility {facility}, submission {id}"
    )
    heading = [reader, formats.said(about.fill(file=found.file_name, facility=found.facility, id=found.pk))]
    return workbook([table], heading, timezone.now())
