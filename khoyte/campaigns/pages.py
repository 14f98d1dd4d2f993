"""`/tien-do`: the cockpit of a plan; `/hoat-dong/MÃ`: the activity sheet of a facility."""

from datetime import date, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from khoyte.campaigns import actions, presenters, queries
from khoyte.campaigns.errors import WrongEvent
from khoyte.campaigns.plans import Campaign, Step, campaigns
from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Table
from khoyte.foundation.papers import DOCX, PDF, as_docx, as_pdf
from khoyte.submissions.pages import address, files
from khoyte.units.exports import admit
from khoyte.units.models import Unit
from khoyte.units.policy import Facts, decide
from khoyte.units.queries import facility as facility_of
from khoyte.units.queries import names_of, provinces
from khoyte.units.web import READING, ActingRequest, allow, guarded

ROWS = 50
OPEN = ("none", "draft", "returned", "with_facility", "with_province")


@guarded("campaign.read", methods=READING)
def cockpit(request: ActingRequest) -> HttpResponse:
    campaign = _campaign(request)
    step = _step(campaign, request.GET.get("buoc", ""))
    known = {unit.code: unit.name for unit in provinces()}
    if request.actor.is_training:  # one's own, which is none of the country's
        known = names_of([request.actor.province])
    province = _province(request, known)
    facility, day = request.actor.facility, today()
    counted = queries.progress(step.measure, day, province=province, facility=facility)
    whole = presenters.totals(counted)
    table = presenters.by_province(step, counted, known, day, _downloads(request))
    form = address.choice(request, "tai", ("xlsx", "docx", "pdf"))
    if form == "xlsx":
        return files.sheet(request, f"tien-do-{step.number.lower().replace('.', '-')}", [table])
    if form:
        return _paper(request, form, campaign, step, table, province, facility)
    held = address.choice(request, "o", OPEN)
    rows = _held(step, province, held) if province and not facility else []
    context = {
        "campaign": campaign,
        "step": step,
        "steps": [one for one in campaign.steps if one.measure],
        "unmeasured": [one for one in campaign.steps if not one.measure],
        "headline": presenters.headline(step, whole),
        "tag": presenters.step_tag(step, presenters.forecast_of(whole, day), day),
        "ahead": presenters.forecast_words(presenters.forecast_of(whole, day)),
        "counts": presenters.holders(whole, f"?buoc={step.number}&tinh={province}" if province else ""),
        "table": table,
        "province": province,
        "province_name": known.get(province, ""),
        "facilities": presenters.facilities_table(rows[:ROWS], held, len(rows) > ROWS) if province else None,
        "may_remind": bool(decide(request.actor, "campaign.remind")) and bool(whole.open),
        "reminded": request.GET.get("da-nhac", ""),
        "own_sheet": f"/hoat-dong/{facility}" if facility else "",
    }
    return render(request, "campaigns/cockpit.html", context)


def _campaign(request: ActingRequest) -> Campaign:
    known = campaigns()
    return known.get(request.GET.get("ke-hoach", "")) or next(iter(known.values()))


def _step(campaign: Campaign, number: str) -> Step:
    """The step asked for; by default the first that is measured."""
    measured = [one for one in campaign.steps if one.measure]
    return next((one for one in measured if one.number == number), measured[0])


def _province(request: ActingRequest, known: dict[str, str]) -> str:
    """The province asked for; one's own for who has one. 404 for one that is not theirs or not there."""
    asked = request.GET.get("tinh", "") or request.actor.province
    if not asked:
        return ""
    facts = Facts(province=asked, facility=request.actor.facility)
    own = asked == request.actor.province or request.actor.unit_kind != "facility"
    if asked not in known or not own or not decide(request.actor, "campaign.read", facts):
        raise Http404
    return asked


def _held(step: Step, province: str, held: str) -> list[tuple[object, ...]]:
    if not step.measure.startswith("facilities"):
        return []
    return queries.facilities_held(province, (held,) if held else OPEN, limit=ROWS + 1)


