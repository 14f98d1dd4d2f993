"""`/bao-cao`: the report of the day, week, month or asked for, as DOCX and PDF; sending it is recorded.

The PDF that is sent is kept as it was: signed here with the unit's key, or signed outside after words of the
DOCX were edited, or said to be without a signature.
"""

from collections.abc import Sequence

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.foundation.calendar import format_date, now
from khoyte.foundation.look.parts import Link
from khoyte.foundation.papers import DOCX, PDF, Paper, as_docx, as_pdf
from khoyte.foundation.text import repair
from khoyte.monitor import actions, overview, queries, report_files, reports
from khoyte.monitor import presenters as present
from khoyte.monitor.errors import PlanProblem, UnknownReport
from khoyte.monitor.models import ReportFile
from khoyte.registers.issuing import issuer_of
from khoyte.submissions.pages import files
from khoyte.units.exports import admit
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.web import ActingRequest, allow, guarded

_MAKE = {"docx": (as_docx, DOCX), "pdf": (as_pdf, PDF)}
CHANGES_SHOWN = 50
MOST_SENT = 50_000  # lines of a sheet
_ROLES = (("lead", "Đơn vị chủ trì"), ("with", "Đơn vị phối hợp"))


@guarded("plan.read")
def report(request: ActingRequest) -> HttpResponse:
    period = _one_of(request, "ky", reports.PERIODS, "month")
    role = _one_of(request, "vai-tro", dict(_ROLES), "lead")
    if request.method == "POST":
        try:
            return _send(request, period, role)
        except PlanProblem as problem:
            return _page(request, period, role, problem)
    if request.GET.get("tep"):
        return _sent_file(request)
    wanted = request.GET.get("tai", "")
    if wanted == "xlsx":
        sent = queries.sent_reports(request.actor, most=MOST_SENT)
        return files.sheet(request, "bao-cao-da-gui", [present.sent_sheet(sent)])
    return _file(request, period, role, wanted) if wanted in _MAKE else _page(request, period, role)


def _page(request: ActingRequest, period: str, role: str, problem: PlanProblem | None = None) -> HttpResponse:
    is_ministry = request.actor.unit_kind == "ministry"
    found = overview.briefs(request.actor) if is_ministry else _lines(request, role)
    last = queries.last_report(request.actor.unit_code, period, role)
    turned = reports.turned(found, last)
    changed = queries.lines_of(list(turned)[:CHANGES_SHOWN], request.actor)
    due = reports.next_due(role, now().date())
    recipients = reports.recipients_of(request.actor, role)
    address = f"?ky={period}&vai-tro={role}"
    downloads = [Link(f"{address}&tai=docx", "DOCX"), Link(f"{address}&tai=pdf", "PDF")]
    context = {
        "period": period,
        "periods": reports.PERIODS.items(),
        "role": role,
        "roles": _ROLES,
        "counts": present.counts(found, "tat-ca" if is_ministry else "don-vi"),
        "last": last,
        "changes": [(line, present.TAGS[line.state], present.TAGS[before] if before else None)
                    for line in changed for before in [turned[line.pk]]],
        "changed": len(turned),
        "due": format_date(due) if due and period == "month" else "",
        "rule": reports.due_before(role, now().date()),
        "downloads": downloads,
        "meeting": f"{address}&mau=hop" if period == "week" else "",
        "sends": bool(decide(request.actor, "plan.send")),
        "signs_here": report_files.signs_here(request.actor.unit_code),
        "recipients": recipients,
        "chooses": is_ministry,
        "typed": request.POST.get("noi-nhan", "\n".join(recipients)),
        "table": present.sent_table(queries.sent_reports(request.actor), [Link("?tai=xlsx", "XLSX")]),
        "saved": request.GET.get("da-gui") == "1",
        "problem": problem,
        "asked_by": request.POST.get("theo-yeu-cau", ""),
    }  # fmt: skip
    return render(request, "monitor/report.html", context, status=problem.status if problem else 200)


def _file(request: ActingRequest, period: str, role: str, wanted: str) -> HttpResponse:
    make, content_type = _MAKE[wanted]
    is_meeting = request.GET.get("mau") == "hop"
    name = "hop-giao-ban" if is_meeting else f"bao-cao-{period}"
    mark = admit(request.actor, name=name, rows=None, reference=request.reference).say("vi")
    made = make(_meeting(request, role, mark) if is_meeting else _paper(request, period, role, mark=mark))
    return files.download(made, f"{name}-{now():%Y%m%d}.{wanted}", content_type)


