"""`/luot-kham`: visits a facility has sent, and one visit as it was sent."""

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.calendar import today
from khoyte.foundation.look.parts import Pages
from khoyte.standards import standard_on
from khoyte.submissions.pages import address
from khoyte.submissions.presenters import visits as present
from khoyte.submissions.visit_documents import read_visit, record_list
from khoyte.units.web import READING, ActingRequest, guarded
from khoyte.visits import queries

DAYS_SHOWN = 30
PURPOSE = "facility.review"


@require_http_methods(["GET", "POST"])
@guarded("visit.read")
def visit_list(request: ActingRequest) -> HttpResponse:
    """A personal number comes by POST, so that it never stands in an address or a log of addresses."""
    end = address.day(request, "den", today())
    start = address.day(request, "tu", end - timedelta(days=DAYS_SHOWN))
    number = request.POST.get("so-dinh-danh", "").strip()
    wanted = queries.Wanted(
        facility=request.actor.facility,
        before=request.actor.before,
        start=None if number else start,
        end=None if number else end,
        disease=request.GET.get("benh", "").strip()[:7],
        ma_lk=request.GET.get("ma-lk", "").strip()[:100],
        person_number=number,
    )
    rows = queries.find(wanted, purpose=PURPOSE)
    pages = Pages(address.page_number(request), address.ROWS, rows.count())
    first = (pages.number - 1) * pages.size
    shown = list(rows[first : first + pages.size])
    record_list(shown, by=request.actor, purpose=PURPOSE)
    context = {
        "table": present.visits_table(shown, pages),
        "start": start,
        "end": end,
        "disease": wanted.disease,
        "ma_lk": wanted.ma_lk,
        "by_number": bool(number),
    }
    return render(request, "submissions/visits.html", context)


@guarded("visit.read", methods=READING)
def visit(request: ActingRequest, id: int) -> HttpResponse:
    found = queries.visit_for(request.actor, id, purpose=PURPOSE)
    if found is None:
        raise Http404
    document = read_visit(found, by=request.actor, purpose=PURPOSE)
    standard = standard_on(found.ngay_ra.date() if found.ngay_ra else today())
    context = {
        "visit": found,
        "facts": present.visit_facts(found),
        "versions": present.versions_table(queries.versions_of(found, purpose=PURPOSE), found),
        "parts": present.document_parts(document, standard),
    }
    return render(request, "submissions/visit.html", context)
