"""Answers that are reports, for the REST edge and the pages alike. Every export is an audit entry."""

from collections.abc import Iterator
from typing import IO

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.submissions import errors, queries
from khoyte.submissions.enums import State
from khoyte.submissions.limits import WORKBOOKS_AT_ONCE
from khoyte.submissions.models import Submission
from khoyte.submissions.report_workbook import xlsx_of
from khoyte.submissions.reports import csv_of
from khoyte.units.crowd import CROWD
from khoyte.units.exports import admit
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = ("csv", "xlsx")


def report(request: ActingRequest, id: str, form: str) -> HttpResponseBase:
    """The report of a submission as "csv" or "xlsx", in the language asked for.

    To be called outside a transaction: CSV is read from the database while it is sent. Raises
    UnknownSubmission or, while there is no verdict yet, ReceiptRefused with the time to wait.
    """
    if form not in FORMS:
        raise Http404
    actor, language = request.actor, request.LANGUAGE_CODE
    found, mark = _exported(id, form, actor, request.reference)
    name = f"ket-qua-{found.facility}-{found.pk}.{form}"
    if form == "xlsx":
        file = _workbook(found, actor, mark, language)
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response = StreamingHttpResponse(_csv(found, actor, language), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _workbook(found: Submission, actor: Actor, mark: Text, language: str) -> IO[bytes]:
    """A workbook takes many seconds of computing, so a unit gets a few at once. Raises ReceiptRefused."""
    places = {f"workbooks {actor.unit_code}": WORKBOOKS_AT_ONCE}
    if not CROWD.enter(places):
        raise errors.too_many_reports()
    try:
        with speaking_as(actor):
            return xlsx_of(found, [actor.unit_name, mark.say(language)], language)
    finally:
        CROWD.leave(places)


def _exported(id: str, form: str, actor: Actor, reference: str) -> tuple[Submission, Text]:
    with speaking_as(actor):
        found = queries.submission(id, actor)
        if found.state not in (State.JUDGED, State.UNREADABLE):
            raise errors.no_verdict_yet()
        audit.record(
            by=actor,
            action="submission.export",
            subject_kind="submission",
            subject_id=str(found.pk),
            facility=found.facility,
            province=found.province,
            details={"form": form, "judgement": found.judgement},
        )
        # The rows stream past later and are not counted beforehand.
        return found, admit(actor, name=f"ket-qua-{found.pk}", rows=None, reference=reference)


def _csv(found: Submission, actor: Actor, language: str) -> Iterator[bytes]:
    with speaking_as(actor):
        yield from csv_of(found, language)
