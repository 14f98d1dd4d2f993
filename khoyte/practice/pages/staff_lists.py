"""`/dang-ky-hanh-nghe/doi-chieu-bhxh`: the register beside the list of health workers at Social Security."""

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.look.spreadsheet import workbook
from khoyte.practice import staff_comparing, staff_presenters
from khoyte.registers.api import XLSX
from khoyte.registers.pages.imports import NO_FILE
from khoyte.registers.reading import Source
from khoyte.registers.strangers import strangers_noted
from khoyte.units.exports import admit
from khoyte.units.queries import names_of
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded


@guarded("register.write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: ActingRequest) -> HttpResponse:
    problem: KhoyteError | None = None
    if request.method == "POST":
        try:
            file = request.FILES.get("tep")
            if file is None:
                raise NO_FILE
            source = Source(file.name or "", b"".join(file.chunks()))
            with speaking_as(request.actor):
                made = staff_comparing.compare_list(source=source, by=request.actor)
            return HttpResponseRedirect(f"{request.path}/{made.pk}")
        except KhoyteError as refused:
            problem = refused
    with speaking_as(request.actor):
        rows = staff_comparing.comparisons(request.actor)
        names = names_of({row.facility for row in rows})
    context = {
        "table": staff_presenters.comparison_table(rows, names, own=bool(request.actor.facility)),
        "may_compare": bool(request.actor.facility),
        "problem": problem,
        "as_of": timezone.now(),
    }
    status = getattr(problem, "status", 422) if problem else 200
    return render(request, "practice/staff_lists.html", context, status=status)


@guarded("register.write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def comparison(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    with strangers_noted(request.actor, "staff_comparison", id), speaking_as(request.actor):
        made = staff_comparing.comparison_of(id, request.actor)
        if request.method == "POST":
            opened = staff_comparing.open_cases(made, by=request.actor)
            return HttpResponseRedirect(f"{request.path}?da-mo={opened}")
        lines = staff_comparing.lines_of(made)
        staff_comparing.note_read(made, by=request.actor)
        names = names_of({made.facility})
        if request.GET.get("tai") == "xlsx":
            tables = staff_presenters.line_tables(lines, whole=True)
            rows = sum(len(table.rows) for table in tables)
            mark = admit(request.actor, name="staff-comparison", rows=rows, reference=request.reference)
            heading = [names.get(made.facility, made.facility), mark.say(request.LANGUAGE_CODE)]
            response = HttpResponse(workbook(tables, heading, made.made_at), content_type=XLSX)
            response["Content-Disposition"] = f'attachment; filename="doi-chieu-{made.facility}.xlsx"'
            return response
    opened_before = request.GET.get("da-mo", "")
    context = {
        "made": made,
        "facility": names.get(made.facility, made.facility),
        "facts": staff_presenters.counts(made),
        "tables": staff_presenters.line_tables(lines),
        "differing": sum(map(staff_comparing.may_be_reviewed, lines)),
        "opened": opened_before if opened_before.isdecimal() and len(opened_before) < 7 else "",
        "as_of": made.made_at,
    }
    return render(request, "practice/staff_list.html", context)
