"""`/thong-bao`: what one was told; `/thong-bao/tuy-chon`: how one wants to hear."""

from collections.abc import Iterable
from datetime import time
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.notices import actions, presenters, queries
from khoyte.notices.actions import Choices
from khoyte.notices.channels import offered
from khoyte.notices.errors import WrongPreferences
from khoyte.notices.kinds import facilities_in, kinds
from khoyte.notices.models import Notice, NoticePreference
from khoyte.units.queries import names_of
from khoyte.units.web import ActingRequest, guarded

ROWS = 50


@guarded("notice.read")
def notice_list(request: ActingRequest) -> HttpResponse:
    if request.method == "POST":
        chosen = _uuids(request.POST.getlist("thong-bao"))
        actions.mark_read(by=request.actor, ids=None if request.POST.get("tat-ca") else chosen)
        return HttpResponseRedirect(request.get_full_path())
    only = request.GET.get("chua-doc") == "1"
    rows = queries.notices_of(request.actor, unread=only)
    before = _uuids([request.GET.get("truoc", "")])
    found = list((rows.filter(pk__lt=before[0]) if before else rows)[: ROWS + 1])
    shown, waiting = found[:ROWS], queries.unread(request.actor)
    context = {
        "headline": presenters.headline(waiting, queries.MOST_COUNTED),
        "lines": presenters.lines(shown, _names(shown)),
        "waiting": waiting,
        "only": only,
        "more": _more(shown[-1], only) if len(found) > ROWS else None,
    }
    return render(request, "notices/list.html", context)


def _names(rows: list[Notice]) -> dict[str, str]:
    known = [row for row in rows if row.kind in kinds()]
    return names_of({code for row in known for code in facilities_in(kinds()[row.kind], row.facts)})


def _more(last: Notice, only: bool) -> Link:
    return Link(f"?truoc={last.pk}{'&chua-doc=1' if only else ''}", Text("Xem tiếp", "Next"))


@guarded("notice.read")
def preferences(request: ActingRequest) -> HttpResponse:
    problems: dict[str, Text] = {}
    chosen = _kept(queries.preferences_of(request.actor))
    if request.method == "POST":
        chosen = _typed(request)
        try:
            actions.keep_preferences(choices=chosen, by=request.actor)
            return HttpResponseRedirect(f"{request.path}?xong=1")
        except WrongPreferences as wrong:
            problems = wrong.problems
    context = {
        "chosen": chosen,
        "problems": problems,
        "done": request.GET.get("xong") == "1" and not problems,
        "channels": [(one.value, presenters.CHANNELS[one]) for one in offered()],
        "kinds": [(name, kind.label) for name, kind in kinds().items() if not kind.has_code],
    }
    return render(request, "notices/preferences.html", context, status=422 if problems else 200)


def _kept(row: NoticePreference) -> Choices:
    return Choices(
        email=queries.opened(row.email_sealed),
        phone=queries.opened(row.phone_sealed),
        channels=tuple(row.channels),
        muted=tuple(row.muted),
        digest_at=row.digest_at,
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        language=row.language,
    )


def _typed(request: ActingRequest) -> Choices:
    typed, usual = request.POST, Choices()
    heard = set(typed.getlist("loai"))
    return Choices(
        email=typed.get("thu", "")[:254],
        phone=typed.get("dien-thoai", "")[:30],
        channels=tuple(typed.getlist("kenh")),
        muted=tuple(name for name in kinds() if name not in heard),
        digest_at=_time(typed.get("gio-tong-hop", ""), usual.digest_at),
        quiet_from=_time(typed.get("yen-tu", ""), usual.quiet_from),
        quiet_to=_time(typed.get("yen-den", ""), usual.quiet_to),
        language=typed.get("ngon-ngu", ""),
    )


def _time(text: str, usual: time) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return usual


def _uuids(texts: Iterable[str]) -> list[UUID]:
    """Those of the texts that are ids."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
