"""`/tap-huan`: who was trained in what; sessions, attendance, the short check."""

import uuid
from datetime import date

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Table
from khoyte.guidance import actions, presenters, queries
from khoyte.guidance.catalogue import topics
from khoyte.guidance.errors import UnknownSession, WrongRequest
from khoyte.guidance.models import TrainingSession
from khoyte.submissions.pages import address, files
from khoyte.units.policy import Facts, decide
from khoyte.units.queries import facilities_of, provinces
from khoyte.units.web import ActingRequest, guarded


@guarded("training.attend")
def overview(request: ActingRequest) -> HttpResponse:
    """The reader's own sessions; who was trained, as far as they may see; signing in to a session by code."""
    problem: WrongRequest | None = None
    if request.method == "POST":
        try:
            found = actions.check_in(code=request.POST.get("ma", ""), by=request.actor)
            return HttpResponseRedirect(f"/tap-huan/buoi/{found.pk}?xong=1")
        except WrongRequest as wrong:
            problem = wrong
    table, headline = _coverage(request)
    if table is not None and address.wants_sheet(request):
        return files.sheet(request, f"tap-huan-{today().isoformat()}", [table])
    may_record = bool(decide(request.actor, "training.record"))
    context = {
        "headline": headline,
        "table": table,
        "own": presenters.own_table(queries.attended(request.actor)),
        "sessions": presenters.sessions_table(
            queries.sessions(request.actor),
            empty=Text("Chưa có buổi tập huấn nào.", "No sessions yet."),
        ),
        "may_record": may_record,
        "problem": problem,
    }
    return render(request, "guidance/training.html", context, status=problem.status if problem else 200)


def _coverage(request: ActingRequest) -> tuple[Table | None, Text]:
    actor = request.actor
    title = Text("Tập huấn", "Training")
    if not decide(actor, "training.read"):
        return None, title
    sheet = Link(address.sheet_address(request), Text("Tải bảng tập huấn (XLSX)", "Table (XLSX)"))
    known = {unit.code: unit.name for unit in provinces()}
    asked = request.GET.get("tinh", "")
    own = actor.province
    if asked and asked != own:
        if asked not in known or not decide(actor, "training.read", Facts(province=asked)):
            raise Http404
        own = asked
    if not own:
        found = queries.coverage_by_province(list(topics()))
        return presenters.provinces_table(found, known, (sheet,)), title
    rows = queries.coverage(own, actor.facility)
    return presenters.coverage_table(rows, (sheet,)), presenters.coverage_headline(rows)


@guarded("training.record")
def new_session(request: ActingRequest) -> HttpResponse:
    problem: WrongRequest | None = None
    if request.method == "POST":
        typed = request.POST
        try:
            made = actions.record_session(
                topic=typed.get("chu-de", ""),
                day=_day(typed.get("ngay", "")),
                is_online=typed.get("truc-tuyen") == "1",
                place=typed.get("dia-diem", ""),
                trainer=typed.get("giang-vien", ""),
                by=request.actor,
            )
            return HttpResponseRedirect(f"/tap-huan/buoi/{made.pk}")
        except WrongRequest as wrong:
            problem = wrong
    context = {
        "topics": presenters.choices_of_topics(),
        "typed": request.POST if problem else {"ngay": today().isoformat()},
        "chosen": request.POST.get("chu-de", "") if problem else "",
        "place": request.POST.get("dia-diem", "") if problem else "",
        "trainer": request.POST.get("giang-vien", "") if problem else "",
        "problem": problem,
    }
    return render(request, "guidance/new_session.html", context, status=problem.status if problem else 200)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@guarded("training.attend")
def session(request: ActingRequest, session: uuid.UUID) -> HttpResponse:
    found = queries.session_of(session, request.actor)
    problem: WrongRequest | None = None
    if request.method == "POST":
        try:
            _act(request, found)
            return HttpResponseRedirect(f"{request.path}?{_asked_unit(request)}")
        except WrongRequest as wrong:
            problem = wrong
    reads = bool(decide(request.actor, "training.read"))
    present = queries.present(found, request.actor) if reads else []
    own = next((one for one in queries.attended(request.actor) if one.session_id == found.pk), None)
    sheet = Link(address.sheet_address(request), Text("Tải danh sách có mặt (XLSX)", "List (XLSX)"))
    table = presenters.present_table(present, (sheet,))
    if address.wants_sheet(request) and present:
        return files.sheet(request, f"tap-huan-{found.day.isoformat()}", [table])
    may_record = _may_record(request, found)
    context = {
        "session": found,
        "topic": topics()[found.topic],
        "where": presenters.where(found),
        "given_by_ministry": not found.province,
        "table": table if reads else None,
        "own": own,
        "questions": list(enumerate(topics()[found.topic].check)) if own and own.asked is None else [],
        "may_record": may_record,
        "problem": problem,
        "done": request.GET.get("xong") == "1",
        **(_to_mark(request) if may_record else {}),
    }
    return render(request, "guidance/session.html", context, status=problem.status if problem else 200)


def _may_record(request: ActingRequest, found: TrainingSession) -> bool:
    """The unit that gives a session records who came; a province its people at one of the ministry, too."""
    if not decide(request.actor, "training.record", Facts(province=found.province)):
        return bool(not found.province and decide(request.actor, "training.record"))
    return True


def _to_mark(request: ActingRequest) -> dict[str, object]:
    """Whom to tick: accounts of one unit at a time."""
    actor = request.actor
    units = [*facilities_of(actor.province)] if actor.province else []
    known = {actor.unit_code: actor.unit_name, **{unit.code: unit.name for unit in units}}
    if not actor.province:
        known |= {unit.code: unit.name for unit in provinces()}
    asked = request.GET.get("don-vi", "")
    return {
        "units": list(known.items()),
        "unit": asked if asked in known else "",
        "accounts": presenters.account_lines(queries.accounts_of(asked)) if asked in known else [],
    }


def _asked_unit(request: ActingRequest) -> str:
    unit = request.GET.get("don-vi", "")
    return f"don-vi={unit}" if unit.isalnum() else ""


def _act(request: ActingRequest, found: TrainingSession) -> None:
    if request.POST.get("viec") == "kiem-tra":
        answers = [_number(request.POST.get(f"cau-{place}", "")) for place in range(20)]
        actions.answer_check(session=found, answers=answers, by=request.actor)
        return
    if not _may_record(request, found):
        raise UnknownSession
    actions.mark_present(session=found, accounts=request.POST.getlist("nguoi")[:500], by=request.actor)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 else 0