def _downloads(request: ActingRequest) -> tuple[Link, ...]:
    def href(form: str) -> str:
        asked = request.GET.copy()
        asked["tai"] = form
        return f"{request.path}?{asked.urlencode()}"

    labels = {"xlsx": "XLSX", "docx": "DOCX", "pdf": "PDF"}
    words = Text("Tải báo cáo ({form})", "Report ({form})")
    return tuple(Link(href(form), words.fill(form=label)) for form, label in labels.items())


def _paper(
    request: ActingRequest,
    form: str,
    campaign: Campaign,
    step: Step,
    table: Table,
    province: str,
    facility: str,
) -> HttpResponse:
    name = f"bao-cao-tien-do-{today().isoformat()}"
    mark = admit(request.actor, name=name, rows=len(table.rows), reference=request.reference)
    day = today()
    lines = [
        (one, presenters.totals(queries.progress(one.measure, day, province=province, facility=facility)))
        for one in campaign.steps
        if one.measure
    ]
    paper = presenters.report(
        campaign,
        lines,
        step,
        table,
        issuer=request.actor.unit_name,
        today=day,
        at=timezone.now(),
        mark=mark.say("vi"),
    )
    if form == "docx":
        return files.download(as_docx(paper), f"{name}.docx", DOCX)
    return files.download(as_pdf(paper), f"{name}.pdf", PDF)


@guarded("campaign.remind")
def remind(request: ActingRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseRedirect("/tien-do")
    step = _step(_campaign(request), request.POST.get("buoc", ""))
    own = request.actor.province
    codes = [own] if own else [unit.code for unit in provinces()]
    count = actions.remind(step=step, provinces=codes, by=request.actor)
    return HttpResponseRedirect(f"/tien-do?buoc={step.number}&da-nhac={count}")


@guarded("campaign.read")
def activity_sheet(request: ActingRequest, code: str) -> HttpResponse:
    unit = _facility(request, code)
    problem: WrongEvent | None = None
    if request.method == "POST":
        allow(request.actor, "inspection.record", Facts(facility=code, province=unit.province))
        try:
            _record(request, unit)
            return HttpResponseRedirect(request.path)
        except WrongEvent as wrong:
            problem = wrong
    end = today() + timedelta(days=1)
    months = queries.activity(code, end - timedelta(days=366), end)
    events = queries.inspections(code)
    sheet = Link(address.sheet_address(request), Text("Tải phiếu hoạt động (XLSX)", "Sheet (XLSX)"))
    activity, inspections = presenters.activity_table(months, (sheet,)), presenters.inspections_table(events)
    if address.wants_sheet(request):
        return files.sheet(request, f"hoat-dong-{code}", [activity, inspections])
    may = bool(decide(request.actor, "inspection.record", Facts(facility=code, province=unit.province)))
    kinds = ("reply",) if request.actor.facility else ("request", "conclusion")
    context = {
        "unit": unit,
        "visits": sum(row[1] for row in months),
        "activity": activity,
        "inspections": inspections,
        "requests": [one for one in events if one.kind == "request"],
        "may_record": may,
        "kinds": [(kind, presenters.EVENT_WORDS[kind]) for kind in kinds],
        "problem": problem,
        "typed": request.POST if problem else {},
    }
    return render(request, "campaigns/activity.html", context, status=422 if problem else 200)


def _facility(request: ActingRequest, code: str) -> Unit:
    """404 for a facility that is not theirs and one that is not there alike."""
    unit = facility_of(code)
    if unit is None or not decide(
        request.actor, "campaign.read", Facts(facility=code, province=unit.province)
    ):
        raise Http404
    return unit


def _record(request: ActingRequest, unit: Unit) -> None:
    typed = request.POST
    try:
        inspection = UUID(typed.get("yeu-cau", ""))
    except ValueError:
        inspection = None
    actions.record_event(
        facility=unit.code,
        province=unit.province,
        kind=typed.get("viec", ""),
        day=_day(typed.get("ngay", "")),
        due=_day(typed.get("han", "")),
        paper=typed.get("van-ban", ""),
        summary=typed.get("trich-yeu", ""),
        inspection=inspection,
        by=request.actor,
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in address.YEARS else None
