"""`/ke-hoach/khao-sat`: the survey of databases, what changed between two rounds, the report on it."""

from dataclasses import replace
from datetime import datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.foundation.calendar import now
from khoyte.foundation.calendar import today as current_day
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Table
from khoyte.foundation.papers import DOCX, PDF, Paper, as_docx, as_pdf
from khoyte.foundation.text import repair
from khoyte.monitor import actions, queries, report_files, survey, survey_paper
from khoyte.monitor import presenters as shown
from khoyte.monitor import survey_presenters as present
from khoyte.monitor.errors import PlanProblem
from khoyte.registers.issuing import issuer_of
from khoyte.submissions.pages import files
from khoyte.units.exports import admit
from khoyte.units.policy import Facts, decide
from khoyte.units.web import ActingRequest, allow, guarded

_MAKE = {"docx": (as_docx, DOCX), "pdf": (as_pdf, PDF)}
NOW = Text("hiện nay", "now")


@guarded("plan.read")
def inventory_survey(request: ActingRequest) -> HttpResponse:
    if request.method == "POST":
        try:
            return _act(request)
        except PlanProblem as problem:
            return _page(request, problem)
    wanted = request.GET.get("tai", "")
    if wanted in _MAKE:
        make, content_type = _MAKE[wanted]
        mark = admit(request.actor, name="khao-sat-csdl", rows=None, reference=request.reference)
        made = make(_paper(request, mark.say("vi")))
        return files.download(made, f"khao-sat-csdl-{now():%Y%m%d}.{wanted}", content_type)
    if wanted == "xlsx":
        tables = _tables(request)
        return files.sheet(
            request, "khao-sat-csdl", [tables["owners"], tables["differences"], tables["measured"]]
        )
    return _page(request)


class _Compared:
    """The two moments the address asks for, and what was declared at each."""

    def __init__(self, request: ActingRequest) -> None:
        self.rounds, actor = survey.rounds(), request.actor
        known = {str(one.pk): one for one in self.rounds}
        self.after = known.get(request.GET.get("den", ""))
        earlier = [one for one in self.rounds if self.after is None or one.at < self.after.at]
        self.before = known.get(request.GET.get("tu", "")) or (earlier[0] if earlier else None)
        self.now = survey.at(self.after.at if self.after else None, actor)
        self.changed = survey.compare(survey.at(self.before.at, actor), self.now) if self.before else []

    @property
    def moment(self) -> datetime:
        return self.after.at if self.after else now()

    def words(self) -> str:
        if self.before is None:
            return ""
        name = self.after.name if self.after else NOW.vi
        return survey_paper.between_words(self.before.name, self.before.at, name, self.moment)


def _tables(request: ActingRequest, compared: _Compared | None = None) -> dict[str, Table]:
    compared = compared or _Compared(request)
    scope = queries.scope_of(request.actor)
    return {
        "differences": present.differences_table(compared.changed, compared.words()),
        "owners": present.owners_table(compared.now, current_day()),
        "measured": present.measured_table(survey.measured(compared.now, scope)),
    }


def _page(request: ActingRequest, problem: PlanProblem | None = None) -> HttpResponse:
    compared = _Compared(request)
    asked = request.GET.copy()
    links = []
    for ending in ("xlsx", "docx", "pdf"):
        asked["tai"] = ending
        links.append(Link(f"?{asked.urlencode()}", ending.upper()))
    tables = _tables(request, compared)
    context = {
        **tables,
        "counts": present.counts(compared.now, current_day()),
        "rounds": compared.rounds,
        "before": compared.before,
        "after": compared.after,
        "downloads": links,
        "manages": bool(decide(request.actor, "plan.manage")),
        "declares": bool(decide(request.actor, "register.write")),
        "sends": bool(decide(request.actor, "plan.update")),
        "signs_here": report_files.signs_here(request.actor.unit_code),
        "sent": replace(shown.sent_table(queries.sent_reports(request.actor, "survey")), name="sent"),
        "saved": request.GET.get("da-luu") == "1",
        "problem": problem,
        "typed": request.POST.get("ten", ""),
    }
    return render(request, "monitor/survey.html", context, status=problem.status if problem else 200)


def _paper(request: ActingRequest, mark: str = "") -> Paper:
    compared = _Compared(request)
    return survey_paper.paper(
        found=compared.now, changed=compared.changed, between=compared.words(), at=now(), mark=mark,
        measured=survey.measured(compared.now, queries.scope_of(request.actor)),
        issuer=issuer_of(request.actor),
    )  # fmt: skip


def _act(request: ActingRequest) -> HttpResponse:
    """Close a round, or send the report. Raises PlanProblem, Refused."""
    actor = request.actor
    if request.POST.get("viec") == "dot":
        actions.close_round(name=repair(request.POST.get("ten", "")), by=actor)
    elif request.POST.get("viec") == "gui":
        allow(actor, "plan.update", Facts(facility=actor.unit_code, province=actor.province))
        file = request.FILES.get("tep")
        made = (
            report_files.signed_outside(b"".join(file.chunks()))
            if file is not None
            else report_files.signed_here(as_pdf(_paper(request)), actor.unit_code)
        )
        day = current_day()
        actions.send_report(
            by=actor, period="survey", role="lead", since=day, until=day, figures={},
            recipients=list(survey_paper.RECIPIENTS),
            pdf=made.pdf, way=made.way, state=made.state, holder=made.holder,
        )  # fmt: skip
    else:
        allow(actor, "plan.update")
        raise PlanProblem(Text("Không rõ việc cần làm.", "Nothing is asked for."))
    return HttpResponseRedirect("/ke-hoach/khao-sat?da-luu=1")
