"""`/quyen-du-lieu`: purposes, sensitivity and retention for everybody; `/nhat-ky-truy-cap`: one's own log."""

from django.http import HttpResponse
from django.shortcuts import render

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import today
from khoyte.protection import queries
from khoyte.protection.presenters import rights as present
from khoyte.submissions.pages import address, files
from khoyte.units import queries as units
from khoyte.units.web import READING, ActingRequest, guarded

ACCESSES_SHOWN = 500


@guarded("data_rights.read", methods=READING)
def rights(request: ActingRequest) -> HttpResponse:
    day = today()
    purposes = present.purposes_table(day, address.sheet_address(request))
    retention, sensitivity = present.retention_table(day), present.sensitivity_table(day)
    if address.wants_sheet(request):
        return files.sheet(request, f"muc-dich-xu-ly-{day.isoformat()}", [purposes, retention, sensitivity])
    context = {"purposes": purposes, "retention": retention, "sensitivity": sensitivity}
    return render(request, "protection/rights.html", context)


@guarded("access_log.read", methods=READING)
def own_accesses(request: ActingRequest) -> HttpResponse:
    """Who opened the records of the person who is signed in; looking is an entry of its own."""
    if not request.actor.person:
        return render(request, "protection/accesses.html", {"table": None})
    rows = queries.accesses(bytes.fromhex(request.actor.person), ACCESSES_SHOWN, by=request.actor)
    codes = {row["unit"] for row in rows} | {row["of_facility"] for row in rows}
    names = units.names_of(codes)
    audit.record(
        by=request.actor,
        action="access_log.read",
        subject_kind="account",
        subject_id=request.actor.name,
        purpose="subject.own",
        details={"rows": len(rows)},
    )
    return render(request, "protection/accesses.html", {"table": present.accesses_table(rows, names)})
