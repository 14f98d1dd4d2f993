"""`/goi-ho-so`: what was sent and what became of it."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render

from khoyte.foundation.calendar import today
from khoyte.foundation.look.parts import Pages
from khoyte.submissions import queries
from khoyte.submissions.enums import State
from khoyte.submissions.pages import address, files
from khoyte.submissions.presenters.lists import submissions_table
from khoyte.submissions.presenters.words import STATES
from khoyte.units.policy import Actor, decide
from khoyte.units.queries import facilities_of
from khoyte.units.web import READING, ActingRequest, guarded

DAYS_SHOWN = 30


def facility_names(actor: Actor) -> dict[str, str]:
    """Names by code of the facilities an actor looks after; a facility needs no name of its own."""
    return {} if actor.facility else {unit.code: unit.name for unit in facilities_of(actor.province)}


@guarded("submission.read", methods=READING)
def submission_list(request: ActingRequest) -> HttpResponse:
    end = address.day(request, "den", today())
    start = address.day(request, "tu", end - timedelta(days=DAYS_SHOWN))
    state = address.choice(request, "trang-thai", State.values)
    only_wrong = request.GET.get("phai-sua") == "1"
    facility = request.GET.get("co-so", "")[:5]
    rows = queries.filtered(
        queries.visible(request.actor), facility=facility, start=start, end=end, state=state
    )
    rows = queries.to_correct(rows) if only_wrong else rows
    names = facility_names(request.actor)
    if address.wants_sheet(request):
        table = submissions_table(rows[: address.ROWS_OF_A_SHEET], names=names)
        return files.sheet(request, "goi-ho-so", [table])
    pages = Pages(address.page_number(request), address.ROWS, rows.count())
    first = (pages.number - 1) * pages.size
    table = submissions_table(
        rows[first : first + pages.size],
        names=names,
        pages=pages,
        may_send=bool(decide(request.actor, "submission.send")),
        sheet=address.sheet_address(request),
    )
    context = {
        "table": table,
        "start": start,
        "end": end,
        "state": state,
        "states": {name: tag.label for name, tag in STATES.items()},
        "only_wrong": only_wrong,
        "facility": facility,
        "facilities": names,
        "may_send": decide(request.actor, "submission.send"),
    }
    return render(request, "submissions/list.html", context)
