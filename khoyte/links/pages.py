"""`/van-hanh/ket-noi`: how sending to national systems goes, in counts, and trying dead letters again."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from khoyte.foundation.language import Text
from khoyte.links import presenters, queries, tidying
from khoyte.units.policy import decide
from khoyte.units.web import ActingRequest, allow, guarded

_WHICH = Text(vi="Chọn một hệ thống đang kết nối.", en="Choose a system that is switched on.")


@guarded("exchange.read")
@require_http_methods(["GET", "POST"])
def exchange(request: ActingRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request)
    allow(request.actor, "exchange.retry")
    destination = request.POST.get("noi-nhan", "")
    if destination not in queries.switched_on():
        return _page(request, _WHICH, status=422)
    tidying.ask_for_retry(destination, by=request.actor)
    return HttpResponseRedirect(reverse("exchange"))


def _page(request: ActingRequest, trouble: Text | None = None, *, status: int = 200) -> HttpResponse:
    found = queries.overview(all_known=True)
    context = {
        "headline": presenters.headline(found),
        "trouble": trouble,
        "destinations": [presenters.section(one, queries.runs(one.connector.name, 5)) for one in found],
        "may_retry": bool(decide(request.actor, "exchange.retry")),
        "reconciled": presenters.reconciliations(queries.last_reconciliations()),
    }
    return render(request, "links/exchange.html", context, status=status)
