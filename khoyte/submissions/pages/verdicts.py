"""`/goi-ho-so/<id>`: the verdict on one file, and its dossiers one by one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Pages
from khoyte.practice.queries import records_of_licences
from khoyte.signing.queries import check_of
from khoyte.submissions import queries, report_files, unreadable, verdict_queries
from khoyte.submissions.enums import DossierVerdict, State
from khoyte.submissions.models import Finding, Judgement, Submission
from khoyte.submissions.pages import address, files
from khoyte.submissions.presenters import verdict as present
from khoyte.submissions.presenters.signature import signature_facts
from khoyte.submissions.presenters.spoken import speak_file_finding
from khoyte.submissions.presenters.vendor import CAUSES, vendor_text
from khoyte.submissions.presenters.words import VERDICTS, sheet_link
from khoyte.submissions.words import cause_words, reason_words
from khoyte.units.queries import facility
from khoyte.units.web import READING, ActingRequest, guarded

CHOICES = (*DossierVerdict.values, verdict_queries.PRECHECK)


@guarded("submission.read", methods=READING)
def submission(request: ActingRequest, id: str) -> HttpResponse:
    found = queries.submission(id, request.actor)
    if found.state in (State.RECEIVED, State.JUDGING):
        return render(request, "submissions/waiting.html", {"found": found})
    if found.unreadable is not None:
        return _unreadable(request, found, found.unreadable)
    return _judged(request, found)


def _unreadable(request: ActingRequest, found: Submission, reason: dict[str, Any]) -> HttpResponse:
    message, remedy = unreadable.words_of(reason)
    context = {"found": found, "message": message, "remedy": remedy, "facts": _facts(found)}
    return render(request, "submissions/unreadable.html", context)


def _facts(found: Submission) -> list:
    unit = facility(found.facility)
    judged = queries.judgement(found) if found.judgement else None
    return present.file_facts(found, judged, unit.name if unit else "")


def _judged(request: ActingRequest, found: Submission) -> HttpResponse:
    judged = queries.judgement(found)
    verdict = address.choice(request, "ket-qua", CHOICES)
    cause = request.GET.get("nguyen-nhan", "")[:16]
    rows = verdict_queries.chosen_dossiers(found, verdict=verdict, cause=cause)
    if address.wants_sheet(request):
        table = present.dossiers_table(rows[: address.ROWS_OF_A_SHEET], None, f"/goi-ho-so/{found.pk}")
        return files.sheet(request, f"ho-so-{found.pk}", [table])
    pages = Pages(address.page_number(request), address.ROWS, rows.count())
    first = (pages.number - 1) * pages.size
    shown = judged.causes if "tat-ca" in request.GET else judged.causes[: present.CAUSES_SHOWN]
    firsts = _examples(found, shown)
    context = {
        "found": found,
        "sentence": present.sentence(found, judged.causes),
        "counts": present.counts(found, verdict_queries.tally(found)),
        "improvement": present.improvement(verdict_queries.progress(found)),
        "causes": present.causes_shown(
            shown, found, firsts, _records(request, [one for one, _ in firsts.values()])
        ),
        "causes_left": len(judged.causes) - len(shown),
        "file_findings": [speak_file_finding(row) for row in judged.file_findings],
        "not_judged": [{**row, "words": Text(**row["reason"])} for row in judged.not_judged],
        "table": present.dossiers_table(
            rows[first : first + pages.size],
            pages,
            f"/goi-ho-so/{found.pk}",
            (sheet_link(address.sheet_address(request)),),
        ),
        "verdict": verdict,
        "verdicts": {name: tag.label for name, tag in VERDICTS.items()},
        "cause": _title_of(judged, cause),
        "facts": _facts(found),
        "signature": signature_facts(check_of(found.pk, found.judgement)),
        "judgements": _judgements(found) if found.judgement > 1 else [],
    }
    return render(request, "submissions/verdict.html", context)


def _judgements(found: Submission) -> list[tuple[Judgement, Text]]:
    return [(one, reason_words(one.reason)) for one in verdict_queries.judgements(found)]


def _title_of(judged: Judgement, cause: str) -> str:
    """What the dossiers are narrowed by, in words; empty when they are not."""
    row = next((row for row in judged.causes if row["id"] == cause), None)
    return cause_words(row, formats.language())["cause"] if row else ""


def _records(request: ActingRequest, rows: Sequence[Finding]) -> dict[str, UUID]:
    """Records of the people the licence gate speaks of, which the reader may see in the register."""
    named = {licence for row in rows if (licence := present.named_licence(row))}
    return records_of_licences(named, request.actor)


def _examples(found: Submission, causes: list[dict]) -> dict:
    return verdict_queries.first_findings(found, [row["id"] for row in causes])


@guarded("submission.read", methods=READING)
def vendor(request: ActingRequest, id: str) -> HttpResponse:
    """The text for the software vendor, on a page of its own: easy to select, to copy, to print."""
    found = _with_verdict(id, request)
    judged = queries.judgement(found)
    places = verdict_queries.places_of(found, [row["id"] for row in judged.causes[:CAUSES]])
    context = {"found": found, "text": vendor_text(found, judged, places)}
    return render(request, "submissions/vendor.html", context)


@guarded("submission.read", methods=READING)
def dossier(request: ActingRequest, id: str, position: int) -> HttpResponse:
    found = _with_verdict(id, request)
    row = verdict_queries.dossier_at(found, position)
    if row is None:
        raise Http404
    rows = verdict_queries.findings_at(found, position)
    findings = present.findings_spoken(rows, row.standard, _records(request, rows))
    context = {
        "found": found,
        "row": row,
        "facts": present.dossier_facts(row),
        "findings": findings,
        "previous": position - 1 if position > 1 else None,
        "next": position + 1 if position < found.received else None,
    }
    return render(request, "submissions/dossier.html", context)


@guarded("submission.read", transaction=False, methods=READING)
def report(request: ActingRequest, id: str, kind: str) -> HttpResponseBase:
    """Everything to correct as one file, sorted by cause."""
    return report_files.report(request, id, kind)


def _with_verdict(id: str, request: ActingRequest) -> Submission:
    found = queries.submission(id, request.actor)
    if found.state != State.JUDGED:
        raise Http404
    return found
