"""`/tinh`: the province's day, and `/tinh/loai-giay-to`: who sends what."""

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render

from khoyte.foundation.calendar import today
from khoyte.foundation.look import formats
from khoyte.legal.deadlines import SEND_RECORDS, deadline_on, first_day_on_time
from khoyte.submissions import desk
from khoyte.submissions import province_queries as read
from khoyte.submissions.pages import address, files
from khoyte.submissions.presenters import papers as present_papers
from khoyte.submissions.presenters import province as present
from khoyte.units.models import Unit
from khoyte.units.policy import Facts, decide
from khoyte.units.queries import facilities_of, facility, provinces
from khoyte.units.web import READING, ActingRequest, allow, guarded
from khoyte.visits.papers import PAPER_OF, PAPERS, papers_by_facility, visits_without

TREND_DAYS = 30
CAUSES_SHOWN = 10
PAPER_DAYS = 30
WITHOUT_SHOWN = 500


def _province(request: ActingRequest) -> tuple[str, list[Unit]]:
    """The province asked for, by default the reader's own; national roles choose one.

    404 for one that is not theirs and one that is not there alike.
    """
    known = [] if request.actor.province else provinces()
    chosen = request.GET.get("tinh", "") or request.actor.province or (known[0].code if known else "")
    there = not known or chosen in {unit.code for unit in known}
    if not chosen or not there or not decide(request.actor, "province_day.read", Facts(province=chosen)):
        raise Http404
    return chosen, known


@guarded("province_day.read", methods=READING)
def province_day(request: ActingRequest) -> HttpResponse:
    province, known = _province(request)
    day = address.day(request, "ngay", today())
    start = day - timedelta(days=TREND_DAYS - 1)
    days = read.by_facility(province, day)
    # What a facility sent on the day it was taken over is shown; that it sends nothing later is not missed.
    names = {
        unit.code: unit.name for unit in facilities_of(province) if unit.code in days or unit.stands(day)
    }
    on_time = read.on_time_by_facility(province, day, first_day_on_time(SEND_RECORDS, day))
    weeks = read.by_day(start, day, province=province)
    sheet = address.sheet_address(request)
    may_open = bool(decide(request.actor, "submission.read"))
    as_sheet = address.wants_sheet(request)
    page = None if as_sheet else address.page_number(request)
    wanted = request.GET.get("tim", "")[:100]
    facilities = present.facilities_table(
        days, names, on_time, day, sheet, may_open=may_open, wanted=wanted, page=page
    )
    figures = present.trend_table(weeks, start, day, sheet)
    if as_sheet:
        tables = [present.sheet_table(facilities), figures]
        return files.sheet(request, f"tinh-{province}-{day.isoformat()}", tables)
    sums = read.total(list(days.values()))
    causes = read.causes(day, day, CAUSES_SHOWN, province=province)
    context = {
        "waiting": desk.waiting(request.actor) if request.actor.province else [],
        "day": day,
        "previous": day - timedelta(days=1),
        "next": day + timedelta(days=1) if day < today() else None,
        "province": province,
        "provinces": known,
        "headline": present.headline(days, len(names), sums),
        "counts": present.counts(sums, _sum(on_time), len(names) - len(days), day, may_open=may_open),
        "term": deadline_on(SEND_RECORDS, day),
        "table": facilities,
        "wanted": wanted,
        "is_long": len(names) > present.ROWS,
        "causes": present.shared_causes(causes, sums.rejected),
        "chart": present.trend_chart(weeks, start, day),
        "figures": figures,
    }
    return render(request, "submissions/province.html", context)


def _sum(on_time: dict[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(timely for timely, _ in on_time.values()), sum(dated for _, dated in on_time.values())


def _span(request: ActingRequest) -> tuple[date, date]:
    end = address.day(request, "den", today())
    return address.day(request, "tu", end - timedelta(days=PAPER_DAYS - 1)), end


@guarded("province_day.read", methods=READING)
def papers(request: ActingRequest) -> HttpResponse:
    province, known = _province(request)
    start, end = _span(request)
    names = {unit.code: unit.name for unit in facilities_of(province)}
    counts = papers_by_facility(province, start, end)
    may_open = bool(decide(request.actor, "submission.read"))
    if address.wants_sheet(request):
        return files.sheet(request, f"giay-to-{province}", [present_papers.sheet_table(counts, names)])
    context = {
        "start": start,
        "end": end,
        "province": province,
        "provinces": known,
        "headline": present_papers.headline(counts),
        "table": present_papers.page_table(
            counts,
            names,
            start,
            end,
            address.sheet_address(request),
            may_open=may_open,
            page=address.page_number(request),
        ),
        "papers": PAPERS,
    }
    return render(request, "submissions/papers.html", context)


@guarded("province_day.read", methods=READING)
def papers_missing(request: ActingRequest, code: str, table: str) -> HttpResponse:
    """Names single records: for those alone who may read the submissions they came in."""
    allow(request.actor, "submission.read")
    unit = facility(code)
    if unit is None or table not in PAPER_OF:
        raise Http404
    if not decide(request.actor, "submission.read", Facts(facility=code, province=unit.province)):
        raise Http404
    start, end = _span(request)
    rows = visits_without(table, unit.province, code, start, end, WITHOUT_SHOWN)
    shown = present_papers.without_table(rows, PAPER_OF[table], WITHOUT_SHOWN, address.sheet_address(request))
    if address.wants_sheet(request):
        return files.sheet(request, f"thieu-{table}-{code}", [shown])
    period = {"start": formats.day(start), "end": formats.day(end)}
    context = {"unit": unit, "paper": PAPER_OF[table], "table": shown, "province": unit.province, **period}
    return render(request, "submissions/papers_missing.html", context)
