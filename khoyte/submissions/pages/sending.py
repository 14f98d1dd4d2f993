"""`/goi-ho-so/gui`: files from a browser, several at once.

With its script the page sends large files in parts through /api/v1/uploads and shows the progress; without it
this view takes the form as a browser sends it. Both end in the same receipt.
"""

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.submissions import archives
from khoyte.submissions.limits import DIRECT_BODY_BYTES, UPLOAD_BYTES
from khoyte.submissions.receiving import Receipt
from khoyte.units.policy import Actor
from khoyte.units.web import ActingRequest, guarded

NOTHING_CHOSEN = Text(
    "Chưa chọn tệp. Chọn ít nhất một tệp XML hoặc ZIP rồi bấm “Gửi hồ sơ”.",
    "No file chosen. Choose at least one XML or ZIP file and press “Send records”.",
)


@dataclass(frozen=True)
class Sent:
    """One file of the form: its receipts, or why it was not taken."""

    name: str
    receipts: tuple[Receipt, ...] = ()
    refused: KhoyteError | None = None


@guarded("submission.send", transaction=False)
@require_http_methods(["GET", "POST"])
def send(request: ActingRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request)
    files = request.FILES.getlist("tep")
    if not files:
        return _page(request, problem=NOTHING_CHOSEN, status=422)
    sent = [_receive(file, request.actor) for file in files]
    receipts = [receipt for one in sent for receipt in one.receipts]
    if len(sent) == 1 and len(receipts) == 1:
        return HttpResponseRedirect(f"/goi-ho-so/{receipts[0].submission.pk}")
    return _page(request, sent=sent, status=200 if receipts else 422)


def _receive(file: UploadedFile, by: Actor) -> Sent:
    """Each file stands for itself: one that is refused does not keep the others back."""
    name = file.name or ""
    try:
        return Sent(name, tuple(archives.receive_any(chunks=file.chunks(), file_name=name, by=by)))
    except KhoyteError as error:
        return Sent(name, refused=error)


def _page(request: ActingRequest, status: int = 200, **context: object) -> HttpResponse:
    limits = {"direct_mb": DIRECT_BODY_BYTES // 2**20, "upload_gb": UPLOAD_BYTES // 2**30}
    return render(request, "submissions/send.html", {**limits, **context}, status=status)
