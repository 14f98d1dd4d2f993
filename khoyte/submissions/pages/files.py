"""Answers that are files."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils import timezone

from khoyte.foundation.look.parts import Table
from khoyte.foundation.look.spreadsheet import workbook
from khoyte.submissions.report_files import XLSX
from khoyte.units.exports import admit
from khoyte.units.web import ActingRequest


def sheet(request: ActingRequest, name: str, tables: Sequence[Table]) -> HttpResponse:
    """The tables as one XLSX file, headed by the unit that reads them and by who took it.

    Raises TooManyExports when the account has taken enough for a day.
    """
    rows = sum(len(table.rows) for table in tables)
    mark = admit(request.actor, name=name, rows=rows, reference=request.reference)
    heading = [request.actor.unit_name, mark.say(request.LANGUAGE_CODE)]
    return download(workbook(tables, heading, timezone.now()), f"{name}.xlsx", XLSX)


def download(data: bytes, name: str, content_type: str) -> HttpResponse:
    """A file for the reader to keep. `name` is plain ASCII."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
