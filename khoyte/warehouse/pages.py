"""`/chi-so`: the indicators, and one page each with table, chart and downloads."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from khoyte.submissions.pages import files
from khoyte.units.exports import admit
from khoyte.units.models import Unit
from khoyte.units.policy import Actor, Facts
from khoyte.units.queries import facilities_of
from khoyte.units.queries import provinces as known_provinces
from khoyte.units.web import READING, ActingRequest, allow, guarded
from khoyte.warehouse import freshness
from khoyte.warehouse import presenters as present
from khoyte.warehouse.answering import Scope, answer
from khoyte.warehouse.indicators import INDICATORS, SUBJECTS
from khoyte.warehouse.provinces import names as names_of_provinces


@guarded("indicator.read", methods=READING)
def indicators(request: ActingRequest) -> HttpResponse:
    tables = [
        present.list_table(subject, found, f"indicators-{number}")
        for number, (subject, found) in enumerate(SUBJECTS, 1)
    ]
    context = {"tables": tables, "lake_as_of": freshness.as_of()}
    return render(request, "warehouse/indicators.html", context)


@guarded("indicator.read", methods=READING)
def indicator_page(request: ActingRequest, name: str) -> HttpResponse:
    actor, declared = request.actor, INDICATORS.get(name)
    if declared is None:
        raise Http404
    scope, known = _scope(request)
    found = answer(declared, scope)
    names = _names(actor, scope)
    wanted = request.GET.get("tai", "")
    if wanted == "xlsx":
        tables = [present.sheet_table(found, names), present.about_table(found)]
        if found.provinces:
            tables.insert(1, present.province_table(found, names))
        return files.sheet(request, name, tables)
    if wanted == "csv":
        admit(actor, name=name, rows=len(found.rows), reference=request.reference)
        return files.download(present.as_csv(found, names), f"{name}.csv", "text/csv; charset=utf-8")
    context = {
        "indicator": declared,
        "facts": present.facts(found),
        "lake_as_of": found.as_of,
        "table": present.figures_table(found, names, present.downloads(request)),
        "chart": present.chart(found),
        "map": present.province_map(found, names),
        "limit": present.limit_note(found),
        "provinces": known,
        "province": scope.province,
    }
    return render(request, "warehouse/indicator.html", context)


def _names(actor: Actor, scope: Scope) -> dict[str, str]:
    """Facilities and provinces by code; invented provinces by the name of their health department."""
    departments = {unit.code: unit.name for unit in known_provinces()}
    places = {**departments, **names_of_provinces()}
    if scope.facility:
        return {**places, actor.unit_code: actor.unit_name}
    return {**places, **{unit.code: unit.name for unit in facilities_of(scope.province)}}


def _scope(request: ActingRequest) -> tuple[Scope, list[Unit]]:
    """What the reader is told of: the own facility or province; national roles all, or one they choose."""
    actor = request.actor
    known: list[Unit] = []
    if actor.facility:
        scope = Scope(facility=actor.facility)
    elif actor.unit_kind == "province":
        scope = Scope(province=actor.province)
    else:
        known = known_provinces()
        asked = request.GET.get("tinh", "")
        scope = Scope(province=next((unit.code for unit in known if unit.code == asked), ""))
    allow(actor, "indicator.read", Facts(facility=scope.facility, province=scope.province or actor.province))
    return scope, known
