"""`/`: the first page by role."""

from datetime import timedelta

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.foundation.calendar import today
from khoyte.submissions import desk, queries
from khoyte.submissions import province_queries as read
from khoyte.submissions.presenters import home as present
from khoyte.submissions.presenters.lists import submissions_table
from khoyte.submissions.presenters.province import shared_causes
from khoyte.units.policy import decide
from khoyte.units.web import READING, ActingRequest, guarded

WEEK = timedelta(days=6)
CAUSES_SHOWN = 3
FILES_SHOWN = 5
# Whoever has no files of their own begins where their work is.
_FIRST_PAGES = (
    ("province_day.read", "/tinh"),
    ("data_request.manage", "/bao-ve-du-lieu"),
    ("access_log.read", "/nhat-ky-truy-cap"),
    ("register.own_read", "/hanh-nghe"),
)


@guarded("home.read", methods=READING)
def home(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    if actor.facility and decide(actor, "submission.read"):
        return _facility(request)
    for action, address in _FIRST_PAGES:
        if decide(actor, action):
            return HttpResponseRedirect(address)
    return render(request, "submissions/home.html", {"waiting": desk.waiting(actor)})


def _facility(request: ActingRequest) -> HttpResponse:
    """What came of the files of a facility: today in a sentence, seven days in figures and causes."""
    code, day = request.actor.facility, today()
    days = read.by_day(day - WEEK, day, facility=code)
    week = read.total(list(days.values()))
    causes = read.causes(day - WEEK, day, CAUSES_SHOWN, facility=code)
    newest = queries.visible(request.actor)[:FILES_SHOWN]
    context = {
        "headline": present.facility_headline(days.get(day, read.Day())),
        "counts": present.facility_counts(week),
        "causes": shared_causes(causes, week.rejected, own=True),
        "table": submissions_table(newest, names={}, may_send=True, title=present.NEWEST),
        "may_send": decide(request.actor, "submission.send"),
        "waiting": desk.waiting(request.actor),
    }
    return render(request, "submissions/home_facility.html", context)
