"""The REST edge: one API object that mounts each room's router and describes itself as OpenAPI.

Every error of a router becomes a problem document here; `edges.errors` says which.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from khoyte import __version__
from khoyte.edges import errors
from khoyte.foundation.language import Text
from khoyte.links.api import router as links
from khoyte.quality.api import router as quality
from khoyte.registers.api import router as registers
from khoyte.registers.paper_api import router as papers
from khoyte.submissions.api import router as submissions
from khoyte.submissions.upload_api import router as uploads
from khoyte.units.web import public

WRONG_INPUT = Text(
    vi="Nội dung gửi lên chưa đúng tại: {places}.",
    en="The request is not as it should be: {places}.",
)

api = NinjaAPI(
    title="Khoyte",
    version=__version__,
    description="Kho dữ liệu y tế: gửi hồ sơ, đọc kết quả kiểm tra và sổ đối soát · Health-data store",
    urls_namespace="api-v1",
    openapi_url="/openapi.json",
    docs_url=None,
    docs_decorator=lambda view: public(require_safe(view)),
)
api.add_router("", submissions)
api.add_router("", uploads)
api.add_router("", links)
api.add_router("", registers)
api.add_router("", papers)
api.add_router("", quality)


@api.exception_handler(Exception)
@api.exception_handler(Http404)  # the framework has an answer of its own for those
def _told(request: HttpRequest, error: Exception) -> HttpResponse:
    return errors.answer(request, error)


@api.exception_handler(ValidationError)
def _wrong_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Only where the fault lies: a value could be a person's."""
    places = ", ".join(sorted({".".join(str(step) for step in fault["loc"][1:]) for fault in error.errors}))
    return errors.respond(request, 422, "wrong-input", WRONG_INPUT.fill(places=places or "body"))


@api.exception_handler(HttpError)
def _not_parsed(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The framework could not make sense of the request (a body that is no JSON)."""
    return errors.respond(request, error.status_code, "bad-request", errors.BAD_REQUEST)
