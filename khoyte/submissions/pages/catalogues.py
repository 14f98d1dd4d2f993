"""`/danh-muc`: catalogues by date, search, differences; upload, preview and publication of a file."""

from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Pages, Table
from khoyte.submissions import catalogue_publication as publication
from khoyte.submissions import queries
from khoyte.submissions.catalogue_publication import PublicationRefused
from khoyte.submissions.enums import PublicationState
from khoyte.submissions.models import CataloguePublication
from khoyte.submissions.pages import address, files
from khoyte.submissions.presenters import catalogues as present
from khoyte.terminology import CatalogueRefused, administrative_units, load_pack
from khoyte.terminology.differences import Differences, compare
from khoyte.terminology.importing import CATALOGUES
from khoyte.terminology.queries import label_of
from khoyte.terminology.search import find_codes
from khoyte.units.policy import decide
from khoyte.units.web import ActingRequest, guarded

PUBLICATIONS_SHOWN = 20
_LEVELS = {"communes": "commune", "districts": "district", "provinces": "province"}


def _known(name: str) -> str:
    if name not in CATALOGUES:
        raise Http404
    return name


@guarded("catalogue.read")
@require_safe
def catalogue_list(request: ActingRequest) -> HttpResponse:
    day = address.day(request, "ngay", today())
    table = present.list_table(CATALOGUES, load_pack().headers(), day, address.sheet_address(request))
    if address.wants_sheet(request):
        return files.sheet(request, f"danh-muc-{day.isoformat()}", [table])
    return render(request, "submissions/catalogues.html", {"day": day, "table": table})


@guarded("catalogue.read")
@require_safe
def catalogue(request: ActingRequest, list_name: str) -> HttpResponse:
    name = _known(list_name)
    day = address.day(request, "ngay", today())
    words = request.GET.get("q", "")[:100]
    pack = load_pack()
    release = pack.release(name, day)
    headers = [header for header in pack.headers() if header.name == name]
    codes = find_codes(release, words, pack.digest) if release else []
    sheet = address.sheet_address(request)
    if release and address.wants_sheet(request):
        kept = codes[: address.ROWS_OF_A_SHEET]
        whole = present.codes_table(release, kept, day=day, pages=None, sheet=sheet)
        return files.sheet(request, f"danh-muc-{name}-{day.isoformat()}", [whole])
    may_publish = bool(decide(request.actor, "catalogue.publish"))
    pages = Pages(address.page_number(request), address.ROWS, len(codes))
    shown = codes[(pages.number - 1) * pages.size : pages.number * pages.size]
    context = {
        "name": name,
        "label": label_of(name),
        "day": day,
        "words": words,
        "release": release,
        "table": present.codes_table(release, shown, day=day, pages=pages, sheet=sheet) if release else None,
        "releases": present.releases_table(name, headers, day),
        "publications": present.publications_table(
            list(queries.publications_of(name, drafts=may_publish)[:PUBLICATIONS_SHOWN]),
            may_publish=may_publish,
        ),
        "may_publish": may_publish,
    }
    return render(request, "submissions/catalogue.html", context)


@guarded("catalogue.read")
@require_safe
def code(request: ActingRequest, list_name: str) -> HttpResponse:
    """`?ma=`: one code on a day; a unit also with what it became and was made of."""
    name = _known(list_name)
    day = address.day(request, "ngay", today())
    pack = load_pack()
    release = pack.release(name, day)
    written = release.written_form(request.GET.get("ma", "")[:255]) if release else None
    if release is None or written is None:
        raise Http404
    context = {
        "name": name,
        "label": label_of(name),
        "day": day,
        "code": written,
        "facts": present.code_facts(release, written),
        "units": _units(name, written, day) if name in _LEVELS else [],
    }
    return render(request, "submissions/catalogue_code.html", context)


def _units(name: str, code: str, day: date) -> list[Table]:
    """Where the unit went after the day and where it came from."""
    level, pack = _LEVELS[name], load_pack()
    after = administrative_units.units_after(code, max(day, today()), since=day, level=level, pack=pack)
    before = administrative_units.units_before(code, date(2025, 6, 30), until=day, level=level, pack=pack)
    later, earlier = pack.release(name, max(day, today())), pack.release(name, date(2025, 6, 30))
    tables = []
    for found, release, title, key in (
        (after, later, Text("Đơn vị hiện nay", "Units today"), "after"),
        (before, earlier, Text("Đơn vị trước ngày 01/07/2025", "Units before 2025-07-01"), "before"),
    ):
        codes = release.codes if release else {}
        named = {unit.code: codes.get(unit.code, {}).get("name_vi", "") for unit in found.units}
        tables.append(present.units_table(found, title, key, named))
    return tables


@guarded("catalogue.read")
@require_safe
def differences(request: ActingRequest, list_name: str) -> HttpResponse:
    name = _known(list_name)
    first = address.day(request, "tu", today())
    second = address.day(request, "den", today())
    pack = load_pack()
    found = compare(pack.release(name, first), pack.release(name, second))
    answer = _differences_sheet(request, name, found)
    if answer:
        return answer
    context = {
        "name": name,
        "label": label_of(name),
        "first": first,
        "second": second,
        "found": found,
        "facts": present.difference_facts(found),
        "table": _differences_page(request, found),
    }
    return render(request, "submissions/catalogue_differences.html", context)


