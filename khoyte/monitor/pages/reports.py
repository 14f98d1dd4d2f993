"""`/bao-cao`: the report of the day, week or month as DOCX and PDF; sending it is recorded."""

import hashlib

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.foundation.calendar import format_date, now
from khoyte.foundation.look.parts import Link
from khoyte.foundation.papers import DOCX, PDF, Paper, as_docx, as_pdf
from khoyte.monitor import actions, queries, reports
from khoyte.monitor import presenters as present
from khoyte.submissions.pages import files
from khoyte.units.exports import admit
from khoyte.units.policy import Facts, decide
from khoyte.units.web import ActingRequest, allow, guarded

_MAKE = {"docx": (as_docx, DOCX), "pdf": (as_pdf, PDF)}
_ROLES = (("lead", "Đơn vị chủ trì"), ("with", "Đơn vị phối hợp"))


@guarded("plan.read")
def report(request: ActingRequest) -> HttpResponse:
    period = _one_of(request, "ky", reports.PERIODS, "month")
    role = _one_of(request, "vai-tro", dict(_ROLES), "lead")
    if request.method == "POST":
        return _send(request, period, role)
    wanted = request.GET.get("tai", "")
    if wanted in _MAKE:
        make, content_type = _MAKE[wanted]
        mark = admit(request.actor, name=f"bao-cao-{period}", rows=None, reference=request.reference)
        made = make(_paper(request, period, role, mark.say("vi")))
        return files.download(made, f"bao-cao-{period}-{now():%Y%m%d}.{wanted}", content_type)
    found = _lines(request, role)
    due = reports.next_due(role, now().date())
    rule = reports.due_before(role, now().date())
    address = f"?ky={period}&vai-tro={role}"
    context = {
        "period": period,
        "periods": reports.PERIODS.items(),
        "role": role,
        "roles": _ROLES,
        "counts": present.counts(found),
        "changes": [(one.line, present.TAGS[one.line.state], one.before and present.TAGS[one.before])
                    for one in reports.changes(found, queries.last_report(request.actor.unit_code, period))],
        "due": format_date(due) if due and period == "month" else "",
        "rule": rule,
        "downloads": (Link(f"{address}&tai=docx", "DOCX"), Link(f"{address}&tai=pdf", "PDF")),
        "sends": bool(decide(request.actor, "plan.update")),
        "recipients": reports.recipients_of(request.actor, role),
        "table": present.sent_table(queries.sent_reports(request.actor)),
        "saved": request.GET.get("da-gui") == "1",
    }  # fmt: skip
    return render(request, "monitor/report.html", context)


def _one_of(request: ActingRequest, name: str, known: object, otherwise: str) -> str:
    asked = request.POST.get(name) or request.GET.get(name, "")
    return asked if asked in known else otherwise  # type: ignore[operator]


def _lines(request: ActingRequest, role: str) -> list[queries.Line]:
    """What the report tells of: all tasks for the ministry, one's own for the others."""
    found = queries.lines(request.actor)
    if request.actor.unit_kind == "ministry":
        return found
    unit = request.actor.unit_code
    return [
        line
        for line in found
        if any(part.unit == unit for part in (line.leads if role == "lead" else line.withs))
        or (role == "lead" and line.task.open_to == request.actor.unit_kind)
    ]


def _paper(request: ActingRequest, period: str, role: str, mark: str = "") -> Paper:
    found = _lines(request, role)
    return reports.paper(
        found=found, matters=queries.open_matters(line.task.pk for line in found), period=period, role=role,
        last=queries.last_report(request.actor.unit_code, period), by=request.actor, at=now(), mark=mark,
    )  # fmt: skip


def _send(request: ActingRequest, period: str, role: str) -> HttpResponse:
    """Record that the report went to those the plan names; what it said is kept as figures and a digest."""
    actor, day = request.actor, now().date()
    allow(actor, "plan.update", Facts(facility=actor.unit_code, province=actor.province))
    made = as_pdf(_paper(request, period, role))
    actions.send_report(
        by=actor, period=period, role=role, since=reports.since(period, day), until=day,
        due_on=reports.next_due(role, day) if period == "month" else None,
        figures=reports.figures_of(_lines(request, role)),
        recipients=list(reports.recipients_of(actor, role)),
        sha256=hashlib.sha256(made).hexdigest(),
    )  # fmt: skip
    return HttpResponseRedirect(f"/bao-cao?ky={period}&vai-tro={role}&da-gui=1")
