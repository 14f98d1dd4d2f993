"""`/quy-dinh`: the data standard in force on a day, its tables, and what changed from period to period."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from khoyte.foundation.calendar import today
from khoyte.standards import changes, epochs, layers, standard_on
from khoyte.submissions.pages import address, files
from khoyte.submissions.presenters import standards as present
from khoyte.units.web import READING, ActingRequest, guarded


@guarded("rules.read", methods=READING)
def standard(request: ActingRequest) -> HttpResponse:
    day = address.day(request, "ngay", today())
    shown = standard_on(day)
    tables = present.tables_of(shown, day, address.sheet_address(request))
    history = [present.changes_table(changes(epoch), epoch) for epoch in reversed(epochs()[1:])]
    if address.wants_sheet(request):
        return files.sheet(request, f"quy-dinh-{day.isoformat()}", [tables, *history])
    context = {
        "day": day,
        "facts": present.standard_facts(shown),
        "table": tables,
        "history": history,
        "periods": [(epoch, epoch == shown.valid_from) for epoch in epochs()],
        "layers": layers(),
    }
    return render(request, "submissions/standard.html", context)


@guarded("rules.read", methods=READING)
def standard_table(request: ActingRequest, name: str) -> HttpResponse:
    day = address.day(request, "ngay", today())
    shown = standard_on(day)
    if name not in shown.tables:
        raise Http404
    spec = shown.tables[name]
    fields = present.fields_of(spec, address.sheet_address(request))
    lists = present.code_lists_of(shown, spec)
    if address.wants_sheet(request):
        return files.sheet(request, f"quy-dinh-{name}-{day.isoformat()}", [fields, *lists])
    context = {"day": day, "spec": spec, "standard": shown, "table": fields, "lists": lists}
    return render(request, "submissions/standard_table.html", context)
