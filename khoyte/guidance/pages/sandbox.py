"""`/van-hanh/tap-huan`: the training province for its operator; `/tap-huan/tep-mau/…`: files to try."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.guidance import sandbox, sandbox_files
from khoyte.submissions.pages import files
from khoyte.units.web import READING, ActingRequest, guarded


@guarded("sandbox.manage")
def manage(request: ActingRequest) -> HttpResponse:
    problem: sandbox.NoSandbox | None = None
    if request.method == "POST":
        try:
            sandbox.make_anew(by=request.actor)
            return HttpResponseRedirect(f"{request.path}?xong=1")
        except sandbox.NoSandbox as none:
            problem = none
    context = {
        "found": sandbox.current(),
        "problem": problem,
        "done": request.GET.get("xong") == "1",
    }
    return render(request, "guidance/sandbox.html", context, status=problem.status if problem else 200)


@guarded("submission.send", methods=READING)
def example_file(request: ActingRequest, example: str) -> HttpResponse:
    """A file of the training facility to send; outside the training province there is none."""
    if not (request.actor.is_training and request.actor.facility) or example not in sandbox_files.KINDS:
        raise Http404
    body = sandbox_files.example(request.actor.facility, example)
    return files.download(body, f"tep-mau-{example}.xml", "application/xml")
