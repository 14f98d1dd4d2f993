"""`/ho-tro`: asking for support from any page, the thread, and the queue of whoever answers."""

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from khoyte.foundation.language import Text
from khoyte.guidance import actions, pictures, presenters, queries
from khoyte.guidance.actions import Context
from khoyte.guidance.errors import AlreadyClosed, WrongRequest
from khoyte.guidance.models import STATES
from khoyte.submissions.pages import address
from khoyte.units.queries import names_of
from khoyte.units.web import READING, ActingRequest, guarded

ROWS = 100


@guarded("support.ask", methods=READING)
def requests(request: ActingRequest) -> HttpResponse:
    at, actor = timezone.now(), request.actor
    state = address.choice(request, "trang-thai", STATES)
    queue = queries.queue(actor, state)
    waiting = list(queue[:ROWS]) if queue is not None else []
    context = {
        "own": presenters.requests_table(
            queries.own_requests(actor), at, title=Text("Yêu cầu của tôi", "My requests"), name="own",
            empty=presenters.SUPPORT_EMPTY, units=False,
        ),
        "queue": presenters.requests_table(
            waiting, at, title=Text("Cần đơn vị trả lời", "For this desk to answer"), name="queue",
            empty=presenters.QUEUE_EMPTY, units=True,
        ) if queue is not None else None,
        "late": sum(1 for one in waiting if one.state == "waiting" and one.due_at < at),
        "waiting": sum(1 for one in waiting if one.state == "waiting"),
        "states": [(name, tag.label) for name, tag in presenters.STATES.items()],
        "state": state,
    }  # fmt: skip
    return render(request, "guidance/requests.html", context)


@guarded("support.ask")
def ask(request: ActingRequest) -> HttpResponse:
    typed = request.POST if request.method == "POST" else request.GET
    context = Context(
        typed.get("trang", "")[:2000], typed.get("ma", ""), request.headers.get("Accept-Language", "")
    )
    problem: WrongRequest | None = None
    if request.method == "POST":
        try:
            made = actions.ask(
                kind=typed.get("loai", ""),
                subject=typed.get("tieu-de", ""),
                words=typed.get("noi-dung", ""),
                context=context,
                picture=_picture(request),
                by=request.actor,
            )
            return HttpResponseRedirect(f"/ho-tro/{made.pk}?xong=1")
        except WrongRequest as wrong:
            problem = wrong
    shown = {
        "kinds": presenters.choices_of_kinds(),
        "typed": request.POST if problem else {},
        "subject": request.POST.get("tieu-de", "") if problem else "",
        "words": request.POST.get("noi-dung", "") if problem else "",
        "page": actions.asked_from.page_of(context.address),
        "asked_reference": actions.asked_from.reference_of(context.reference),
        "browser_language": actions.asked_from.language_of(context.language),
        "problem": problem,
        "repeats_nothing": True,
    }
    return render(request, "guidance/ask.html", shown, status=problem.status if problem else 200)


def _picture(request: ActingRequest) -> bytes | None:
    file = request.FILES.get("anh")
    if file is None:
        return None
    if (file.size or 0) > pictures.MOST_BYTES:
        raise WrongRequest("anh", pictures.TOO_LARGE)
    return pictures.judged(b"".join(file.chunks()))


@guarded("support.ask")
def one_request(request: ActingRequest, support: uuid.UUID) -> HttpResponse:
    problem: WrongRequest | AlreadyClosed | None = None
    if request.method == "POST":
        try:
            _act(request, support)
            return HttpResponseRedirect(request.path)
        except (WrongRequest, AlreadyClosed) as wrong:
            problem = wrong
    found = queries.request_of(support, request.actor)
    answers, asked = queries.answers(found, request.actor), found.asked_by == request.actor.name
    is_open = found.state != "closed"
    context = {
        "one": found,
        "subject": queries.opened(found.subject_sealed).decode(),
        "tag": presenters.state_of(found, timezone.now()),
        "facts": presenters.request_facts(found, names_of([found.unit]).get(found.unit, found.unit)),
        "lines": presenters.thread(found, queries.entries(found)),
        "may_write": is_open and (answers or asked),
        "answers": answers,
        "may_pass_on": is_open and answers and found.desk == "province",
        "may_close": is_open and (asked or (answers and found.state == "answered")),
        "problem": problem,
        "words": request.POST.get("noi-dung", "") if problem else "",
        "done": request.GET.get("xong") == "1",
    }
    return render(request, "guidance/request.html", context, status=problem.status if problem else 200)


def _act(request: ActingRequest, id: uuid.UUID) -> None:
    act, words = request.POST.get("viec", ""), request.POST.get("noi-dung", "")
    if act == "dong":
        actions.close(id=id, by=request.actor)
    elif act == "chuyen":
        actions.pass_on(id=id, words=words, by=request.actor)
    else:
        actions.write(id=id, words=words, picture=_picture(request), by=request.actor)


@guarded("support.ask", methods=READING)
def picture(request: ActingRequest, support: uuid.UUID, entry: int) -> HttpResponse:
    found = queries.request_of(support, request.actor)
    answer = HttpResponse(queries.picture_of(found, entry), content_type=pictures.TYPE)
    answer["Content-Disposition"] = 'inline; filename="anh.webp"'
    return answer