def _sent_file(request: ActingRequest) -> HttpResponse:
    """The PDF of a report as it was sent; not there and not theirs are answered alike."""
    asked = request.GET["tep"]
    found = _file_of(asked, request.actor)
    if found is None:
        raise UnknownReport
    sent = found.report
    admit(request.actor, name=f"bao-cao-{sent.period}", rows=None, reference=request.reference)
    name = f"bao-cao-{sent.unit}-{sent.period}-{sent.until:%Y%m%d}.pdf"
    return files.download(bytes(found.pdf), name, PDF)


def _file_of(asked: str, actor: Actor) -> ReportFile | None:
    return queries.report_file(int(asked), actor) if asked.isdecimal() and len(asked) < 12 else None


def _one_of(request: ActingRequest, name: str, known: object, otherwise: str) -> str:
    asked = request.POST.get(name) or request.GET.get(name, "")
    return asked if asked in known else otherwise  # type: ignore[operator]


def _lines(request: ActingRequest, role: str) -> list[queries.Line]:
    """What the report tells of: all tasks for the ministry, one's own for the others."""
    if request.actor.unit_kind == "ministry":
        return queries.lines(request.actor)
    unit = request.actor.unit_code
    mine = [one.pk for one in overview.briefs(request.actor) if one.mine]
    return [
        line
        for line in queries.lines_of(mine, request.actor)
        if any(part.unit == unit for part in (line.leads if role == "lead" else line.withs))
        or (role == "lead" and line.task.open_to == request.actor.unit_kind)
    ]


def _paper(
    request: ActingRequest, period: str, role: str, *, to: Sequence[str] = (), mark: str = "",
    asked_by: str = "",
) -> Paper:  # fmt: skip
    found = _lines(request, role)
    matters = queries.open_matters((line.task.pk for line in found), request.actor)
    return reports.paper(
        found=found, matters=matters, period=period, role=role,
        last=queries.last_report(request.actor.unit_code, period, role), by=request.actor, at=now(),
        mark=mark, issuer=issuer_of(request.actor), asked_by=asked_by,
        to=to or reports.recipients_of(request.actor, role, asked_by),
    )  # fmt: skip


def _meeting(request: ActingRequest, role: str, mark: str) -> Paper:
    found = _lines(request, role)
    matters = queries.open_matters((line.task.pk for line in found), request.actor)
    return reports.meeting_paper(
        found=found, matters=matters, by=request.actor, at=now(),
        last=queries.last_report(request.actor.unit_code, "week", role), mark=mark,
        issuer=issuer_of(request.actor),
    )  # fmt: skip


def _send(request: ActingRequest, period: str, role: str) -> HttpResponse:
    """Record that the report went to those the plan names, with the PDF that went. Raises PlanProblem.

    The ministry is above all whom the plan names: its desk says itself to whom a report goes.
    """
    actor, day = request.actor, now().date()
    allow(actor, "plan.send", Facts(facility=actor.unit_code, province=actor.province))
    asked_by = repair(request.POST.get("theo-yeu-cau", ""))[:300] if period == "asked" else ""
    if period == "asked" and not asked_by:
        raise PlanProblem(reports.NOBODY_ASKED)
    to = reports.recipients_of(actor, role, asked_by)
    if actor.unit_kind == "ministry" and not asked_by and "noi-nhan" in request.POST:
        to = reports.read_recipients(request.POST["noi-nhan"])
    file = request.FILES.get("tep")
    if file is not None:
        made = report_files.signed_outside(b"".join(file.chunks()))
    else:
        written = as_pdf(_paper(request, period, role, to=to, asked_by=asked_by))
        made = report_files.signed_here(written, actor.unit_code)
    actions.send_report(
        by=actor, period=period, role=role, since=reports.since(period, day), until=day, asked_by=asked_by,
        due_on=reports.next_due(role, day) if period == "month" else None,
        figures=reports.figures_of(_lines(request, role)),
        recipients=list(to),
        pdf=made.pdf, way=made.way, state=made.state, holder=made.holder,
    )  # fmt: skip
    return HttpResponseRedirect(f"/bao-cao?ky={period}&vai-tro={role}&da-gui=1")
