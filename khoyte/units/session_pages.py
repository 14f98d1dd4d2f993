"""The page of one's own sessions: which browsers are signed in, from where, and an end to them."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.units import session_limits, sessions
from khoyte.units.queries import account_of
from khoyte.units.web import ActingRequest, guarded

ENDED = Text(vi="Đã kết thúc {n} phiên đăng nhập.", en="{n} sessions ended.")


@guarded("account.keep")
@require_http_methods(["GET", "POST"])
def own_sessions(request: ActingRequest) -> HttpResponse:
    account = account_of(request.actor)
    shown = sessions.own(account, request.session)
    if request.method == "POST":
        others = {line.number for line in shown if not line.is_this}
        asked = others if "others" in request.POST else {request.POST.get("number", "")} & others
        ended = sessions.end(account, asked, by=request.actor)
        return HttpResponseRedirect(f"/tai-khoan/phien?xong={ended}")
    limits = session_limits.limits_on(today())
    done = request.GET.get("xong", "")
    context = {
        "sessions": shown,
        "others": len(shown) - 1,
        "idle_minutes": int(limits.idle.total_seconds() // 60),
        "longest_hours": int(limits.longest.total_seconds() // 3600),
        "done": ENDED.fill(n=int(done)) if done.isascii() and done.isdigit() and len(done) < 4 else None,
    }
    return render(request, "units/sessions.html", context)
