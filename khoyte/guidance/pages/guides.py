"""`/huong-dan`: guides by role, and the older one on sending and verdicts."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from khoyte.guidance import guides as known
from khoyte.units.policy import decide
from khoyte.units.web import READING, ActingRequest, guarded, opens

SENDING = "gui-ho-so"


@guarded("home.read", methods=READING)
def guides(request: ActingRequest) -> HttpResponse:
    """The reader's own guide first."""
    found = sorted(known.guides().values(), key=lambda one: request.actor.role not in one.roles)
    context = {
        "guides": [
            {
                "name": one.name,
                "label": one.label,
                "steps": one.steps,
                "is_own": request.actor.role in one.roles,
            }
            for one in found
        ],
        "examples": request.actor.is_training and bool(decide(request.actor, "submission.send"))
        and bool(request.actor.facility),
    }  # fmt: skip
    return render(request, "guidance/guides.html", context)


@guarded("home.read", methods=READING)
def guide(request: ActingRequest, guide: str) -> HttpResponse:
    if guide == SENDING:
        return render(request, "guidance/sending.html", {"sends": opens(request.actor, "/goi-ho-so/gui")})
    found = known.guides().get(guide)
    if found is None:
        raise Http404
    steps = [(step, step.opens and opens(request.actor, step.page)) for step in found.steps]
    return render(request, "guidance/guide.html", {"guide": found, "steps": steps})