def _differences_sheet(request: ActingRequest, name: str, *found: Differences) -> HttpResponse | None:
    if not address.wants_sheet(request):
        return None
    return files.sheet(request, f"khac-nhau-{name}", [present.differences_table(one, "") for one in found])


def _differences_page(request: HttpRequest, found: Differences) -> object:
    pages = Pages(address.page_number(request), address.ROWS, len(found.changes))
    return present.differences_table(found, address.sheet_address(request), pages=pages)


@guarded("catalogue.publish")
@require_http_methods(["GET", "POST"])
def update(request: ActingRequest, list_name: str) -> HttpResponse:
    """The form that takes a file, and its preview."""
    name = _known(list_name)
    if request.method == "GET":
        return _form(request, name)
    sent = request.FILES.get("tep")
    starts, ends = _day(request, "tu-ngay"), _day(request, "den-ngay")
    problem = _NO_FILE if sent is None else _NO_DAY if starts is None else None
    if ends is None and request.POST.get("den-ngay"):
        problem = _NO_DAY
    if problem or sent is None or starts is None:
        return _form(request, name, problem=problem, status=422)
    row = publication.preview(
        name=name,
        chunks=sent.chunks(),
        file_name=sent.name or "danh-muc",
        valid_from=starts,
        valid_to=ends,
        complete=request.POST.get("chua-du") != "1",
        by=request.actor,
    )
    return HttpResponseRedirect(present.address_of(name, f"cap-nhat/{row.pk}"))


def _form(request: ActingRequest, name: str, status: int = 200, problem: Text | None = None) -> HttpResponse:
    context = {"name": name, "label": label_of(name), "problem": problem, **_typed(request)}
    return render(request, "submissions/catalogue_update.html", context, status=status)


def _typed(request: HttpRequest) -> dict[str, str]:
    """The days as they were typed, so that nobody types them twice."""
    starts, ends = (_day(request, name) for name in ("tu-ngay", "den-ngay"))
    return {"starts": starts.isoformat() if starts else "", "ends": ends.isoformat() if ends else ""}


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        day = date.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        return None
    return day if day.year in address.YEARS else None


@guarded("catalogue.publish")
@require_http_methods(["GET", "POST"])
def draft(request: ActingRequest, list_name: str, id: UUID) -> HttpResponse:
    """One file: what is wrong with it, or what it would change; then publication and its progress."""
    row = get_object_or_404(CataloguePublication, pk=id, name=_known(list_name))
    if request.method == "POST":
        return _act(request, row)
    if request.GET.get("tai") == "tep":
        name_of_file = f"{row.name}-{row.valid_from.isoformat()}-{bytes(row.sha256).hex()[:12]}"
        return files.download(publication.kept_file(row), name_of_file, "application/octet-stream")
    return _shown(request, row)


def _act(request: ActingRequest, row: CataloguePublication) -> HttpResponse:
    if request.POST.get("lam") == "xem-lai":
        row = publication.preview_again(row=row, by=request.actor)
    elif request.POST.get("xac-nhan") != "1":
        return _shown(request, row, problem=_NOT_CONFIRMED, status=422)
    else:
        try:
            publication.publish(id=row.pk, by=request.actor)
        except (PublicationRefused, CatalogueRefused) as refused:
            row.refresh_from_db()
            return _shown(request, row, problem=refused.text, status=409)
    return HttpResponseRedirect(present.address_of(row.name, f"cap-nhat/{row.pk}"))


def _shown(
    request: ActingRequest, row: CataloguePublication, problem: Text | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, object] = {
        "row": row,
        "label": label_of(row.name),
        "problem": problem,
        "facts": present.draft_facts(row),
        "overtaken": publication.is_overtaken(row),
    }
    if row.state == PublicationState.REFUSED:
        table = present.problems_table(row, address.sheet_address(request))
        if address.wants_sheet(request):
            return files.sheet(request, f"can-sua-{row.name}", [table])
        context["table"] = table
        return render(request, "submissions/catalogue_refused.html", context, status=status)
    found = publication.impact_of(row)
    answer = _differences_sheet(request, row.name, *(span.differences for span in found.spans))
    if answer:
        return answer
    context |= {
        "impact": present.impact_facts(row, found),
        "counting": row.state == PublicationState.DRAFT and row.touched is None,
        "progress": present.progress_facts(row) if row.published_at else None,
        "working": row.state in (PublicationState.PUBLISHED, PublicationState.REJUDGING),
        "spans": [
            (
                span,
                present.difference_facts(span.differences),
                present.differences_table(
                    span.differences,
                    address.sheet_address(request),
                    first=address.ROWS,
                    name=f"changes-{number}",
                ),
            )
            for number, span in enumerate(found.spans)
        ],
    }
    return render(request, "submissions/catalogue_draft.html", context, status=status)


_NO_FILE = Text(
    "Chưa chọn tệp. Chọn tệp CSV, XLSX hoặc FHIR CodeSystem (JSON).",
    "No file chosen. Choose a CSV, XLSX or FHIR CodeSystem (JSON) file.",
)
_NO_DAY = Text("Ngày hiệu lực chưa đúng. Chọn ngày bắt đầu hiệu lực.", "The day is missing or wrong.")
_NOT_CONFIRMED = Text(
    "Chưa xác nhận. Đánh dấu vào ô xác nhận rồi bấm “Công bố danh mục”.",
    "Not confirmed. Tick the box, then press “Publish”.",
)
