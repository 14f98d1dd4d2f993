"""`/ke-hoach/dieu-hanh`: what is late, what will be, who waits for whom; one page of A4."""

from django.http import HttpResponse
from django.shortcuts import render

from khoyte.foundation.calendar import today as current_day
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Fact, Table
from khoyte.monitor import presenters as present
from khoyte.monitor import queries
from khoyte.monitor.measures import ALL
from khoyte.monitor.standing import State
from khoyte.quality import presenters as quality_words
from khoyte.quality import queries as quality
from khoyte.units.policy import Actor, decide
from khoyte.units.web import READING, ActingRequest, guarded

SHOWN = 8


@guarded("plan.read", methods=READING)
def direction(request: ActingRequest) -> HttpResponse:
    today = current_day()
    found = queries.lines(request.actor, today=today)
    if request.actor.unit_kind in ("facility", "province"):
        found = [line for line in found if line.mine]
    urgent = queries.by_urgency(found)
    late = [line for line in urgent if line.state in (State.DISPUTED, State.LATE)]
    coming = [line for line in urgent if line.state in (State.AT_RISK, State.SOON)]
    matters = queries.open_matters(line.task.pk for line in found)
    context = {
        "counts": present.counts(found),
        "measures": _measures(request.actor),
        "late": present.tasks_table(late[:SHOWN], today),
        "late_count": len(late),
        "coming": present.tasks_table(coming[:SHOWN], today),
        "coming_count": len(coming),
        "matters": matters[:SHOWN],
        "matters_count": len(matters),
        "work": _work(request.actor),
        "quality": _quality(request.actor),
        "settled_at": quality.settled_at(),
    }
    return render(request, "monitor/board.html", context)


def _quality(actor: Actor) -> Table | None:
    """The six words of the databases that run here, each opening to what fails."""
    if not decide(actor, "register.quality"):
        return None
    return quality_words.overview_table(quality.totals(quality.scope_of(actor)), {}, ())


def _measures(actor: Actor) -> list[Fact]:
    """The measured figures, each opening to where its records are."""
    places = {
        "facilities": "/so-dang-ky/facilities",
        "practitioners": "/so-dang-ky/practitioners",
        "pharmacies": "/so-dang-ky/pharmacies",
        "databases": "/so-dang-ky/databases",
    }
    facts, scope = [], queries.scope_of(actor)
    for measure in ALL:
        found = measure.count(scope)
        if found is None:
            continue
        href = places.get(measure.name.partition("_")[0], "") if decide(actor, "register.read") else ""
        note = Text("trên {n}", "of {n}").fill(n=present.formats.number(found.total)) if found.total else ""
        facts.append(Fact(measure.label, found.done, "number", href, note))
    return facts


def _work(actor: Actor) -> list[tuple[str, Text]]:
    """Where the day's intake and the queues stand, for those who may open them."""
    places = (
        ("/tinh", Text("Tình hình tiếp nhận trong ngày", "Intake of the day"), "province_day.read"),
        ("/goi-ho-so", Text("Gói hồ sơ", "Submissions"), "submission.read"),
        ("/ra-soat", Text("Hàng đợi rà soát", "Review queue"), "register.review"),
    )
    return [(address, label) for address, label, action in places if decide(actor, action)]
