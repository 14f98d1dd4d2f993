"""`/van-hanh/sao-luu`: is there a backup, is it proven, and the two acts an operator has."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from khoyte.backup import actions, errors, presenters, queries
from khoyte.backup.models import RunKind
from khoyte.foundation.home import home
from khoyte.foundation.language import Text
from khoyte.units.policy import decide
from khoyte.units.web import ActingRequest, allow, guarded

_WHICH = Text(vi="Chọn sao lưu hoặc diễn tập khôi phục.", en="Choose between a backup and a restore drill.")


@guarded("backup.read")
@require_http_methods(["GET", "POST"])
def backups(request: ActingRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request)
    allow(request.actor, "backup.run")
    kind = request.POST.get("kind", "")
    if kind not in RunKind.values:
        return _page(request, _WHICH, status=422)
    try:
        actions.ask_for(RunKind(kind), by=request.actor)
    except errors.BackupUnusable as trouble:
        return _page(request, trouble.text, status=409)
    return HttpResponseRedirect(reverse("backups"))


def _page(request: ActingRequest, trouble: Text | None = None, *, status: int = 200) -> HttpResponse:
    state = queries.state(home())
    running = list(queries.unfinished())
    backup, drill = queries.newest_done(RunKind.BACKUP), queries.last_ended(RunKind.DRILL)
    busy = {run.kind for run in running}
    may_run = bool(decide(request.actor, "backup.run"))
    context = {
        "headline": presenters.headline(state),
        "trouble": trouble,
        "notices": presenters.notices(state),
        "facts": presenters.facts(state, backup),
        "running": [presenters.progress(run) for run in running],
        "may_back_up": may_run and bool(state.place) and RunKind.BACKUP not in busy,
        "may_drill": may_run and RunKind.DRILL not in busy,
        "proof": presenters.proof(drill) if drill else None,
        "wrong": presenters.wrong(drill) if drill else [],
        "table": presenters.history(queries.history()),
    }
    return render(request, "backup/backups.html", context, status=status)
